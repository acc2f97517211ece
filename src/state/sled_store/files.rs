//! sled's files in a state folder: what a kill leaves is removed, what is damaged is put aside.

use std::fs;
use std::path::Path;

use tracing::warn;

use crate::ports::StoreError;
use crate::state::folder::{failed, sync_entries};

/// The log: all of sled's data.
pub const DB: &str = "db";

/// Removes half-written snapshots, which stop sled from opening; gives their names.
pub fn tidy(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut removed = Vec::new();
    for name in names(folder)? {
        if name.starts_with("snap.") && name.ends_with(".generating") {
            let path = folder.join(&name);
            fs::remove_file(&path).map_err(|error| failed(&path, "cannot be removed", &error))?;
            warn!(file = %name, folder = %folder.display(), "removed `{name}`, left half-written by a kill; nothing is missing");
            removed.push(name);
        }
    }
    Ok(removed)
}

/// Moves snapshots and settings away, which sled makes anew. Gives the names of those that were there; none when there
/// was no snapshot, since then there is nothing else to try.
pub fn put_all_but_log_aside(folder: &Path) -> Result<Vec<String>, StoreError> {
    let made_anew = |name: &String| name == "conf" || name.starts_with("snap.");
    let moved: Vec<_> = names(folder)?.into_iter().filter(made_anew).collect();
    if !moved.iter().any(|name| name.starts_with("snap.")) {
        return Ok(Vec::new());
    }
    if folder.join("aside-1").exists() {
        // A service that is started again and again on a damaged folder must not fill the disk.
        for path in moved.iter().map(|name| folder.join(name)) {
            fs::remove_file(&path).map_err(|error| failed(&path, "cannot be removed", &error))?;
        }
    } else {
        put_aside(folder, &moved)?;
    }
    Ok(moved)
}

/// Moves all of sled's files away.
pub fn put_all_aside(folder: &Path) -> Result<(), StoreError> {
    let ours = |name: &String| [DB, "conf", "blobs"].contains(&name.as_str()) || name.starts_with("snap.");
    let names: Vec<_> = names(folder)?.into_iter().filter(ours).collect();
    put_aside(folder, &names)
}

/// Moves files of the folder into a new `aside-…/` within it.
fn put_aside(folder: &Path, names: &[String]) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let mut number = 1;
    while folder.join(format!("aside-{number}")).exists() {
        number += 1;
    }
    let aside = folder.join(format!("aside-{number}"));
    fs::create_dir(&aside).map_err(|error| failed(&aside, "cannot be made", &error))?;
    for name in names {
        rename(&folder.join(name), &aside.join(name))?;
    }
    sync_entries(&aside).and_then(|()| sync_entries(folder)).map_err(|error| failed(&aside, "cannot be synced", &error))
}

/// Renames a file or folder.
pub fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|error| failed(from, "cannot be moved", &error))
}

/// The names of everything in a folder, sorted.
pub fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, "cannot be read", &error))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
