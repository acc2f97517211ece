//! The store on sled 0.34: one tree, one batch and one sync per group of commits. This room alone knows sled.
//!
//! sled's `flush` is no fsync on Linux, so nothing is acknowledged before our own sync of its file and of the side
//! file. Opening reads every row: a folder that lost acknowledged records is refused, never used.

mod compact;
mod disk;
mod files;
mod loss;
mod opening;
mod quiet;
mod rebuilt;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

pub use compact::{Compacted, size};
pub use loss::Gap;

use super::folder;
use super::lock::FolderLock;
use super::rows::{self, OURS, Stored};
use super::writer::Writer;
use crate::ports::{Batch, Boxed, Store, StoreError};

/// The store of one state folder; the folder is locked as long as it lives.
///
/// Keys have at most 1,024 bytes; a batch with a longer one is refused whole, and the store goes on.
pub struct SledStore {
    // Fields are dropped in this order: the last commits are written, sled closes, the lock goes.
    writer: Writer,
    db: sled::Db,
    gate: Arc<RwLock<()>>,
    removed_on_open: Vec<String>,
    _lock: FolderLock,
}

impl SledStore {
    /// Opens the store of a state folder, making both when they are missing.
    ///
    /// `StoreError::Held` when another process uses it, `StoreError::Lost` with the way back when acknowledged records
    /// are missing or cannot be read.
    pub fn open(folder: &Path) -> Result<Arc<Self>, StoreError> {
        folder::make(folder)?;
        let lock = FolderLock::hold(folder)?;
        let removed_on_open = files::tidy(folder)?;
        let opened = opening::open(folder)?;
        // What was built and never swapped in is older than what is acknowledged from now on.
        rebuilt::discard(folder)?;
        let db = opened.db.clone();
        let gate = Arc::default();
        let mut disk = disk::Disk::new(folder, opened, Arc::clone(&gate))?;
        let writer = Writer::start(move |changes, commits| disk.write(changes, commits))?;
        Ok(Arc::new(Self { writer, db, gate, removed_on_open, _lock: lock }))
    }

    /// Makes a folder open again that `open` refused, without what cannot be read any more; says what is missing.
    /// The files as they were are kept in `aside-…/` within the folder. A folder that is complete stays as it is.
    ///
    /// For the command `state accept-loss`. Parking every *says* action younger than the gap is the engine's: an
    /// action that was planned after `Gap::since`, or any when that is unknown.
    pub fn accept_loss(folder: &Path) -> Result<Gap, StoreError> {
        loss::accept(folder)
    }

    /// Builds the store of a folder anew, so that it takes up no more space than its records need. Nobody may use it.
    pub fn compact(folder: &Path) -> Result<Compacted, StoreError> {
        compact::compact(folder)
    }

    /// Makes a store of these records, all or none; false where the folder holds some already.
    pub fn import(folder: &Path, records: &BTreeMap<String, Vec<u8>>) -> Result<bool, StoreError> {
        rows::check_keys(records.keys())?;
        compact::import(folder, records)
    }

    /// The left-overs of a kill that were removed before opening.
    pub fn removed_on_open(&self) -> &[String] {
        &self.removed_on_open
    }
}

impl Store for SledStore {
    fn commit(&self, batch: Batch) -> Boxed<Result<(), StoreError>> {
        if let Err(refused) = rows::check_keys(batch.changes.keys()) {
            return Box::pin(std::future::ready(Err(refused)));
        }
        let changes = batch.changes.into_iter().map(|(key, value)| (key, value.map(|value| Stored::of(&value))));
        self.writer.offer(changes.collect())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        guarded(|| {
            let Some(row) = self.db.get(key).map_err(unreadable)? else { return Ok(None) };
            whole(&self.db, key.as_bytes(), &row).map(Some)
        })
    }

    fn range(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        records(&self.db, prefix)
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        keys(&self.db, prefix)
    }
}

/// All records whose keys begin with `prefix`, in order.
fn records(db: &sled::Db, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    guarded(|| {
        let mut found = Vec::new();
        for entry in db.scan_prefix(prefix) {
            let (key, row) = entry.map_err(unreadable)?;
            if key.first() == Some(&OURS) {
                break;
            }
            let value = whole(db, &key, &row)?;
            found.push((String::from_utf8(key.to_vec()).map_err(|_| damaged(&key))?, value));
        }
        Ok(found)
    })
}

/// The keys of those records.
fn keys(db: &sled::Db, prefix: &str) -> Result<Vec<String>, StoreError> {
    guarded(|| {
        let mut found = Vec::new();
        for key in db.scan_prefix(prefix).keys() {
            let key = key.map_err(unreadable)?;
            if key.first() == Some(&OURS) {
                break;
            }
            found.push(String::from_utf8(key.to_vec()).map_err(|_| damaged(&key))?);
        }
        Ok(found)
    })
}

/// The value of a row and of its chunks.
fn whole(db: &sled::Db, key: &[u8], row: &[u8]) -> Result<Vec<u8>, StoreError> {
    let body = rows::unseal(key, row).ok_or_else(|| damaged(key))?;
    let chunk = |number| {
        let key = rows::chunk_key(key, number);
        let row = db.get(&key).ok()??;
        rows::unseal(&key, &row).map(<[u8]>::to_vec)
    };
    rows::value(body, chunk).ok_or_else(|| damaged(key))
}

/// A page can be damaged while the process runs.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let broken = || StoreError::Lost("a page of the state cannot be read; stop and start again to check it".into());
    quiet::catch(work).unwrap_or_else(|| Err(broken()))
}

fn unreadable(error: sled::Error) -> StoreError {
    StoreError::Failed(format!("the state cannot be read: {error}"))
}

fn damaged(key: &[u8]) -> StoreError {
    let key = String::from_utf8_lossy(key);
    StoreError::Lost(format!("the record `{key}` of the state is damaged; stop and start again to check it"))
}
