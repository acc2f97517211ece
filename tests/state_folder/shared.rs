//! The folder between processes and between starts: who may use it, what a kill leaves, who may read it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use casebridge::ports::{Batch, Store as _, StoreError, Tokens as _};
use casebridge::state::{FileTokens, SledStore};

/// The variable that makes a copy of this test program play another process.
const FOLDER: &str = "CASEBRIDGE_TEST_HOLDS";

/// Starts this program again, running one test that plays the other process on a folder.
pub fn play(test: &str, variable: &str, folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--ignored"]).env(variable, folder).stdout(Stdio::piped());
    command.spawn().unwrap()
}

fn put(key: &str, value: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.put(key, value);
    batch
}

#[test]
#[ignore = "played by another test, in a process of its own"]
fn a_process_that_holds_the_folder() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let _store = SledStore::open(Path::new(&folder)).unwrap();
    println!("\nholding");
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[tokio::test]
async fn the_second_process_gets_one_sentence_that_names_the_first_and_a_kill_frees_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = play("state_folder::shared::a_process_that_holds_the_folder", FOLDER, folder.path());
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"));

    let Err(StoreError::Held(sentence)) = SledStore::open(folder.path()) else { panic!("the folder is not held") };
    let start = format!("the state folder `{}` is in use by process {} (`", folder.path().display(), first.id());
    assert!(sentence.starts_with(&start), "{sentence}");
    assert!(sentence.ends_with("Z); wait for it or stop it"), "{sentence}");
    assert!(matches!(SledStore::accept_loss(folder.path()), Err(StoreError::Held(_))));

    first.kill().unwrap();
    first.wait().unwrap();
    SledStore::open(folder.path()).unwrap().commit(put("a", b"1")).await.unwrap();
}

#[tokio::test]
async fn a_zero_length_snapshot_left_by_a_kill_does_not_stop_the_start_f_103() {
    let folder = tempfile::tempdir().unwrap();
    SledStore::open(folder.path()).unwrap().commit(put("a", b"1")).await.unwrap();
    let name = "snap.00000000000000ff.generating";
    fs::write(folder.path().join(name), b"").unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.get("a").unwrap().unwrap(), b"1");
    assert_eq!(store.removed_on_open(), [name]);
    assert!(!folder.path().join(name).exists());
}

#[tokio::test]
async fn an_empty_snapshot_with_its_final_name_does_not_stop_the_start_either() {
    let folder = tempfile::tempdir().unwrap();
    SledStore::open(folder.path()).unwrap().commit(put("a", b"1")).await.unwrap();
    fs::write(folder.path().join("snap.FFFFFFFFFFFFFFFF"), b"").unwrap();
    assert_eq!(SledStore::open(folder.path()).unwrap().get("a").unwrap().unwrap(), b"1");
}

#[tokio::test]
async fn the_folder_opens_again_at_once_in_the_same_process() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..30_u8 {
        let store = SledStore::open(folder.path()).unwrap();
        assert_eq!(store.range("").unwrap().len(), usize::from(n));
        store.commit(put(&n.to_string(), &[n])).await.unwrap();
    }
}

#[test]
fn tokens_and_folder_are_closed_to_others() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("deep/state");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    FileTokens::open(&folder).unwrap().put("khoros", Some("session-key".into())).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("tokens")), 0o600);
    // One that was copied here with other rights, and a left-over of a kill.
    fs::set_permissions(folder.join("tokens"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(folder.join("tokens.new"), b"half").unwrap();
    let tokens = FileTokens::open(&folder).unwrap();
    assert_eq!(mode(&folder.join("tokens")), 0o600);
    tokens.put("salesforce", Some("token".into())).unwrap();
    assert_eq!(mode(&folder.join("tokens")), 0o600);
}
