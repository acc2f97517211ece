//! Weighs what each rule would begin: its opening hours and its caps. A rule that may not act leaves the others alone.

use std::collections::{BTreeMap, HashMap};

use crate::engine::decide::Decided;
use crate::engine::report::Admitted;
use crate::engine::{Core, due, records};
use crate::names::{RuleAddress, Subject};
use crate::plan::Plan;
use crate::ports::StoreError;
use crate::rules::{First, Limits, Over, Rule};
use crate::run::{Scan, Why};

/// The counters of one pass.
pub struct Caps<'a> {
    core: &'a Core,
    pub scans: BTreeMap<RuleAddress, Scan>,
    /// What each rule began in this pass.
    begun: HashMap<RuleAddress, u64>,
    /// How many plans of the pass each rule has still ahead, the one at hand among them.
    ahead: HashMap<RuleAddress, u64>,
    /// Stored counters by key, as of now.
    pub counters: BTreeMap<String, u64>,
}

/// The rules that act in a plan.
pub fn acting(plan: &Plan) -> impl Iterator<Item = RuleAddress> + '_ {
    plan.fired.iter().filter(|verdict| verdict.acts()).map(|verdict| verdict.rule.clone())
}

impl<'a> Caps<'a> {
    /// The caps of a pass in which these plans are weighed, oldest subject first.
    pub fn new(core: &'a Core, scans: Vec<Scan>, decided: &[Decided]) -> Self {
        let mut ahead = HashMap::new();
        for rule in decided.iter().flat_map(|decided| acting(&decided.plan)) {
            *ahead.entry(rule).or_default() += 1;
        }
        let scans = scans.into_iter().map(|scan| (scan.rule.clone(), scan)).collect();
        Caps { core, scans, begun: HashMap::new(), ahead, counters: BTreeMap::new() }
    }

    /// Whether a rule may act on a subject now; what may not is counted.
    pub fn weigh(&mut self, address: &RuleAddress, subject: &Subject) -> Result<Admitted, StoreError> {
        let ahead = self.ahead.entry(address.clone()).or_insert(1);
        let ahead = std::mem::replace(ahead, ahead.saturating_sub(1));
        let core = self.core;
        let Some(rule) = core.parts.rules.rules.iter().find(|rule| rule.address == *address) else {
            return Ok(Admitted::Goes);
        };
        if let Some((why, _)) = due::closed(rule, core.now()) {
            self.count_scan(address, |scan| scan.closed += 1);
            return Ok(Admitted::Closed(why));
        }
        let Some(why) = self.over_a_cap(rule, subject, ahead)? else {
            let by = format!("{address}.ask_first");
            let asks = || Why::new("ask_first", format!("`{by}` is true")).by(&by);
            return Ok(if rule.ask_first { Admitted::Held(asks()) } else { Admitted::Goes });
        };
        Ok(match rule.limits.over {
            Over::Wait => {
                self.count_scan(address, |scan| scan.waiting += 1);
                Admitted::Waits(why)
            }
            Over::Ask => Admitted::Held(why),
            Over::Drop => Admitted::Dropped(why),
        })
    }

    /// Counts what a rule begins.
    pub fn count(&mut self, address: &RuleAddress, subject: &Subject) -> Result<(), StoreError> {
        *self.begun.entry(address.clone()).or_default() += 1;
        let (hour, day) = records::cap_keys(&self.core.parts.bridge, address, self.core.now());
        let rule = self.core.parts.rules.rules.iter().find(|rule| rule.address == *address);
        let for_subject = rule.and_then(|rule| self.subject_key(&rule.limits, address, subject));
        for key in [hour, day].into_iter().chain(for_subject) {
            let used = self.counter(&key)?;
            self.counters.insert(key, used + 1);
        }
        Ok(())
    }

    fn over_a_cap(&mut self, rule: &Rule, subject: &Subject, ahead: u64) -> Result<Option<Why>, StoreError> {
        let (limits, address) = (&rule.limits, &rule.address);
        let (hour, day) = records::cap_keys(&self.core.parts.bridge, address, self.core.now());
        let for_subject = match self.subject_key(limits, address, subject) {
            Some(key) => self.counter(&key)?,
            None => 0,
        };
        let found = self.scans.get(address).map_or(0, |scan| scan.found);
        let begun = self.begun.get(address).copied().unwrap_or(0);
        let share = limits.share_of_scan.map(|percent| (found * percent).div_ceil(100)).filter(|_| found > 0);
        // Plans come oldest first: with `first: newest` the places that are left belong to those still ahead.
        let taken = if limits.first == First::Newest { ahead - 1 } else { 0 };
        let caps = [
            ("per_run", limits.per_run, begun + taken),
            ("per_hour", limits.per_hour, self.counter(&hour)? + taken),
            ("per_day", limits.per_day, self.counter(&day)? + taken),
            ("per_subject_per_day", limits.per_subject_per_day, for_subject),
            ("share_of_scan", share, begun + taken),
        ];
        let reached = caps.into_iter().find_map(|(name, cap, used)| Some((name, cap.filter(|cap| used >= *cap)?)));
        Ok(reached.map(|(name, cap)| {
            let by = format!("{address}.limits.{name}");
            Why::new(records::CAP_REACHED, format!("`{by}` is {cap}, and it is reached")).by(&by)
        }))
    }

    /// Where the actions for one subject are counted; nothing is counted for rules without that cap.
    fn subject_key(&self, limits: &Limits, rule: &RuleAddress, subject: &Subject) -> Option<String> {
        let key = || records::subject_cap_key(&self.core.parts.bridge, rule, subject, self.core.now());
        limits.per_subject_per_day.map(|_| key())
    }

    fn count_scan(&mut self, rule: &RuleAddress, count: impl Fn(&mut Scan)) {
        self.scans.get_mut(rule).into_iter().for_each(count);
    }

    fn counter(&mut self, key: &str) -> Result<u64, StoreError> {
        if let Some(used) = self.counters.get(key) {
            return Ok(*used);
        }
        let used = match self.core.parts.store.get(key)? {
            Some(bytes) => records::decode(&bytes)?,
            None => 0,
        };
        self.counters.insert(key.to_owned(), used);
        Ok(used)
    }
}
