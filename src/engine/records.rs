//! How runs, states, keys and memories are written down, and read back.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::layout;
use crate::engine::ledger::OpenRun;
use crate::engine::texts::{self, Shelf};
use crate::event::Event;
use crate::facts::Answer;
use crate::names::{ActionKey, BridgeId, Digest, FunctionName, RuleAddress, RunId};
use crate::plan::{Action, ActionId};
use crate::ports::{Batch, Store, StoreError};
use crate::run::{Outcome, Run, State};
use crate::value::Value;

/// The reason of what was parked with its rule.
pub const RULE_REMOVED: &str = "rule_removed";
/// The reason of what stood behind something that did not happen.
pub const NOT_BEGUN: &str = "not_begun";
/// The reason of what a person let go.
pub const LET_GO: &str = "let_go";
/// The reason of what a cap kept back.
pub const CAP_REACHED: &str = "cap_reached";

/// The record of an open run's place in line.
#[derive(Serialize, Deserialize)]
pub struct OpenRecord {
    pub seq: u64,
}

/// When a rule acted on a subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    pub at: Timestamp,
    pub ruleset: Digest,
    /// It ended with a person: due again when the rules change.
    pub parked: bool,
    /// It was due before the rule was first switched on in a service: nothing was done, and a person may ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
}

/// How far a rule's schedule is dealt with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticked {
    /// Moments of the schedule up to here are over.
    pub until: Timestamp,
    /// When its calendar opens, for what was due while it was closed.
    pub opens: Option<Timestamp>,
}

/// Who makes or says a thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyOwner {
    pub run: RunId,
    pub action: ActionId,
    /// The result, once it is there.
    pub result: Option<Value>,
}

/// The digest of an answer, to see whether it changed.
pub fn answer_digest(answer: &Answer) -> Digest {
    match answer {
        Answer::Found(value) => value.digest(),
        Answer::Nothing => Digest::of("nothing"),
        Answer::Failed(error) => Digest::of(error.to_string()),
    }
}

/// Writes a run down: its record, its long texts, its states, its place in line.
pub fn put_run(run: &Run, states: &[State], seq: u64, batch: &mut Batch) {
    let mut record = serde_json::to_value(run).unwrap_or(Json::Null);
    let bridge = &run.facts.event.bridge;
    Shelf::of(bridge, run.facts.now).take(&mut record, batch);
    batch.put(layout::run_key(&run.id), pack(&record));
    put_in_indexes(bridge, run.facts.now, &run.id, &run.ruleset, batch);
    for (action, state) in run.plan.actions.iter().zip(states) {
        batch.put(layout::state_key(&run.id, action.id), encode_state(state));
        if is_remembered(&action.key) && !state.is_settled() {
            let owner = KeyOwner { run: run.id.clone(), action: action.id, result: None };
            action.says().for_each(|key| batch.put(layout::owner_key(key), encode(&owner)));
        }
    }
    if states.iter().any(|state| !state.is_settled()) {
        batch.put(layout::open_key(bridge, &run.id), encode(&OpenRecord { seq }));
    }
    if states.iter().any(waits_for_a_person) {
        batch.put(layout::waiting_key(bridge, &run.id), "true");
    }
}

/// Has a run found by the day on which it was planned.
pub fn put_in_indexes(bridge: &BridgeId, planned: Timestamp, run: &RunId, rules: &Digest, batch: &mut Batch) {
    batch.put(layout::day_key(bridge, planned, rules), "true");
    batch.put(layout::age_key(bridge, planned, run), "true");
}

/// Marks a run by whether it waits for a person.
pub fn mark_waiting(bridge: &BridgeId, run: &RunId, states: &[State], batch: &mut Batch) {
    if states.iter().any(waits_for_a_person) {
        batch.put(layout::waiting_key(bridge, run), "true");
    } else {
        batch.remove(layout::waiting_key(bridge, run));
    }
}

/// Whether a person has yet to look at an action.
pub fn waits_for_a_person(state: &State) -> bool {
    match state {
        State::Held { .. } => true,
        State::Settled(Outcome::Parked(why)) => why.code.as_str() != LET_GO,
        _ => false,
    }
}

/// Reads a run back, with its long texts.
pub fn get_run(store: &dyn Store, id: &RunId) -> Result<Option<Run>, StoreError> {
    let Some(bytes) = store.get(&layout::run_key(id))? else { return Ok(None) };
    let mut record = unpack(&bytes)?;
    Shelf::of_record(&record).give(&mut record, store)?;
    let unreadable = |error| StoreError::Failed(format!("the record of run {id} cannot be read: {error}"));
    serde_json::from_value(record).map(Some).map_err(unreadable)
}

/// What of a run is needed when it goes; nothing of what was read or said.
pub struct Slim {
    pub ruleset: Digest,
    pub event: Event,
    pub now: Timestamp,
    /// The rules that acted.
    pub fired: Vec<RuleAddress>,
    pub actions: Vec<(FunctionName, ActionKey)>,
    /// The keys of what they said with it.
    pub also: Vec<ActionKey>,
    /// The digests of its long texts.
    pub texts: BTreeSet<String>,
}

/// Reads that, also where a text is lost.
pub fn get_slim(store: &dyn Store, id: &RunId) -> Result<Option<Slim>, StoreError> {
    let Some(bytes) = store.get(&layout::run_key(id))? else { return Ok(None) };
    let mut record = unpack(&bytes)?;
    let texts = texts::digests(&record);
    record["facts"]["event"]["hint"] = Json::Null;
    let unreadable = |error| StoreError::Failed(format!("the record of run {id} cannot be read: {error}"));
    slim(record, texts).map(Some).map_err(unreadable)
}

fn slim(mut record: Json, texts: BTreeSet<String>) -> Result<Slim, serde_json::Error> {
    let mut list = |of: &str| match record["plan"][of].take() {
        Json::Array(items) => items,
        _ => vec![],
    };
    let (fired, actions) = (list("fired"), list("actions"));
    let also = actions.iter().flat_map(|action| action["also"].as_array().into_iter().flatten());
    let also = also.filter_map(|also| also["key"].as_str().map(ActionKey::from)).collect();
    let fired = fired.into_iter().map(|mut verdict| serde_json::from_value(verdict["rule"].take()));
    let actions = actions.into_iter().map(|mut action| {
        Ok((serde_json::from_value(action["function"].take())?, serde_json::from_value(action["key"].take())?))
    });
    Ok(Slim {
        fired: fired.collect::<Result<_, _>>()?,
        actions: actions.collect::<Result<_, serde_json::Error>>()?,
        ruleset: serde_json::from_value(record["ruleset"].take())?,
        event: serde_json::from_value(record["facts"]["event"].take())?,
        now: serde_json::from_value(record["facts"]["now"].take())?,
        also,
        texts,
    })
}

/// The states of a run's actions.
pub fn get_states(store: &dyn Store, id: &RunId) -> Result<Vec<State>, StoreError> {
    store.range(&format!("act/{id}/"))?.iter().map(|(_, bytes)| decode(bytes)).collect()
}

/// What came into a text is not judged by itself any more, once it is said or a person let it go with the rest.
pub fn forget_collected(action: &Action, outcome: &Outcome, batch: &mut Batch) {
    let is_over = match outcome {
        Outcome::Done { .. } | Outcome::AlreadyDone { .. } => true,
        Outcome::Parked(why) => why.code.as_str() == LET_GO,
        _ => false,
    };
    if is_over {
        action.also.iter().for_each(|also| batch.remove(also.record.as_str()));
    }
}

/// Settled for good, the outcome of a *makes* or *says* is remembered by its key; one that did not happen is free.
pub fn remember_key(run: &OpenRun, action: &Action, outcome: &Outcome, batch: &mut Batch) {
    if !is_remembered(&action.key) {
        return;
    }
    match outcome {
        Outcome::Done { result } | Outcome::AlreadyDone { result, .. } => {
            let owner = encode(&KeyOwner { run: run.id.clone(), action: action.id, result: Some(result.clone()) });
            action.says().for_each(|key| batch.put(layout::owner_key(key), owner.clone()));
        }
        _ => action.says().for_each(|key| batch.remove(layout::owner_key(key))),
    }
}

/// A rule of which nothing came to be leaves its subject due; what a person must look at waits for other rules, and
/// what a cap dropped is over.
pub fn remember_end(run: &OpenRun, batch: &mut Batch) {
    for rule in &run.rules {
        let mine = run.actions.iter().zip(&run.states).filter(|(action, _)| action.rule == *rule);
        let states: Vec<&State> = mine.map(|(_, state)| state).collect();
        let parked = states.iter().any(|state| needs_a_person(state));
        let is_over = |state: &&State| state.result().is_some() || is_dropped(state);
        let key = layout::memory_key(&run.bridge, rule, &run.subject);
        if parked {
            let memory = Memory { at: run.at, ruleset: run.ruleset.clone(), parked, before: false };
            batch.put(key, encode(&memory));
        } else if !states.is_empty() && !states.iter().any(is_over) {
            batch.remove(key);
        }
    }
}

/// What was parked because its rule is gone comes back with the rule.
fn needs_a_person(state: &State) -> bool {
    match state {
        State::Settled(Outcome::Parked(why)) => ![RULE_REMOVED, LET_GO].contains(&why.code.as_str()),
        State::Settled(Outcome::Refused(_)) => true,
        _ => false,
    }
}

fn is_dropped(state: &State) -> bool {
    matches!(state, State::Settled(Outcome::Skipped(why)) if why.code.as_str() == CAP_REACHED)
}

/// Whether it counts who makes or says it: a *sets* may be done again.
pub fn is_remembered(key: &ActionKey) -> bool {
    key.as_str().starts_with("makes:") || is_said(key)
}

/// Whether a key is that of a *says*.
pub fn is_said(key: &ActionKey) -> bool {
    key.as_str().starts_with("says:")
}

pub(super) fn pack(record: &Json) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(record.to_string().as_bytes()).and_then(|()| encoder.finish());
    written.expect("memory takes every byte")
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Json, StoreError> {
    let mut text = String::new();
    let read = DeflateDecoder::new(bytes).read_to_string(&mut text);
    let unreadable = |error: String| StoreError::Failed(format!("a run record cannot be read: {error}"));
    read.map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

pub fn encode_state(state: &State) -> Vec<u8> {
    encode(state)
}

/// JSON of a record.
pub fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("records are plain data")
}

/// A record from its JSON.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Failed(format!("a record cannot be read: {error}")))
}
