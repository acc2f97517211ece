//! Kills a pass at a place: the n-th host call or commit. A place that is hit does not end before the driver has dropped the
//! engine; then it fails, so that tasks which outlive the engine, such as one that signs in, end as a process would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use casebridge::engine::Scope;
use casebridge::ports::{Batch, Boxed, Http, HttpAnswer, HttpFailure, HttpRequest, Store, StoreError};
use casebridge::state::SledStore;
use tokio::sync::{Notify, watch};

use crate::world::{Seen, World};

/// Counts places and ends the one that is to be killed.
pub struct Killer {
    at: u64,
    /// The kind of each place that was passed, in order.
    passed: Mutex<Vec<String>>,
    killed: Notify,
    /// The engine is dropped: what is still there of it must not go on.
    buried: watch::Sender<bool>,
}

impl Killer {
    /// Kills at the `at`-th place, counted from 1; 0 never kills and only counts.
    pub fn at(at: u64) -> Arc<Self> {
        Arc::new(Killer { at, passed: Mutex::default(), killed: Notify::new(), buried: watch::Sender::new(false) })
    }

    /// How many places were passed.
    pub fn places(&self) -> u64 {
        self.passed.lock().expect("nobody panicked").len() as u64
    }

    /// The places of each kind (which call or commit, before or after it), counted from 1.
    pub fn kinds(&self) -> BTreeMap<String, Vec<u64>> {
        let mut kinds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (place, kind) in self.passed.lock().expect("nobody panicked").iter().enumerate() {
            kinds.entry(kind.clone()).or_default().push(place as u64 + 1);
        }
        kinds
    }

    /// The last place of each kind that is meant.
    pub fn last_of_each(&self, is_meant: impl Fn(&str) -> bool) -> Vec<u64> {
        let meant = self.kinds().into_iter().filter(|(kind, _)| is_meant(kind));
        meant.filter_map(|(_, places)| places.last().copied()).collect()
    }

    /// Stands between an engine and its store and network.
    pub fn between(self: &Arc<Self>, store: Arc<dyn Store>, http: Arc<dyn Http>) -> (Arc<dyn Store>, Arc<dyn Http>) {
        let (killer, other) = (self.clone(), self.clone());
        (Arc::new(KillingStore { inner: store, killer }), Arc::new(KillingHttp { inner: http, killer: other }))
    }

    /// What was dropped is dead: its tasks end, and let go of the store one after the other.
    pub async fn bury(&self, store: &Arc<SledStore>) {
        self.buried.send_replace(true);
        while Arc::strong_count(store) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Ends when the place is hit.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// Fails in what was killed.
    async fn place(&self, kind: String) -> Result<(), Killed> {
        if *self.buried.borrow() {
            return Err(Killed);
        }
        let hits = {
            let mut passed = self.passed.lock().expect("nobody panicked");
            passed.push(kind);
            passed.len() as u64
        };
        if hits == self.at {
            self.killed.notify_one();
            let _ = self.buried.subscribe().wait_for(|buried| *buried).await;
            return Err(Killed);
        }
        Ok(())
    }
}

/// It was killed before.
struct Killed;

impl From<Killed> for HttpFailure {
    fn from(_: Killed) -> Self {
        HttpFailure::Lost("killed".into())
    }
}

impl From<Killed> for StoreError {
    fn from(_: Killed) -> Self {
        StoreError::Failed("killed".into())
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
            let kind = call(&request);
            killer.place(format!("before {kind}")).await?;
            let answer = inner.send(request).await;
            killer.place(format!("after {kind}")).await?;
            answer
        })
    }
}

/// A call by its method, its path without ids, and for a query what it asks.
fn call(request: &HttpRequest) -> String {
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let words = path.split('/').skip(3).filter(|part| !part.chars().any(|letter| letter.is_ascii_digit()));
    let asked: String = query.chars().take(60).filter(|letter| !letter.is_ascii_digit()).collect();
    format!("{} {} {asked}", request.method, words.collect::<Vec<_>>().join("/"))
}

/// A commit by the records that it writes.
fn records(batch: &Batch) -> String {
    let kinds: BTreeSet<_> = batch.changes.keys().filter_map(|key| key.split('/').next()).collect();
    format!("commit of {}", kinds.into_iter().collect::<Vec<_>>().join("+"))
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
            let kind = records(&batch);
            killer.place(format!("before {kind}")).await?;
            let committed = inner.commit(batch).await;
            killer.place(format!("after {kind}")).await?;
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

/// One pass that ends at a place; true when it came to its end.
pub async fn run_until(world: &World, killer: &Arc<Killer>) -> bool {
    run_over_until(world, world.web(), killer).await
}

/// The same over a network with something in between.
pub async fn run_over_until(world: &World, http: Arc<dyn Http>, killer: &Arc<Killer>) -> bool {
    let sled = world.store();
    let (store, http) = killer.between(sled.clone(), http);
    let bridge = world.open(store, http, &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let scope = Scope::default();
    let ended = tokio::select! {
        summary = bridge.engine.run(&scope) => { summary.expect("the state holds"); true }
        () = killer.killed() => false,
    };
    drop(bridge);
    killer.bury(&sled).await;
    ended
}
