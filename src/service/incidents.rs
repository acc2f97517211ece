//! Which mails go out about what is wrong, and when: one when it begins, one a day while it lasts, one when it is over
//! (CON-7, X-12).
//!
//! Pure: it is told what it is and asked what to send, and never sends. What it knows is kept in the store, so that a
//! restart sends no second mail.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event;
use crate::ports::{Batch, Store, StoreError};
use crate::value::Value;

/// The keys of the store: one record an incident.
const PREFIX: &str = "incident/";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// After a mail that did not get through.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// What can be wrong, of one thing each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum About {
    /// A connection lost its rights: `khoros:main`.
    ConnectionHalted(String),
    /// Nobody ever signed in there with what is configured now.
    NeverAuthorized(String),
    /// A bridge goes on with older rules, because the newer ones are wrong.
    RulesRefused(String),
    /// Items of a bridge wait parked for a person.
    ItemsParked(String),
    /// A rule reached a cap: the bridge and its address.
    CapReached(String, String),
}

impl About {
    /// The key of its record.
    pub fn key(&self) -> String {
        match self {
            About::ConnectionHalted(name) => format!("{PREFIX}halted/{name}"),
            About::NeverAuthorized(name) => format!("{PREFIX}never/{name}"),
            About::RulesRefused(bridge) => format!("{PREFIX}rules/{bridge}"),
            About::ItemsParked(bridge) => format!("{PREFIX}parked/{bridge}"),
            About::CapReached(bridge, rule) => format!("{PREFIX}cap/{bridge}/{rule}"),
        }
    }

    fn headline(&self) -> String {
        match self {
            About::ConnectionHalted(name) => format!("connection {name} is halted"),
            About::NeverAuthorized(name) => format!("connection {name} was never authorized"),
            About::RulesRefused(bridge) => format!("new rules of {bridge} were refused"),
            About::ItemsParked(bridge) => format!("items of {bridge} are parked"),
            About::CapReached(bridge, rule) => format!("the rule {rule} of {bridge} reached its cap"),
        }
    }

    fn to_do(&self) -> String {
        match self {
            About::ConnectionHalted(name) => {
                format!(
                    "`casebridge connect status` says why; then `casebridge connect authorize {name}` or `refresh`."
                )
            }
            About::NeverAuthorized(name) => {
                format!(
                    "`casebridge connect status` says what it lacks; then `casebridge connect authorize {name}`, once."
                )
            }
            About::RulesRefused(_) => "`casebridge check` shows every problem; the rules from before go on.".into(),
            About::ItemsParked(_) => {
                "`casebridge parked list` shows each and why; then `casebridge parked retry` or `drop`.".into()
            }
            About::CapReached(..) => "look whether so many are right; what is over the cap stays due, and goes with \
                                      the next hour or day or when the cap is raised."
                .into(),
        }
    }
}

/// Where an incident stands when it is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Begins,
    Lasts,
    Over,
}

impl About {
    /// The event that rules hear of it; what is parked the engine tells of itself, item by item.
    pub fn event(&self, phase: Phase) -> Option<&'static str> {
        match (self, phase) {
            (About::ConnectionHalted(_), Phase::Begins) => Some(event::CONNECTION_HALTED),
            (About::ConnectionHalted(_), Phase::Over) => Some(event::CONNECTION_RESTORED),
            (About::RulesRefused(_), Phase::Begins) => Some(event::RULES_REFUSED),
            (About::CapReached(..), Phase::Begins) => Some(event::CAP_REACHED),
            _ => None,
        }
    }

    /// What such an event says of it.
    pub fn facts(&self, error: &str) -> Value {
        let of = match self {
            About::ConnectionHalted(name) | About::NeverAuthorized(name) => Some(("connection", name)),
            About::CapReached(_, rule) => Some(("rule", rule)),
            About::RulesRefused(_) | About::ItemsParked(_) => None,
        };
        Value::map(
            of.into_iter().map(|(name, text)| (name, Value::text(text.as_str()))).chain([("said", Value::text(error))]),
        )
    }
}

/// One incident, from its first moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    about: About,
    since: Timestamp,
    /// The host's own words at the beginning; never a secret.
    first_error: String,
    told: Option<Timestamp>,
    times: u32,
}

/// One text for the people who look after this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub body: String,
}

/// All incidents that are open.
pub struct Incidents {
    open: BTreeMap<String, Open>,
}

/// A letter to send, and what to commit before it goes: twice is worse than lost.
#[derive(Clone, Debug)]
pub struct Due {
    pub about: About,
    pub phase: Phase,
    /// What was wrong at the beginning.
    pub error: String,
    pub letter: Letter,
    pub commit: Batch,
}

/// What is so now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    pub about: About,
    pub since: Timestamp,
    /// The host's or the file's own words.
    pub error: String,
    /// How many items wait for it.
    pub waiting: usize,
}

impl Incidents {
    /// Takes up what was open before.
    pub fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let rows = store.range(PREFIX)?.into_iter();
        // What cannot be read is from a newer version; it is told of once more.
        let open = rows.filter_map(|(key, bytes)| Some((key, serde_json::from_slice(&bytes).ok()?)));
        Ok(Incidents { open: open.collect() })
    }

    /// It is so: a letter when that is new, or when the last one is a day old.
    pub fn lasts(&mut self, so: &Now, now: Timestamp) -> Option<Due> {
        let key = so.about.key();
        let open = self.open.entry(key.clone()).or_insert_with(|| Open {
            about: so.about.clone(),
            since: so.since,
            first_error: so.error.clone(),
            told: None,
            times: 0,
        });
        if open.told.is_some_and(|told| now.duration_since(told) < DAY) {
            return None;
        }
        let phase = if open.told.is_none() { Phase::Begins } else { Phase::Lasts };
        let letter = lasting(open, so.waiting);
        open.told = Some(now);
        open.times = open.times.saturating_add(1);
        Some(Due { about: so.about.clone(), phase, error: so.error.clone(), letter, commit: kept(key, open) })
    }

    /// Everything that was open and is not so any more; a letter for each that anybody heard of.
    pub fn over(&mut self, still: &[Now], now: Timestamp) -> Vec<Due> {
        let is_over = |open: &&Open| still.iter().all(|so| so.about != open.about);
        let over: Vec<About> = self.open.values().filter(is_over).map(|open| open.about.clone()).collect();
        over.into_iter().filter_map(|about| self.ends(about, now)).collect()
    }

    fn ends(&mut self, about: About, now: Timestamp) -> Option<Due> {
        let key = about.key();
        let open = self.open.remove(&key)?;
        let mut commit = Batch::default();
        commit.remove(key);
        Some(Due { about, phase: Phase::Over, letter: ended(&open, now), error: open.first_error, commit })
    }

    /// The letter did not get through: it is due again in a while, or lost where it only said that all is over.
    pub fn unsent(&mut self, about: &About, now: Timestamp) -> Option<Batch> {
        let key = about.key();
        let open = self.open.get_mut(&key)?;
        open.times = open.times.saturating_sub(1);
        open.told = Some(now - DAY + AGAIN);
        Some(kept(key, open))
    }
}

fn kept(key: String, open: &Open) -> Batch {
    let mut commit = Batch::default();
    commit.put(key, serde_json::to_vec(open).unwrap_or_default());
    commit
}

fn lasting(open: &Open, waiting: usize) -> Letter {
    let still = if open.times > 0 { "still: " } else { "" };
    let Open { about, since, first_error, .. } = open;
    // What never was cannot have ended at a moment.
    let since = match about {
        About::NeverAuthorized(_) => "and that is what it waits for".to_owned(),
        _ => format!("since {}", written(*since)),
    };
    let body = format!(
        "{}, {since}.\n\nThe first error: {first_error}\n{}\n\nWhat to do: {}\n\nThe next mail about this comes in a day, \
         or when it is over.\n",
        about.headline(),
        waits(waiting),
        about.to_do()
    );
    Letter { subject: format!("casebridge: {still}{}", about.headline()), body }
}

fn ended(open: &Open, now: Timestamp) -> Letter {
    let Open { about, since, first_error, .. } = open;
    let (over, body) = match about {
        About::NeverAuthorized(name) => {
            let over = format!("connection {name} is authorized");
            let body = format!("It is over: {over}, at {}.\n\nWhat waited for it goes on by itself.\n", written(now));
            (over, body)
        }
        about => {
            let body = format!(
                "It is over: {}, from {} to {}.\n\nThe first error was: {first_error}\nWhat waited for it goes on by itself.\n",
                about.headline(),
                written(*since),
                written(now)
            );
            (format!("over: {}", about.headline()), body)
        }
    };
    Letter { subject: format!("casebridge: {over}"), body }
}

fn waits(count: usize) -> String {
    match count {
        0 => "Nothing waits for it.".into(),
        1 => "1 item waits for it; it is not lost.".into(),
        count => format!("{count} items wait for it; none is lost."),
    }
}

fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
