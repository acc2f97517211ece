//! How runs, states, keys and memories are written down: the layout of the store.
//!
//! | key | what |
//! |---|---|
//! | `run/{run}` | facts and plan, packed; written once |
//! | `act/{run}/{n}` | the state of one action |
//! | `open/{bridge}/{run}` | its place in line; only while an action is not settled |
//! | `key/{key}` | who makes or says this, and the result |
//! | `mem/{bridge}/{rule}/{subject}` | when the rule acted on the subject |
//! | `cap/{bridge}/{rule}/{hour or day}` | how many runs it began |
//! | `scan/{bridge}/{rule}` | what its last tick found |
//! | `tick/{bridge}/{rule}` | up to when its schedule is dealt with |
//! | `wake/{bridge}/{moment}/{event}` | an event that is due at the moment; only until it is decided |
//! | `seen/{bridge}/{poll}/{subject}` | what a poll saw last |
//! | `orphan/{bridge}/{id}/{state}` | a link of which one side is gone |
//! | `news/{bridge}/{poll}/{subject}` | when it last saw something new there |
//! | `round/{bridge}/{poll}` | how far it has come in asking about quiet subjects |
//! | `hint/{bridge}/{number}` | something that a host told of; only until it was asked about |
//! | `paused/{bridge}/{rule}` | a rule that a person paused; `*` for the whole bridge |
//! | `ours/{bridge}/{what}` | something that we made happen ourselves |
//! | `turns/{bridge}/{lane}` | when a thread and its case last answered each other |
//! | `text/{digest}` | a long text, once |
//! | `rules/{digest}` | the sources of a rule set that a run names |
//! | `gone/{bridge}/{run}` | it was parked because a rule is gone; only until the rule is back |
//! | `gap/{bridge}` | the accepted loss that it has dealt with |
//! | `last_good/{bridge}` | the rule set that was accepted last (`service/last_good.rs`) |
//! | `stream/…` | how far the channels of an org were heard (`hosts/salesforce/streams/positions.rs`) |
//! | `incident/…` | what people were mailed about and is not over (`service/incidents.rs`) |
//! | `link/…` `note/…` | our notebook (`hosts/notebook/keys.rs`) |
//!
//! Several bridges share a store: the bridge stands in every key, in run ids and action keys too.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::catalog::{Call, Catalog};
use crate::engine::ledger::OpenRun;
use crate::event::Event;
use crate::facts::Answer;
use crate::names::{ActionKey, BridgeId, Digest, Lane, RuleAddress, RunId, Subject};
use crate::plan::{Action, ActionId, Arg};
use crate::ports::{Batch, Store, StoreError};
use crate::run::{Outcome, Run, State};
use crate::value::Value;

/// A text longer than this, in bytes, is kept once under its digest.
const LONG_TEXT: usize = 256;

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

pub fn run_key(run: &RunId) -> String {
    format!("run/{run}")
}

/// What begins the keys of a bridge's open runs.
pub fn open_runs(bridge: &BridgeId) -> String {
    format!("open/{bridge}/")
}

pub fn open_key(bridge: &BridgeId, run: &RunId) -> String {
    format!("{}{run}", open_runs(bridge))
}

pub fn state_key(run: &RunId, action: ActionId) -> String {
    format!("act/{run}/{action:03}")
}

pub fn owner_key(key: &ActionKey) -> String {
    format!("key/{key}")
}

pub fn memory_key(bridge: &BridgeId, rule: &RuleAddress, subject: &Subject) -> String {
    format!("mem/{bridge}/{rule}/{subject}")
}

pub fn scan_key(bridge: &BridgeId, rule: &RuleAddress) -> String {
    format!("scan/{bridge}/{rule}")
}

/// What begins the keys of a bridge's hints.
pub fn hints(bridge: &BridgeId) -> String {
    format!("hint/{bridge}/")
}

pub fn hint_key(bridge: &BridgeId, number: u64) -> String {
    format!("{}{number:020}", hints(bridge))
}

/// What begins the keys of what is paused in a bridge.
pub fn pauses(bridge: &BridgeId) -> String {
    format!("paused/{bridge}/")
}

pub fn tick_key(bridge: &BridgeId, rule: &RuleAddress) -> String {
    format!("tick/{bridge}/{rule}")
}

/// What begins the keys of a bridge's events whose moment comes later; in their order.
pub fn wakes(bridge: &BridgeId) -> String {
    format!("wake/{bridge}/")
}

pub fn wake_key(event: &Event) -> String {
    let moment = event.at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ");
    format!("{}{moment}/{}", wakes(&event.bridge), Digest::of(event.id.as_str()))
}

/// What a poll saw of a subject last.
pub fn seen_key(bridge: &BridgeId, poll: &str, subject: &str) -> String {
    format!("seen/{bridge}/{poll}/{subject}")
}

/// When a poll last saw something new about a subject.
pub fn news_key(bridge: &BridgeId, poll: &str, subject: &str) -> String {
    format!("news/{bridge}/{poll}/{subject}")
}

/// What begins the keys of a bridge's links of which one side is gone.
pub fn orphans(bridge: &BridgeId) -> String {
    format!("orphan/{bridge}/")
}

pub fn orphan_key(bridge: &BridgeId, gone: &str, state: &str) -> String {
    format!("{}{gone}/{state}", orphans(bridge))
}

/// How far a poll has come in asking about quiet subjects.
pub fn round_key(bridge: &BridgeId, poll: &str) -> String {
    format!("round/{bridge}/{poll}")
}

/// Something that we made happen: no news when its host tells of it.
pub fn ours_key(bridge: &BridgeId, what: &str) -> String {
    format!("ours/{bridge}/{what}")
}

/// The turns of a lane within the last hour.
pub fn turns_key(bridge: &BridgeId, lane: &Lane) -> String {
    format!("turns/{bridge}/{lane}")
}

/// What begins the keys of a bridge's runs that were parked with their rules.
pub fn gone(bridge: &BridgeId) -> String {
    format!("gone/{bridge}/")
}

pub fn gone_key(bridge: &BridgeId, run: &RunId) -> String {
    format!("{}{run}", gone(bridge))
}

/// The accepted loss that a bridge has dealt with.
pub fn gap_key(bridge: &BridgeId) -> String {
    format!("gap/{bridge}")
}

pub fn text_key(digest: &str) -> String {
    format!("text/{digest}")
}

pub fn rules_key(digest: &Digest) -> String {
    format!("rules/{digest}")
}

/// The counters of a rule's caps, for the hour and the day of a moment.
pub fn cap_keys(bridge: &BridgeId, rule: &RuleAddress, now: Timestamp) -> (String, String) {
    let key = |slot: &str| format!("cap/{bridge}/{rule}/{}", now.strftime(slot));
    (key("%Y-%m-%dT%H"), key("%Y-%m-%d"))
}

/// The counter of a rule's actions for one subject, for the day of a moment.
pub fn subject_cap_key(bridge: &BridgeId, rule: &RuleAddress, subject: &Subject, now: Timestamp) -> String {
    format!("cap/{bridge}/{rule}/{}/{subject}", now.strftime("%Y-%m-%d"))
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
    take_texts(&mut record, batch);
    batch.put(run_key(&run.id), pack(&record));
    for (action, state) in run.plan.actions.iter().zip(states) {
        batch.put(state_key(&run.id, action.id), encode_state(state));
        if is_remembered(&action.key) && !state.is_settled() {
            let owner = KeyOwner { run: run.id.clone(), action: action.id, result: None };
            batch.put(owner_key(&action.key), encode(&owner));
        }
    }
    if states.iter().any(|state| !state.is_settled()) {
        batch.put(open_key(&run.facts.event.bridge, &run.id), encode(&OpenRecord { seq }));
    }
}

/// Reads a run back, with its long texts.
pub fn get_run(store: &dyn Store, id: &RunId) -> Result<Option<Run>, StoreError> {
    let Some(bytes) = store.get(&run_key(id))? else { return Ok(None) };
    let mut record = unpack(&bytes)?;
    give_texts(&mut record, store)?;
    let unreadable = |error| StoreError::Failed(format!("the record of run {id} cannot be read: {error}"));
    serde_json::from_value(record).map(Some).map_err(unreadable)
}

/// The states of a run's actions.
pub fn get_states(store: &dyn Store, id: &RunId) -> Result<Vec<State>, StoreError> {
    store.range(&format!("act/{id}/"))?.iter().map(|(_, bytes)| decode(bytes)).collect()
}

/// Settled for good, the outcome of a *makes* or *says* is remembered by its key; one that did not happen is free.
pub fn remember_key(run: &OpenRun, action: &Action, outcome: &Outcome, batch: &mut Batch) {
    if !is_remembered(&action.key) {
        return;
    }
    match outcome {
        Outcome::Done { result } | Outcome::AlreadyDone { result, .. } => {
            let owner = KeyOwner { run: run.id.clone(), action: action.id, result: Some(result.clone()) };
            batch.put(owner_key(&action.key), encode(&owner));
        }
        _ => batch.remove(owner_key(&action.key)),
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
        let key = memory_key(&run.bridge, rule, &run.subject);
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
    key.as_str().starts_with("makes:") || key.as_str().starts_with("says:")
}

/// The actions as memory keeps them: long texts only by digest. Notes stay whole, they are worked out under the lock.
pub fn slim(actions: &[Action], catalog: &Catalog) -> Vec<Action> {
    let slim = |action: &Action| {
        let note = matches!(catalog.get(action.function.as_str()).map(|f| &f.call), Some(Call::Note { .. }));
        let args = action.args.iter().map(|(name, arg)| (name.clone(), if note { arg.clone() } else { slim_arg(arg) }));
        Action { args: args.collect(), ..action.clone() }
    };
    actions.iter().map(slim).collect()
}

fn slim_arg(arg: &Arg) -> Arg {
    match arg {
        Arg::Known(Value::Text(text)) if text.len() > LONG_TEXT => Arg::Text(Digest::of(&**text)),
        Arg::Map(entries) => Arg::Map(entries.iter().map(|(name, arg)| (name.clone(), slim_arg(arg))).collect()),
        Arg::List(items) => Arg::List(items.iter().map(slim_arg).collect()),
        other => other.clone(),
    }
}

/// An argument with its long texts brought back.
pub fn whole(arg: &Arg, store: &dyn Store) -> Result<Arg, StoreError> {
    Ok(match arg {
        Arg::Text(digest) => Arg::Known(Value::text(text(store, digest.as_str())?)),
        Arg::Map(entries) => Arg::Map(
            entries.iter().map(|(name, arg)| Ok((name.clone(), whole(arg, store)?))).collect::<Result<_, _>>()?,
        ),
        Arg::List(items) => Arg::List(items.iter().map(|item| whole(item, store)).collect::<Result<_, _>>()?),
        other => other.clone(),
    })
}

fn text(store: &dyn Store, digest: &str) -> Result<String, StoreError> {
    let lost = || StoreError::Lost(format!("the text {digest} is missing from the state"));
    let bytes = store.get(&text_key(digest))?.ok_or_else(lost)?;
    String::from_utf8(bytes).map_err(|_| lost())
}

/// Replaces long texts by their digests and puts them into the batch.
fn take_texts(json: &mut Json, batch: &mut Batch) {
    match json {
        Json::String(text) if text.len() > LONG_TEXT => {
            let digest = Digest::of(text.as_str());
            batch.put(text_key(digest.as_str()), std::mem::take(text));
            *json = json!({ "$text": digest });
        }
        Json::Array(items) => items.iter_mut().for_each(|item| take_texts(item, batch)),
        Json::Object(map) => map.values_mut().for_each(|value| take_texts(value, batch)),
        _ => {}
    }
}

fn give_texts(json: &mut Json, store: &dyn Store) -> Result<(), StoreError> {
    if let Some(digest) = json.get("$text").and_then(Json::as_str) {
        *json = Json::String(text(store, digest)?);
        return Ok(());
    }
    match json {
        Json::Array(items) => items.iter_mut().try_for_each(|item| give_texts(item, store)),
        Json::Object(map) => map.values_mut().try_for_each(|value| give_texts(value, store)),
        _ => Ok(()),
    }
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
