//! The contract of `Store`. A new promise is written here first.

use std::sync::Arc;

use casebridge::ports::{Batch, Store};
use casebridge::state::{MemoryStore, SledStore};

/// A backend, opened on nothing; `again` gives what a restart would see.
struct Backend {
    store: Arc<dyn Store>,
    again: Box<dyn FnOnce(Arc<dyn Store>) -> Backend>,
    /// Where its files lie, when it has any.
    folder: Option<Arc<tempfile::TempDir>>,
}

impl Backend {
    fn restart(self) -> Self {
        let Backend { store, again, .. } = self;
        again(store)
    }
}

fn sled() -> Backend {
    sled_in(Arc::new(tempfile::tempdir().unwrap()))
}

fn sled_in(folder: Arc<tempfile::TempDir>) -> Backend {
    let again = {
        let folder = folder.clone();
        move |store| {
            drop(store);
            sled_in(folder)
        }
    };
    Backend { store: SledStore::open(folder.path()).unwrap(), again: Box::new(again), folder: Some(folder) }
}

fn memory() -> Backend {
    memory_of(MemoryStore::new())
}

fn memory_of(store: Arc<MemoryStore>) -> Backend {
    let kept = store.clone();
    Backend { store, again: Box::new(move |_| memory_of(kept.copy())), folder: None }
}

/// Each promise, as one test for each backend.
macro_rules! contract {
    ($($promise:ident;)*) => {
        mod on_sled { $(#[tokio::test] async fn $promise() { super::$promise(super::sled()).await; })* }
        mod in_memory { $(#[tokio::test] async fn $promise() { super::$promise(super::memory()).await; })* }
    };
}

contract! {
    what_was_committed_is_there_at_once_and_after_a_restart;
    a_removed_key_is_gone_and_the_last_change_of_a_key_counts;
    a_range_is_in_key_order_and_ends_where_the_prefix_ends;
    bodies_of_40_kilobytes_come_back_whole_also_when_they_grow_and_shrink;
    the_rows_behind_a_large_value_are_never_in_a_range;
    a_thousand_commits_are_all_there_after_a_restart;
    commits_are_durable_in_the_order_of_their_calls;
    a_batch_is_seen_whole_or_not_at_all;
    sixty_four_writers_at_once_lose_nothing;
    an_empty_batch_is_a_commit;
    a_key_of_more_than_1024_bytes_is_refused_and_the_store_goes_on;
}

fn batch<const N: usize>(changes: [(&str, Option<&[u8]>); N]) -> Batch {
    Batch { changes: changes.into_iter().map(|(key, value)| (key.to_owned(), value.map(<[u8]>::to_vec))).collect() }
}

/// Bytes that do not compress, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn keys(store: &Arc<dyn Store>, prefix: &str) -> Vec<String> {
    let keys: Vec<String> = store.range(prefix).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(store.keys(prefix).unwrap(), keys);
    keys
}

async fn what_was_committed_is_there_at_once_and_after_a_restart(backend: Backend) {
    backend.store.commit(batch([("run:1", Some(b"a")), ("run:2", Some(b""))])).await.unwrap();
    assert_eq!(backend.store.get("run:1").unwrap().unwrap(), b"a");
    let backend = backend.restart();
    assert_eq!(backend.store.get("run:1").unwrap().unwrap(), b"a");
    assert_eq!(backend.store.get("run:2").unwrap().unwrap(), b"");
    assert_eq!(backend.store.get("run:3").unwrap(), None);
}

async fn a_removed_key_is_gone_and_the_last_change_of_a_key_counts(backend: Backend) {
    let store = &backend.store;
    let commits = [
        store.commit(batch([("a", Some(b"1")), ("b", Some(b"1"))])),
        store.commit(batch([("a", None), ("b", Some(b"2"))])),
        store.commit(batch([("c", None)])),
    ];
    for commit in commits {
        commit.await.unwrap();
    }
    assert_eq!(store.get("a").unwrap(), None);
    let backend = backend.restart();
    assert_eq!(backend.store.range("").unwrap(), [("b".to_owned(), b"2".to_vec())]);
}

async fn a_range_is_in_key_order_and_ends_where_the_prefix_ends(backend: Backend) {
    let all = ["open/10", "open/2", "open/é", "open0", "opem/9", "open/", "o"];
    let batch = Batch { changes: all.iter().map(|key| ((*key).to_owned(), Some(key.as_bytes().to_vec()))).collect() };
    backend.store.commit(batch).await.unwrap();
    assert_eq!(keys(&backend.store, "open/"), ["open/", "open/10", "open/2", "open/é"]);
    assert_eq!(keys(&backend.store, "open/1"), ["open/10"]);
    assert_eq!(keys(&backend.store, "none"), [""; 0]);
    assert_eq!(keys(&backend.store, "").len(), all.len());
    assert!(backend.store.range("").unwrap().iter().all(|(key, value)| key.as_bytes() == value));
}

async fn bodies_of_40_kilobytes_come_back_whole_also_when_they_grow_and_shrink(mut backend: Backend) {
    for (seed, length) in [40_000, 100, 4_091, 4_092, 400_000, 12_000, 0, 40_000].into_iter().enumerate() {
        let dense = noise(seed as u64, length);
        let loose = "a member writes the same line again. ".repeat(length / 37).into_bytes();
        backend.store.commit(batch([("dense", Some(&dense)), ("loose", Some(&loose))])).await.unwrap();
        assert_eq!(backend.store.get("dense").unwrap().unwrap(), dense);
        backend = backend.restart();
        assert_eq!(backend.store.get("dense").unwrap().unwrap(), dense, "{length}");
        assert_eq!(backend.store.range("l").unwrap(), [("loose".to_owned(), loose)], "{length}");
    }
    nothing_lies_under_blobs(&backend);
}

async fn the_rows_behind_a_large_value_are_never_in_a_range(backend: Backend) {
    backend.store.commit(batch([("text:1", Some(&noise(1, 40_000))), ("text:2", Some(b"x"))])).await.unwrap();
    assert_eq!(keys(&backend.store, ""), ["text:1", "text:2"]);
    assert_eq!(keys(&backend.store, "text:1"), ["text:1"]);
    backend.store.commit(batch([("text:1", None)])).await.unwrap();
    assert_eq!(keys(&backend.restart().store, ""), ["text:2"]);
}

async fn a_thousand_commits_are_all_there_after_a_restart(backend: Backend) {
    let commits: Vec<_> = (0..1000_u64)
        .map(|n| {
            let body = noise(n, 2_500);
            let batch = batch([(&format!("run:{n:04}"), Some(&body)), ("last", Some(&n.to_le_bytes()))]);
            backend.store.commit(batch)
        })
        .collect();
    for commit in commits {
        commit.await.unwrap();
    }
    nothing_lies_under_blobs(&backend);
    let backend = backend.restart();
    let rows = backend.store.range("run:").unwrap();
    assert_eq!(rows.len(), 1000);
    for (n, (key, value)) in (0..).zip(rows) {
        assert_eq!((key, value), (format!("run:{n:04}"), noise(n, 2_500)));
    }
    assert_eq!(backend.store.get("last").unwrap().unwrap(), 999_u64.to_le_bytes());
}

async fn commits_are_durable_in_the_order_of_their_calls(backend: Backend) {
    // The second is awaited, the first only called.
    let first = backend.store.commit(batch([("a", Some(b"1")), ("b", Some(b"1"))]));
    let second = backend.store.commit(batch([("b", Some(b"2"))]));
    second.await.unwrap();
    assert_eq!(backend.store.get("a").unwrap().unwrap(), b"1");
    assert_eq!(backend.store.get("b").unwrap().unwrap(), b"2");
    first.await.unwrap();
    assert_eq!(backend.store.get("b").unwrap().unwrap(), b"2");
}

async fn a_batch_is_seen_whole_or_not_at_all(backend: Backend) {
    let large = |n: u8| [noise(u64::from(n), 9_000), vec![n]].concat();
    let reader = std::thread::spawn({
        let store = backend.store.clone();
        move || {
            let mut seen = 0;
            while seen < 60 {
                let rows = store.range("").unwrap();
                let last: Vec<_> = rows.iter().map(|(_, value)| *value.last().unwrap()).collect();
                assert!(last.is_empty() || last == [last[0]; 3], "{last:?}");
                seen = last.first().copied().unwrap_or(0);
            }
        }
    });
    for n in 1..=60 {
        let value = large(n);
        let batch = batch([("a", Some(&value[..])), ("b", Some(&[n])), ("z", Some(&value[..]))]);
        backend.store.commit(batch).await.unwrap();
    }
    reader.join().unwrap();
}

async fn sixty_four_writers_at_once_lose_nothing(backend: Backend) {
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let store = backend.store.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let key = format!("{writer:02}:{n:02}");
                    store.commit(batch([(&key, Some(key.as_bytes()))])).await.unwrap();
                    assert_eq!(store.get(&key).unwrap().unwrap(), key.as_bytes());
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rows = backend.restart().store.range("").unwrap();
    assert_eq!(rows.len(), 64 * 20);
    assert!(rows.iter().all(|(key, value)| key.as_bytes() == value));
}

async fn an_empty_batch_is_a_commit(backend: Backend) {
    let before = backend.store.commit(batch([("a", Some(b"1"))]));
    backend.store.commit(Batch::default()).await.unwrap();
    assert_eq!(backend.store.get("a").unwrap().unwrap(), b"1");
    before.await.unwrap();
}

async fn a_key_of_more_than_1024_bytes_is_refused_and_the_store_goes_on(backend: Backend) {
    let keys: Vec<_> = (0..200).map(|n| format!("{n:0>1024}")).collect();
    let refused = backend.store.commit(batch([("a", Some(b"1")), (&format!("{}x", keys[0]), Some(b"1"))])).await;
    assert!(refused.unwrap_err().to_string().contains("1025 bytes"));
    assert_eq!(backend.store.get("a").unwrap(), None);
    for key in &keys {
        backend.store.commit(batch([(key, Some(&noise(1, 4_000)))])).await.unwrap();
    }
    nothing_lies_under_blobs(&backend);
    assert_eq!(backend.restart().store.range("").unwrap().len(), keys.len());
}

/// sled does not sync what it puts there.
fn nothing_lies_under_blobs(backend: &Backend) {
    if let Some(folder) = &backend.folder {
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }
}
