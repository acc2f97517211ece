//! A writer that is killed again and again: what it was told is durable is there at the next start.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::time::Duration;

use casebridge::ports::{Batch, Store as _};
use casebridge::state::SledStore;

use super::shared::play;

const FOLDER: &str = "CASEBRIDGE_TEST_WRITES";

/// The batch of a number: some rows, one of them large, and the number itself.
fn batch_of(n: u64) -> Batch {
    let mut batch = Batch::default();
    batch.put("last", n.to_le_bytes());
    for row in 0..8 {
        batch.put(format!("row:{}", (n * 8 + row) % 500), n.to_le_bytes().repeat(1 + (n % 40) as usize));
    }
    let text: Vec<u8> = (0..9_000_u64).map(|place| (((n + 1) * (place + 3) * (place ^ n)) >> 7) as u8).collect();
    batch.put(format!("text:{}", n % 20), &text[..(n % 10) as usize * 900]);
    if n.is_multiple_of(3) {
        batch.remove(format!("row:{}", n % 500));
    }
    batch
}

#[test]
#[ignore = "played by another test, in a process of its own"]
fn a_process_that_writes_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = SledStore::open(Path::new(&folder)).unwrap();
        let last = store.get("last").unwrap().map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        println!("\nopen {last}");
        let mut waiting = std::collections::VecDeque::new();
        for n in last + 1.. {
            waiting.push_back((n, store.commit(batch_of(n))));
            if waiting.len() > 16 {
                let (n, commit) = waiting.pop_front().unwrap();
                commit.await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "durable {n}").and_then(|()| out.flush()).unwrap();
            }
        }
    });
}

/// Runs the writer, kills it, and gives the last number that it said was durable.
fn run_and_kill(folder: &Path, after: Duration, durable: u64) -> u64 {
    let mut writer = play("state_folder::kill::a_process_that_writes_until_it_is_killed", FOLDER, folder);
    let out = writer.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut last = durable;
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if let Some(found) = line.strip_prefix("open ") {
                let found: u64 = found.parse().unwrap();
                assert!(found >= durable, "{durable} was durable, and only {found} is there");
            }
            if let Some(n) = line.strip_prefix("durable ") {
                last = n.parse().unwrap();
            }
        }
        last
    });
    std::thread::sleep(after);
    assert!(writer.try_wait().unwrap().is_none(), "the writer ended by itself");
    writer.kill().unwrap();
    writer.wait().unwrap();
    reader.join().unwrap()
}

/// What all batches up to a number leave.
fn expected(last: u64) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut rows = std::collections::BTreeMap::new();
    for (key, value) in (1..=last).flat_map(|n| batch_of(n).changes) {
        match value {
            Some(value) => rows.insert(key, value),
            None => rows.remove(&key),
        };
    }
    rows
}

#[test]
fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    let kills: u64 = std::env::var("CASEBRIDGE_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let mut folder = tempfile::tempdir().unwrap();
    let (mut durable, mut total) = (0, 0);
    for kill in 0..kills {
        // A kill at any moment: while it opens, and while it writes.
        durable = run_and_kill(folder.path(), Duration::from_millis(5 + kill * 37 % 150), durable);
        if kill % 20 == 19 || kill + 1 == kills {
            let store = SledStore::open(folder.path()).unwrap();
            let rows: std::collections::BTreeMap<_, _> = store.range("").unwrap().into_iter().collect();
            let last = rows.get("last").map_or(0, |bytes| u64::from_le_bytes(bytes[..].try_into().unwrap()));
            assert!(last >= durable);
            assert_eq!(rows, expected(last), "after {kill} kills");
            assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
            drop(store);
            total += last;
            folder = tempfile::tempdir().unwrap();
            durable = 0;
        }
    }
    println!("{kills} kills, {total} commits");
    assert!(total > kills, "hardly anything was written: {total}");
}
