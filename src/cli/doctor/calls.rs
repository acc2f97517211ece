//! What polls and schedules cost a day, beside what the org allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Level};
use crate::app::bridge::{Opening, catalog};
use crate::app::connections::Clients;
use crate::catalog::Catalog;
use crate::hosts::budget::Usage;
use crate::names::EventKind;
use crate::packs::{self, Compiled};
use crate::rules::{Rule, Trigger, schedule};
use crate::service::worker::POLLS;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Of the org's daily calls at least so much is left to others, in percent (design, section 7).
const RESERVE: u64 = 20;

/// Calls of a day by connection, over all bridges that share it, and what the org says of its own.
#[derive(Default)]
pub struct Calls {
    a_day: BTreeMap<String, u64>,
    usage: BTreeMap<String, Usage>,
}

impl Calls {
    /// Adds what the rules of a bridge with so many links cost.
    pub fn add(&mut self, opening: &Opening, clients: &Clients, links: usize) {
        let catalog = catalog(&opening.bridge, clients, &opening.store);
        let Ok(Compiled { rules, .. }) = packs::compile(&opening.sources, &catalog) else { return };
        let mut calls = polls(&catalog, &rules.rules, links);
        *calls.entry("khoros").or_default() += ticks(&rules.rules);
        let org = clients.salesforce.session().name();
        for (host, calls) in calls {
            let name = if host == "khoros" { clients.khoros.session().name() } else { org };
            *self.a_day.entry(name.to_owned()).or_default() += calls;
        }
        if let Some(usage) = clients.salesforce.budget().usage() {
            self.usage.insert(org.to_owned(), usage);
        }
    }

    /// One for each connection.
    pub fn findings(&self) -> Vec<Finding> {
        self.a_day.iter().map(|(name, calls)| found(name, *calls, self.usage.get(name))).collect()
    }
}

fn found(name: &str, calls: u64, usage: Option<&Usage>) -> Finding {
    let host = name.split(':').next().unwrap_or(name);
    let said = format!("at least {calls} calls a day at {host}, without what is written");
    match usage {
        Some(usage) if calls > usage.of * (100 - RESERVE) / 100 => {
            let said = format!("{said}, of {} that the org allows", usage.of);
            Finding::new(Level::Warning, name, said).next("fewer threads with open cases, or streams instead of polls")
        }
        Some(usage) => {
            Finding::new(Level::Well, name, format!("{said}; {} of {} are used today", usage.used, usage.of))
        }
        None => Finding::new(Level::Well, name, said),
    }
}

/// Calls of a day, by host: of every poll that tells something that a rule waits for.
fn polls(catalog: &Catalog, rules: &[Arc<Rule>], links: usize) -> BTreeMap<&'static str, u64> {
    let waited: BTreeSet<&EventKind> = rules.iter().flat_map(|rule| rule.trigger.happens()).collect();
    let rounds = u64::try_from(DAY.as_secs() / POLLS.as_secs()).unwrap_or_default();
    let mut calls = BTreeMap::new();
    for poll in catalog.polls().iter().filter(|poll| poll.tells.iter().any(|kind| waited.contains(kind))) {
        let round = if poll.of.is_some() { links.div_ceil(poll.up_to.max(1)) } else { 1 };
        let host = if poll.name.host() == "khoros" { "khoros" } else { "salesforce" };
        *calls.entry(host).or_default() += rounds * round as u64;
    }
    calls
}

/// Searches of a day: one for each moment of a schedule.
fn ticks(rules: &[Arc<Rule>]) -> u64 {
    let now = Timestamp::now();
    let most = usize::try_from(DAY.as_mins()).unwrap_or_default();
    let of = |rule: &Arc<Rule>| match &rule.trigger {
        Trigger::Due { every, zone, .. } => {
            schedule::next(every, zone, now, most).into_iter().filter(|moment| *moment < now + DAY).count() as u64
        }
        _ => 0,
    };
    rules.iter().map(of).sum()
}
