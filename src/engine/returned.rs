//! What was parked because its rule is gone comes back with the rule (RUN-3): it goes on as it was planned, unless
//! somebody made or said the same meanwhile.
//!
//! A mark stands in the store from the moment a run is parked with its rule until all of its rules are back.

use crate::engine::ledger::{Change, OpenRun};
use crate::engine::records::{self, KeyOwner, Memory};
use crate::engine::{Core, admit, layout, parked};
use crate::names::{ActionKey, RuleAddress, RunId};
use crate::plan::Action;
use crate::ports::{Batch, StoreError};
use crate::run::{Found, Outcome, State};
use crate::value::Value;

/// Marks runs that are about to be parked with their rules. A mark too many does no harm: what is parked is looked up.
pub fn mark<'a>(core: &Core, runs: impl Iterator<Item = &'a RunId>, batch: &mut Batch) {
    runs.for_each(|run| batch.put(layout::gone_key(&core.parts.bridge, run), "true"));
}

/// Takes up every marked run of which a rule is back, in its old place if it kept one.
pub async fn take_up(core: &Core) -> Result<(), StoreError> {
    let marks = layout::gone(&core.parts.bridge);
    for (key, _) in core.parts.store.range(&marks)? {
        take_up_one(core, &RunId::from(key.trim_start_matches(&marks))).await?;
    }
    Ok(())
}

async fn take_up_one(core: &Core, id: &RunId) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let Some((mut run, seq)) = parked::stored(core, id)? else {
        batch.remove(layout::gone_key(&core.parts.bridge, id));
        return commit(core, batch).await;
    };
    let mut back = Back::default();
    for n in 0..run.states.len() {
        back.look(core, &mut run, n, &mut batch)?;
    }
    if !back.stays {
        batch.remove(layout::gone_key(&core.parts.bridge, id));
    }
    if !back.any {
        return commit(core, batch).await;
    }
    admit::reopen(&run, seq, &mut batch);
    remember(core, &run, &mut batch);
    let finished = {
        let mut ledger = core.ledger();
        let mut finished = ledger.take_up(run, &core.around(), &mut batch);
        finished.extend(ledger.change(back.done, &core.around(), &mut batch));
        finished
    };
    core.write(batch, finished).await
}

async fn commit(core: &Core, batch: Batch) -> Result<(), StoreError> {
    if batch.changes.is_empty() { Ok(()) } else { core.parts.store.commit(batch).await }
}

/// What of a run comes back.
#[derive(Default)]
struct Back {
    any: bool,
    /// Something is still without its rule, or another run is at it.
    stays: bool,
    /// What somebody made or said meanwhile.
    done: Vec<Change>,
}

impl Back {
    fn look(&mut self, core: &Core, run: &mut OpenRun, n: usize, batch: &mut Batch) -> Result<(), StoreError> {
        let action = run.actions[n].clone();
        match &run.states[n] {
            State::Settled(Outcome::Parked(why)) if why.code.as_str() == records::RULE_REMOVED => {
                if !is_there(core, &action.rule) {
                    self.stays = true;
                    return Ok(());
                }
            }
            State::Settled(Outcome::Skipped(why)) if why.code.as_str() == records::NOT_BEGUN => {
                if action.after.iter().any(|id| has_failed(&run.states[usize::from(*id)])) {
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        for key in action.says() {
            if owner(core, key)?.is_some_and(|owner| owner.result.is_none() && owner.run != run.id) {
                self.stays = true;
                return Ok(());
            }
        }
        match owner(core, &action.key)? {
            Some(KeyOwner { result: Some(result), .. }) => self.done.push(already(run, &action, result)),
            _ if records::is_remembered(&action.key) => {
                let owner = records::encode(&KeyOwner { run: run.id.clone(), action: action.id, result: None });
                action.says().for_each(|key| batch.put(layout::owner_key(key), owner.clone()));
            }
            _ => {}
        }
        run.states[n] = State::intended(core.now());
        self.any = true;
        Ok(())
    }
}

fn already(run: &OpenRun, action: &Action, result: Value) -> Change {
    let outcome = Outcome::AlreadyDone { result, found: Found::Duplicate };
    Change { spot: (run.id.clone(), action.id), state: State::Settled(outcome) }
}

fn has_failed(state: &State) -> bool {
    state.is_settled() && state.result().is_none()
}

fn is_there(core: &Core, address: &RuleAddress) -> bool {
    core.parts.rules.rules.iter().any(|rule| rule.address == *address)
}

fn owner(core: &Core, key: &ActionKey) -> Result<Option<KeyOwner>, StoreError> {
    if !records::is_remembered(key) {
        return Ok(None);
    }
    core.parts.store.get(&layout::owner_key(key))?.map(|bytes| records::decode(&bytes)).transpose()
}

/// A rule that has its work back does not look for the same subject once more.
fn remember(core: &Core, run: &OpenRun, batch: &mut Batch) {
    let memory = Memory { at: run.at, ruleset: run.ruleset.clone(), parked: false, before: false };
    let remembers = |address: &&RuleAddress| {
        core.parts.rules.rules.iter().any(|rule| rule.address == **address && rule.remembers())
    };
    for rule in run.rules.iter().filter(remembers) {
        batch.put(layout::memory_key(&run.bridge, rule, &run.subject), records::encode(&memory));
    }
}
