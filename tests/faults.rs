//! What goes wrong at the hosts, once and for ever: recovered, or waiting and counted, parked, halted; nothing lost.

use casebridge::hosts::khoros::sign_in::Login;
use casebridge::ports::Store;
use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const CREATE: &str = "/composite/sobjects";

fn labelling(world: World) -> World {
    let pack = include_str!("../rules/pack.yaml").replace("type: label,", "type: label, default: escalated,");
    world.rules("pack.yaml", &pack)
}

/// The faults that a moment's patience mends, at any route.
fn passing() -> Vec<(&'static str, Json)> {
    vec![
        ("503", json!({ "do": "status", "status": 503 })),
        ("503 with a page", json!({ "do": "html", "status": 503 })),
        ("429 with Retry-After", json!({ "do": "status", "status": 429, "headers": { "retry-after": "3" } })),
        ("429 without Retry-After", json!({ "do": "status", "status": 429 })),
        ("a page instead of JSON", json!({ "do": "html", "status": 200 })),
        ("a reset before the request", json!({ "do": "reset" })),
    ]
}

#[tokio::test]
async fn what_passes_is_waited_for_at_the_community() {
    for (name, fault) in passing() {
        let world = labelling(World::with_threads(3).await);
        world.community_fault(with(&fault, json!({ "match": { "path": "/search" }, "times": 1 }))).await;
        let told = world.run().await;
        assert_eq!((world.cases().len(), told.code), (3, 0), "{name}: {}", told.text());
        assert_eq!(world.applied("add label"), 3, "{name}");
    }
}

#[tokio::test]
async fn what_passes_is_waited_for_at_the_org() {
    for (name, fault) in passing() {
        for route in [CREATE, "/query", "/describe", "/oauth2/token"] {
            let world = World::with_threads(3).await;
            world.org_fault(with(&fault, json!({ "match": { "path": route }, "times": 1 }))).await;
            let told = world.run().await;
            assert_eq!((world.cases().len(), told.code), (3, 0), "{name} at {route}: {}", told.text());
            assert_eq!(told.report.opened(), 3, "{name} at {route}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_about_and_never_doubled() {
    for fault in [json!({ "do": "reset", "at": "body" }), json!({ "do": "truncate" }), json!({ "do": "lost_answer" })] {
        let world = World::with_threads(3).await;
        world.org_fault(with(&fault, json!({ "match": { "path": CREATE }, "times": 1 }))).await;
        let told = world.run().await;
        assert_eq!((world.cases().len(), told.report.opened(), told.code), (3, 3, 0), "{fault}: {}", told.text());
        assert_eq!(told.outcomes("salesforce.create_case"), ["already done"; 3], "{fault}");
        let links = world.store().range("link/thread/").expect("readable").len();
        assert_eq!(links, 3, "{fault}: the links follow");
    }
}

#[tokio::test]
async fn an_agents_edit_of_a_case_whose_answer_was_lost_is_kept() {
    let world = World::with_threads(1).await;
    world.org_fault(json!({ "match": { "path": CREATE }, "do": "lost_answer", "times": 1 })).await;
    // The query that asks about it is lost too, for so long that the pass ends and an agent comes first.
    world.org_fault(json!({ "match": { "path": "CaseNumber" }, "do": "status", "status": 503, "times": 200 })).await;
    world.run().await;
    let id = world.cases()[0]["id"].clone();
    world.org(
        json!({ "cases": [{ "id": id, "by": "kai@acme.test", "fields": { "Priority": "Low", "Subject": "Mine" } }] }),
    );
    world.no_more_faults().await;
    world.advance("1 hours");
    let told = world.run().await;
    assert_eq!((world.cases().len(), told.code), (1, 0), "{}", told.text());
    assert_eq!(world.cases()[0]["fields"]["Subject"], "Mine");
    assert_eq!(world.applied("update Case"), 0);
}

#[tokio::test]
async fn a_lost_answer_of_a_label_waits_for_the_index_and_is_done_once() {
    // The index lags as long as is believed, and three times as long.
    for lag_ms in [60_000, 180_000] {
        let world = labelling(World::with_threads(1).await);
        world.switch_community(json!({ "index_lag_ms": lag_ms }));
        world.community_fault(json!({ "match": { "path": "/labels" }, "do": "lost_answer", "times": 1 })).await;
        let told = world.run().await;
        assert_eq!(world.applied("add label"), 1, "lag {lag_ms}: {}", told.text());
        assert_eq!(told.outcomes("khoros.label_thread"), ["already done"], "lag {lag_ms}");
        assert_eq!(told.code, 0);
    }
}

#[tokio::test]
async fn a_label_that_never_arrived_is_sent_again_once_that_is_sure() {
    let world = labelling(World::with_threads(1).await);
    world.community_fault(json!({ "match": { "path": "/labels" }, "do": "drop", "times": 1 })).await;
    world.run().await;
    world.advance("20 minutes");
    world.run().await;
    assert_eq!(world.applied("add label"), 1);
}

#[tokio::test]
async fn nothing_tried_again_is_tried_until_it_is_done_f_005() {
    let world = World::with_threads(5).await;
    world.org_fault(json!({ "match": { "path": CREATE }, "do": "status", "status": 503, "times": 1 })).await;
    let first = world.run().await;
    world.run().await;
    assert_eq!((world.cases().len(), first.code), (5, 0));
    assert_eq!(world.applied("create Case"), 5);
}

#[tokio::test]
async fn a_host_that_is_down_for_ever_leaves_the_work_waiting_and_counted() {
    let world = World::with_threads(2).await;
    world.org_fault(json!({ "match": { "path": CREATE }, "do": "status", "status": 503, "times": "always" })).await;
    let told = world.run().await;
    assert_eq!((world.cases().len(), told.code, told.summary.waiting.len()), (0, 0, 2), "{}", told.text());
    assert!(told.text().contains("2 waiting"), "{}", told.text());
    world.no_more_faults().await;
    world.advance("1 hours");
    assert_eq!(world.run().await.report.opened(), 2, "nothing is lost");
}

#[tokio::test]
async fn a_community_that_is_down_for_ever_fails_the_scan_and_changes_nothing() {
    let world = World::with_threads(2).await;
    world
        .community_fault(json!({ "match": { "path": "/search" }, "do": "status", "status": 503, "times": "always" }))
        .await;
    let told = world.run().await;
    assert_eq!((world.cases().len(), told.code), (0, 1), "{}", told.text());
    assert!(told.text().contains("the scan did not come through"), "{}", told.text());
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_renewed_once_f_125() {
    let world = World::with_threads(50).await;
    let warm = world.run().await;
    assert_eq!(warm.report.opened(), 50);
    let world = World::with_threads(50).await;
    let salesforce = world.sandbox.salesforce.clone();
    let revoke = move || salesforce.expire();
    let told = world.run_over(crate::world::meddling::Meddling::before(world.web(), CREATE, revoke)).await;
    assert_eq!((told.report.opened(), told.code), (50, 0), "{}", told.text());
    assert_eq!(calls(&world.org_calls().await, "/oauth2/token"), 2);
}

#[tokio::test]
async fn a_session_of_the_community_that_ended_is_renewed_once() {
    let world = World::with_threads(3).await;
    world.run().await;
    world.community(json!({ "threads": [{ "board": "support", "subject": "One more", "body": "?", "author": "connector", "age": "60 hours" }] }));
    world.sandbox.khoros.expire();
    let told = world.run().await;
    assert_eq!(told.code, 0, "{}", told.text());
    assert_eq!(calls(&world.community_calls().await, "/sessions/login"), 2);
}

#[tokio::test]
async fn one_bad_thread_is_parked_with_the_orgs_own_words_and_its_neighbours_go_on() {
    let world = World::with_threads(4).await;
    world.switch_org(json!({ "validation_rule": { "word": "forbidden", "text": "Ask Zoe before you open this" } }));
    world.community(json!({ "threads": [{ "id": "9001", "board": "support", "subject": "A forbidden word", "body": "?", "author": "connector2", "age": "60 hours" }], "members": [{ "login": "connector2" }] }));
    let told = world.run().await;
    assert_eq!((world.cases().len(), told.code), (4, 1), "{}", told.text());
    let parked: Vec<_> =
        told.outcomes("salesforce.create_case").into_iter().filter(|o| o.starts_with("parked")).collect();
    assert_eq!(parked.len(), 1);
    assert!(parked[0].contains("Ask Zoe before you open this"), "{parked:?}");
    let again = world.run().await;
    assert_eq!(
        (again.report.planned.len(), again.code),
        (0, 0),
        "it waits for a person, and is not tried at every run"
    );
}

#[tokio::test]
async fn five_faults_say_five_things_and_only_a_lasting_401_halts_f_129() {
    let five = [
        (
            json!({ "do": "status", "status": 401, "body": r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"# }),
            3,
        ),
        (
            json!({ "do": "status", "status": 403, "body": r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"# }),
            0,
        ),
        (
            json!({ "do": "status", "status": 403, "body": r#"[{"message":"insufficient access rights on object id","errorCode":"INSUFFICIENT_ACCESS_OR_READONLY"}]"# }),
            1,
        ),
        (
            json!({ "do": "status", "status": 400, "body": r#"[{"message":"Say why","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION"}]"# }),
            1,
        ),
        (json!({ "do": "status", "status": 503 }), 0),
    ];
    let mut said = Vec::new();
    for (fault, code) in five {
        let world = World::with_threads(1).await;
        world.org_fault(with(&fault, json!({ "match": { "path": CREATE }, "times": "always" }))).await;
        let told = world.run().await;
        assert_eq!(told.code, code, "{fault}: {}", told.text());
        said.push(first_words(&told));
    }
    let different: std::collections::BTreeSet<_> = said.iter().collect();
    assert_eq!(different.len(), 5, "{said:#?}");
}

/// What is said about the one item.
fn first_words(told: &Told) -> String {
    if let Some(error) = told.summary.halted.values().next() {
        return format!("halted: {error}");
    }
    let settled = told.outcomes("salesforce.create_case");
    settled.into_iter().next().unwrap_or_else(|| told.summary.waiting[0].2.clone())
}

#[tokio::test]
async fn a_wrong_password_halts_the_connection_and_nothing_is_lost() {
    let mut world = World::with_threads(2).await;
    let right = world.connections.khoros.login.clone();
    let (user, password) = ("connector".to_owned(), "wrong".to_owned().into());
    world.connections.khoros.login = Login::Session { user, password };
    let told = world.run().await;
    assert_eq!((told.code, world.cases().len()), (3, 0), "{}", told.text());
    assert!(told.text().contains("khoros is halted"), "{}", told.text());
    world.connections.khoros.login = right;
    assert_eq!(world.run().await.report.opened(), 2);
}

fn with(fault: &Json, more: Json) -> Json {
    let mut fault = fault.clone();
    for (key, value) in more.as_object().expect("a map") {
        fault[key] = value.clone();
    }
    fault
}

fn calls(counts: &Json, route: &str) -> u64 {
    let of = counts.as_object().expect("counts by route");
    of.iter().filter(|(name, _)| name.contains(route)).filter_map(|(_, count)| count.as_u64()).sum()
}
