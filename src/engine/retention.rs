//! What is too old goes, once a day (core, section 8).
//!
//! A run goes after `keep_runs`, with what was read for it. What keeps a thing from being done twice stays: the keys of what
//! the run made and said, the echoes of that, what its rules remember. All that goes after `keep_keys`, but not while the
//! thread still has the case that the run made. What is open, and what waits for a person, never goes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::catalog::Asked;
use crate::engine::records::{self, KeyOwner, Memory};
use crate::engine::texts::Shelf;
use crate::engine::{Core, Until, layout};
use crate::facts::Args;
use crate::names::{BridgeId, Digest, RunId};
use crate::plan::{Action, Arg};
use crate::ports::{Batch, StoreError};
use crate::run::{Run, State};
use crate::value::Value;

/// So many changes are committed together.
const CHANGES: usize = 2_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is left of a run that went.
#[derive(Serialize, Deserialize)]
struct Left {
    keys: Vec<String>,
    /// The thread that it made a case of.
    thread: Option<Value>,
}

/// Takes out what is too old, where that was not done yet on this day; what a stop leaves is done on the next turn.
pub async fn tidy(core: &Core, until: &Until) -> Result<(), StoreError> {
    let (store, bridge) = (&core.parts.store, &core.parts.bridge);
    let today = layout::day(core.now());
    if store.get(&layout::tidied_key(bridge))?.as_deref() == Some(today.as_bytes()) || until.is_over() {
        return Ok(());
    }
    let mut tidying = Tidying { core, until, batch: Batch::default(), rule_sets: BTreeSet::new() };
    tidying.counters().await?;
    tidying.runs().await?;
    tidying.texts().await?;
    tidying.keys().await?;
    tidying.unnamed_rule_sets()?;
    if !until.is_over() {
        tidying.batch.put(layout::tidied_key(bridge), today);
    }
    tidying.commit().await
}

/// Makes `age` and `parked` know the runs of a state that was written before there were such indexes.
pub async fn index(core: &Core) -> Result<(), StoreError> {
    let (store, bridge) = (&core.parts.store, &core.parts.bridge);
    let indexed = layout::indexed_key(bridge);
    if store.get(&indexed)?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::default();
    for key in store.keys("run/")? {
        let id = RunId::from(key.trim_start_matches("run/"));
        let Some(run) = records::get_run(&**store, &id)?.filter(|run| run.facts.event.bridge == *bridge) else {
            continue;
        };
        batch.put(layout::age_key(bridge, run.facts.now, &id), run.ruleset.as_str());
        if records::get_states(&**store, &id)?.iter().any(records::waits_for_a_person) {
            batch.put(layout::waiting_key(bridge, &id), "true");
        }
    }
    batch.put(indexed, "true");
    store.commit(batch).await
}

struct Tidying<'a> {
    core: &'a Core,
    until: &'a Until,
    batch: Batch,
    /// Those of runs that went.
    rule_sets: BTreeSet<Digest>,
}

impl Tidying<'_> {
    fn bridge(&self) -> &BridgeId {
        &self.core.parts.bridge
    }

    /// The moment before which something is older than a setting says.
    fn limit(&self, setting: &str) -> Option<Timestamp> {
        match self.core.parts.rules.settings.get(setting) {
            Value::Span(span) => self.core.now().checked_sub(*span).ok(),
            _ => None,
        }
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.changes.is_empty() { Ok(()) } else { self.core.parts.store.commit(batch).await }
    }

    async fn commit_if_full(&mut self) -> Result<(), StoreError> {
        if self.batch.changes.len() >= CHANGES { self.commit().await } else { Ok(()) }
    }

    /// Caps and turns count hours and days.
    async fn counters(&mut self) -> Result<(), StoreError> {
        let store = &self.core.parts.store;
        let yesterday = layout::day(self.core.now() - DAY);
        // Of its parts one is the hour or the day that it counts.
        let day = |key: &str| {
            key.split('/').filter_map(|part| part.get(..10)).find(|day| day.parse::<Date>().is_ok()).map(str::to_owned)
        };
        let caps = store.keys(&layout::caps(self.bridge()))?.into_iter();
        let caps: Vec<String> = caps.filter(|key| day(key).is_some_and(|day| day < yesterday)).collect();
        let turns = store.range(&layout::turns(self.bridge()))?;
        let over = turns.into_iter().filter(|(_, turns)| super::turns::are_over(turns, self.core.now()));
        for key in caps.into_iter().chain(over.map(|(key, _)| key)) {
            self.batch.remove(key);
            self.commit_if_full().await?;
        }
        self.commit().await
    }

    async fn runs(&mut self) -> Result<(), StoreError> {
        let Some(limit) = self.limit("keep_runs") else { return Ok(()) };
        for (key, id) in self.older(layout::ages(self.bridge()), limit)? {
            if self.until.is_over() {
                break;
            }
            self.run(key, &id)?;
            self.commit_if_full().await?;
        }
        self.commit().await
    }

    /// The records of an index that stand under a day before a moment, with the run that each is about.
    fn older(&self, start: String, limit: Timestamp) -> Result<Vec<(String, RunId)>, StoreError> {
        let last = layout::day(limit);
        let keys = self.core.parts.store.keys(&start)?.into_iter().filter_map(|key| {
            let (day, run) = key.trim_start_matches(&start).split_once('/')?;
            (day < last.as_str()).then(|| (key.clone(), RunId::from(run)))
        });
        Ok(keys.collect())
    }

    /// Takes out a run that is over.
    fn run(&mut self, age: String, id: &RunId) -> Result<(), StoreError> {
        let (store, bridge) = (&self.core.parts.store, self.bridge());
        let states = records::get_states(&**store, id)?;
        if states.iter().any(records::waits_for_a_person) || store.get(&layout::open_key(bridge, id))?.is_some() {
            return Ok(());
        }
        if let Some(run) = records::get_run(&**store, id)? {
            let left = left(self.core, &run, &states)?;
            let mut batch = Batch::default();
            if !left.keys.is_empty() {
                batch.put(layout::left_key(bridge, run.facts.now, id), records::encode(&left));
            }
            run.plan.actions.iter().for_each(|action| batch.remove(layout::state_key(id, action.id)));
            batch.remove(layout::run_key(id));
            self.batch.changes.extend(batch.changes);
            self.rule_sets.insert(run.ruleset);
        }
        self.batch.remove(age);
        Ok(())
    }

    /// The texts of days of which no run is left.
    async fn texts(&mut self) -> Result<(), StoreError> {
        let Some(limit) = self.limit("keep_runs") else { return Ok(()) };
        let last = layout::day(limit);
        let days = self.older(layout::ages(self.bridge()), limit)?.into_iter();
        let kept: BTreeSet<String> = days.filter_map(|(key, _)| key.split('/').nth(2).map(str::to_owned)).collect();
        for (day, shelf) in Shelf::all(&*self.core.parts.store, self.bridge())? {
            if day >= last || kept.contains(&day) {
                continue;
            }
            for key in shelf.keys(&*self.core.parts.store)? {
                self.batch.remove(key);
                self.commit_if_full().await?;
            }
            self.batch.remove(shelf.mark());
        }
        self.commit().await
    }

    async fn keys(&mut self) -> Result<(), StoreError> {
        let Some(limit) = self.limit("keep_keys") else { return Ok(()) };
        for (key, id) in self.older(layout::left(self.bridge()), limit)? {
            if self.until.is_over() {
                break;
            }
            self.left(key, &id, limit).await?;
            self.commit_if_full().await?;
        }
        self.commit().await
    }

    /// Takes out what is left of a run; looked at again when its time has passed once more where its thread has a case.
    async fn left(&mut self, at: String, id: &RunId, limit: Timestamp) -> Result<(), StoreError> {
        let store = &self.core.parts.store;
        let Some(bytes) = store.get(&at)? else { return Ok(()) };
        let left: Left = records::decode(&bytes)?;
        self.batch.remove(at);
        if self.has_case(&left).await {
            self.batch.put(layout::left_key(self.bridge(), self.core.now(), id), bytes);
            return Ok(());
        }
        for key in left.keys {
            let Some(bytes) = store.get(&key)? else { continue };
            let is_newer = match key.split('/').next() {
                Some("key") => records::decode::<KeyOwner>(&bytes)?.run != *id,
                Some("mem") => records::decode::<Memory>(&bytes)?.at > limit,
                _ => false,
            };
            if !is_newer {
                self.batch.remove(key);
            }
        }
        Ok(())
    }

    /// Whether the thread that the run made a case of has one; the notebook knows.
    async fn has_case(&self, left: &Left) -> bool {
        let Some(thread) = &left.thread else { return false };
        let catalog = &self.core.parts.catalog;
        for get in catalog.links().iter().filter_map(|links| catalog.read_call(links.get.as_str())) {
            let asked = Asked { shared: Args::default(), keys: vec![thread.clone()] };
            // One that cannot be asked may have one.
            if (get.call)(asked).await.is_ok_and(|found| found.rows.is_empty()) {
                continue;
            }
            return true;
        }
        false
    }

    /// Rule sets that no run names any more, and no bridge works or would start with.
    fn unnamed_rule_sets(&mut self) -> Result<(), StoreError> {
        self.rule_sets.remove(&self.core.parts.rules.digest);
        if self.rule_sets.is_empty() {
            return Ok(());
        }
        let store = &self.core.parts.store;
        for (_, digest) in store.range("age/")? {
            self.rule_sets.remove(&Digest::from(String::from_utf8_lossy(&digest).as_ref()));
        }
        for (_, bytes) in store.range("last_good/")? {
            let kept: BTreeMap<String, Json> = records::decode(&bytes)?;
            self.rule_sets.retain(|digest| kept.get("digest").and_then(Json::as_str) != Some(digest.as_str()));
        }
        self.rule_sets.iter().for_each(|digest| self.batch.remove(layout::rules_key(digest)));
        Ok(())
    }
}

/// What of a run keeps things from being done twice.
fn left(core: &Core, run: &Run, states: &[State]) -> Result<Left, StoreError> {
    let (catalog, event) = (&core.parts.catalog, &run.facts.event);
    let mut keys = BTreeSet::new();
    for (action, state) in run.plan.actions.iter().zip(states) {
        if records::is_remembered(&action.key) {
            keys.insert(layout::owner_key(&action.key));
        }
        let function = catalog.get(action.function.as_str());
        let echo = state.result().and_then(|result| function?.echo_of(result));
        keys.extend(echo.map(|what| layout::ours_key(&event.bridge, &what)));
    }
    let fired = run.plan.fired.iter().map(|verdict| &verdict.rule);
    keys.extend(event.found_by.iter().chain(fired).map(|rule| layout::memory_key(&event.bridge, rule, &event.subject)));
    let mut there = Vec::new();
    for key in keys {
        if core.parts.store.get(&key)?.is_some() {
            there.push(key);
        }
    }
    Ok(Left { keys: there, thread: run.plan.actions.iter().find_map(|action| thread_of_case(core, action)) })
}

/// The thread of which an action makes the case.
fn thread_of_case(core: &Core, action: &Action) -> Option<Value> {
    let links = core.parts.catalog.links().iter().find(|links| links.made_by == action.function)?;
    let key = &core.parts.catalog.read_call(links.get.as_str())?.key;
    match action.args.iter().find(|(name, _)| name == key) {
        Some((_, Arg::Known(thread))) => Some(thread.clone()),
        _ => None,
    }
}
