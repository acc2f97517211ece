//! `state compact`: the same records in a new store, because sled gives no space back (`docs/operating.md` has figures).
//! `state import`: the records of another one, all or none.
//!
//! The new store is built beside the old one and swapped in as after a loss (`rebuilt.rs`); a kill at any moment leaves
//! something that the next start, or `state accept-loss`, goes on with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::loss::Gap;
use super::opening::{self, Opened};
use super::{files, keys, rebuilt, records};
use crate::ports::StoreError;
use crate::state::folder::{self, failed};
use crate::state::lock::FolderLock;

/// What it came to, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    pub before: u64,
    pub after: u64,
}

/// Builds the store anew. What is damaged is refused, as when it is opened.
pub fn compact(folder: &Path) -> Result<Compacted, StoreError> {
    // Held from the first read to the swap: what somebody else commits in between would be lost.
    let _lock = FolderLock::hold(folder)?;
    files::tidy(folder)?;
    let Opened { db, tally } = opening::open(folder)?;
    let values = records(&db, "")?.into_iter().collect();
    drop(db);
    let before = size(folder)?;
    replace(folder, &values, tally.commit)?;
    Ok(Compacted { before, after: size(folder)? })
}

/// Makes a store of these records in a folder that holds none; false, and nothing is touched, where there are some.
pub fn import(folder: &Path, values: &BTreeMap<String, Vec<u8>>) -> Result<bool, StoreError> {
    folder::make(folder)?;
    let _lock = FolderLock::hold(folder)?;
    files::tidy(folder)?;
    let Opened { db, tally } = opening::open(folder)?;
    if !keys(&db, "")?.is_empty() {
        return Ok(false);
    }
    drop(db);
    replace(folder, values, tally.commit + 1)?;
    Ok(true)
}

/// Puts a store of these values in the place of the one in a folder whose lock is held.
fn replace(folder: &Path, values: &BTreeMap<String, Vec<u8>>, commit: u64) -> Result<(), StoreError> {
    let asides = asides(folder)?;
    let nothing = Gap { first: commit + 1, last: Some(commit), since: None, kept: values.len() as u64 };
    rebuilt::build(folder, values, commit, &nothing)?;
    rebuilt::finish(folder)?;
    // Its records are all in the new store; older folders of a damaged one are a person's business.
    for aside in self::asides(folder)?.into_iter().filter(|aside| !asides.contains(aside)) {
        fs::remove_dir_all(&aside).map_err(|error| failed(&aside, "cannot be removed", &error))?;
    }
    Ok(())
}

fn asides(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let names = files::names(folder)?;
    Ok(names.into_iter().filter(|name| name.starts_with("aside-")).map(|name| folder.join(name)).collect())
}

/// The bytes of all files below a folder.
pub fn size(folder: &Path) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for name in files::names(folder)? {
        let path = folder.join(name);
        let known = fs::symlink_metadata(&path).map_err(|error| failed(&path, "cannot be read", &error))?;
        bytes += if known.is_dir() { size(&path)? } else { known.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{Batch, Store as _};
    use crate::state::SledStore;

    #[tokio::test]
    async fn every_record_is_kept_nothing_else_and_less_space_is_used() {
        let folder = tempfile::tempdir().unwrap();
        {
            let store = SledStore::open(folder.path()).unwrap();
            for n in 0..300 {
                let mut batch = Batch::default();
                batch.put(format!("k{}", n % 10), format!("{n}").repeat(2000));
                store.commit(batch).await.unwrap();
            }
        }
        let records = SledStore::open(folder.path()).unwrap().range("").unwrap();
        let compacted = compact(folder.path()).unwrap();
        assert!(compacted.after < compacted.before, "{compacted:?}");
        let store = SledStore::open(folder.path()).unwrap();
        assert_eq!(store.range("").unwrap(), records);
        let mut batch = Batch::default();
        batch.put("more", "1");
        store.commit(batch).await.unwrap();
        drop(store);
        assert_eq!(SledStore::open(folder.path()).unwrap().range("more").unwrap().len(), 1);
        assert!(asides(folder.path()).unwrap().is_empty());
    }

    fn one(key: &str) -> Batch {
        let mut batch = Batch::default();
        batch.put(key, "1");
        batch
    }

    /// Waits until somebody has the lock, and commits as soon as it is free.
    fn commit_when_it_is_free(folder: &Path) {
        let lock = fs::File::open(folder.join("lock")).unwrap();
        while lock.try_lock().is_ok() {
            lock.unlock().unwrap();
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
        while lock.try_lock().is_err() {}
        lock.unlock().unwrap();
        let store = SledStore::open(folder).unwrap();
        let commit = store.commit(one("acknowledged"));
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(commit).unwrap();
    }

    #[tokio::test]
    async fn who_waits_for_the_folder_gets_in_before_or_behind_it_and_its_commit_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        SledStore::open(folder.path()).unwrap().commit(one("old")).await.unwrap();
        let path = folder.path().to_owned();
        let other = std::thread::spawn(move || commit_when_it_is_free(&path));
        compact(folder.path()).unwrap();
        other.join().unwrap();
        let store = SledStore::open(folder.path()).unwrap();
        assert_eq!(store.get("acknowledged").unwrap().unwrap(), b"1");
        assert_eq!(store.get("old").unwrap().unwrap(), b"1");
    }
}
