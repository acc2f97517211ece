//! A disk that loses a page: the folder opens complete, or is refused with the way back, and the way back works.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use casebridge::ports::{Batch, Store as _, StoreError};
use casebridge::state::{Gap, SledStore};

const PAGE: u64 = 4096;

type Rows = BTreeMap<String, Vec<u8>>;

/// A history of many commits, over more than one segment of sled's log, opened more than once; in one folder as it
/// is after a clean end, in the other as a kill leaves it.
async fn write_history(folder: &Path, killed: &Path) -> Rows {
    let mut rows = Rows::new();
    for round in 0..3_u64 {
        let store = SledStore::open(folder).unwrap();
        let commits: Vec<_> = (0..150_u64)
            .map(|n| {
                let mut batch = Batch::default();
                let mut state = round * 1000 + n;
                let body = std::iter::repeat_with(|| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                    (state >> 56) as u8
                });
                batch.put(format!("row:{:03}", (n * 7 + round) % 200), body.take(40 * n as usize).collect::<Vec<_>>());
                batch.put("last", (round * 1000 + n).to_le_bytes());
                for (key, value) in &batch.changes {
                    rows.insert(key.clone(), value.clone().unwrap());
                }
                store.commit(batch)
            })
            .collect();
        for commit in commits {
            commit.await.unwrap();
        }
        if round == 2 {
            copy(folder, killed);
        }
    }
    rows
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn all(store: &SledStore) -> Rows {
    store.range("").unwrap().into_iter().collect()
}

/// How a damaged folder came out.
#[derive(Debug, PartialEq)]
enum Came {
    Complete,
    RefusedAndBack(Gap),
}

/// Damages a copy of a folder and starts on it.
fn after(whole: &Path, rows: &Rows, damage: impl FnOnce(&Path)) -> Came {
    let folder = tempfile::tempdir().unwrap();
    copy(whole, folder.path());
    damage(folder.path());
    let refusal = match SledStore::open(folder.path()) {
        Ok(store) => {
            assert_eq!(&all(&store), rows, "opened, and records are missing");
            return Came::Complete;
        }
        Err(StoreError::Lost(refusal)) => refusal,
        Err(other) => panic!("{other}"),
    };
    assert!(refusal.contains("Restore the folder from a backup, or run `casebridge state accept-loss`"), "{refusal}");
    assert!(matches!(SledStore::open(folder.path()), Err(StoreError::Lost(_))), "refused once, and then not");
    let gap = SledStore::accept_loss(folder.path()).unwrap();
    let mut kept = all(&SledStore::open(folder.path()).expect("open after the loss was accepted"));
    let note: Gap = serde_json::from_slice(&kept.remove(Gap::KEY).expect("the note of the loss")).unwrap();
    assert_eq!(note, gap);
    assert_eq!(kept.len() as u64, gap.kept);
    Came::RefusedAndBack(gap)
}

/// Files of a folder with their sizes.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect()
}

#[tokio::test]
async fn with_any_file_cut_by_a_page_the_folder_opens_complete_or_is_refused() {
    let (ended, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rows = write_history(ended.path(), killed.path()).await;
    for folder in [ended.path(), killed.path()] {
        let files = files(folder);
        assert!(["db", "conf", "commits", "lock"].iter().all(|name| files.iter().any(|(file, _)| file == name)));
        assert!(files.iter().any(|(file, _)| file.starts_with("snap.")));
        for (name, size) in files {
            // By one page, by more than what may be left over at the end, by all of it.
            for left in [PAGE, 2 * PAGE, 70 * PAGE, 200 * PAGE, size].map(|cut| size.saturating_sub(cut)) {
                let came = after(folder, &rows, |folder| {
                    OpenOptions::new().write(true).open(folder.join(&name)).unwrap().set_len(left).unwrap();
                });
                println!("{name} cut from {size} to {left}: {came:?}");
            }
            let came = after(folder, &rows, |folder| fs::remove_file(folder.join(&name)).unwrap());
            println!("{name} removed: {came:?}");
        }
    }
}

#[tokio::test]
async fn with_any_page_of_a_file_emptied_or_taken_out_the_folder_opens_complete_or_is_refused() {
    let (ended, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rows = write_history(ended.path(), killed.path()).await;
    let places: u64 = std::env::var("CASEBRIDGE_CUTS").map_or(20, |cuts| cuts.parse().unwrap());
    let mut refused = 0;
    for (name, size) in files(killed.path()) {
        let pages = size.div_ceil(PAGE);
        for page in (0..pages).step_by((pages / places).max(1) as usize) {
            let emptied = after(killed.path(), &rows, |folder| {
                let file = OpenOptions::new().write(true).open(folder.join(&name)).unwrap();
                file.write_all_at(&[0; PAGE as usize][..PAGE.min(size) as usize], page * PAGE).unwrap();
            });
            let taken_out = after(killed.path(), &rows, |folder| {
                let mut bytes = fs::read(folder.join(&name)).unwrap();
                bytes.drain((page * PAGE) as usize..((page + 1) * PAGE).min(size) as usize);
                fs::write(folder.join(&name), bytes).unwrap();
            });
            refused += u64::from(emptied != Came::Complete) + u64::from(taken_out != Came::Complete);
        }
    }
    println!("{refused} were refused");
    assert!(refused > places / 2, "hardly a page was in use: {refused}");
}

#[tokio::test]
async fn a_store_that_is_behind_its_side_file_is_refused_and_the_gap_names_the_commits() {
    let folder = tempfile::tempdir().unwrap();
    let older = tempfile::tempdir().unwrap();
    let mut batch = Batch::default();
    batch.put("a", "1");
    let store = SledStore::open(folder.path()).unwrap();
    store.commit(batch.clone()).await.unwrap();
    drop(store);
    copy(folder.path(), older.path());
    let store = SledStore::open(folder.path()).unwrap();
    batch.put("b", "2");
    store.commit(batch.clone()).await.unwrap();
    store.commit(batch).await.unwrap();
    drop(store);
    // A backup of the older log under the newer side file.
    fs::copy(folder.path().join("commits"), older.path().join("commits")).unwrap();
    let refusal = SledStore::open(older.path()).err().unwrap().to_string();
    assert!(refusal.contains("commits 2 to 3"), "{refusal}");
    let gap = SledStore::accept_loss(older.path()).unwrap();
    assert_eq!((gap.first, gap.last, gap.kept), (2, Some(3), 1));
    assert!(gap.since.is_some());
    assert_eq!(SledStore::open(older.path()).unwrap().get("a").unwrap().unwrap(), b"1");
    // Nothing more is missing now.
    assert!(SledStore::accept_loss(older.path()).unwrap().is_none());
}
