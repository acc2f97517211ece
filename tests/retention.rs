//! What is too old goes, and nothing is done twice because of it.

use std::collections::BTreeSet;

use casebridge::engine::forget::forget;
use casebridge::engine::{Scope, Until};
use casebridge::ports::Store as _;
use serde_json::{Value as Json, json};

use crate::both_ways::{comments_by, replies};
use crate::world::killing::{Killer, run_until};
use crate::world::{Seen, World};

const LONG: &str = "My router drops the line every hour, and the lamp on its back is red. ";

/// An escalated thread, answered from both sides, with these settings more.
async fn world(settings: &str) -> World {
    let thread = |id: &str, body: &str| json!({ "id": id, "board": "support", "subject": "Red lamp", "body": body, "author": "ana", "age": "60 hours" });
    let world = World::with(json!({
        "members": [{ "login": "ana", "email": "ana@people.test" }, { "login": "zoe", "email": "zoe@acme.test" }],
        "threads": [thread("9001", &LONG.repeat(6))],
    }))
    .await
    .settings(&format!("{{ support_boards: [support], staff_roles: [Employee], index_lag: 1 minutes, fallback_username: zoe, {settings} }}"));
    assert_eq!(world.run().await.report.opened(), 1);
    comments_by(&world, "zoe", "Please reboot", true);
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Done, still red</p>" }] }));
    world.advance("1 minutes");
    world.run().await;
    assert_eq!((world.comments().len(), replies(&world).len()), (2, 2));
    world
}

/// The keys of the records of one kind.
fn keys(world: &World, kind: &str) -> BTreeSet<String> {
    let export = world.export();
    let lines = export.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let keys = lines.filter_map(|line| line["key"].as_str().map(str::to_owned));
    keys.filter(|key| key.starts_with(&format!("{kind}/"))).collect()
}

/// Several passes do nothing at the hosts.
async fn rests(world: &World) {
    let applied = world.all_applied();
    for _ in 0..3 {
        world.advance("15 minutes");
        world.run().await;
    }
    assert_eq!(world.all_applied(), applied, "nothing is done twice");
}

#[tokio::test]
async fn a_finished_run_goes_after_keep_runs_with_what_was_read_for_it_and_nothing_is_done_twice() {
    let world = world("keep_runs: 2 days").await;
    let before = (keys(&world, "run").len(), keys(&world, "key"), keys(&world, "ours"));
    assert!(before.0 >= 3 && !keys(&world, "text").is_empty() && !keys(&world, "cap").is_empty());
    world.advance("1 days");
    rests(&world).await;
    assert_eq!(keys(&world, "run").len(), before.0, "they are younger");
    world.advance("2 days");
    rests(&world).await;
    for kind in ["run", "act", "age", "text", "shelf", "cap"] {
        assert_eq!(keys(&world, kind), BTreeSet::new(), "{kind}");
    }
    assert_eq!((keys(&world, "key"), keys(&world, "ours")), (before.1, before.2), "what was made and said is known");
    assert!(!world.export().contains("lamp on its back"), "the member's words are gone");
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Hello?</p>" }] }));
    world.advance("1 minutes");
    world.run().await;
    assert_eq!(world.comments().len(), 3, "the thread still has its case: {:?}", world.comments());
}

#[tokio::test]
async fn keys_go_after_keep_keys_but_not_that_of_a_case_that_the_thread_still_has() {
    let world = world("keep_runs: 2 days, keep_keys: 10 days").await;
    let says = |world: &World| keys(world, "key").into_iter().filter(|key| key.starts_with("key/says:")).count();
    world.advance("5 days");
    rests(&world).await;
    assert!(says(&world) >= 2 && !keys(&world, "mem").is_empty() && !keys(&world, "ours").is_empty());
    world.advance("7 days");
    rests(&world).await;
    assert_eq!(says(&world), 0, "{:?}", keys(&world, "key"));
    assert_eq!(keys(&world, "ours"), BTreeSet::new());
    let made: Vec<String> = keys(&world, "key").into_iter().filter(|key| key.contains("create_case")).collect();
    assert_eq!(made.len(), 1, "{:?}", keys(&world, "key"));
    assert_eq!(keys(&world, "kept").len(), 1, "looked at again in ten days");
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_person_stays_however_old_and_goes_once_somebody_looked_at_it() {
    let world = world("keep_runs: 2 days").await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", &format!("{LONG}This one is refused. {}", LONG.repeat(4)), true);
    world.advance("1 minutes");
    assert_eq!(world.run().await.summary.kept_back.0, 1, "the post is parked");
    world.advance("40 days");
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    assert!(world.export().contains("This one is refused"), "its text is there for a retry");
    let seen = Seen::default();
    let store = world.store();
    let bridge = world.open(store.clone(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let runs: Vec<_> = bridge.engine.parked().expect("readable").into_iter().map(|parked| parked.run).collect();
    assert_eq!(runs.len(), 1);
    bridge.engine.retry(&runs, &Until::Settled).await.expect("the state holds");
    assert!(replies(&world).iter().any(|(_, body)| body.contains("This one is refused")), "{:?}", replies(&world));
    assert!(bridge.engine.parked().expect("readable").is_empty());
    world.advance("3 days");
    bridge.engine.run(&Scope::default()).await.expect("the state holds");
    assert_eq!(store.keys("run/").expect("readable"), Vec::<String>::new());
}

#[tokio::test]
async fn rule_sets_that_no_run_names_go_and_the_present_one_stays() {
    let world = world("keep_runs: 2 days").await;
    let first = keys(&world, "rules");
    assert_eq!(first.len(), 1);
    let world = world.settings("{ support_boards: [support], staff_roles: [Employee], index_lag: 1 minutes, fallback_username: zoe, keep_runs: 3 days }");
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Hello?</p>" }] }));
    world.advance("1 minutes");
    world.run().await;
    assert_eq!(keys(&world, "rules").len(), 2);
    world.advance("2 days");
    world.run().await;
    assert_eq!(keys(&world, "rules").len(), 2, "runs of both are kept");
    world.advance("3 days");
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Anybody?</p>" }] }));
    world.advance("1 minutes");
    world.run().await;
    let last = keys(&world, "rules");
    assert!(last.len() == 1 && last.is_disjoint(&first), "{last:?}");
}

#[tokio::test]
async fn a_kill_while_old_runs_go_leaves_nothing_half_gone() {
    let world = world("keep_runs: 2 days").await;
    world.advance("4 days");
    let (applied, said) = (world.all_applied(), keys(&world, "key"));
    let mut place = 0;
    loop {
        place += 1;
        let ended = run_until(&world, &Killer::at(place)).await;
        let runs = keys(&world, "run");
        let ages: BTreeSet<String> = keys(&world, "age")
            .iter()
            .filter_map(|key| key.rsplit('/').next().map(|run| format!("run/{run}")))
            .collect();
        assert_eq!(runs, ages, "each run is found by its age, after a kill at place {place}");
        forget(&*world.store(), "ana").await.unwrap_or_else(|error| panic!("place {place}: {error}"));
        if ended {
            break;
        }
    }
    assert!(place > 4, "{place}");
    for kind in ["run", "act", "age", "text", "shelf"] {
        assert_eq!(keys(&world, kind), BTreeSet::new(), "{kind}");
    }
    rests(&world).await;
    assert_eq!((world.all_applied(), keys(&world, "key")), (applied, said));
}
