//! Opening: sled's files, then every row against the tally, then the tally against the side file.
//!
//! sled opens many a damaged folder without a word, as if what is missing had never been; and its open repairs its
//! log in place. So nothing that it says is believed before the rows are counted.

use std::io::ErrorKind::{InvalidData, UnexpectedEof};
use std::path::Path;
use std::time::{Duration, Instant};

use tracing::warn;

use super::files::{self, DB};
use super::{quiet, rebuilt};
use crate::ports::StoreError;
use crate::state::folder::failed;
use crate::state::rows::{TALLY, unseal, weight};
use crate::state::side_file::{Acknowledged, SideFile};
use crate::state::tally::Tally;

/// Pages that sled keeps in memory, in bytes.
const CACHE: u64 = 48 * 1024 * 1024;

/// sled's threads hold its lock a moment longer than the store lives.
const PATIENCE: Duration = Duration::from_secs(1);

/// A store whose rows are complete.
pub struct Opened {
    pub db: sled::Db,
    pub tally: Tally,
}

/// Why a folder is not complete.
#[derive(Debug)]
pub enum Damage {
    /// The store has fewer commits than were acknowledged.
    Behind { kept: Tally, acknowledged: u64 },
    /// The rows are not those that the last commit left.
    Rows { kept: u64, expected: u64 },
    /// sled cannot read its files.
    Unreadable(String),
    /// The side file is missing or spoilt, so nobody knows what was acknowledged.
    Unknown,
    /// It is not about damage.
    Other(StoreError),
}

/// Opens and checks a folder whose lock is held.
pub fn open(folder: &Path) -> Result<Opened, StoreError> {
    check(folder).map_err(|damage| refusal(folder, damage))
}

/// Opens and checks; says what is wrong.
pub fn check(folder: &Path) -> Result<Opened, Damage> {
    let acknowledged =
        SideFile::read(folder).map_err(|error| Damage::Other(failed(folder, "cannot be read", &error)))?;
    let least = match acknowledged {
        Acknowledged::Nothing => 0,
        Acknowledged::Commit(tally) => tally.commit,
        Acknowledged::After(tally) => tally.commit + 1,
        Acknowledged::Unreadable => return Err(Damage::Unknown),
    };
    if least > 0 && !folder.join(DB).exists() {
        return Err(Damage::Behind { kept: Tally::default(), acknowledged: least });
    }
    if rebuilt::is_halfway(folder) {
        return Err(Damage::Unknown);
    }
    let db = open_db(folder)?;
    let tally = count(&db)?;
    if tally.commit < least {
        return Err(Damage::Behind { kept: tally, acknowledged: least });
    }
    if acknowledged == Acknowledged::Nothing && tally != Tally::default() {
        return Err(Damage::Unknown);
    }
    Ok(Opened { db, tally })
}

/// Opens sled; when it cannot, once more without what it can make anew.
pub fn open_db(folder: &Path) -> Result<sled::Db, Damage> {
    match open_sled(folder) {
        Err(Damage::Unreadable(why)) => {
            let moved = files::put_all_but_log_aside(folder).map_err(Damage::Other)?;
            if moved.is_empty() {
                return Err(Damage::Unreadable(why));
            }
            let names = moved.join("`, `");
            warn!(folder = %folder.display(), "sled does not open ({why}): put `{names}` aside and read its log alone");
            open_sled(folder)
        }
        other => other,
    }
}

fn open_sled(folder: &Path) -> Result<sled::Db, Damage> {
    let until = Instant::now() + PATIENCE;
    loop {
        let config = sled::Config::new().path(folder).cache_capacity(CACHE);
        match guarded(|| config.open())? {
            Ok(db) => return Ok(db),
            // There is no other mark of it: the kind is `Other`.
            Err(error) if error.to_string().contains("could not acquire lock") => {
                if Instant::now() >= until {
                    let folder = folder.display();
                    let held =
                        format!("the database in `{folder}` is in use by another process; wait for it or stop it");
                    return Err(Damage::Other(StoreError::Held(held)));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(sled::Error::Io(error)) if !matches!(error.kind(), UnexpectedEof | InvalidData) => {
                return Err(Damage::Other(failed(&folder.join(DB), "cannot be opened", &error)));
            }
            Err(error) => return Err(Damage::Unreadable(error.to_string())),
        }
    }
}

/// Reads every row and counts it; gives the tally of the last commit when the rows are exactly those.
fn count(db: &sled::Db) -> Result<Tally, Damage> {
    guarded(|| {
        let (mut found, mut recorded) = (Tally::default(), Tally::default());
        for entry in db.iter() {
            let (key, row) = entry.map_err(|error| Damage::Unreadable(error.to_string()))?;
            let Some(body) = unseal(&key, &row) else {
                return Err(Damage::Unreadable(format!(
                    "the checksum of `{}` is wrong",
                    String::from_utf8_lossy(&key)
                )));
            };
            if key == TALLY {
                recorded = Tally::from_bytes(body).ok_or(Damage::Unknown)?;
            } else {
                found.add(weight(&key, &row));
            }
        }
        if (found.rows, found.sum) == (recorded.rows, recorded.sum) {
            Ok(recorded)
        } else {
            Err(Damage::Rows { kept: found.rows, expected: recorded.rows })
        }
    })?
}

/// A panic of sled's is damage like any other.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Damage> {
    quiet::catch(work).ok_or_else(|| Damage::Unreadable("sled broke down while it read them".into()))
}

/// What is wrong, and the way back.
fn refusal(folder: &Path, damage: Damage) -> StoreError {
    let what = match damage {
        Damage::Other(error) => return error,
        Damage::Behind { kept, acknowledged } => {
            let since =
                kept.moment().map_or_else(String::new, |moment| format!(", the last kept one is of {moment:.0}"));
            format!("acknowledged records are missing: commits {} to {acknowledged}{since}", kept.commit + 1)
        }
        Damage::Rows { kept, expected } => {
            format!("the records are not complete: {kept} were read, {expected} were written")
        }
        Damage::Unreadable(why) => format!("its files are damaged ({why})"),
        Damage::Unknown => {
            "its file `commits` is missing or damaged, so nobody can tell whether records are missing".into()
        }
    };
    StoreError::Lost(format!(
        "the state folder `{}` is refused: {what}. Restore the folder from a backup, or run `casebridge state \
         accept-loss`, which goes on without what is missing and parks what may have been said already",
        folder.display()
    ))
}
