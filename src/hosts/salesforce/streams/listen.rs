//! Listens to the channels of an org for as long as the service runs: whatever breaks is begun anew, after a pause that
//! grows, from where each channel was last kept.
//!
//! The next poll goes out only once the hints of the last one are durable, together with how far the channels were heard
//! what a kill loses is told again, and a hint that comes twice is one look.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use secrecy::SecretString;

use super::bayeux::{Broken, Event, Then};
use super::conversation::Conversation;
use super::positions::{ALL, NEW, Positions};
use super::{Channel, News, hints};
use crate::failure::{FailureClass, HostError};
use crate::hint::Hint;
use crate::hosts::salesforce::Client;
use crate::ports::{Batch, Entropy, HintSource, Hints, NotTaken, StoreError};

/// Between two attempts at most.
const LONGEST: Duration = Duration::from_secs(300);
/// The same where the org names a time.
const LONGEST_AFTER: Duration = Duration::from_secs(1200);
/// A busy org is asked so often in one conversation; it forgets who stays away for 40 seconds (Salesforce sheet 9.2).
const BUSY: u32 = 4;

/// A channel that the org does not let us hear is tried again so much later: an admin may have switched it on.
const REFUSED: Duration = Duration::from_secs(600);

/// Who is told how it stands.
pub type Tell = Arc<dyn Fn(News) + Send + Sync>;

/// Listens to one org.
pub struct Listener {
    pub client: Arc<Client>,
    /// The org, as whose hints they count.
    pub source: HintSource,
    pub channels: Vec<Channel>,
    pub hints: Arc<dyn Hints>,
    pub positions: Positions,
    pub entropy: Arc<dyn Entropy>,
    pub tell: Tell,
}

/// Why listening is over, for now or for good.
enum Over {
    Broken(Broken),
    Stopping,
    Store(StoreError),
}

impl From<Broken> for Over {
    fn from(broken: Broken) -> Self {
        Over::Broken(broken)
    }
}

impl From<HostError> for Over {
    fn from(error: HostError) -> Self {
        Over::Broken(error.into())
    }
}

impl From<StoreError> for Over {
    fn from(error: StoreError) -> Self {
        Over::Store(error)
    }
}

/// How it went since it last went well.
#[derive(Default)]
struct Trouble {
    failures: usize,
    /// The token that the org does not take any more.
    dead: Option<SecretString>,
    /// The one in use.
    token: Option<SecretString>,
}

impl Listener {
    /// Listens until `stopped` ends. Only an error of the store ends it before.
    pub async fn listen(&self, stopped: impl Future<Output = ()>) -> Result<(), StoreError> {
        let mut open = None;
        let ended = tokio::select! {
            ended = self.go_on(&mut open) => ended,
            () = stopped => Ok(()),
        };
        if let Some(conversation) = open {
            Conversation::end(conversation).await;
        }
        ended
    }

    async fn go_on(&self, open: &mut Option<Conversation>) -> Result<(), StoreError> {
        let mut trouble = Trouble::default();
        loop {
            let Err(over) = self.converse(open, &mut trouble).await;
            *open = None;
            let broken = match over {
                Over::Broken(broken) => broken,
                Over::Stopping => return Ok(()),
                Over::Store(error) => return Err(error),
            };
            if broken.then == Then::SignIn {
                trouble.dead = trouble.token.take();
            }
            let pause = self.pause(&broken, trouble.failures);
            trouble.failures += 1;
            self.rest(broken.error, pause).await;
        }
    }

    /// One conversation, to its end.
    async fn converse(&self, open: &mut Option<Conversation>, trouble: &mut Trouble) -> Result<Infallible, Over> {
        let token = self.client.token(trouble.dead.take().as_ref()).await?;
        trouble.token = Some(token.clone());
        let conversation = open.insert(Conversation::begin(&self.client, token).await?);
        let mut refused = self.subscribe_to(conversation, self.channels.iter().collect()).await?;
        let mut again = self.client.clock().now() + REFUSED;
        let (mut polls, mut busy) = (0_u64, 0);
        loop {
            let heard = conversation.connect().await?;
            self.take(&heard.events).await?;
            match heard.then {
                Ok(()) => {
                    (self.tell)(News::Listening);
                    busy = 0;
                }
                Err(broken) if broken.then == Then::Again && busy < BUSY => {
                    busy += 1;
                    self.rest(broken.error, self.delay(busy as usize)).await;
                    continue;
                }
                Err(broken) => return Err(broken.into()),
            }
            // The first poll is answered at once (Salesforce sheet 9.2): it proves nothing yet.
            polls += 1;
            if polls > 1 || !heard.events.is_empty() {
                trouble.failures = 0;
            }
            self.sleep(conversation.interval).await;
            if !refused.is_empty() && self.client.clock().now() >= again {
                refused = self.subscribe_to(conversation, refused).await?;
                again = self.client.clock().now() + REFUSED;
            }
        }
    }

    /// Subscribes to channels; gives those that the org does not let us hear. Where that is every one, there is nothing
    /// to wait for.
    async fn subscribe_to<'l>(
        &self,
        conversation: &mut Conversation,
        channels: Vec<&'l Channel>,
    ) -> Result<Vec<&'l Channel>, Over> {
        let (mut refused, mut last) = (Vec::new(), None);
        for channel in channels {
            match self.subscribe(conversation, &channel.name).await {
                Err(Over::Broken(broken)) if matches!(broken.then, Then::Nothing | Then::Elsewhere) => {
                    (self.tell)(News::Refused { channel: channel.name.clone(), error: broken.error.clone() });
                    refused.push(channel);
                    last = Some(broken);
                }
                Err(over) => return Err(over),
                Ok(()) => (self.tell)(News::Subscribed { channel: channel.name.clone() }),
            }
        }
        match last {
            Some(broken) if refused.len() == self.channels.len() => Err(broken.into()),
            _ => Ok(refused),
        }
    }

    /// Begins where the channel was kept. What the org has not kept so long is missed, and the polls make up for it: then
    /// all that is left is heard, since what is quiet may not be asked about within the hour.
    async fn subscribe(&self, conversation: &mut Conversation, channel: &str) -> Result<(), Over> {
        let kept = self.positions.get(channel)?;
        let mut missed = false;
        match conversation.subscribe(channel, kept.unwrap_or(NEW)).await {
            Err(broken) if broken.then == Then::Elsewhere => {
                missed = true;
                (self.tell)(News::Missed { channel: channel.to_owned(), error: broken.error });
                match conversation.subscribe(channel, ALL).await {
                    Err(broken) if broken.then == Then::Elsewhere => conversation.subscribe(channel, NEW).await?,
                    subscribed => subscribed?,
                }
            }
            subscribed => subscribed?,
        }
        if missed || kept.is_none() {
            let mut batch = Batch::default();
            self.positions.put(channel, ALL, &mut batch);
            self.put(vec![], batch).await?;
        }
        Ok(())
    }

    /// Puts down what events hint at, and how far their channels were heard with them.
    async fn take(&self, events: &[Event]) -> Result<(), Over> {
        if events.is_empty() {
            return Ok(());
        }
        let (mut hinted, mut heard) = (BTreeSet::new(), BTreeMap::<&str, (u64, Option<i64>)>::new());
        for event in events {
            let Some(channel) = self.channel_of(event) else { continue };
            hinted.extend(hints::of(channel, &event.data));
            let (count, newest) = heard.entry(channel.name.as_str()).or_default();
            (*count, *newest) = (*count + 1, event.replay.max(*newest));
        }
        let mut with = Batch::default();
        for (channel, (_, newest)) in &heard {
            newest.iter().for_each(|newest| self.positions.put(channel, *newest, &mut with));
        }
        self.put(hinted.into_iter().collect(), with).await?;
        for (channel, (events, _)) in heard {
            (self.tell)(News::Heard { channel: channel.to_owned(), events });
        }
        Ok(())
    }

    /// The sheet does not say whether events of `/data/ChangeEvents` come under that name or under that of their object.
    fn channel_of(&self, event: &Event) -> Option<&Channel> {
        let by_name = |name: &str| self.channels.iter().find(|channel| channel.name == name);
        let of_all = || by_name("/data/ChangeEvents").filter(|_| event.channel.starts_with("/data/"));
        by_name(&event.channel).or_else(of_all)
    }

    async fn put(&self, hints: Vec<Hint>, with: Batch) -> Result<(), Over> {
        loop {
            match self.hints.take(self.source.clone(), hints.clone(), with.clone()).await {
                Ok(()) => return Ok(()),
                Err(NotTaken::Stopping) => return Err(Over::Stopping),
                Err(NotTaken::Store(error)) => return Err(Over::Store(error)),
                Err(full @ NotTaken::Full { after }) => {
                    let call = "our own hints";
                    let error = HostError::new(FailureClass::Temporary { after: Some(after) }, call, full.to_string());
                    self.rest(error, after).await;
                }
            }
        }
    }

    /// How long until another attempt: what a handshake or a new token mends is tried at once, the first time.
    fn pause(&self, broken: &Broken, failures: usize) -> Duration {
        match (&broken.error.class, broken.then) {
            (FailureClass::Temporary { after: Some(after) }, _) => {
                self.delay(failures).max((*after).min(LONGEST_AFTER))
            }
            (_, Then::Handshake | Then::SignIn) if failures == 0 => Duration::ZERO,
            _ => self.delay(failures),
        }
    }

    fn delay(&self, failures: usize) -> Duration {
        let delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(1))
            .with_max_delay(LONGEST)
            .without_max_times()
            .with_jitter_seed(self.entropy.next())
            .with_jitter();
        delays.build().nth(failures).unwrap_or(LONGEST)
    }

    async fn rest(&self, error: HostError, pause: Duration) {
        let until = self.client.clock().now() + pause;
        (self.tell)(News::Broke { error, until: (!pause.is_zero()).then_some(until) });
        self.sleep(pause).await;
    }

    async fn sleep(&self, pause: Duration) {
        if !pause.is_zero() {
            let clock = self.client.clock();
            clock.sleep_until(clock.now() + pause).await;
        }
    }
}
