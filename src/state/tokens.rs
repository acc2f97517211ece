//! Tokens and session keys in the file `tokens`: readable by its owner only, written aside, synced and renamed.
//!
//! They are no part of the store, so no export and no backup of it holds one. Several processes may have it open, as when
//! somebody authorizes a connection while the service runs: each sees what another wrote, and none undoes it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::folder::{self, failed, sync_entries};
use crate::ports::{Boxed, StoreError, Tokens, Turn};

/// The kept tokens, and their file.
pub struct FileTokens {
    path: PathBuf,
    kept: Mutex<Known>,
}

/// What the file holds, and which file that was: every write makes a new one.
#[derive(Default)]
struct Known {
    file: Option<(u64, i64, i64)>,
    tokens: BTreeMap<String, SecretString>,
}

impl FileTokens {
    /// Reads the tokens of a state folder; none when there is no file yet.
    pub fn open(folder: &Path) -> Result<Arc<Self>, StoreError> {
        folder::make(folder)?;
        let path = folder.join("tokens");
        let kept = read(&path)?;
        if path.exists() {
            // Whoever copied it here may have let others read it.
            let closed = fs::set_permissions(&path, Permissions::from_mode(0o600));
            closed.map_err(|error| failed(&path, "cannot be closed to others", &error))?;
        }
        Ok(Arc::new(Self { path, kept: Mutex::new(kept) }))
    }

    /// What the file holds now.
    fn kept(&self) -> MutexGuard<'_, Known> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp(&self.path) != kept.file
            && let Ok(newer) = read(&self.path)
        {
            *kept = newer;
        }
        kept
    }

    /// One process writes at a time; the lock ends with the file that is given back.
    fn alone(&self) -> std::io::Result<File> {
        locked(&self.path.with_extension("lock"))
    }
}

/// Waits for the lock of a file; a process that is killed gives it back.
fn locked(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

impl Tokens for FileTokens {
    fn get(&self, name: &str) -> Option<SecretString> {
        self.kept().tokens.get(name).cloned()
    }

    fn put(&self, name: &str, token: Option<SecretString>) -> Result<(), StoreError> {
        let _alone = self.alone().map_err(|error| failed(&self.path, "cannot be locked", &error))?;
        let mut kept = self.kept();
        let mut next = kept.tokens.clone();
        match token {
            Some(token) => next.insert(name.to_owned(), token),
            None => next.remove(name),
        };
        write(&self.path, &next).map_err(|error| failed(&self.path, "cannot be written", &error))?;
        *kept = Known { file: stamp(&self.path), tokens: next };
        Ok(())
    }

    fn turn(&self, name: &str) -> Boxed<Result<Turn, StoreError>> {
        let path = self.path.with_file_name(format!("tokens-{}.turn", name.replace(['/', ':'], "-")));
        let held = tokio::task::spawn_blocking(move || {
            locked(&path).map_err(|error| failed(&path, "cannot be locked", &error))
        });
        Box::pin(async move {
            let held = held.await.map_err(|error| StoreError::Failed(error.to_string()))?;
            held.map(|file| Box::new(file) as Turn)
        })
    }
}

fn read(path: &Path) -> Result<Known, StoreError> {
    let file = stamp(path);
    let tokens = match fs::read(path) {
        Ok(bytes) => parse(&bytes).ok_or_else(|| damaged(path))?,
        Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(failed(path, "cannot be read", &error)),
    };
    Ok(Known { file, tokens })
}

/// Which file lies there.
fn stamp(path: &Path) -> Option<(u64, i64, i64)> {
    fs::metadata(path).ok().map(|found| (found.ino(), found.mtime(), found.mtime_nsec()))
}

fn write(path: &Path, tokens: &BTreeMap<String, SecretString>) -> std::io::Result<()> {
    let plain: BTreeMap<_, _> = tokens.iter().map(|(name, token)| (name, token.expose_secret())).collect();
    let aside = path.with_extension("new");
    // What a kill left may have any permissions; the mode below only counts for a new file.
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(&serde_json::to_vec(&plain)?)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), sync_entries)
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<String, SecretString>> {
    let plain: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
    Some(plain.into_iter().map(|(name, token)| (name, token.into())).collect())
}

fn damaged(path: &Path) -> StoreError {
    StoreError::Lost(format!(
        "the token file `{}` is damaged; restore it from a backup, or delete it and authorize the connections again",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tokens: &FileTokens, name: &str) -> Option<String> {
        tokens.get(name).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn a_token_outlives_the_process_and_a_forgotten_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = FileTokens::open(folder.path()).unwrap();
        tokens.put("khoros", Some("k-1".into())).unwrap();
        tokens.put("salesforce", Some("s-1".into())).unwrap();
        tokens.put("khoros", None).unwrap();
        let again = FileTokens::open(folder.path()).unwrap();
        assert_eq!(text(&again, "salesforce").as_deref(), Some("s-1"));
        assert_eq!(text(&again, "khoros"), None);
    }

    #[test]
    fn what_another_process_wrote_is_seen_and_not_undone() {
        let folder = tempfile::tempdir().unwrap();
        let (service, command) = (FileTokens::open(folder.path()).unwrap(), FileTokens::open(folder.path()).unwrap());
        service.put("khoros", Some("k-1".into())).unwrap();
        command.put("khoros", Some("k-2".into())).unwrap();
        assert_eq!(text(&service, "khoros").as_deref(), Some("k-2"));
        service.put("salesforce", Some("s-1".into())).unwrap();
        assert_eq!(text(&command, "khoros").as_deref(), Some("k-2"));
        assert_eq!(text(&command, "salesforce").as_deref(), Some("s-1"));
    }

    #[test]
    fn a_damaged_token_file_is_refused_with_the_way_back_and_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        FileTokens::open(folder.path()).unwrap().put("khoros", Some("planted-secret".into())).unwrap();
        let path = folder.path().join("tokens");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 2]).unwrap();
        let refusal = FileTokens::open(folder.path()).err().unwrap().to_string();
        assert!(refusal.contains("authorize the connections again"), "{refusal}");
        assert!(!refusal.contains("planted-secret"));
    }
}
