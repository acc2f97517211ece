//! What a pass found, and what came of it: the counts of each rule, what was left undecided, what is not new any more.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::decide::Decided;
use crate::engine::due::{Moved, Standing};
use crate::engine::report::{Happened, Silent};
use crate::engine::{Core, layout};
use crate::failure::HostError;
use crate::intake::event_id;
use crate::names::{EventId, RuleAddress, Subject, Tick};
use crate::rules::{Rule, Trigger};
use crate::run::Scan;

/// What a pass found, and what came of it.
pub struct Found {
    pub tick: Tick,
    pub at: Timestamp,
    /// The rules that the pass looks at.
    pub rules: Vec<Arc<Rule>>,
    /// Somebody asks for one rule.
    pub by_name: bool,
    counts: BTreeMap<RuleAddress, Scan>,
    /// Subjects about which nothing was decided, because a read did not come through.
    pub undecided: Vec<(Subject, HostError)>,
    /// Events in which no rule acted.
    pub silent: u64,
    pub failed: Option<HostError>,
    /// In a pass over what is due by the clock: where each scheduled rule stands.
    pub standings: Vec<Standing>,
    /// Rules of which something was not looked at; their moment stays due.
    pub unfinished: HashSet<RuleAddress>,
    /// What a host refused in a search, in its own words; it was tested here instead.
    pub refused: BTreeSet<(String, String)>,
    /// Fields that a host does not know.
    pub unknown: BTreeSet<(String, String)>,
    seen: HashSet<EventId>,
    /// Those of which something is planned.
    acted_on: HashSet<EventId>,
    /// Keys of stored events of which nothing comes; they are taken out with the next commit.
    pub over: Vec<String>,
}

impl Found {
    /// Nothing yet.
    pub fn at(now: Timestamp) -> Self {
        Found {
            tick: event_id::tick_at(now),
            at: now,
            rules: vec![],
            by_name: false,
            counts: BTreeMap::new(),
            undecided: vec![],
            silent: 0,
            failed: None,
            standings: vec![],
            unfinished: HashSet::new(),
            refused: BTreeSet::new(),
            unknown: BTreeSet::new(),
            seen: HashSet::new(),
            acted_on: HashSet::new(),
            over: vec![],
        }
    }

    /// What each rule found; one that was looked at whole and found nothing is among them.
    pub fn scans(&self) -> Vec<Scan> {
        let mut counts = self.counts.clone();
        let is_whole = |rule: &&Arc<Rule>| !self.unfinished.contains(&rule.address);
        for rule in self.rules.iter().filter(is_whole) {
            if let Trigger::Due { .. } = rule.trigger {
                counts
                    .entry(rule.address.clone())
                    .or_insert_with(|| Scan::new(rule.address.clone(), self.tick.clone()));
            }
        }
        counts.into_values().collect()
    }

    /// The counts as admission left them.
    pub fn take_counts(&mut self, counts: BTreeMap<RuleAddress, Scan>) {
        self.counts = counts;
    }

    /// Whether this pass has not looked at an event; from here on it has.
    pub fn is_new(&mut self, event: &EventId) -> bool {
        self.seen.insert(event.clone())
    }

    /// The moments that a rule is run for one by one; none where one run does for all.
    pub fn each_moment_of(&self, rule: &RuleAddress) -> Vec<Timestamp> {
        let standing = self.standings.iter().find(|standing| standing.rule == *rule);
        match standing.map(|standing| &standing.moved) {
            Some(Moved::Each(moments)) => moments.clone(),
            _ => vec![],
        }
    }

    /// The counts of one rule.
    pub fn of(&mut self, rule: &RuleAddress) -> &mut Scan {
        self.counts.entry(rule.clone()).or_insert_with(|| Scan::new(rule.clone(), self.tick.clone()))
    }

    /// From here on only what something is planned of is not new.
    pub fn look_again(&mut self) {
        self.seen = self.acted_on.clone();
    }

    /// Takes out the events in which no rule acted; the others are given back.
    pub fn sort_out(&mut self, core: &Core, decided: Vec<Decided>) -> Vec<Decided> {
        let (fired, silent): (Vec<_>, Vec<_>) = decided.into_iter().partition(Decided::is_loud);
        for decided in &fired {
            self.acted_on.insert(decided.facts.event.id.clone());
            for verdict in &decided.plan.fired {
                let scan = self.of(&verdict.rule);
                scan.met += 1;
                scan.shadow += u64::from(verdict.shadow);
            }
        }
        self.silent += silent.len() as u64;
        for decided in silent {
            let event = &decided.facts.event;
            if event_id::is_stored(event) {
                self.over.push(layout::wake_key(event));
            }
            (core.parts.watch)(Happened::Silent(Silent::of(core, &decided)));
        }
        fired
    }
}
