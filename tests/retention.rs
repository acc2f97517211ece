//! What is too old goes, and nothing is done twice because of it.

use std::collections::BTreeSet;

use casebridge::engine::forget::forget;
use casebridge::engine::{Scope, Until};
use casebridge::ports::{Batch, Store as _};
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

/// So many days pass, with a pass on each.
async fn days(world: &World, count: u32) {
    for _ in 0..count {
        world.advance("1 days");
        world.run().await;
    }
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
    days(&world, 2).await;
    rests(&world).await;
    for kind in ["run", "act", "age", "day", "text", "cap"] {
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
    world.advance("2 days");
    rests(&world).await;
    world.advance("2 days");
    rests(&world).await;
    assert!(says(&world) >= 2 && !keys(&world, "mem").is_empty() && !keys(&world, "ours").is_empty());
    days(&world, 12).await;
    assert_eq!(says(&world), 0, "{:?}", keys(&world, "key"));
    assert_eq!(keys(&world, "ours"), BTreeSet::new());
    let made: Vec<String> = keys(&world, "key").into_iter().filter(|key| key.contains("create_case")).collect();
    assert_eq!(made.len(), 1, "{:?}", keys(&world, "key"));
    assert_eq!(keys(&world, "remains").len(), 1, "looked at again in ten days");
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_person_stays_however_old_and_goes_once_somebody_looked_at_it() {
    let world = world("keep_runs: 2 days").await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", &format!("{LONG}This one is refused. {}", LONG.repeat(4)), true);
    world.advance("1 minutes");
    assert_eq!(world.run().await.summary.kept_back.0, 1, "the post is parked");
    days(&world, 40).await;
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
    for _ in 0..4 {
        world.advance("1 days");
        bridge.engine.run(&Scope::default()).await.expect("the state holds");
    }
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
    days(&world, 2).await;
    assert_eq!(keys(&world, "rules").len(), 2, "runs of both are kept");
    days(&world, 3).await;
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Anybody?</p>" }] }));
    world.advance("1 minutes");
    world.run().await;
    let last = keys(&world, "rules");
    assert!(last.len() == 1 && last.is_disjoint(&first), "{last:?}");
}

#[tokio::test]
async fn a_kill_while_old_runs_go_leaves_nothing_half_gone() {
    let world = world("keep_runs: 2 days").await;
    world.advance("2 days");
    let (applied, said) = (world.all_applied(), keys(&world, "key"));
    let (mut place, mut ends) = (0, 0);
    while ends < 2 {
        place += 1;
        world.advance("8 hours");
        let ended = run_until(&world, &Killer::at(place)).await;
        let runs = keys(&world, "run");
        let ages: BTreeSet<String> = keys(&world, "age")
            .iter()
            .filter_map(|key| key.rsplit('/').next().map(|run| format!("run/{run}")))
            .collect();
        assert_eq!(runs, ages, "each run is found by its age, after a kill at place {place}");
        for run in runs {
            let id = run.trim_start_matches("run/").into();
            let whole = casebridge::engine::records::get_run(&*world.store(), &id);
            assert!(whole.is_ok_and(|run| run.is_some()), "{run} has its texts, after a kill at place {place}");
        }
        ends += u32::from(ended);
    }
    assert!(place > 4, "{place}");
    for kind in ["run", "act", "age", "day", "text"] {
        assert_eq!(keys(&world, kind), BTreeSet::new(), "{kind}");
    }
    rests(&world).await;
    assert_eq!((world.all_applied(), keys(&world, "key")), (applied, said));
}

#[tokio::test]
async fn a_clock_that_is_a_year_ahead_for_once_takes_nothing_that_is_young() {
    let world = world("keep_runs: 40 days, keep_keys: 60 days").await;
    world.advance("1 days");
    world.run().await;
    let before = [keys(&world, "run"), keys(&world, "key"), keys(&world, "mem"), keys(&world, "cap")];
    assert!(before.iter().all(|keys| !keys.is_empty()), "{before:?}");
    let right = world.sandbox.clock.now();
    world.advance("365 days");
    world.run().await;
    world.sandbox.clock.set(right);
    world.run().await;
    for (kind, before) in ["run", "key", "mem"].iter().zip(&before) {
        assert!(keys(&world, kind).is_superset(before), "{kind}");
    }
}

#[tokio::test]
async fn what_a_rule_without_look_back_remembers_stays_as_long_as_the_rule() {
    let rule = "rules:\n  once:\n    every: day at 09:00\n    look_at: notebook.find_links\n    then:\n      - salesforce.comment_on_case: { case: = case.Id, body: Once, published: false }\n";
    let world = world("keep_runs: 1 days, keep_keys: 3 days").await.rules("once.yaml", rule);
    days(&world, 2).await;
    let once = |world: &World| world.comments().iter().filter(|body| body.contains("Once")).count();
    assert_eq!(once(&world), 1);
    days(&world, 12).await;
    assert_eq!(once(&world), 1, "its keys are gone, what it remembers is not");
    assert!(!keys(&world, "key").iter().any(|key| key.contains("comment_on_case")), "{:?}", keys(&world, "key"));
}

#[tokio::test]
async fn a_forgotten_member_s_thread_still_has_its_case_when_keys_go() {
    let world = world("keep_runs: 1 days, keep_keys: 3 days").await;
    forget(&*world.store(), "ana").await.expect("the state holds");
    days(&world, 9).await;
    let made = keys(&world, "key").into_iter().filter(|key| key.contains("create_case")).count();
    assert_eq!((made, world.cases().len()), (1, 1), "{:?}", keys(&world, "key"));
}

#[tokio::test]
async fn a_state_that_was_exported_and_imported_keeps_the_rules_that_its_runs_name() {
    let world = world("keep_runs: 3 days").await;
    let world = world.settings("{ support_boards: [support], staff_roles: [Employee], index_lag: 1 minutes, fallback_username: zoe, keep_runs: 4 days }");
    let export = world.export();
    world.lose_state();
    let mut batch = Batch::default();
    for line in export.lines() {
        let (key, bytes) = casebridge::engine::exported::import(line).expect("a record");
        batch.put(key, bytes);
    }
    world.store().commit(batch).await.expect("durable");
    days(&world, 2).await;
    assert!(!keys(&world, "run").is_empty());
    assert_eq!(keys(&world, "rules").len(), 1, "the present one planned nothing yet");
    days(&world, 5).await;
    assert_eq!((keys(&world, "run").len(), keys(&world, "rules").len()), (0, 0));
}
