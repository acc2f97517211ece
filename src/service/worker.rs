//! One bridge at work: turn after turn, as news comes and moments pass, and jobs of people in between.
//!
//! A worker is the only one who touches its engine. New rules come between two turns too: the engine is opened anew over
//! the same state, and recovery does the rest (what a rule that is gone had planned is parked, and comes back with it).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use crate::engine::parked::Count;
use crate::engine::{Bell, Engine, Inbox, NotOpened, Summary, Turn};
use crate::failure::HostError;
use crate::names::{BridgeId, Digest, RuleAddress};
use crate::packs::Sources;
use crate::ports::{Boxed, Clock, StoreError};
use crate::service::audience::{Audience, Watch};
use crate::service::logins::{Login, Logins};
use crate::service::stop::Stop;
use crate::value::Value;

/// How often the polls are asked (`docs/operating.md` has the table).
pub const POLLS: SignedDuration = SignedDuration::from_mins(1);
/// After a turn in which a host did not answer, so long at least.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(15);
/// Orders that wait at most.
const ORDERS: usize = 64;

/// Opens an engine on some sources.
pub type Open = Arc<dyn Fn(&Sources, Watch) -> Result<Engine, NotOpened> + Send + Sync>;
/// Something that a person wants of the engine, done between two turns.
pub type Job = Box<dyn FnOnce(Arc<Engine>) -> Boxed<()> + Send>;

/// What a worker is told between two turns.
enum Order {
    Job(Job),
    /// New rules, which were checked before.
    Rules(Box<Sources>),
}

/// The handle of a bridge at work.
pub struct Worker {
    pub bridge: BridgeId,
    pub bell: Arc<Bell>,
    pub inbox: Inbox,
    pub audience: Arc<Audience>,
    clock: Arc<dyn Clock>,
    logins: Logins,
    orders: mpsc::Sender<Order>,
    standing: Mutex<Standing>,
}

/// How it stands.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub turns: u64,
    pub last_turn: Option<Timestamp>,
    pub next: Option<Timestamp>,
    /// What went wrong in the last turn, and since when each turn fails.
    pub failing: Option<(Timestamp, String)>,
    /// Connections whose host signed us out.
    pub halted: Vec<Halted>,
    pub paused: Vec<String>,
    pub waiting: usize,
    /// The same by host.
    pub waiting_for: BTreeMap<String, usize>,
    /// Its rules, and since when something that is due for one of them waits.
    pub late: BTreeMap<RuleAddress, Option<Timestamp>>,
    /// What waits parked for a person.
    pub parked: Count,
    /// Subjects over the cap of their rule, for rules that are over it.
    pub over_cap: BTreeMap<RuleAddress, u64>,
    /// What is wrong with newer rules, in place of which older ones go on; the watch over the files says so.
    pub refused_rules: Option<String>,
    /// What is wrong with rules that were accepted and do not open.
    pub unopened_rules: Option<String>,
    pub held: u64,
    /// Subjects that were due before their rule was first switched on.
    pub from_before: u64,
    /// The rules that it works by.
    pub rules: Option<Digest>,
}

/// A connection that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halted {
    /// `khoros:main`
    pub connection: String,
    pub host: String,
    pub error: String,
}

/// What a worker works with.
pub struct Work {
    pub engine: Engine,
    pub open: Open,
    pub clock: Arc<dyn Clock>,
    pub stop: Stop,
    orders: mpsc::Receiver<Order>,
}

impl Worker {
    /// A worker, and what it works with.
    pub fn new(
        inbox: Inbox,
        bell: Arc<Bell>,
        audience: Arc<Audience>,
        logins: Logins,
        engine: Engine,
        open: Open,
        stop: Stop,
    ) -> (Arc<Self>, Work) {
        let (sender, orders) = mpsc::channel(ORDERS);
        let bridge = engine.parts().bridge.clone();
        let clock = engine.parts().clock.clone();
        let standing = Mutex::default();
        let worker = Worker { bridge, bell, inbox, audience, clock: clock.clone(), logins, orders: sender, standing };
        (Arc::new(worker), Work { engine, open, clock, stop, orders })
    }

    /// Has a job done between two turns; false when the worker has ended.
    pub async fn ask(&self, job: Job) -> bool {
        self.order(Order::Job(job)).await
    }

    /// Has rules told of something about the bridge itself.
    pub async fn tell(&self, kind: &'static str, about: String, hint: Value) {
        let bridge = self.bridge.clone();
        let tell = move |engine: Arc<Engine>| -> Boxed<()> {
            Box::pin(async move {
                if let Err(error) = engine.tell(kind, &about, hint).await {
                    tracing::error!(%bridge, "no rule hears of `{kind}`: {error}");
                }
            })
        };
        self.ask(Box::new(tell)).await;
    }

    /// Works by other rules from the next turn on; false when the worker has ended.
    pub async fn work_by(&self, sources: Sources) -> bool {
        self.order(Order::Rules(Box::new(sources))).await
    }

    /// Takes note of rules that were refused while the present ones go on; none when that is over.
    pub fn refuses(&self, rules: Option<String>) {
        self.standing.lock().expect("no panic holds it").refused_rules = rules;
    }

    async fn order(&self, order: Order) -> bool {
        let taken = self.orders.send(order).await.is_ok();
        self.bell.ring();
        taken
    }

    /// How its connections stand.
    pub fn logins(&self) -> Vec<Login> {
        (self.logins)()
    }

    /// Whether it knows how it stands: a turn is over.
    pub fn has_looked(&self) -> bool {
        self.standing.lock().expect("no panic holds it").turns > 0
    }

    /// How late each of its rules is by now, in seconds.
    pub fn lag(&self) -> BTreeMap<RuleAddress, i64> {
        let now = self.clock.now();
        let seconds = |since: Option<Timestamp>| since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        self.standing().late.into_iter().map(|(rule, since)| (rule, seconds(since))).collect()
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.standing.lock().expect("no panic holds it").clone()
    }

    /// Works until it is asked to stop. An error of the store ends it: what a failed write left behind is unknown.
    pub async fn work(&self, work: Work) -> Result<(), StoreError> {
        let Work { engine, open, clock, stop, mut orders } = work;
        let mut engine = Arc::new(engine);
        self.works_by(&engine);
        let mut polls_at = clock.now();
        while !stop.is_asked() {
            self.bell.answer();
            while let Ok(order) = orders.try_recv() {
                match order {
                    Order::Job(job) => tokio::select! {
                        () = job(engine.clone()) => {}
                        () = stop.over() => return Ok(()),
                    },
                    Order::Rules(sources) => engine = self.reopened(&open, &sources, engine)?,
                }
            }
            // A clock that went back would put the next poll off for as long.
            polls_at = polls_at.min(clock.now() + POLLS);
            let polls = clock.now() >= polls_at;
            if polls {
                polls_at = clock.now() + POLLS;
                self.try_again(&engine);
            }
            tokio::select! {
                turned = self.turn(&engine, polls) => turned?,
                () = stop.over() => return Ok(()),
            }
            let next = self.next(&engine, &*clock, polls_at)?;
            tokio::select! {
                () = self.bell.rung() => {}
                () = clock.sleep_until(next) => {}
                () = stop.asked() => {}
            }
        }
        Ok(())
    }

    /// Lets the engine call those hosts again where somebody signed in meanwhile, or signing in may be tried once more.
    fn try_again(&self, engine: &Engine) {
        let halted = engine.halted();
        for login in self.logins().into_iter().filter(|login| login.halted.is_none() && halted.contains_key(login.host))
        {
            engine.try_again(login.host);
        }
    }

    /// The engine on other rules; the present one where they do not open after all.
    fn reopened(&self, open: &Open, sources: &Sources, engine: Arc<Engine>) -> Result<Arc<Engine>, StoreError> {
        match open(sources, self.audience.watch()) {
            Ok(engine) => {
                self.works_by(&engine);
                self.standing.lock().expect("no panic holds it").unopened_rules = None;
                Ok(Arc::new(engine))
            }
            Err(NotOpened::Store(error)) => Err(error),
            Err(NotOpened::Rules(problems)) => {
                let first = problems.first().map(|problem| problem.show(None)).unwrap_or_default();
                tracing::error!(bridge = %self.bridge, "the new rules do not open, the last good ones go on: {first}");
                self.standing.lock().expect("no panic holds it").unopened_rules = Some(first);
                Ok(engine)
            }
        }
    }

    fn works_by(&self, engine: &Engine) {
        let rules = engine.parts().rules.digest.clone();
        self.standing.lock().expect("no panic holds it").rules = Some(rules);
    }

    async fn turn(&self, engine: &Engine, polls: bool) -> Result<(), StoreError> {
        if engine.is_paused() {
            let summary = engine.finish(&self.bell).await?;
            return self.stands(engine, &summary, false);
        }
        let summary = engine.turn(Turn { polls, bell: self.bell.clone() }).await?;
        self.stands(engine, &summary, polls)
    }

    /// Logged when it begins, when it is another, and when it is over, not with each turn.
    fn tell_of(&self, before: Option<&(Timestamp, String)>, error: Option<&HostError>) {
        let bridge = &self.bridge;
        match (before, error) {
            (None, None) => {}
            (Some((since, _)), None) => {
                tracing::info!(%bridge, "every host answers again, after failures since {since}")
            }
            (Some((_, said)), Some(error)) if said.starts_with(&error.to_string()) => {}
            (_, Some(error)) => {
                tracing::error!(%bridge, "a turn does not come through, it is tried on: {error} ({})", error.call)
            }
        }
    }

    fn halted(&self, engine: &Engine) -> Vec<Halted> {
        let halted = engine.halted();
        let of = |login: Login| {
            let error = halted.get(login.host)?.to_string();
            Some(Halted { connection: login.name, host: login.host.to_owned(), error })
        };
        self.logins().into_iter().filter_map(of).collect()
    }

    /// When the next turn begins, if nobody rings.
    fn next(&self, engine: &Engine, clock: &dyn Clock, polls_at: Timestamp) -> Result<Timestamp, StoreError> {
        let moment = engine.next_moment()?.map_or(polls_at, |moment| moment.min(polls_at));
        let mut standing = self.standing.lock().expect("no panic holds it");
        let next = match standing.failing {
            Some(_) => moment.max(clock.now() + AFTER_FAILURE),
            None => moment,
        };
        standing.next = Some(next);
        Ok(next)
    }

    fn stands(&self, engine: &Engine, summary: &Summary, polls: bool) -> Result<(), StoreError> {
        let now = engine.parts().clock.now();
        let (parked, late, over_cap) = (engine.count_parked()?, engine.late()?, engine.over_cap()?);
        let mut standing = self.standing.lock().expect("no panic holds it");
        standing.paused = engine.paused().iter().map(ToString::to_string).collect();
        standing.halted = self.halted(engine);
        (standing.parked, standing.late, standing.over_cap) = (parked, late, over_cap);
        standing.turns += 1;
        standing.last_turn = Some(now);
        let error = summary.failed.as_ref().or(summary.undecided.first().map(|(_, error)| error));
        // A turn that asks no poll cannot say that the polls come through again.
        if polls || error.is_some() {
            self.tell_of(standing.failing.as_ref(), error);
            standing.failing = error.map(|error| {
                let since = standing.failing.as_ref().map_or(now, |(since, _)| *since);
                (since, format!("{error} ({})", error.call))
            });
        }
        standing.waiting = summary.waiting.len();
        standing.waiting_for = waiting_for(summary);
        standing.held = summary.held;
        standing.from_before += summary.scans.iter().map(|scan| scan.before).sum::<u64>();
        Ok(())
    }
}

/// Writes that wait, and events that a host's silence keeps from being decided, by host.
fn waiting_for(summary: &Summary) -> BTreeMap<String, usize> {
    let host = |call: &str| call.split(['.', ':']).next().unwrap_or_default().to_owned();
    let writes = summary.waiting.iter().map(|(_, function, _)| host(function));
    let events = summary.undecided.iter().map(|(_, error)| host(&error.call));
    let mut counts = BTreeMap::new();
    for host in writes.chain(events) {
        *counts.entry(host).or_default() += 1;
    }
    counts
}
