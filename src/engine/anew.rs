//! What was collected is said as it is when it is said: while nothing of a run has begun, it gets another plan where one of
//! its comments has changed or is gone. It keeps its place in line.

use std::sync::Arc;

use crate::engine::apply::InHand;
use crate::engine::guard::decide_again;
use crate::engine::ledger::{Finished, OpenRun};
use crate::engine::{Core, layout, records, texts};
use crate::event::{BEHIND, Event};
use crate::facts::Facts;
use crate::failure::HostError;
use crate::plan::key::is_same_thing;
use crate::plan::{Action, Plan};
use crate::ports::{Batch, StoreError};
use crate::rules::RuleSet;
use crate::run::{Outcome, Run, State, Why};
use crate::value::Value;

/// A run as it is planned by now, and how its actions begin.
pub struct Anew {
    run: Run,
    begins: State,
    /// The record of the event that it is made from, where that is another one.
    record: Option<String>,
    /// Why what it was made from is not said any more.
    superseded: Option<Why>,
}

impl Anew {
    /// The same, with what becomes of the comment that was the first.
    pub fn instead_of(self, why: Why) -> Self {
        Anew { superseded: Some(why), ..self }
    }
}

/// Of what waits behind an event only what came into the text of an action is looked at again: all else has plans of its
/// own.
pub fn narrow(facts: &mut Facts, action: &Action) {
    let is_in = |one: &&Value| action.also.iter().any(|also| one.get("record").as_str() == Some(also.record.as_str()));
    let behind: Vec<Value> = facts.event.behind().iter().filter(is_in).cloned().collect();
    if behind.len() < facts.event.behind().len() {
        facts.event = Arc::new((*facts.event).clone().hinting(BEHIND, Value::List(behind)));
    }
}

/// What replaces a run in hand that collects, where its plan is not the one that it has. What a person is asked about is
/// shown once more.
pub fn instead(core: &Core, item: &InHand, rules: &RuleSet, before: &Plan, facts: Facts, plan: Plan) -> Option<Anew> {
    let changed = may_be_another(item) && says(before) != says(&plan);
    changed.then(|| another(core, item, rules, before, facts, plan))
}

/// The same where its first comment is not to be said any more: the next one that is takes its place.
pub async fn of_the_next(
    core: &Core,
    item: &InHand,
    rules: &RuleSet,
    before: &Plan,
    mut facts: Facts,
) -> Result<Option<Anew>, HostError> {
    while may_be_another(item)
        && let Some((record, event)) = next(&facts.event)
    {
        facts.event = Arc::new(event);
        let (known, plan) = decide_again(core, rules, facts).await?;
        if plan.actions.iter().any(|action| action.collects) {
            let anew = another(core, item, rules, before, known, plan);
            return Ok(Some(Anew { record: Some(record), ..anew }));
        }
        facts = known;
    }
    Ok(None)
}

/// The first event behind one, with the rest behind it, and the record that it is stored in.
fn next(event: &Event) -> Option<(String, Event)> {
    let (first, rest) = event.behind().split_first()?;
    let next = Event { hint: first.get("hint").clone(), ..event.clone() };
    Some((first.get("record").as_str()?.to_owned(), next.hinting(BEHIND, Value::List(rest.to_vec()))))
}

fn may_be_another(item: &InHand) -> bool {
    item.action.collects && item.run.states.iter().all(|state| matches!(state, State::Intended { .. }))
}

fn another(core: &Core, item: &InHand, rules: &RuleSet, before: &Plan, facts: Facts, plan: Plan) -> Anew {
    let asks = rules.rules.iter().any(|rule| rule.address == item.action.rule && rule.ask_first);
    let why = Why::new("ask_first", "what it says has changed since it was shown");
    let begins = match asks {
        true => State::Held { why },
        false => State::Intended { tries: item.tries, not_before: core.now(), why: None },
    };
    let mut run = Run { id: item.run.id.clone(), ruleset: item.run.ruleset.clone(), facts, plan };
    // A thing that was made before keeps the generation that it was admitted with.
    for action in run.plan.actions.iter_mut() {
        let known = before.actions.iter().map(|known| &known.key).find(|key| is_same_thing(key, &action.key));
        action.key = known.cloned().unwrap_or_else(|| action.key.clone());
    }
    Anew { run, begins, record: None, superseded: None }
}

/// What a plan says, and what of.
fn says(plan: &Plan) -> Vec<impl PartialEq> {
    let said = plan.actions.iter().filter(|action| records::is_said(&action.key));
    said.map(|action| (action.key.clone(), action.args.clone(), action.also.clone())).collect()
}

/// Commits a run in place of the one in hand.
pub async fn replace(core: &Core, item: &InHand, anew: Anew) -> Result<(), StoreError> {
    let Anew { run, begins, record, superseded } = anew;
    tracing::info!(subject = %run.facts.event.subject, rule = %item.action.rule, "planned anew: what it says has changed");
    let mut batch = Batch::default();
    for action in item.run.actions.iter() {
        batch.remove(layout::state_key(&run.id, action.id));
        if records::is_remembered(&action.key) {
            action.says().for_each(|key| batch.remove(layout::owner_key(key)));
        }
    }
    record.into_iter().for_each(|record| batch.remove(record));
    let catalog = &core.parts.catalog;
    let states = vec![begins; run.plan.actions.len()];
    let mut open = OpenRun::planned(&run, texts::slim(&run.plan.actions, catalog), states, catalog);
    open.seq = item.run.seq;
    let mut finished = open.begin(&core.around(), &mut batch);
    finished.extend(superseded.map(|why| Finished {
        run: run.id.clone(),
        subject: item.run.subject.clone(),
        action: item.action.clone(),
        outcome: Outcome::Superseded(why),
    }));
    records::put_run(&run, &open.states, open.seq, &mut batch);
    core.ledger().replace(open, &item.spot, catalog);
    core.write(batch, finished).await
}
