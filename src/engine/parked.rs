//! What waits for a person: parked actions, those that keep their place in their lane among them, and what is held.
//!
//! A person may have one tried once more, or let it go.

use jiff::Timestamp;

use crate::catalog::{KEY, Unanswered};
use crate::engine::ledger::{Change, OpenRun};
use crate::engine::records::{self, OpenRecord};
use crate::engine::{Core, admit, layout, texts};
use crate::marker;
use crate::names::{BridgeId, FunctionName, ParamName, RuleAddress, RunId, Subject};
use crate::plan::{Action, Arg};
use crate::ports::{Batch, StoreError};
use crate::run::{Outcome, Run, State, Why};

/// One run that waits for a person.
#[derive(Clone, Debug)]
pub struct Parked {
    pub run: RunId,
    pub bridge: BridgeId,
    pub at: Timestamp,
    pub subject: Subject,
    pub rule: RuleAddress,
    pub function: FunctionName,
    pub why: Why,
    /// Whether it was never begun, because a person is asked first.
    pub held: bool,
    /// How many runs of its lane wait behind it.
    pub behind: usize,
}

/// How many are parked, without those that are only held, and what is told of the oldest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub count: usize,
    pub oldest: Option<String>,
}

/// Counts them.
pub fn count(core: &Core) -> Result<Count, StoreError> {
    let mut parked = list(core)?;
    parked.retain(|parked| !parked.held);
    let told = |parked: &Parked| format!("{} for {}: {}", parked.function, parked.subject, parked.why);
    Ok(Count { count: parked.len(), oldest: parked.first().map(told) })
}

/// All of them, the oldest first.
pub fn list(core: &Core) -> Result<Vec<Parked>, StoreError> {
    let mut found = Vec::new();
    for id in waiting(core)? {
        let states = records::get_states(&*core.parts.store, &id)?;
        if states.iter().any(records::waits_for_a_person)
            && let Some(run) = records::get_run(&*core.parts.store, &id)?
        {
            let actions = run.plan.actions.iter().zip(states);
            found.extend(actions.filter_map(|(action, state)| one(core, &run, action, state)));
        }
    }
    found.sort_by(|a: &Parked, b| (a.at, &a.run).cmp(&(b.at, &b.run)));
    Ok(found)
}

/// The runs of this bridge that wait; all of them in a state that is older than the index.
fn waiting(core: &Core) -> Result<Vec<RunId>, StoreError> {
    let (store, bridge) = (&core.parts.store, &core.parts.bridge);
    let is_indexed = store.get(layout::INDEXED)?.is_some();
    let start = if is_indexed { layout::waiting(bridge) } else { layout::RUNS.into() };
    Ok(store.keys(&start)?.iter().map(|key| RunId::from(key.trim_start_matches(&start))).collect())
}

fn one(core: &Core, run: &Run, action: &Action, state: State) -> Option<Parked> {
    let (held, why) = match state {
        State::Held { why } => (true, why),
        State::Settled(Outcome::Parked(why)) if why.code.as_str() != records::LET_GO => (false, why),
        _ => return None,
    };
    let event = &run.facts.event;
    (event.bridge == core.parts.bridge).then(|| Parked {
        run: run.id.clone(),
        bridge: event.bridge.clone(),
        at: run.facts.now,
        subject: event.subject.clone(),
        rule: action.rule.clone(),
        function: action.function.clone(),
        why,
        held,
        behind: core.ledger().behind(&run.id),
    })
}

/// Has a run tried once more: what may have come through is asked about first, and what stood behind it follows.
/// False where there is nothing to try.
pub async fn retry(core: &Core, id: &RunId) -> Result<bool, StoreError> {
    let Some((mut run, seq)) = stored(core, id)? else { return Ok(false) };
    let now = core.now();
    let mut again = false;
    for n in 0..run.states.len() {
        let asks = can_be_asked(core, &run.actions[n]);
        let intended = State::Intended { tries: 0, not_before: now, why: None };
        run.states[n] = match &run.states[n] {
            State::Settled(Outcome::Parked(why)) if asks && may_be_there(why) => {
                State::Sent { at: now, asked: 0, ask_at: now }
            }
            State::Settled(Outcome::Parked(_)) | State::Held { .. } => intended,
            State::Settled(Outcome::Skipped(why)) if why.code.as_str() == records::NOT_BEGUN => intended,
            other => other.clone(),
        };
        again |= !run.states[n].is_settled();
    }
    if again {
        core.count_anew();
        let mut batch = Batch::default();
        admit::reopen(&run, seq, &mut batch);
        let finished = core.ledger().take_up(run, &core.around(), &mut batch);
        core.write(batch, finished).await?;
    }
    Ok(again)
}

/// Lets go what waits for a person: nothing more is done for it, and what waits behind it follows. Whatever else its run
/// is to do goes on.
pub async fn drop(core: &Core, id: &RunId) -> Result<bool, StoreError> {
    let Some((mut run, _)) = stored(core, id)? else { return Ok(false) };
    let let_go = |(action, state): (&Action, &State)| match state {
        State::Settled(Outcome::Parked(why)) | State::Held { why } => {
            let state = State::Settled(Outcome::Parked(Why::new(records::LET_GO, why.to_string())));
            Some(Change { spot: (id.clone(), action.id), state })
        }
        _ => None,
    };
    let changes: Vec<Change> = run.actions.iter().zip(&run.states).filter_map(let_go).collect();
    let dropped = !changes.is_empty();
    if dropped {
        let mut batch = Batch::default();
        for Change { spot: (_, action), state } in &changes {
            batch.put(layout::state_key(id, *action), records::encode_state(state));
            run.states[usize::from(*action)] = state.clone();
        }
        records::mark_waiting(&run.bridge, id, &run.states, &mut batch);
        core.ledger().change(changes, &core.around(), &mut batch);
        core.parts.store.commit(batch).await?;
        core.count_anew();
    }
    Ok(dropped)
}

/// Whether the host can say what became of it: one that leaves no marker cannot be told from others.
fn can_be_asked(core: &Core, action: &Action) -> bool {
    let call = core.parts.catalog.write_call(action.function.as_str());
    let Some(Unanswered::Ask { key, .. }) = call.map(|call| &call.unanswered) else { return false };
    let known = |(name, arg): &(ParamName, Arg)| match arg {
        Arg::Known(value) => Some((name.clone(), value.clone())),
        _ => None,
    };
    key.as_str() != KEY || marker::is_left(&action.args.iter().filter_map(known).collect())
}

/// Nobody knows whether it came through, or it did and is held by the host.
pub(super) fn may_be_there(why: &Why) -> bool {
    ["uncertain", "held_for_moderation"].contains(&why.code.as_str())
}

/// A run with its states, and its place in line.
pub(super) fn stored(core: &Core, id: &RunId) -> Result<Option<(OpenRun, u64)>, StoreError> {
    let store = &*core.parts.store;
    let Some(run) = records::get_run(store, id)?.filter(|run| run.facts.event.bridge == core.parts.bridge) else {
        return Ok(None);
    };
    let states = records::get_states(store, id)?;
    let seq = match store.get(&layout::open_key(&core.parts.bridge, id))? {
        Some(bytes) => records::decode::<OpenRecord>(&bytes)?.seq,
        None => core.ledger().next_seq(),
    };
    let actions = texts::slim(&run.plan.actions, &core.parts.catalog);
    let mut open = OpenRun::planned(&run, actions, states, &core.parts.catalog);
    open.seq = seq;
    Ok(Some((open, seq)))
}
