//! Erases what is kept of a member: texts and addresses of runs that are over, and addresses wherever else they stand.
//!
//! Keys, outcomes and ids stay, so that nothing is done twice; what was erased leaves its digest. What a run that is not
//! over still needs, and what a person has yet to look at, stays too, and is counted.

mod erased;
mod names;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::engine::records;
use crate::engine::texts::{self, Shelf};
use crate::names::RunId;
use crate::ports::{Batch, Store, StoreError};

use names::Names;

/// Records that hold no JSON of ours, or the customer's own files.
const LEFT: [&str; 7] = ["run/", "act/", "text/", "hint/", "rules/", "last_good/", "remains/"];

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The logins, ids and addresses by which the records know the member.
    pub known_as: Vec<String>,
    /// Runs whose texts were erased.
    pub runs: usize,
    pub texts: usize,
    /// Other records that lost an address.
    pub records: usize,
    /// Runs that are not over.
    pub open: usize,
    /// Runs that wait for a person.
    pub parked: usize,
    /// Events that wait for their moment.
    pub events: usize,
    /// Links of a login and a contact.
    pub links: usize,
    /// Rule sets and settings of the customer that name the member.
    pub files: usize,
}

/// Erases a member, who is named by login, id or e-mail. Runs of all bridges of the store.
pub async fn forget(store: &dyn Store, member: &str) -> Result<Forgotten, StoreError> {
    let names = Names::of(store, member)?;
    let mut forgotten = Forgotten { known_as: names.all(), ..Forgotten::default() };
    let (mut erased, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for (key, bytes) in store.range("run/")? {
        let record = records::unpack(&bytes)?;
        let texts = texts_of(store, &record)?;
        let id = RunId::from(key.trim_start_matches("run/"));
        if !names.are_in_run(store, &record, &texts)? {
            kept.extend(texts);
        } else if let Some(waits) = waits_for(store, &id)? {
            *(if waits == Waits::ForAPerson { &mut forgotten.parked } else { &mut forgotten.open }) += 1;
            kept.extend(texts);
        } else {
            let batch = erased::run(store, &id, &names)?;
            if !batch.changes.is_empty() {
                store.commit(batch).await?;
                forgotten.runs += 1;
            }
            erased.extend(texts);
        }
    }
    forgotten.texts = without_texts(store, erased.difference(&kept)).await?;
    without_addresses(store, &names, &mut forgotten).await?;
    Ok(forgotten)
}

#[derive(PartialEq)]
enum Waits {
    ForAPerson,
    ForItsTurn,
}

/// What a run still needs its arguments for.
fn waits_for(store: &dyn Store, run: &RunId) -> Result<Option<Waits>, StoreError> {
    let states = records::get_states(store, run)?;
    if states.iter().any(records::waits_for_a_person) {
        return Ok(Some(Waits::ForAPerson));
    }
    Ok(states.iter().any(|state| !state.is_settled()).then_some(Waits::ForItsTurn))
}

/// The keys of the long texts of a run.
fn texts_of(store: &dyn Store, record: &Json) -> Result<BTreeSet<String>, StoreError> {
    let digests = texts::digests(record);
    let shelf = Shelf::of_record(record);
    let found: Result<Vec<_>, StoreError> = digests.iter().map(|digest| shelf.find(store, digest)).collect();
    Ok(found?.into_iter().flatten().map(|(key, _)| key).collect())
}

/// Takes out the long texts that no run holds any more.
async fn without_texts(store: &dyn Store, texts: impl Iterator<Item = &String>) -> Result<usize, StoreError> {
    let mut batch = Batch::default();
    texts.for_each(|key| batch.remove(key));
    let count = batch.changes.len();
    if count > 0 {
        store.commit(batch).await?;
    }
    Ok(count)
}

/// Takes addresses out of what is no run, and counts what stays.
async fn without_addresses(store: &dyn Store, names: &Names, forgotten: &mut Forgotten) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    for (key, bytes) in store.range("")? {
        if let Some(kind) = LEFT.iter().find(|kind| key.starts_with(**kind)) {
            let is_theirs = ["rules/", "last_good/"].contains(kind);
            forgotten.files += usize::from(is_theirs && names.stand_in(&String::from_utf8_lossy(&bytes)));
            continue;
        }
        let Ok(mut json) = serde_json::from_slice::<Json>(&bytes) else { continue };
        if key.starts_with("wake/") {
            forgotten.events += usize::from(names.are_in(&json));
        } else if key.starts_with("link/member/") {
            forgotten.links += usize::from(key.rsplit('/').next().is_some_and(|login| names.has(login)));
        } else if names.take_out(&mut json) {
            batch.put(key, json.to_string());
        }
    }
    forgotten.records = batch.changes.len();
    if batch.changes.is_empty() { Ok(()) } else { store.commit(batch).await }
}
