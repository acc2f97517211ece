//! How the rules of each bridge stand: for health, metrics, and whoever mails about what is wrong.
//!
//! `Watcher::standings` tells each change: `refused` begins an incident, and ends it when it is none again (`taking.rs`
//! passes it on to the worker, where `lookout.rs` finds it).

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::names::{BridgeId, Digest};
use crate::problem::Problem;

/// Every bridge.
pub type RulesStandings = BTreeMap<BridgeId, RulesStanding>;

/// How many lines of what is wrong are kept.
const LINES: usize = 5;

/// What runs on a bridge, and what was refused since.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesStanding {
    /// Counts the sets that were accepted; a set that is refused has none.
    pub generation: u64,
    pub digest: Digest,
    pub since: Timestamp,
    /// What lies in the files now and does not run; none when they are what runs.
    pub refused: Option<Refused>,
    /// How many were refused since this set was accepted.
    pub refusals: u64,
}

/// A set that was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub at: Timestamp,
    /// Since when the files hold something that does not run.
    pub since: Timestamp,
    /// The first lines of what is wrong, as a person reads it.
    pub lines: Vec<String>,
}

impl RulesStanding {
    pub(super) fn refuse(&mut self, now: Timestamp, shown: &str) {
        let since = self.refused.as_ref().map_or(now, |refused| refused.since);
        let lines = shown.lines().take(LINES).map(str::to_owned).collect();
        self.refused = Some(Refused { at: now, since, lines });
        self.refusals += 1;
    }
}

/// Problems as a person reads them, what stops the load first.
pub fn shown<'a>(problems: &[Problem], text: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by(|a, b| (a.warning, &a.at, &a.code).cmp(&(b.warning, &b.at, &b.code)));
    sorted.iter().map(|problem| format!("{}\n", problem.show(text(&problem.at.file)))).collect()
}
