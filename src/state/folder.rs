//! The state folder itself: making it, and making a change of its entries last.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use crate::ports::StoreError;

/// Bytes that are free on the disk of a folder; none where nobody can say.
pub fn free(folder: &Path) -> Option<u64> {
    let known = rustix::fs::statvfs(folder).ok()?;
    Some(known.f_bavail.saturating_mul(known.f_frsize))
}

/// Makes the folder when it is missing, for its owner only: it holds what members wrote.
pub fn make(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, "cannot be made", &error))?;
    // A synced file in a folder whose own entry was never synced is gone after a power loss.
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    sync_entries(parent).map_err(|error| failed(folder, "cannot be synced", &error))
}

/// Makes new, renamed and removed entries of a folder last.
pub fn sync_entries(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A failure of the file system at a place in the state folder.
pub fn failed(place: &Path, what: &str, error: &io::Error) -> StoreError {
    StoreError::Failed(format!("`{}` {what}: {error}", place.display()))
}
