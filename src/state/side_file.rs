//! The file `commits` beside the database: the last commit that was acknowledged.
//!
//! Two slots, a page each, written in turn and in place: a torn write spoils only the newer one, and shows by its
//! checksum. The store is synced before a slot is written, so whatever the spoilt slot said, the store is ahead of
//! the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::folder::sync_entries;
use super::tally::{SIZE, Tally};

/// The file's name in the state folder.
pub const NAME: &str = "commits";

/// A page of the disk: a write to one slot cannot touch the other.
const SLOT: u64 = 4096;

/// The open side file.
#[derive(Debug)]
pub struct SideFile {
    file: File,
    newer: u64,
}

/// What a side file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// There is no such file: a new folder, or a loss.
    Nothing,
    /// Both slots are readable; the newer one.
    Commit(Tally),
    /// One slot is spoilt; the other. At least one more commit was durable.
    After(Tally),
    /// No slot is readable.
    Unreadable,
}

impl SideFile {
    /// What the side file of a folder says.
    pub fn read(folder: &Path) -> io::Result<Acknowledged> {
        let bytes = match fs::read(folder.join(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Acknowledged::Nothing),
            Err(error) => return Err(error),
        };
        Ok(match (slot(&bytes, 0), slot(&bytes, 1)) {
            (Some(one), Some(other)) => Acknowledged::Commit(if one.commit >= other.commit { one } else { other }),
            (Some(one), None) | (None, Some(one)) => Acknowledged::After(one),
            (None, None) => Acknowledged::Unreadable,
        })
    }

    /// Makes the side file, whole or not at all, and opens it.
    pub fn make(folder: &Path, tally: Tally) -> io::Result<Self> {
        let aside = folder.join("commits.new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&aside)?;
        file.set_len(2 * SLOT)?;
        file.write_all_at(&tally.to_bytes(), 0)?;
        file.write_all_at(&tally.to_bytes(), SLOT)?;
        file.sync_all()?;
        fs::rename(&aside, folder.join(NAME))?;
        sync_entries(folder)?;
        Ok(Self { file, newer: 0 })
    }

    /// Writes the tally over the older slot, and syncs it.
    pub fn write(&mut self, tally: Tally) -> io::Result<()> {
        let older = 1 - self.newer;
        self.file.write_all_at(&tally.to_bytes(), older * SLOT)?;
        self.file.sync_data()?;
        self.newer = older;
        Ok(())
    }
}

fn slot(bytes: &[u8], number: u64) -> Option<Tally> {
    let start = usize::try_from(number * SLOT).ok()?;
    Tally::from_bytes(bytes.get(start..start + SIZE)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(commit: u64) -> Tally {
        Tally { commit, ..Tally::default() }
    }

    #[test]
    fn the_newer_slot_counts_and_a_spoilt_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(SideFile::read(folder.path()).unwrap(), Acknowledged::Nothing);
        let mut side = SideFile::make(folder.path(), at(0)).unwrap();
        side.write(at(1)).unwrap();
        side.write(at(3)).unwrap();
        side.write(at(4)).unwrap();
        assert_eq!(SideFile::read(folder.path()).unwrap(), Acknowledged::Commit(at(4)));
        side.file.write_all_at(&[0xaa; 20], SLOT + 20).unwrap();
        assert_eq!(SideFile::read(folder.path()).unwrap(), Acknowledged::After(at(3)));
        side.file.set_len(0).unwrap();
        assert_eq!(SideFile::read(folder.path()).unwrap(), Acknowledged::Unreadable);
    }
}
