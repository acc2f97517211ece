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

/// Builds a store of these values beside the old one, its last commit being `commit`.
pub fn build(folder: &Path, values: &BTreeMap<String, Vec<u8>>, commit: u64, gap: &Gap) -> Result<(), StoreError> {
    let new = folder.join(FOLDER);
    let unmade = |error| failed(&new, "cannot be made", &error);
    if new.exists() {
        fs::remove_dir_all(&new).map_err(unmade)?;
    }
    fs::create_dir(&new).map_err(unmade)?;
    let note = serde_json::to_vec(gap).map_err(|error| unmade(error.into()))?;
    fill(&new, values, commit, &note)?;
    let ready = File::create(new.join(READY)).and_then(|mut file| file.write_all(&note).and_then(|()| file.sync_all()));
    ready.and_then(|()| sync_entries(&new)).and_then(|()| sync_entries(folder)).map_err(unmade)
}

fn fill(new: &Path, values: &BTreeMap<String, Vec<u8>>, commit: u64, note: &[u8]) -> Result<(), StoreError> {
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
    disk.write(&Changes::from([(Gap::KEY.to_owned(), Some(Stored::of(note)))]), 0)
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
