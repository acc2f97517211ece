//! How far each channel was heard: a record for each bridge of the org, written in the commit of the hints themselves.
//!
//! `stream/{bridge}/{org}/{channel}` holds the place to begin at next time. After a first connection without any event
//! that is "all that is kept": whatever the org told while nobody listened came after we had begun to.

use std::sync::Arc;

use crate::names::BridgeId;
use crate::ports::{Batch, Store, StoreError};

/// Only what is new (Salesforce sheet 9.2).
pub const NEW: i64 = -1;
/// All that the org has kept: 72 hours, 24 of push topics.
pub const ALL: i64 = -2;

/// The places of an org's channels.
pub struct Positions {
    pub store: Arc<dyn Store>,
    /// Those that the org belongs to.
    pub bridges: Vec<BridgeId>,
    /// The org's name in `casebridge.yaml`.
    pub org: String,
}

impl Positions {
    /// Where to begin in a channel; none before the first time. The bridge that heard least decides: to the others a
    /// hint more is no harm.
    pub fn get(&self, channel: &str) -> Result<Option<i64>, StoreError> {
        let mut least = None;
        for bridge in &self.bridges {
            let kept = self.store.get(&self.key(bridge, channel))?;
            let kept = kept.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse::<i64>().ok());
            least = least.into_iter().chain(kept).min();
        }
        Ok(least)
    }

    /// Keeps where to begin next time.
    pub fn put(&self, channel: &str, place: i64, batch: &mut Batch) {
        self.bridges.iter().for_each(|bridge| batch.put(self.key(bridge, channel), place.to_string()));
    }

    fn key(&self, bridge: &BridgeId, channel: &str) -> String {
        format!("stream/{bridge}/{}{channel}", self.org)
    }
}
