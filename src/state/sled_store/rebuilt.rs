//! A new store built beside a damaged one, and the swap; a kill at any moment is made good by calling `finish`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::disk::Disk;
use super::files::{self, DB, rename};
use super::loss::Gap;
use super::opening::{self, Damage, Opened};
use crate::ports::StoreError;
use crate::state::folder::{failed, sync_entries};
use crate::state::rows::Stored;
use crate::state::tally::Tally;
use crate::state::writer::Changes;

/// Where the new store is built, in the state folder.
const FOLDER: &str = "rebuilt";
/// Says within it that it is complete, and what the old one had lost.
const READY: &str = "ready";
/// Values of one commit.
const GROUP: usize = 100;

/// Builds a store of these values beside the old one, its last commit being `commit`. What is missing is noted in it.
pub fn build(folder: &Path, values: &BTreeMap<String, Vec<u8>>, commit: u64, gap: &Gap) -> Result<(), StoreError> {
    let new = folder.join(FOLDER);
    let unmade = |error| failed(&new, "cannot be made", &error);
    if new.exists() {
        fs::remove_dir_all(&new).map_err(unmade)?;
    }
    fs::create_dir(&new).map_err(unmade)?;
    let note = serde_json::to_vec(gap).map_err(|error| unmade(error.into()))?;
    fill(&new, values, commit, Some(note.as_slice()).filter(|_| !gap.is_none()))?;
    let ready = File::create(new.join(READY)).and_then(|mut file| file.write_all(&note).and_then(|()| file.sync_all()));
    ready.and_then(|()| sync_entries(&new)).and_then(|()| sync_entries(folder)).map_err(unmade)
}

fn fill(new: &Path, values: &BTreeMap<String, Vec<u8>>, commit: u64, note: Option<&[u8]>) -> Result<(), StoreError> {
    let db = opening::open_db(new).map_err(|damage| match damage {
        Damage::Other(error) => error,
        _ => StoreError::Failed(format!("a new store in `{}` cannot be opened", new.display())),
    })?;
    let tally = Tally { commit, ..Tally::default() };
    let mut disk = Disk::new(new, Opened { db, tally }, Default::default())?;
    let values: Vec<_> = values.iter().collect();
    for group in values.chunks(GROUP) {
        let changes = group.iter().map(|(key, value)| ((*key).clone(), Some(Stored::of(value))));
        disk.write(&changes.collect(), 0)?;
    }
    match note {
        Some(note) => disk.write(&Changes::from([(Gap::KEY.to_owned(), Some(Stored::of(note)))]), 0),
        None => Ok(()),
    }
}

/// Puts a store that was built in the place of the old one; none when there is none, or when it was not complete.
pub fn finish(folder: &Path) -> Result<Option<Gap>, StoreError> {
    let new = folder.join(FOLDER);
    if !new.exists() {
        return Ok(None);
    }
    let gap = fs::read(new.join(READY)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let swapped = gap.is_some() && new.join(DB).exists();
    if swapped {
        swap(folder, &new)?;
    }
    fs::remove_dir_all(&new).map_err(|error| failed(&new, "cannot be removed", &error))?;
    Ok(gap.filter(|_| swapped))
}

/// Whether a swap was begun and is not over: the old log is gone, the new one is complete and not yet in its place.
pub fn is_halfway(folder: &Path) -> bool {
    !folder.join(DB).exists() && folder.join(FOLDER).join(READY).exists()
}

/// Throws away what was built and not swapped in: a store that opens without it is complete, and goes on from now.
pub fn discard(folder: &Path) -> Result<(), StoreError> {
    let new = folder.join(FOLDER);
    if !new.exists() {
        return Ok(());
    }
    fs::remove_dir_all(&new).map_err(|error| failed(&new, "cannot be removed", &error))
}

/// The log goes last: as long as it lies in the new folder, the swap is not over and can be done again.
fn swap(folder: &Path, new: &Path) -> Result<(), StoreError> {
    let synced = || sync_entries(new).and_then(|()| sync_entries(folder));
    let synced = || synced().map_err(|error| failed(folder, "cannot be synced", &error));
    files::put_all_aside(folder)?;
    for name in files::names(new)?.iter().filter(|name| *name != DB && *name != READY) {
        rename(&new.join(name), &folder.join(name))?;
    }
    synced()?;
    rename(&new.join(DB), &folder.join(DB))?;
    synced()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{Batch, Store as _};
    use crate::state::SledStore;

    const GAP: Gap = Gap { first: 1, last: Some(7), since: None, kept: 1 };

    /// A folder with a store, and a new store built beside it.
    async fn built() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = Batch::default();
        batch.put("old", "1");
        SledStore::open(folder.path()).unwrap().commit(batch).await.unwrap();
        build(folder.path(), &BTreeMap::from([("new".into(), b"1".to_vec())]), 7, &GAP).unwrap();
        folder
    }

    fn holds_the_new_store(folder: &Path) {
        let store = SledStore::open(folder).unwrap();
        let keys: Vec<_> = store.range("").unwrap().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["new", Gap::KEY]);
    }

    #[tokio::test]
    async fn a_swap_that_was_killed_after_any_step_is_finished_by_the_next_accept_loss() {
        let moves = ["", "blobs", "commits", "conf"];
        for steps in 1..=moves.len() {
            let folder = built().await;
            files::put_all_aside(folder.path()).unwrap();
            for name in &moves[1..steps] {
                rename(&folder.path().join(FOLDER).join(name), &folder.path().join(name)).unwrap();
            }
            assert!(matches!(SledStore::open(folder.path()), Err(StoreError::Lost(_))), "after {steps} steps");
            assert_eq!(SledStore::accept_loss(folder.path()).unwrap(), GAP);
            holds_the_new_store(folder.path());
        }
    }

    #[tokio::test]
    async fn a_swap_that_was_killed_is_no_new_folder_also_where_nothing_says_what_was_acknowledged() {
        let folder = built().await;
        files::put_all_aside(folder.path()).unwrap();
        fs::remove_file(folder.path().join("commits")).unwrap();
        assert!(matches!(SledStore::open(folder.path()), Err(StoreError::Lost(_))));
        assert_eq!(SledStore::accept_loss(folder.path()).unwrap(), GAP);
        holds_the_new_store(folder.path());
    }

    #[tokio::test]
    async fn a_new_store_that_was_not_completed_is_thrown_away() {
        let folder = built().await;
        fs::remove_file(folder.path().join(FOLDER).join(READY)).unwrap();
        assert!(SledStore::accept_loss(folder.path()).unwrap().is_none());
        assert!(!folder.path().join(FOLDER).exists());
        assert_eq!(SledStore::open(folder.path()).unwrap().get("old").unwrap().unwrap(), b"1");
    }

    #[tokio::test]
    async fn a_new_store_that_was_built_and_not_swapped_in_is_never_taken_once_the_old_one_went_on() {
        let folder = built().await;
        let mut batch = Batch::default();
        batch.put("later", "1");
        SledStore::open(folder.path()).unwrap().commit(batch).await.unwrap();
        SledStore::accept_loss(folder.path()).unwrap();
        assert_eq!(SledStore::open(folder.path()).unwrap().get("later").unwrap().unwrap(), b"1");
    }
}
