//! What is too old goes, once a day (core, section 8).
//!
//! A run goes after `keep_runs`, with what was read for it. What keeps a thing from being done twice remains: the keys of
//! what the run made and said, the echoes of that, what its rules remember. These remains go `keep_keys` later, but not while
//! the thread of a case that the run made has one, nor while a rule may still find what it remembers. What is open, and what
//! waits for a person, never goes.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::catalog::Asked;
use crate::engine::records::{self, Slim};
use crate::engine::texts::{self, Shelf};
use crate::engine::{Core, Until, layout};
use crate::facts::Args;
use crate::names::{BridgeId, Digest, RuleAddress, RunId};
use crate::plan::key;
use crate::ports::{Batch, StoreError};
use crate::rules::Trigger;
use crate::run::State;
use crate::value::Value;

/// So many runs go in one turn; the rest in those that follow.
const RUNS: usize = 2_000;
/// So many changes are committed together.
const CHANGES: usize = 2_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What remains of a run that went: keys of records, with the digests of what stood there.
#[derive(Default, Serialize, Deserialize)]
struct Remains {
    keys: Vec<(String, Digest)>,
    memories: Vec<(RuleAddress, String, Digest)>,
    /// The thread that it made a case of.
    thread: Option<String>,
}

/// Takes out what is too old, where that was not done yet on this day.
pub async fn tidy(core: &Core, until: &Until) -> Result<(), StoreError> {
    let store = &core.parts.store;
    let tidied = layout::tidied_key(&core.parts.bridge);
    let last: Option<Timestamp> = store.get(&tidied)?.map(|bytes| records::decode(&bytes)).transpose()?;
    // A clock that is far ahead for once is not believed: two days at a time.
    let now = last.map_or(core.now(), |last| core.now().min(last + DAY * 2));
    if until.is_over() || last.is_some_and(|last| layout::day(last) == layout::day(now)) {
        return Ok(());
    }
    let mut tidying = Tidying { core, until, now, batch: Batch::default() };
    let is_done = last.is_none() || tidying.everything().await?;
    if is_done {
        tidying.batch.put(tidied, records::encode(&now));
    }
    tidying.commit().await
}

/// Makes the indexes know the runs of a state that is older than they are, or that lost records, and puts the long texts
/// of the first states on the shelves of their days. Runs of all bridges: they share texts and rule sets.
pub async fn index(core: &Core, again: bool) -> Result<(), StoreError> {
    let store = &core.parts.store;
    if !again && store.get(layout::INDEXED)?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::default();
    for key in store.keys(layout::RUNS)? {
        let id = RunId::from(key.trim_start_matches(layout::RUNS));
        let Some(run) = records::get_slim(&**store, &id)? else { continue };
        let bridge = &run.event.bridge;
        records::put_in_indexes(bridge, run.now, &id, &run.ruleset, &mut batch);
        if records::get_states(&**store, &id)?.iter().any(records::waits_for_a_person) {
            batch.put(layout::waiting_key(bridge, &id), "true");
        }
        Shelf::of(bridge, run.now).take_over(&run.texts, &**store, &mut batch)?;
        if batch.changes.len() >= CHANGES {
            store.commit(std::mem::take(&mut batch)).await?;
        }
    }
    store.commit(std::mem::take(&mut batch)).await?;
    texts::flat(&**store)?.into_iter().for_each(|key| batch.remove(key));
    batch.put(layout::INDEXED, "true");
    store.commit(batch).await
}

struct Tidying<'a> {
    core: &'a Core,
    until: &'a Until,
    now: Timestamp,
    batch: Batch,
}

impl Tidying<'_> {
    /// Whether nothing is left to do.
    async fn everything(&mut self) -> Result<bool, StoreError> {
        self.counters().await?;
        let is_done = self.runs().await? && self.remains().await?;
        self.rule_sets()?;
        Ok(is_done)
    }

    fn bridge(&self) -> &BridgeId {
        &self.core.parts.bridge
    }

    /// The day before which something is older than a setting says.
    fn limit(&self, setting: &str) -> String {
        match self.core.parts.rules.settings.get(setting) {
            Value::Span(span) => self.now.checked_sub(*span).map(layout::day).unwrap_or_default(),
            _ => String::new(),
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
        let (store, now) = (&self.core.parts.store, self.now);
        let yesterday = layout::day(now - DAY);
        // Of its parts one is the hour or the day that it counts.
        let day = |key: &str| {
            let mut parts = key.split('/').filter_map(|part| part.get(..10));
            parts.find(|part| part.parse::<Date>().is_ok()).map(str::to_owned)
        };
        let caps = store.keys(&layout::caps(self.bridge()))?.into_iter();
        let caps: Vec<String> = caps.filter(|key| day(key).is_some_and(|day| day < yesterday)).collect();
        let turns = store.range(&layout::turns(self.bridge()))?;
        let over = turns.into_iter().filter(|(_, turns)| super::turns::are_over(turns, now));
        for key in caps.into_iter().chain(over.map(|(key, _)| key)) {
            self.batch.remove(key);
            self.commit_if_full().await?;
        }
        self.commit().await
    }

    /// The days before a limit of an index of days.
    fn days_before(&self, start: &str, limit: &str) -> Result<BTreeSet<String>, StoreError> {
        let keys = self.core.parts.store.keys(start)?.into_iter();
        let days = keys.filter_map(|key| key.trim_start_matches(start).split('/').next().map(str::to_owned));
        Ok(days.filter(|day| day.as_str() < limit).collect())
    }

    /// Whether all runs went that are too old.
    async fn runs(&mut self) -> Result<bool, StoreError> {
        let mut left = RUNS;
        for day in self.days_before(&layout::days(self.bridge()), &self.limit("keep_runs"))? {
            let start = layout::ages(self.bridge(), &day);
            let mut stay = Vec::new();
            for key in self.core.parts.store.keys(&start)? {
                if left == 0 || self.until.is_over() {
                    self.commit().await?;
                    return Ok(false);
                }
                let id = RunId::from(key.trim_start_matches(&start));
                if self.take_out_run(key, &id)? {
                    left -= 1;
                } else {
                    stay.push(id);
                }
                self.commit_if_full().await?;
            }
            self.commit().await?;
            self.take_out_texts(&day, &stay).await?;
        }
        Ok(true)
    }

    /// Takes out a run that is over; false where it is not.
    fn take_out_run(&mut self, age: String, id: &RunId) -> Result<bool, StoreError> {
        let (store, bridge) = (&self.core.parts.store, self.bridge().clone());
        let states = records::get_states(&**store, id)?;
        if states.iter().any(records::waits_for_a_person) || store.get(&layout::open_key(&bridge, id))?.is_some() {
            return Ok(false);
        }
        if let Some(run) = records::get_slim(&**store, id)? {
            let remains = remains_of(self.core, &run, &states)?;
            if !remains.keys.is_empty() || !remains.memories.is_empty() {
                self.batch.put(layout::remains_day_key(&bridge, self.now), "true");
                self.batch.put(layout::remains_key(&bridge, self.now, id), records::encode(&remains));
            }
        }
        (0..states.len()).for_each(|n| self.batch.remove(layout::state_key(id, n as u16)));
        self.batch.remove(layout::run_key(id));
        self.batch.remove(layout::gone_key(&bridge, id));
        self.batch.remove(age);
        Ok(true)
    }

    /// Takes out the texts of a day, but those of the runs that stay; with the last of them the day itself.
    async fn take_out_texts(&mut self, day: &str, stay: &[RunId]) -> Result<(), StoreError> {
        let store = self.core.parts.store.clone();
        let shelf = Shelf::of_day(self.bridge(), day);
        let mut needed = BTreeSet::new();
        for id in stay {
            let texts = records::get_slim(&*store, id)?.map(|run| run.texts).unwrap_or_default();
            needed.extend(texts.iter().map(|digest| shelf.key(digest)));
        }
        for key in shelf.keys(&*store)? {
            if !needed.contains(&key) {
                self.batch.remove(key);
                self.commit_if_full().await?;
            }
        }
        if stay.is_empty() {
            store.keys(&layout::day_start(self.bridge(), day))?.into_iter().for_each(|key| self.batch.remove(key));
        }
        self.commit().await
    }

    /// Whether all remains went that are too old.
    async fn remains(&mut self) -> Result<bool, StoreError> {
        let days = layout::remains_days(self.bridge());
        for day in self.days_before(&days, &self.limit("keep_keys"))? {
            let start = layout::remains(self.bridge(), &day);
            for key in self.core.parts.store.keys(&start)? {
                if self.until.is_over() {
                    return Ok(false);
                }
                let id = RunId::from(key.trim_start_matches(&start));
                self.take_out_remains(key, &id).await?;
                self.commit_if_full().await?;
            }
            self.batch.remove(format!("{days}{day}"));
            self.commit().await?;
        }
        Ok(true)
    }

    /// Takes out what remains of a run. What is still needed is looked at once more when its time has passed again.
    async fn take_out_remains(&mut self, at: String, id: &RunId) -> Result<(), StoreError> {
        let store = self.core.parts.store.clone();
        let Some(bytes) = store.get(&at)? else { return Ok(()) };
        self.batch.remove(at);
        let mut stay: Remains = records::decode(&bytes)?;
        let mut go = Vec::new();
        if !self.has_case(&stay).await {
            go.append(&mut stay.keys);
        }
        let (needed, over) = stay.memories.into_iter().partition(|(rule, ..)| self.may_find_again(rule));
        stay.memories = needed;
        go.extend(over.into_iter().map(|(_, key, digest): (RuleAddress, _, _)| (key, digest)));
        for (key, digest) in go {
            // What was written since belongs to something younger.
            if store.get(&key)?.is_some_and(|bytes| Digest::of(bytes) == digest) {
                self.batch.remove(key);
            }
        }
        if !stay.keys.is_empty() || !stay.memories.is_empty() {
            self.batch.put(layout::remains_day_key(self.bridge(), self.now), "true");
            self.batch.put(layout::remains_key(self.bridge(), self.now, id), records::encode(&stay));
        }
        Ok(())
    }

    /// Whether the thread that the run made a case of has one; the notebook knows.
    async fn has_case(&self, remains: &Remains) -> bool {
        let Some(thread) = &remains.thread else { return false };
        let catalog = &self.core.parts.catalog;
        for get in catalog.links().iter().filter_map(|links| catalog.read_call(links.get.as_str())) {
            let asked = Asked { shared: Args::default(), keys: vec![Value::text(thread.as_str())] };
            // One that cannot be asked may have one.
            if !(get.call)(asked).await.is_ok_and(|found| found.rows.is_empty()) {
                return true;
            }
        }
        false
    }

    /// Whether a rule may find a subject again whose memory is as old as `keep_keys`.
    fn may_find_again(&self, address: &RuleAddress) -> bool {
        let rules = &self.core.parts.rules;
        let Some(rule) = rules.rules.iter().find(|rule| rule.address == *address) else { return false };
        let is_long = |span: SignedDuration| match rules.settings.get("keep_keys") {
            Value::Span(kept) => span >= *kept,
            _ => true,
        };
        let looks_back = match &rule.trigger {
            Trigger::Due { look_at: Some(look_at), .. } => look_at.look_back.is_none_or(is_long),
            _ => false,
        };
        match rule.again_after {
            Some(again) => is_long(again),
            None => looks_back,
        }
    }

    /// Rule sets that no run names any more, and no bridge works by or would start with.
    fn rule_sets(&mut self) -> Result<(), StoreError> {
        let store = &self.core.parts.store;
        let mut named = BTreeSet::from([self.core.parts.rules.digest.to_string()]);
        named.extend(store.keys(layout::DAYS)?.iter().filter_map(|key| key.rsplit('/').next().map(str::to_owned)));
        for (_, bytes) in store.range("last_good/")? {
            let good: Json = records::decode(&bytes)?;
            named.extend(good["digest"].as_str().map(str::to_owned));
        }
        let keys = store.keys(layout::RULE_SETS)?.into_iter();
        let unnamed = keys.filter(|key| !named.contains(key.trim_start_matches(layout::RULE_SETS)));
        unnamed.for_each(|key| self.batch.remove(key));
        Ok(())
    }
}

/// What of a run keeps things from being done twice.
fn remains_of(core: &Core, run: &Slim, states: &[State]) -> Result<Remains, StoreError> {
    let (catalog, event) = (&core.parts.catalog, &run.event);
    let mut keys = BTreeSet::new();
    for ((function, key), state) in run.actions.iter().zip(states) {
        keys.extend(records::is_remembered(key).then(|| layout::owner_key(key)));
        let echo = state.result().and_then(|result| catalog.get(function.as_str())?.echo_of(result));
        keys.extend(echo.map(|what| layout::ours_key(&event.bridge, &what)));
    }
    keys.extend(run.also.iter().map(layout::owner_key));
    let rules: BTreeSet<&RuleAddress> = event.found_by.iter().chain(&run.fired).collect();
    let digest = |key: &str| Ok::<_, StoreError>(core.parts.store.get(key)?.map(Digest::of));
    let mut remains = Remains::default();
    for key in keys {
        remains.keys.extend(digest(&key)?.map(|digest| (key, digest)));
    }
    for rule in rules {
        let key = layout::memory_key(&event.bridge, rule, &event.subject);
        remains.memories.extend(digest(&key)?.map(|digest| (rule.clone(), key, digest)));
    }
    let makes_case = |key: &_| catalog.links().iter().find_map(|links| key::made_of(key, &links.made_by));
    remains.thread = run.actions.iter().find_map(|(_, key)| makes_case(key));
    Ok(remains)
}
