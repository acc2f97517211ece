//! Kills a pass at a place: the n-th host call or commit. A place that is hit never ends, and the driver drops the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use casebridge::ports::{Batch, Boxed, Http, HttpAnswer, HttpFailure, HttpRequest, Store, StoreError};
use tokio::sync::Notify;

/// Counts places and ends the one that is to be killed.
pub struct Killer {
    at: u64,
    hits: AtomicU64,
    killed: Notify,
}

impl Killer {
    /// Kills at the `at`-th place, counted from 1; 0 never kills and only counts.
    pub fn at(at: u64) -> Arc<Self> {
        Arc::new(Killer { at, hits: AtomicU64::new(0), killed: Notify::new() })
    }

    /// How many places were passed.
    pub fn places(&self) -> u64 {
        self.hits.load(Ordering::SeqCst)
    }

    /// Ends when the place is hit.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    async fn place(&self) {
        if self.hits.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// A network whose every call is two places: before it is sent, and after it was answered.
pub struct KillingHttp {
    pub inner: Arc<dyn Http>,
    pub killer: Arc<Killer>,
}

impl Http for KillingHttp {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        let (inner, killer) = (self.inner.clone(), self.killer.clone());
        Box::pin(async move {
            killer.place().await;
            let answer = inner.send(request).await;
            killer.place().await;
            answer
        })
    }
}

/// A store whose every commit is two places: before it is durable, and after.
pub struct KillingStore {
    pub inner: Arc<dyn Store>,
    pub killer: Arc<Killer>,
}

impl Store for KillingStore {
    fn commit(&self, batch: Batch) -> Boxed<Result<(), StoreError>> {
        let (inner, killer) = (self.inner.clone(), self.killer.clone());
        Box::pin(async move {
            killer.place().await;
            let committed = inner.commit(batch).await;
            killer.place().await;
            committed
        })
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn range(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.inner.range(prefix)
    }
}
