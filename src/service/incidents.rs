//! Which mails go out about what is wrong, and when: one when it begins, one a day while it lasts, one when it is over
//! (CON-7, X-12).
//!
//! Pure: it is told what it is and asked what to send, and never sends. What it knows is kept in the store, so that a
//! restart sends no second mail.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Batch, Store, StoreError};

/// The keys of the store: one record an incident.
const PREFIX: &str = "incident/";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What can be wrong, of one thing each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum About {
    /// A connection lost its rights: `khoros:main`.
    ConnectionHalted(String),
    /// A bridge goes on with older rules, because the newer ones are wrong.
    RulesRefused(String),
    /// An item waits for a person: its run.
    ItemParked(String),
    /// A rule reached a cap: its address.
    CapReached(String),
}

impl About {
    fn key(&self) -> String {
        let (kind, what) = match self {
            About::ConnectionHalted(what) => ("halted", what),
            About::RulesRefused(what) => ("rules", what),
            About::ItemParked(what) => ("parked", what),
            About::CapReached(what) => ("cap", what),
        };
        format!("{PREFIX}{kind}/{what}")
    }

    fn headline(&self) -> String {
        match self {
            About::ConnectionHalted(name) => format!("connection {name} is halted"),
            About::RulesRefused(bridge) => format!("new rules of {bridge} were refused"),
            About::ItemParked(run) => format!("an item waits for a person ({run})"),
            About::CapReached(rule) => format!("the rule {rule} reached its cap"),
        }
    }

    fn to_do(&self) -> String {
        match self {
            About::ConnectionHalted(name) => {
                format!(
                    "`casebridge connect status` says why; then `casebridge connect authorize {name}` or `refresh`."
                )
            }
            About::RulesRefused(_) => "`casebridge check` shows every problem; the rules from before go on.".into(),
            About::ItemParked(_) => "`casebridge parked list` shows it; retry it or drop it there.".into(),
            About::CapReached(_) => "`casebridge parked list` shows what is held; approve it or drop it there.".into(),
        }
    }
}

/// One incident, from its first moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    about: About,
    since: Timestamp,
    /// The host's own words at the beginning; never a secret.
    first_error: String,
    told: Timestamp,
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
    pub letter: Letter,
    pub commit: Batch,
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
    pub fn is(&mut self, about: &About, error: &str, waiting: usize, now: Timestamp) -> Option<Due> {
        let key = about.key();
        let open = self.open.entry(key.clone()).or_insert_with(|| Open {
            about: about.clone(),
            since: now,
            first_error: error.to_owned(),
            told: now,
            times: 0,
        });
        if open.times > 0 && now.duration_since(open.told) < DAY {
            return None;
        }
        open.told = now;
        open.times = open.times.saturating_add(1);
        let mut commit = Batch::default();
        commit.put(key, serde_json::to_vec(open).unwrap_or_default());
        Some(Due { letter: lasting(open, waiting), commit })
    }

    /// It is over: a letter if anybody heard of it.
    pub fn is_over(&mut self, about: &About, waiting: usize, now: Timestamp) -> Option<Due> {
        let key = about.key();
        let open = self.open.remove(&key)?;
        let mut commit = Batch::default();
        commit.remove(key);
        Some(Due { letter: over(&open, waiting, now), commit })
    }

    /// What is open now.
    pub fn open(&self) -> impl Iterator<Item = &About> {
        self.open.values().map(|open| &open.about)
    }
}

fn lasting(open: &Open, waiting: usize) -> Letter {
    let still = if open.times > 1 { "still: " } else { "" };
    let Open { about, since, first_error, .. } = open;
    let body = format!(
        "{}, since {}.\n\nThe first error: {first_error}\n{}\n\nWhat to do: {}\n\nThe next mail about this comes in a day, \
         or when it is over.\n",
        about.headline(),
        written(*since),
        waits(waiting),
        about.to_do()
    );
    Letter { subject: format!("casebridge: {still}{}", about.headline()), body }
}

fn over(open: &Open, waiting: usize, now: Timestamp) -> Letter {
    let body = format!(
        "It is over: {}, from {} to {}.\n\nThe first error was: {}\n{}\n",
        open.about.headline(),
        written(open.since),
        written(now),
        open.first_error,
        waits(waiting)
    );
    Letter { subject: format!("casebridge: over: {}", open.about.headline()), body }
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
