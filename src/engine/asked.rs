//! What each rule asks a host for in a search: its `look_back`, and those of its lines that the host can test.
//!
//! The rest is tested here, and what the host tested is tested here once more: a search only leaves out what no line
//! would let pass.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Catalog, ScanCall, Seen};
use crate::facts::{Args, Facts};
use crate::names::{FunctionName, Path};
use crate::predicate::{Predicate, Pushed, Test};
use crate::rules::{LookAt, Rule, Trigger};
use crate::value::Value;

/// The search of one rule.
#[derive(Clone)]
pub struct Ask {
    pub rule: Arc<Rule>,
    pub scan: FunctionName,
    pub args: Args,
    pub predicates: Vec<Predicate>,
}

/// The lines of a rule that a host tests in its search.
pub fn pushed<'r>(rule: &'r Rule, call: &ScanCall) -> impl Iterator<Item = &'r Predicate> {
    let lines = rule.candidates.must_hold().into_iter().chain(rule.when.must_hold());
    let accepts = call.accepts;
    lines.filter(move |predicate| accepts(predicate) == Pushed::Whole)
}

impl Ask {
    /// What a scheduled rule asks for at a moment.
    pub fn of(rule: &Arc<Rule>, catalog: &Catalog, now: Timestamp) -> Option<Ask> {
        let Trigger::Due { look_at: Some(LookAt { scan, args, look_back }), .. } = &rule.trigger else { return None };
        let call = catalog.scan_call(scan.as_str())?;
        let since = look_back.map(|span| Predicate::new(call.since.clone(), Test::AtLeast(Value::Moment(now - span))));
        let mut predicates: Vec<Predicate> = Vec::new();
        for predicate in since.iter().filter(|p| (call.accepts)(p) == Pushed::Whole).chain(pushed(rule, call)) {
            if !predicates.contains(predicate) {
                predicates.push(predicate.clone());
            }
        }
        Some(Ask { rule: rule.clone(), scan: scan.clone(), args: args.clone(), predicates })
    }

    /// The subjects that one threshold alone keeps back, and that are so much of it (in percent) short at most.
    pub fn near(&self, share: i64) -> Option<Ask> {
        let threshold = |predicate: &Predicate| match &predicate.test {
            Test::AtLeast(Value::Span(bound)) => Some((*bound, Test::Below(Value::Span(*bound)))),
            Test::Above(Value::Span(bound)) => Some((*bound, Test::AtMost(Value::Span(*bound)))),
            _ => None,
        };
        let mut near = self.clone();
        let (place, (bound, short)) =
            near.predicates.iter().enumerate().find_map(|(place, predicate)| Some((place, threshold(predicate)?)))?;
        let fact = near.predicates[place].fact.clone();
        let milliseconds = bound.as_millis() * i128::from(100 - share.clamp(0, 100)) / 100;
        let lower = SignedDuration::from_millis(i64::try_from(milliseconds).ok()?);
        near.predicates[place] = Predicate::new(fact.clone(), Test::AtLeast(Value::Span(lower)));
        near.predicates.push(Predicate::new(fact, short));
        Some(near)
    }

    /// The subjects that its `look_back` alone keeps back; none where the host does not search by it.
    pub fn older(&self, fact: &Path) -> Option<Ask> {
        let mut older = self.clone();
        let since = older.predicates.iter_mut().find(|predicate| predicate.fact == *fact)?;
        let Test::AtLeast(bound) = &since.test else { return None };
        since.test = Test::Below(bound.clone());
        Some(older)
    }

    /// Whether the search finds a subject, as far as the facts tell.
    pub fn finds(&self, catalog: &Catalog, facts: &Facts, settings: &Value) -> bool {
        self.predicates.iter().all(|predicate| match catalog.see(facts, settings, &predicate.fact) {
            Seen::Is(value) => predicate.holds(&value),
            _ => true,
        })
    }

    /// Whether both are the same search but for what they test.
    pub fn is_like(&self, scan: &FunctionName, args: &Args) -> bool {
        self.scan == *scan && self.args == *args
    }
}
