//! The store without a disk, for tests and simulations: the same promises as long as the process lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::rows::check_keys;
use crate::ports::{Batch, Boxed, Store, StoreError};

/// Keys and values in memory.
#[derive(Default)]
pub struct MemoryStore {
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    rows: BTreeMap<String, Vec<u8>>,
    /// What was queued and not yet awaited, in order.
    queue: Vec<Batch>,
    /// Batches that have left the queue.
    written: usize,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What a restart would see: the commits that have ended, and no other.
    pub fn copy(&self) -> Arc<Self> {
        let rows = self.held().rows.clone();
        Arc::new(Self { held: Arc::new(Mutex::new(Held { rows, ..Held::default() })) })
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Writes the queue up to a place in the order of all batches.
    fn write_up_to(&mut self, place: usize) {
        let ready = place.saturating_sub(self.written).min(self.queue.len());
        for batch in self.queue.drain(..ready) {
            self.written += 1;
            for (key, value) in batch.changes {
                match value {
                    Some(value) => self.rows.insert(key, value),
                    None => self.rows.remove(&key),
                };
            }
        }
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: Batch) -> Boxed<Result<(), StoreError>> {
        if let Err(refused) = check_keys(batch.changes.keys()) {
            return Box::pin(std::future::ready(Err(refused)));
        }
        let mut held = self.held();
        held.queue.push(batch);
        let place = held.written + held.queue.len();
        let shared = self.held.clone();
        Box::pin(async move {
            shared.lock().unwrap_or_else(PoisonError::into_inner).write_up_to(place);
            Ok(())
        })
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.held().rows.get(key).cloned())
    }

    fn range(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let held = self.held();
        let from = held.rows.range(prefix.to_owned()..);
        Ok(from
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_holds_what_was_acknowledged_and_nothing_that_was_only_queued() {
        let store = MemoryStore::new();
        let batch = |key: &str| Batch { changes: BTreeMap::from([(key.to_owned(), Some(b"1".to_vec()))]) };
        store.commit(batch("a")).await.unwrap();
        let queued = store.commit(batch("b"));
        assert_eq!(store.copy().range("").unwrap().len(), 1);
        drop(queued);
        store.commit(batch("c")).await.unwrap();
        assert_eq!(store.copy().range("").unwrap().len(), 3);
    }
}
