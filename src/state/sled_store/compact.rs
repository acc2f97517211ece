//! `state compact`: the same records in a new store, because sled gives no space back (`docs/operating.md` has figures).
//!
//! The new store is built beside the old one and swapped in as after a loss (`rebuilt.rs`); a kill at any moment leaves
//! something that the next start, or `state accept-loss`, goes on with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::loss::Gap;
use super::{SledStore, files, opening, rebuilt};
use crate::ports::{Store, StoreError};
use crate::state::folder::failed;
use crate::state::lock::FolderLock;

/// What it came to, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    pub before: u64,
    pub after: u64,
}

/// Builds the store anew. What is damaged is refused, as when it is opened.
pub fn compact(folder: &Path) -> Result<Compacted, StoreError> {
    let values: BTreeMap<String, Vec<u8>> = SledStore::open(folder)?.range("")?.into_iter().collect();
    let _lock = FolderLock::hold(folder)?;
    let commit = opening::open(folder)?.tally.commit;
    let before = size(folder)?;
    let asides = asides(folder)?;
    let nothing = Gap { first: commit + 1, last: Some(commit), since: None, kept: values.len() as u64 };
    rebuilt::build(folder, &values, commit, &nothing)?;
    rebuilt::finish(folder)?;
    // Its records are all in the new store; older folders of a damaged one are a person's business.
    for aside in self::asides(folder)?.into_iter().filter(|aside| !asides.contains(aside)) {
        fs::remove_dir_all(&aside).map_err(|error| failed(&aside, "cannot be removed", &error))?;
    }
    Ok(Compacted { before, after: size(folder)? })
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
    use crate::ports::Batch;

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
}
