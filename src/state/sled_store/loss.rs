//! `state accept-loss`: makes a refused folder open again, with every record that can still be read.
//!
//! It works on a copy, builds a new store beside the old one and swaps them (`rebuilt.rs`): the old files stay as
//! they were, in `aside-…/`, and a kill at any moment leaves something that this can be called on again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::files;
use super::opening::{self, Damage, guarded};
use super::rebuilt;
use crate::ports::StoreError;
use crate::state::folder::failed;
use crate::state::lock::FolderLock;
use crate::state::rows::{self, OURS, TALLY};
use crate::state::side_file::{Acknowledged, SideFile};
use crate::state::tally::Tally;

/// What is missing after a loss was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The first commit of which records may be missing.
    pub first: u64,
    /// The last commit that was acknowledged; none when nobody knows.
    pub last: Option<u64>,
    /// The moment of the last commit that is kept whole; none when no commit is known to be whole.
    pub since: Option<Timestamp>,
    /// Records that are kept.
    pub kept: u64,
}

impl Gap {
    /// The record that an accepted loss leaves in the store, as JSON, until the engine has parked what it concerns.
    pub const KEY: &str = "state:gap";

    /// Whether nothing is missing.
    pub fn is_none(&self) -> bool {
        self.last.is_some_and(|last| last < self.first)
    }
}

/// Opens a folder once more, without what cannot be read.
pub fn accept(folder: &Path) -> Result<Gap, StoreError> {
    if !folder.is_dir() {
        return Err(StoreError::Failed(format!("there is no state folder `{}`", folder.display())));
    }
    let _lock = FolderLock::hold(folder)?;
    files::tidy(folder)?;
    if let Some(gap) = rebuilt::finish(folder)? {
        return Ok(gap);
    }
    match opening::check(folder) {
        Ok(opened) => Ok(Gap {
            first: opened.tally.commit + 1,
            last: Some(opened.tally.commit),
            since: opened.tally.moment(),
            kept: callers_rows(&opened.db) as u64,
        }),
        Err(Damage::Other(error)) => Err(error),
        Err(_) => rebuild(folder),
    }
}

fn callers_rows(db: &sled::Db) -> usize {
    db.range::<&[u8], _>(..&[OURS][..]).count()
}

fn rebuild(folder: &Path) -> Result<Gap, StoreError> {
    let acknowledged = SideFile::read(folder).map_err(|error| failed(folder, "cannot be read", &error))?;
    let found = salvage(folder)?;
    let values = found.values();
    let (last, next) = match acknowledged {
        Acknowledged::Commit(tally) => (Some(tally.commit.max(found.tally.commit)), tally.commit),
        Acknowledged::After(tally) => (None, tally.commit + 1),
        Acknowledged::Nothing | Acknowledged::Unreadable => (None, 0),
    };
    let whole = found.is_whole();
    let gap = Gap {
        first: if whole { found.tally.commit + 1 } else { 1 },
        last,
        since: if whole { found.tally.moment() } else { None },
        kept: values.len() as u64,
    };
    rebuilt::build(folder, &values, next.max(found.tally.commit), &gap)?;
    rebuilt::finish(folder)?;
    Ok(gap)
}

/// Every row whose checksum is right, and what the last readable commit left.
#[derive(Default)]
struct Found {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    tally: Tally,
}

impl Found {
    /// Whether the rows are exactly those of the last readable commit.
    fn is_whole(&self) -> bool {
        let mut counted = Tally::default();
        for (key, row) in &self.rows {
            counted.add(rows::weight(key, row));
        }
        (counted.rows, counted.sum) == (self.tally.rows, self.tally.sum)
    }

    /// The values of which nothing is missing.
    fn values(&self) -> BTreeMap<String, Vec<u8>> {
        let body = |key: &[u8]| rows::unseal(key, self.rows.get(key)?).map(<[u8]>::to_vec);
        let callers = self.rows.keys().filter(|key| key.first() != Some(&OURS));
        callers
            .filter_map(|key| {
                let value = rows::value(&body(key)?, |number| body(&rows::chunk_key(key, number)))?;
                Some((String::from_utf8(key.clone()).ok()?, value))
            })
            .collect()
    }

    fn keep(&mut self, key: &[u8], row: &[u8]) {
        let Some(body) = rows::unseal(key, row) else { return };
        if key == TALLY {
            self.tally = Tally::from_bytes(body).unwrap_or_default();
        } else {
            self.rows.insert(key.to_vec(), row.to_vec());
        }
    }
}

/// Reads what can be read, in a copy: sled repairs its log in place when it opens it.
fn salvage(folder: &Path) -> Result<Found, StoreError> {
    let copy = folder.join("salvage");
    let failed = |error| failed(&copy, "cannot be made", &error);
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(failed)?;
    }
    fs::create_dir(&copy).map_err(failed)?;
    for name in files::names(folder)? {
        if name == files::DB || name.starts_with("snap.") {
            fs::copy(folder.join(&name), copy.join(&name)).map_err(failed)?;
        }
    }
    let mut found = Found::default();
    // A store that does not open at all holds nothing that can be saved here; its files are kept.
    let _ = guarded(|| {
        let Ok(db) = opening::open_db(&copy) else { return };
        // From both ends, so that one damaged page does not hide what lies behind it.
        let _ = guarded(|| db.iter().map_while(Result::ok).for_each(|(key, row)| found.keep(&key, &row)));
        let _ = guarded(|| db.iter().rev().map_while(Result::ok).for_each(|(key, row)| found.keep(&key, &row)));
    });
    fs::remove_dir_all(&copy).map_err(failed)?;
    Ok(found)
}
