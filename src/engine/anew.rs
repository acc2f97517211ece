//! What was collected is said as it is when it is said: while nothing of a run has begun, it gets another plan where one of
//! its comments has changed or is gone. It keeps its place in line.

use crate::engine::apply::InHand;
use crate::engine::ledger::OpenRun;
use crate::engine::{Core, layout, records, texts};
use crate::facts::Facts;
use crate::plan::key::is_same_thing;
use crate::plan::{Action, Plan};
use crate::ports::{Batch, StoreError};
use crate::rules::RuleSet;
use crate::run::{Run, State, Why};

/// A run as it is planned by now, and how its actions begin.
pub struct Anew {
    run: Run,
    begins: State,
}

/// What replaces a run in hand that collects, where its plan is not the one that it has. What a person is asked about is
/// shown once more.
pub fn instead(core: &Core, item: &InHand, rules: &RuleSet, before: &Plan, facts: Facts, plan: Plan) -> Option<Anew> {
    let is_whole = item.run.states.iter().all(|state| matches!(state, State::Intended { .. }));
    if item.action.also.is_empty() || !is_whole || wants(before) == wants(&plan) {
        return None;
    }
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
    Some(Anew { run, begins })
}

fn wants(plan: &Plan) -> Vec<impl PartialEq> {
    let wanted = |action: &Action| (action.key.clone(), action.args.clone(), action.also.clone(), action.after.clone());
    plan.actions.iter().map(wanted).collect()
}

/// Commits a run in place of the one in hand.
pub async fn replace(core: &Core, item: &InHand, Anew { run, begins }: Anew) -> Result<(), StoreError> {
    tracing::info!(subject = %run.facts.event.subject, rule = %item.action.rule, "planned anew: what it says has changed");
    let mut batch = Batch::default();
    for action in item.run.actions.iter() {
        batch.remove(layout::state_key(&run.id, action.id));
        if records::is_remembered(&action.key) {
            batch.remove(layout::owner_key(&action.key));
        }
    }
    let catalog = &core.parts.catalog;
    let states = vec![begins; run.plan.actions.len()];
    let mut open = OpenRun::planned(&run, texts::slim(&run.plan.actions, catalog), states, catalog);
    open.seq = item.run.seq;
    let finished = open.begin(&core.around(), &mut batch);
    records::put_run(&run, &open.states, open.seq, &mut batch);
    core.ledger().replace(open, &item.spot, catalog);
    core.write(batch, finished).await
}
