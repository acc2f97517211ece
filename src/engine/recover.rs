//! Takes up what was begun before: every open run, with its actions where they stand.

use crate::engine::Core;
use crate::engine::ledger::OpenRun;
use crate::engine::records::{self, OpenRecord};
use crate::names::RunId;
use crate::ports::StoreError;
use crate::run::State;

/// Reads the open runs into the ledger, oldest first.
pub fn recover(core: &Core) -> Result<(), StoreError> {
    let store = &*core.parts.store;
    let mut open = Vec::new();
    for (key, bytes) in store.range("open/")? {
        let record: OpenRecord = records::decode(&bytes)?;
        open.push((record.seq, RunId::from(key.trim_start_matches("open/"))));
    }
    open.sort();
    for (seq, id) in open {
        let Some(run) = records::get_run(store, &id)? else { continue };
        let states: Vec<State> = records::get_states(store, &id)?;
        let actions = records::slim(&run.plan.actions, &core.parts.catalog);
        let mut run = OpenRun::planned(&run, actions, states, &core.parts.catalog);
        run.seq = seq;
        core.ledger().open(run, &core.parts.catalog);
    }
    Ok(())
}
