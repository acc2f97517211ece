//! One process per state folder, and one sentence for the second that names the first.
//!
//! The lock belongs to the open file and ends with its process, however that ends; the text in the file is only for
//! the sentence.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::folder::failed;
use crate::ports::StoreError;

/// A store that was dropped a moment ago, or a process that was just killed, may hold the lock a little longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The right to use a state folder; ends when it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock, waiting up to a second. `StoreError::Held` names the process that has it.
    pub fn hold(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("lock");
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| failed(&path, "cannot be opened", &error))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Held(sentence(folder, Timestamp::now()))),
                Err(TryLockError::Error(error)) => return Err(failed(&path, "cannot be locked", &error)),
            }
        }
        sign(&mut file).map_err(|error| failed(&path, "cannot be written", &error))?;
        Ok(Self { _file: file })
    }
}

/// Writes who we are into the lock file.
fn sign(file: &mut File) -> std::io::Result<()> {
    let text = format!("{}\n{}\n{}\n", std::process::id(), command(std::env::args()), Timestamp::now());
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// `casebridge run`, of the program's arguments: never more, since others may hold what is not for everybody.
fn command(mut arguments: impl Iterator<Item = String>) -> String {
    let program = arguments.next().unwrap_or_default();
    let program = Path::new(&program).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let takes_value = ["--config", "--format", "--sandbox"];
    while let Some(argument) = arguments.next() {
        if takes_value.contains(&argument.as_str()) {
            arguments.next();
        } else if argument.starts_with(|first: char| first.is_ascii_lowercase()) {
            return format!("{program} {argument}");
        }
    }
    program
}

/// The one sentence for whoever comes second.
fn sentence(folder: &Path, now: Timestamp) -> String {
    let text = fs::read_to_string(folder.join("lock")).unwrap_or_default();
    let folder = folder.display();
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next().and_then(|line| line.parse().ok())) {
        (Some(process), Some(command), Some(since)) => format!(
            "the state folder `{folder}` is in use by process {process} (`{command}`, since {}); wait for it or stop it",
            moment(since, now)
        ),
        _ => format!("the state folder `{folder}` is in use by another process; wait for it or stop it"),
    }
}

/// The time of day, and the day when it is another one.
fn moment(since: Timestamp, now: Timestamp) -> String {
    let today = since.strftime("%F").to_string() == now.strftime("%F").to_string();
    since.strftime(if today { "%TZ" } else { "%F %TZ" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> String {
        command(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn the_command_is_the_program_and_its_verb_and_nothing_else() {
        assert_eq!(of(&["/opt/bin/casebridge", "--config", "acme", "-v", "run", "--rule", "x"]), "casebridge run");
        assert_eq!(of(&["casebridge"]), "casebridge");
        assert_eq!(of(&["casebridge", "--sandbox", "demo", "serve"]), "casebridge serve");
    }

    #[test]
    fn the_sentence_says_the_day_when_it_is_not_today() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lock"), "1234\ncasebridge run\n2026-03-01T10:02:11.5Z\n").unwrap();
        let same = sentence(folder.path(), "2026-03-01T11:00:00Z".parse().unwrap());
        assert!(
            same.ends_with("is in use by process 1234 (`casebridge run`, since 10:02:11Z); wait for it or stop it")
        );
        let later = sentence(folder.path(), "2026-03-02T11:00:00Z".parse().unwrap());
        assert!(later.contains("since 2026-03-01 10:02:11Z"));
    }

    #[test]
    fn a_lock_without_a_name_still_gives_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        assert!(sentence(folder.path(), Timestamp::now()).contains("in use by another process"));
    }
}
