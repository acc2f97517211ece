//! Tests of rules that are judged aside and do not come to an end in time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use casebridge::app::bridge::{offline_catalog, test_ground};
use casebridge::packs::{Sources, load};
use casebridge::service::judging::{Judge, LONGEST};
use casebridge::service::sight::Candidate;
use casebridge::service::tested::NewGround;

use crate::world::clock::Held;
use crate::world::serving::until;

const FAILS: &str = "every test:\n  settings: { support_boards: [support] }\na thread of ten minutes is a case:\n  given: { thread: { board: support, age: 10 minutes } }\n  expect: [ salesforce.create_case ]\n";

/// The standard rules with these files of tests.
fn candidate(tests: &[(&str, &str)]) -> Arc<Candidate> {
    let pack = load::pack("standard", &Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the standard pack");
    let tests: BTreeMap<String, String> =
        tests.iter().map(|(file, text)| (format!("rules/tests/{file}"), (*text).to_owned())).collect();
    Arc::new(Candidate { sources: Sources { packs: vec![pack], settings: None }, tests: vec![tests], problems: vec![] })
}

/// Of a file with one test so many grounds are asked for.
const GROUNDS: usize = 2;

/// Grounds of which the first of the second file is held back until the sender goes, and how many were asked for.
fn held_back(clock: &Held, time_is_up: bool) -> (NewGround, Arc<AtomicUsize>, Sender<()>) {
    let (go, gone) = channel::<()>();
    let (asked, count, clock) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), clock.clone());
    let (gone, begun) = (Mutex::new(gone), asked.clone());
    let ground: NewGround = Arc::new(move || {
        begun.fetch_add(1, Ordering::SeqCst);
        if count.fetch_add(1, Ordering::SeqCst) == GROUNDS {
            if time_is_up {
                clock.advance(LONGEST);
            }
            _ = gone.lock().expect("nobody panics").recv();
        }
        test_ground()
    });
    (ground, asked, go)
}

fn noon() -> Held {
    Held::at("2026-03-03T12:00:00Z".parse().expect("a moment"))
}

#[tokio::test]
async fn rules_that_fail_a_test_are_refused_also_when_time_is_up_before_all_are_played() {
    let clock = noon();
    let (ground, _, go) = held_back(&clock, true);
    let mut judge = Judge::new(offline_catalog(), ground, Arc::new(clock));
    let judged = judge.judge(&candidate(&[("a.yaml", FAILS), ("b.yaml", FAILS)])).await;
    let problems = judged.expect_err("a test fails");
    assert!(problems.len() == 1 && problems[0].show(None).contains("ten minutes is a case"), "{problems:?}");
    drop(go);
}

#[tokio::test]
async fn nobody_plays_on_for_somebody_who_has_gone() {
    let clock = noon();
    let (ground, asked, go) = held_back(&clock, false);
    let mut judge = Judge::new(offline_catalog(), ground, Arc::new(clock));
    let files = candidate(&[("a.yaml", FAILS), ("b.yaml", FAILS), ("c.yaml", FAILS)]);
    tokio::select! {
        judged = judge.judge(&files) => panic!("the second file is held back: {judged:?}"),
        () = until("the second file is played", || asked.load(Ordering::SeqCst) > GROUNDS) => {}
    }
    let playing = Arc::downgrade(&judge.ground);
    drop((judge, go));
    until("the player has ended", || playing.strong_count() == 0).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2 * GROUNDS, "the third file was not begun");
}
