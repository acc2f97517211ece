//! Events: what happened, who subscribed to it, and the delivery by callback (sheet 10.1 to 10.3).
//!
//! Every event goes to each subscriber once, in order; there is no retry (the sheet knows of none).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::post::Loopback;

/// What can happen (sheet 10.2). What an event about an image carries is not known, so nothing tells of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    MessageCreate,
    MessageUpdate,
    MessageMove,
    MessageDelete,
    MessageRootPublished,
    UserCreate,
    UserRegistered,
    UserUpdate,
    UserSignOn,
    UserSignOff,
    ImageCreated,
    ImageUpdated,
    EscalateThread,
    SendPrivateMessage,
}

impl Kind {
    pub const ALL: [Self; 14] = [
        Self::MessageCreate,
        Self::MessageUpdate,
        Self::MessageMove,
        Self::MessageDelete,
        Self::MessageRootPublished,
        Self::UserCreate,
        Self::UserRegistered,
        Self::UserUpdate,
        Self::UserSignOn,
        Self::UserSignOff,
        Self::ImageCreated,
        Self::ImageUpdated,
        Self::EscalateThread,
        Self::SendPrivateMessage,
    ];

    pub fn name(self) -> String {
        format!("{self:?}")
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that happened, to the message, member or note with this id.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub kind: Kind,
    pub id: u64,
}

/// Who wants to know what.
#[derive(Clone, Debug)]
pub struct Subscriber {
    pub kind: Kind,
    pub callback: Loopback,
    pub owner: u64,
}

/// The subscriptions, and what happened in this call.
#[derive(Debug)]
pub struct Events {
    subscribers: BTreeMap<String, Subscriber>,
    happened: Vec<Event>,
    /// To the task that delivers; it starts with the first delivery.
    sender: Option<UnboundedSender<(Loopback, String)>>,
    seed: u64,
    given: u64,
}

impl Events {
    pub fn new(seed: u64) -> Self {
        Self { subscribers: BTreeMap::new(), happened: Vec::new(), sender: None, seed, given: 0 }
    }

    pub fn subscribers(&self) -> impl Iterator<Item = (&str, &Subscriber)> {
        self.subscribers.iter().map(|(token, one)| (&**token, one))
    }

    /// Takes a subscription and gives it with its token.
    pub fn subscribe(&mut self, one: Subscriber) -> (String, Subscriber) {
        self.given += 1;
        let digest = Sha256::digest(format!("subscription {} {}", self.seed, self.given));
        let token: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.subscribers.insert(token.clone(), one.clone());
        (token, one)
    }

    pub fn unsubscribe(&mut self, token: &str) -> bool {
        self.subscribers.remove(token).is_some()
    }

    pub fn unsubscribe_all(&mut self, owner: u64) {
        self.subscribers.retain(|_, one| one.owner != owner);
    }

    /// Notes that something happened.
    pub fn add(&mut self, kind: Kind, id: u64) {
        self.happened.push(Event { kind, id });
    }

    /// What happened since this was last asked.
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.happened)
    }

    /// Whether anybody subscribed to such an event.
    pub fn is_wanted(&self, kind: Kind) -> bool {
        self.subscribers.values().any(|one| one.kind == kind)
    }

    /// Sends an event to those who subscribed to it. `object` is `message` or `user` with v1 XML (sheet 10.3).
    pub fn deliver(&mut self, event: Event, object: (&str, &str)) {
        let wanted = self.subscribers.iter().filter(|(_, one)| one.kind == event.kind);
        let name = event.kind.name();
        let due: Vec<(Loopback, String)> = wanted
            .map(|(token, one)| {
                let fields = [("token", token.as_str()), ("event.type", name.as_str()), object];
                (
                    one.callback.clone(),
                    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
                )
            })
            .collect();
        if due.is_empty() {
            return;
        }
        let sender = self.sender.get_or_insert_with(start);
        // The task ends with the runtime only; nobody is left to tell then.
        due.into_iter().for_each(|one| drop(sender.send(one)));
    }
}

fn start() -> UnboundedSender<(Loopback, String)> {
    let (sender, mut due) = unbounded_channel::<(Loopback, String)>();
    let form = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    // Without a runtime nothing was served and nobody can have subscribed.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            while let Some((callback, body)) = due.recv().await {
                let answer = callback.post(std::slice::from_ref(&form), body.as_bytes()).await;
                if answer.is_none_or(|(status, _)| status != 200) {
                    tracing::info!("the receiver of an event at {} did not answer 200", callback.url());
                }
            }
        });
    }
    sender
}
