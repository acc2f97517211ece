//! Takes up what was begun before: every open run, with its actions where they stand.

use jiff::Timestamp;
use serde::Deserialize;

use crate::engine::Core;
use crate::engine::ledger::OpenRun;
use crate::engine::records::{self, OpenRecord};
use crate::names::RunId;
use crate::ports::StoreError;
use crate::run::{Outcome, Run, State, Why};

/// What `state accept-loss` leaves behind until the engine has parked what it concerns.
const GAP: &str = "state:gap";

/// Reads the open runs into the ledger, oldest first.
pub fn recover(core: &Core) -> Result<(), StoreError> {
    let gap = core.parts.store.get(GAP)?.map(|bytes| records::decode::<Gap>(&bytes)).transpose()?;
    let store = &*core.parts.store;
    let mut open = Vec::new();
    for (key, bytes) in store.range("open/")? {
        let record: OpenRecord = records::decode(&bytes)?;
        open.push((record.seq, RunId::from(key.trim_start_matches("open/"))));
    }
    open.sort();
    for (seq, id) in open {
        let Some(run) = records::get_run(store, &id)? else { continue };
        let mut states: Vec<State> = records::get_states(store, &id)?;
        if let Some(gap) = &gap {
            park_what_was_said(&run, &mut states, gap);
        }
        let actions = records::slim(&run.plan.actions, &core.parts.catalog);
        let mut run = OpenRun::planned(&run, actions, states, &core.parts.catalog);
        run.seq = seq;
        core.ledger().open(run, &core.parts.catalog);
    }
    Ok(())
}

/// The moment of the last commit that is kept whole; none when nobody knows.
#[derive(Deserialize)]
struct Gap {
    since: Option<Timestamp>,
}

/// After an accepted loss nobody knows whether something was said already: a person looks at what is younger.
fn park_what_was_said(run: &Run, states: &mut [State], gap: &Gap) {
    if gap.since.is_some_and(|since| run.facts.now < since) {
        return;
    }
    for (action, state) in run.plan.actions.iter().zip(states) {
        if action.key.as_str().starts_with("says:") && !state.is_settled() {
            let why = Why::new("uncertain", "records were lost; it may have been said already");
            *state = State::Settled(Outcome::Parked(why));
        }
    }
}
