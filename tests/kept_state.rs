//! A state folder that the first version wrote opens for ever, and nothing in it is done twice.
//!
//! `tests/data/first-slices` has the files of the folder, and the worlds as they were: two threads with a case, one of them
//! solved and its case closed; one whose case the org refused; one whose case is there, but the answer was lost; one that
//! waits. The folder is never written anew: what a later version writes is another folder.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use casebridge::engine::Until;
use casebridge::ports::Store as _;
use flate2::read::GzDecoder;
use serde_json::{Value as Json, json};

use crate::world::World;

const SETTINGS: &str = "
support_boards: [support]
staff_roles: [Employee]
index_lag: 1 minutes
case_closure: true
escalated_label: escalated
replies_from: nobody
";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/first-slices")
}

/// Unpacks the state into the folder of a world.
fn unpack(to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(kept()).expect("the kept folder") {
        let path = entry.expect("an entry").path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".gz")) else { continue };
        let mut bytes = Vec::new();
        let packed = std::fs::File::open(&path).expect("a kept file");
        GzDecoder::new(packed).read_to_end(&mut bytes).expect("a packed file");
        std::fs::write(to.join(name), bytes).expect("a file");
    }
}

/// The place of a record among all of its org.
fn number(id: &str) -> u64 {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => byte - b'a' + 36,
    };
    id.bytes().skip(6).take(9).fold(0, |number, byte| number * 62 + u64::from(digit(byte)))
}

/// Makes a record that has the id it had; others take the numbers between the last one and it. The number of the last.
fn made(world: &World, last: u64, (list, record): (&str, &Json)) -> u64 {
    let wanted = number(record["id"].as_str().expect("a record has an id"));
    let others: Vec<Json> = (last + 1..wanted).map(|_| json!({ "fields": { "LastName": "Somebody" } })).collect();
    world.org(json!({ "contacts": others }));
    let mut entry = record.clone();
    entry.as_object_mut().expect("a record is an object").remove("id");
    entry["by"] = json!("integration@acme.test");
    assert_eq!(world.org(json!({ list: [entry] }))[list][0]["id"], record["id"], "the org counts as it did");
    wanted
}

/// The newest record of an org.
fn newest(world: &World) -> u64 {
    let made = world.org(json!({ "contacts": [{ "fields": { "LastName": "Somebody" } }] }));
    number(made["contacts"][0]["id"].as_str().expect("a contact has an id"))
}

/// The worlds as they were, a little later, and the state that belongs to them.
async fn world() -> World {
    let worlds: Json =
        serde_json::from_str(&std::fs::read_to_string(kept().join("worlds.json")).expect("the kept worlds"))
            .expect("worlds are JSON");
    let world = World::with(worlds["community"].clone()).await.settings(SETTINGS);
    let mut records: Vec<(&str, &Json)> = ["cases", "comments"]
        .into_iter()
        .flat_map(|list| worlds["org"][list].as_array().into_iter().flatten().map(move |record| (list, record)))
        .collect();
    records.sort_by_key(|(_, record)| number(record["id"].as_str().unwrap_or_default()));
    records.into_iter().fold(newest(&world), |last, record| made(&world, last, record));
    world.sandbox.clock.set(worlds["now"].as_str().and_then(|now| now.parse().ok()).expect("a moment"));
    unpack(&world.folder.path().join("state"));
    world
}

#[tokio::test]
async fn state_of_the_first_version_opens_and_nothing_in_it_is_done_twice() {
    let world = world().await;
    world.switch_org(json!({ "validation_rule": { "word": "forbidden", "text": "Not this word" } }));
    for _ in 0..4 {
        world.advance("30 minutes");
        world.run().await;
    }
    let mut threads: Vec<String> = world
        .cases()
        .iter()
        .map(|case| case["fields"]["Community_Thread_Key__c"].as_str().unwrap_or_default().to_owned())
        .collect();
    threads.sort();
    let expected = ["9001", "9002", "9004", "9005"].map(|thread| format!("sandbox.prod:{thread}"));
    assert_eq!(threads, expected, "the org refuses one still");
    assert_eq!(world.applied("create Case"), 1, "only the one that waited: {}", world.all_applied());
    assert_eq!(world.applied("update Case"), 0, "the closed case was closed before: {}", world.all_applied());
    assert_eq!(world.comments().len(), 1, "and said so: {:?}", world.comments());
    assert_eq!(world.applied("create message"), 0, "{}", world.all_applied());
    assert_eq!(world.applied("add label"), 2, "the labels of the two that were on their way");
    let links = world.store().range("link/thread/").expect("the state is readable");
    assert_eq!(links.len(), 4, "{}", world.export());
    assert!(world.store().range("open/").expect("the state is readable").is_empty(), "{}", world.export());
}

#[tokio::test]
async fn what_was_parked_in_the_first_version_a_person_retries_today() {
    let world = world().await;
    let bridge = world
        .open(world.store(), world.web(), &crate::world::Seen::default())
        .unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> = bridge.engine.parked().expect("the state is readable");
    let [parked] = &parked[..] else { panic!("{parked:?}") };
    assert_eq!(parked.subject.id(), "9003");
    bridge.engine.retry(std::slice::from_ref(&parked.run), &Until::Settled).await.expect("the state holds");
    assert_eq!(world.case_of("9003").expect("a case")["Subject"], "A forbidden word");
}
