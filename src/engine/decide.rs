//! Judges events until each has a plan: the reads that rules ask for are answered for all waiting events together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Core;
use crate::engine::found::Found;
use crate::engine::gather::{Answers, gather};
use crate::facts::{Answer, Facts, Read};
use crate::failure::{FailureClass, HostError};
use crate::names::ReadKey;
use crate::plan::{Decision, Plan};
use crate::problem::{Place, Problem};

/// More rounds than this is a rule that never ends asking.
pub const ROUNDS: usize = 16;

/// An event with its plan, and the facts that it was made from.
pub struct Decided {
    pub facts: Arc<Facts>,
    pub plan: Plan,
}

impl Decided {
    /// Whether a rule acted, or something is wrong.
    pub fn is_loud(&self) -> bool {
        !self.plan.fired.is_empty() || !self.plan.problems.is_empty()
    }
}

/// A plan for every event; what could not be read is left for the next pass and counted.
pub async fn decide(core: &Core, events: Vec<Facts>, found: &mut Found) -> Vec<Decided> {
    let rules = core.parts.rules.clone();
    // Their order is kept: a cap takes the first.
    let mut waiting: Vec<(usize, Arc<Facts>)> = events.into_iter().map(Arc::new).enumerate().collect();
    let mut decided: Vec<(usize, Decided)> = Vec::with_capacity(waiting.len());
    for round in 0..=ROUNDS {
        let mut asking: Vec<(usize, Arc<Facts>, Vec<Read>)> = Vec::new();
        for (place, facts) in waiting.drain(..) {
            match rules.judge(&core.parts.catalog, &facts) {
                Decision::Plan(plan) => decided.push((place, Decided { facts, plan })),
                Decision::Needs(_) if round == ROUNDS => decided.push((place, endless(facts))),
                Decision::Needs(reads) => asking.push((place, facts, reads)),
            }
        }
        if asking.is_empty() {
            break;
        }
        let answers = gather(core, asking.iter().flat_map(|(.., reads)| reads.clone()).collect()).await;
        let learned = |(place, facts, reads): (usize, Arc<Facts>, Vec<Read>)| {
            Some((place, learn(facts, &reads, &answers, found)?))
        };
        waiting = asking.into_iter().filter_map(learned).collect();
    }
    decided.sort_by_key(|(place, _)| *place);
    decided.into_iter().map(|(_, decided)| decided).collect()
}

/// Adds the answers; an event whose read waits for better times is set aside instead.
fn learn(mut facts: Arc<Facts>, reads: &[Read], answers: &Answers, found: &mut Found) -> Option<Arc<Facts>> {
    let known = Arc::make_mut(&mut facts);
    for read in reads {
        let Some(recorded) = answers.get(&read.key()) else { continue };
        if let Answer::Failed(error) = &recorded.answer
            && waits(error)
        {
            found.undecided.push((known.event.subject.clone(), error.clone()));
            found.unfinished.extend(known.event.found_by.iter().cloned());
            return None;
        }
        known.learn(recorded.clone());
    }
    Some(facts)
}

/// Waiting or signing in again helps; the subject stays due.
fn waits(error: &HostError) -> bool {
    error.is_temporary() || error.class == FailureClass::SignedOut
}

fn endless(facts: Arc<Facts>) -> Decided {
    let mut plan = Plan::empty(facts.event.id.clone());
    let rule = facts.event.found_by.first().map_or("a rule", |rule| rule.as_str());
    let what = format!("`{rule}` asked for new reads in {ROUNDS} rounds and was stopped");
    let asked: BTreeMap<&ReadKey, _> = facts.answers.iter().collect();
    let next = format!("it read {} things; look for a read whose arguments change with every answer", asked.len());
    plan.problems.push(Problem::new("endless-reads", &Place::file(rule), what).next(next));
    Decided { facts, plan }
}
