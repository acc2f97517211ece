//! The last rule set that was accepted for a bridge, kept so that `serve --last-good` can start on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::layout;
use crate::engine::records;
use crate::names::{BridgeId, Digest};
use crate::packs::Sources;
use crate::ports::{Batch, Store, StoreError};

/// A rule set that was accepted.
#[derive(Clone, Debug)]
pub struct LastGood {
    pub sources: Sources,
    pub digest: Digest,
    pub generation: u64,
    /// When it was accepted.
    pub since: Timestamp,
}

/// The record of it; its sources lie in the archive of rule sets.
#[derive(Serialize, Deserialize)]
struct Kept {
    digest: Digest,
    generation: u64,
    since: Timestamp,
}

/// The set that was accepted last; none before the first.
pub fn last_good(store: &dyn Store, bridge: &BridgeId) -> Result<Option<LastGood>, StoreError> {
    let Some(Kept { digest, generation, since }) = kept(store, bridge)? else { return Ok(None) };
    let lost = || StoreError::Lost(format!("the rule set {digest} is missing from the state"));
    let archived = store.get(&layout::rules_key(&digest))?.ok_or_else(lost)?;
    let sources = records::decode(&archived)?;
    Ok(Some(LastGood { sources, digest, generation, since }))
}

/// What a service starts with, kept as accepted. The same set as before is the same generation.
pub async fn begin(
    store: &dyn Store,
    bridge: &BridgeId,
    sources: Sources,
    now: Timestamp,
) -> Result<LastGood, StoreError> {
    let digest = sources.digest();
    let (generation, since) = match kept(store, bridge)? {
        Some(kept) if kept.digest == digest => (kept.generation, kept.since),
        Some(kept) => (kept.generation + 1, now),
        None => (1, now),
    };
    let good = LastGood { sources, digest, generation, since };
    keep(store, bridge, &good).await?;
    Ok(good)
}

/// Keeps a set that was accepted.
pub async fn keep(store: &dyn Store, bridge: &BridgeId, good: &LastGood) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let kept = Kept { digest: good.digest.clone(), generation: good.generation, since: good.since };
    batch.put(layout::rules_key(&good.digest), good.sources.archived());
    batch.put(key(bridge), records::encode(&kept));
    store.commit(batch).await
}

fn kept(store: &dyn Store, bridge: &BridgeId) -> Result<Option<Kept>, StoreError> {
    store.get(&key(bridge))?.map(|bytes| records::decode(&bytes)).transpose()
}

fn key(bridge: &BridgeId) -> String {
    format!("last_good/{bridge}")
}
