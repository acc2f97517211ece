//! Weighs what each rule would begin: its opening hours and its caps. A rule that may not act leaves the others alone.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::engine::decide::Decided;
use crate::engine::report::Admitted;
use crate::engine::{Core, due, layout, records};
use crate::names::{RuleAddress, Subject};
use crate::plan::{Plan, Verdict};
use crate::ports::StoreError;
use crate::rules::{First, Limits, Over, Rule};
use crate::run::{Scan, Why};

/// The counters of one pass.
pub struct Caps<'a> {
    core: &'a Core,
    pub scans: BTreeMap<RuleAddress, Scan>,
    /// What each rule began in this pass.
    begun: HashMap<RuleAddress, u64>,
    /// For each plan that a rule has still ahead, how many behind it go before it.
    ahead: HashMap<RuleAddress, VecDeque<u64>>,
    /// Stored counters by key, as of now.
    pub counters: BTreeMap<String, u64>,
}

/// The verdicts of the rules that act in a plan.
pub fn acting(plan: &Plan) -> impl Iterator<Item = &Verdict> + '_ {
    plan.fired.iter().filter(|verdict| verdict.acts())
}

/// Of each, how many behind it are bigger: plans come oldest first, and these take the places before it.
fn go_before(weights: Vec<f64>) -> VecDeque<u64> {
    let mut behind: Vec<f64> = Vec::with_capacity(weights.len());
    let mut counts = VecDeque::with_capacity(weights.len());
    for weight in weights.into_iter().rev() {
        let place = behind.partition_point(|other| *other <= weight);
        counts.push_front((behind.len() - place) as u64);
        behind.insert(place, weight);
    }
    counts
}

impl<'a> Caps<'a> {
    /// The caps of a pass in which these plans are weighed, oldest subject first.
    pub fn new(core: &'a Core, scans: Vec<Scan>, decided: &[Decided]) -> Self {
        let mut weights: HashMap<RuleAddress, Vec<f64>> = HashMap::new();
        let weighed = decided.iter().map(|decided| &decided.plan).filter(|plan| plan.problems.is_empty());
        for (place, verdict) in weighed.enumerate().flat_map(|(place, plan)| acting(plan).map(move |v| (place, v))) {
            let rule = core.parts.rules.rules.iter().find(|rule| rule.address == verdict.rule);
            let weight = match rule.map(|rule| &rule.limits.first) {
                Some(First::Newest) => place as f64,
                Some(First::Biggest(_)) => verdict.weight.unwrap_or(f64::NEG_INFINITY),
                Some(First::Oldest) | None => 0.0,
            };
            weights.entry(verdict.rule.clone()).or_default().push(weight);
        }
        let ahead = weights.into_iter().map(|(rule, weights)| (rule, go_before(weights))).collect();
        let scans = scans.into_iter().map(|scan| (scan.rule.clone(), scan)).collect();
        Caps { core, scans, begun: HashMap::new(), ahead, counters: BTreeMap::new() }
    }

    /// Whether a rule may act on a subject now; what may not is counted.
    pub fn weigh(&mut self, address: &RuleAddress, subject: &Subject) -> Result<Admitted, StoreError> {
        let taken = self.ahead.get_mut(address).and_then(VecDeque::pop_front).unwrap_or(0);
        let core = self.core;
        let Some(rule) = core.parts.rules.rules.iter().find(|rule| rule.address == *address) else {
            return Ok(Admitted::Goes);
        };
        if let Some((why, _)) = due::closed(rule, core.now()) {
            self.count_scan(address, |scan| scan.closed += 1);
            return Ok(Admitted::Closed(why));
        }
        let Some(why) = self.over_a_cap(rule, subject, taken)? else {
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
        let (hour, day) = layout::cap_keys(&self.core.parts.bridge, address, self.core.now());
        let rule = self.core.parts.rules.rules.iter().find(|rule| rule.address == *address);
        let for_subject = rule.and_then(|rule| self.subject_key(&rule.limits, address, subject));
        for key in [hour, day].into_iter().chain(for_subject) {
            let used = self.counter(&key)?;
            self.counters.insert(key, used + 1);
        }
        Ok(())
    }

    fn over_a_cap(&mut self, rule: &Rule, subject: &Subject, taken: u64) -> Result<Option<Why>, StoreError> {
        let (limits, address) = (&rule.limits, &rule.address);
        let (hour, day) = layout::cap_keys(&self.core.parts.bridge, address, self.core.now());
        let for_subject = match self.subject_key(limits, address, subject) {
            Some(key) => self.counter(&key)?,
            None => 0,
        };
        let found = self.scans.get(address).map_or(0, |scan| scan.found);
        let begun = self.begun.get(address).copied().unwrap_or(0);
        let share = limits.share_of_scan.map(|percent| (found * percent).div_ceil(100)).filter(|_| found > 0);
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
        let key = || layout::subject_cap_key(&self.core.parts.bridge, rule, subject, self.core.now());
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
