//! What a run says is what is so when it is said: while nothing of it has begun, its plan is made anew where what it was
//! made from has changed. It keeps its place in line.

use crate::engine::apply::InHand;
use crate::engine::ledger::OpenRun;
use crate::engine::records::{self, KeyOwner};
use crate::engine::{Core, layout, texts};
use crate::facts::Facts;
use crate::names::ActionKey;
use crate::plan::{Action, Plan};
use crate::ports::{Batch, StoreError};
use crate::rules::RuleSet;
use crate::run::{Run, State};

/// The run with its new plan, where it says something else by now. What a person agreed to goes as it was shown.
pub fn instead(item: &InHand, rules: &RuleSet, before: &Plan, facts: Facts, plan: Plan) -> Option<Run> {
    let asked = rules.rules.iter().any(|rule| rule.address == item.action.rule && rule.ask_first);
    let is_whole = item.run.rules.len() == 1 && plan.problems.is_empty();
    let has_begun = item.run.states.iter().any(|state| !matches!(state, State::Intended { .. }));
    let says_other = is_other(before, &plan, &item.action.key);
    let goes = records::is_said(&item.action.key) && is_whole && !asked && !has_begun && says_other;
    goes.then(|| Run { id: item.run.id.clone(), ruleset: item.run.ruleset.clone(), facts, plan })
}

fn is_other(before: &Plan, now: &Plan, key: &ActionKey) -> bool {
    let said = |plan: &Plan| {
        let action = plan.actions.iter().find(|action| action.key == *key)?;
        Some((action.args.clone(), action.also.clone()))
    };
    said(before) != said(now)
}

/// Commits the new plan in place of the old one.
pub async fn plan(core: &Core, item: &InHand, mut run: Run) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    for action in item.run.actions.iter() {
        batch.remove(layout::state_key(&run.id, action.id));
        records::keys(action).for_each(|key| batch.remove(layout::owner_key(key)));
    }
    for action in &mut run.plan.actions {
        say_alone(core, &item.run, action)?;
    }
    let intended = State::Intended { tries: item.tries, not_before: core.now(), why: None };
    let states = vec![intended; run.plan.actions.len()];
    let catalog = &core.parts.catalog;
    let mut open = OpenRun::planned(&run, texts::slim(&run.plan.actions, catalog), states, catalog);
    open.seq = item.run.seq;
    let finished = open.begin(&core.around(), &mut batch);
    records::put_run(&run, &open.states, open.seq, &mut batch);
    core.ledger().replace(open, &item.spot, catalog);
    core.write(batch, finished).await
}

/// What another run is at is said by that one too, and it looks again before it does.
fn say_alone(core: &Core, run: &OpenRun, action: &mut Action) -> Result<(), StoreError> {
    let mut free = Vec::new();
    for key in std::mem::take(&mut action.also) {
        let owner: Option<KeyOwner> =
            core.parts.store.get(&layout::owner_key(&key))?.map(|bytes| records::decode(&bytes)).transpose()?;
        free.extend(owner.is_none_or(|owner| owner.run == run.id).then_some(key));
    }
    action.also = free;
    Ok(())
}
