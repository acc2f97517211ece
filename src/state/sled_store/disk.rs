//! One group of commits made durable: one batch, a flush, a sync of sled's file, a sync of the side file.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use super::files::DB;
use super::opening::Opened;
use super::unreadable;
use crate::ports::StoreError;
use crate::state::folder::failed;
use crate::state::rows::{self, TALLY, weight};
use crate::state::side_file::SideFile;
use crate::state::tally::Tally;
use crate::state::writer::Changes;

/// What the writing thread owns.
pub struct Disk {
    db: sled::Db,
    /// Our own handle of sled's file: sled's `flush` writes, and does not sync.
    log: File,
    side: SideFile,
    tally: Tally,
    /// Closed while a batch goes in, so that a reader never sees a value with chunks of another.
    gate: Arc<RwLock<()>>,
}

impl Disk {
    /// Ready to write. Also what a power loss would have undone since sled opened its files is synced here.
    pub fn new(folder: &Path, opened: Opened, gate: Arc<RwLock<()>>) -> Result<Self, StoreError> {
        let Opened { db, tally } = opened;
        let path = folder.join(DB);
        let log = File::open(&path).map_err(|error| failed(&path, "cannot be opened", &error))?;
        db.flush().map_err(unwritable)?;
        log.sync_all().map_err(|error| failed(&path, "cannot be synced", &error))?;
        let side = SideFile::make(folder, tally).map_err(|error| failed(folder, "cannot be written", &error))?;
        Ok(Self { db, log, side, tally, gate })
    }

    /// Makes the changes durable, all or none. Must not be called again after it failed.
    pub fn write(&mut self, changes: &Changes, commits: u64) -> Result<(), StoreError> {
        let (batch, tally) = self.batch(changes, commits)?;
        {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            self.db.apply_batch(batch).map_err(unwritable)?;
        }
        self.db.flush().map_err(unwritable)?;
        self.log.sync_data().map_err(|error| unsynced(&error))?;
        self.side.write(tally).map_err(|error| unsynced(&error))?;
        self.tally = tally;
        Ok(())
    }

    /// The rows to write and to remove, and the tally that goes with them.
    fn batch(&self, changes: &Changes, commits: u64) -> Result<(sled::Batch, Tally), StoreError> {
        let mut batch = sled::Batch::default();
        let mut tally = self.tally;
        for (key, value) in changes {
            let new = value.as_ref().map(|value| value.rows(key)).unwrap_or_default();
            for key in self.old_keys(key)?.iter().skip(new.len()) {
                self.take(key, &mut tally)?;
                batch.remove(key.as_slice());
            }
            for (key, row) in new {
                self.take(&key, &mut tally)?;
                tally.add(weight(&key, &row));
                batch.insert(key, row);
            }
        }
        tally.advance(commits);
        batch.insert(&TALLY, rows::seal(&TALLY, &tally.to_bytes()));
        Ok((batch, tally))
    }

    /// The keys of the rows that a value has now, in their order.
    fn old_keys(&self, key: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let key = key.as_bytes();
        let Some(row) = self.db.get(key).map_err(unreadable)? else { return Ok(Vec::new()) };
        let body = rows::unseal(key, &row).ok_or_else(|| super::damaged(key))?;
        let chunks = (0..rows::chunks(body)).map(|number| rows::chunk_key(key, number));
        Ok(std::iter::once(key.to_vec()).chain(chunks).collect())
    }

    /// Counts a row out that is there now.
    fn take(&self, key: &[u8], tally: &mut Tally) -> Result<(), StoreError> {
        if let Some(row) = self.db.get(key).map_err(unreadable)? {
            tally.take(weight(key, &row));
        }
        Ok(())
    }
}

fn unwritable(error: sled::Error) -> StoreError {
    StoreError::Failed(format!("the state cannot be written: {error}"))
}

fn unsynced(error: &std::io::Error) -> StoreError {
    StoreError::Failed(format!("the state cannot be synced to the disk: {error}"))
}
