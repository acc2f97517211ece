//! What one turn of a service begins, finishes and leaves: pauses, stops, first looks that fail, subjects that a host refuses.

use std::sync::Arc;

use casebridge::engine::{Bell, Engine, Turn, Until};
use casebridge::names::RuleAddress;
use casebridge::ports::Boxed;
use serde_json::json;

use crate::both_ways::{comments_by, replies, with_a_case};
use crate::world::serving::{Serving, until};
use crate::world::{Seen, World};

const POSTBACK: &str = "postbacks.agent-comment";

/// Pauses a rule, or lets it go on, in the state that lies there.
async fn pause(world: &World, rule: &str, paused: bool) {
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let rule = RuleAddress::from(rule);
    assert!(bridge.engine.pause(&rule, paused).await.expect("the state holds"));
}

#[tokio::test]
async fn a_comment_that_a_paused_rule_heard_of_twice_is_posted_once_pb_2() {
    let world = with_a_case().await;
    pause(&world, POSTBACK, true).await;
    comments_by(&world, "zoe", "Please reboot", false);
    world.run().await;
    let id = world.sandbox.salesforce.world()["comments"][0]["id"].clone();
    world.advance("2 minutes");
    world.org(json!({ "comments": [{ "id": id, "is_published": true }] }));
    world.run().await;
    pause(&world, POSTBACK, false).await;
    for _ in 0..3 {
        world.run().await;
        world.advance("2 minutes");
    }
    assert_eq!(replies(&world), [("zoe".to_owned(), "Please reboot".to_owned())]);
}

#[tokio::test]
async fn a_turn_that_begins_when_it_is_time_to_stop_begins_nothing_run_7() {
    let world = World::with(json!({ "members": [{ "login": "ana", "email": "ana@people.test" }] })).await;
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    bridge.engine.turn(Turn { polls: true, bell: Arc::default() }).await.expect("the state holds");
    world.community(json!({ "threads": [{ "id": "9001", "board": "support", "subject": "A", "author": "ana" }] }));
    world.advance("60 hours");
    let bell = Arc::new(Bell::default());
    bell.ring_out();
    let turn = Turn { polls: true, bell };
    bridge.engine.turn(turn).await.expect("the state holds");
    assert!(world.case_of("9001").is_none(), "nothing new is begun");
    drop(bridge);
    assert!(!world.export().contains("khoros:thread:9001"), "nor planned");
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    bridge.engine.turn(Turn { polls: true, bell: Arc::default() }).await.expect("the state holds");
    assert!(world.case_of("9001").is_some(), "and nothing is lost by it");
}

/// Pauses everything, or lets it go on, between two turns.
async fn pause_all(serving: &Serving, paused: bool) {
    let job = move |engine: Arc<Engine>| -> Boxed<bool> {
        Box::pin(async move { engine.pause(&"*".into(), paused).await.expect("the state holds") })
    };
    assert!(serving.ask(job).await);
}

#[tokio::test]
async fn a_paused_bridge_finishes_what_was_begun_and_nothing_else() {
    let world = World::with(json!({
        "members": [{ "login": "ana", "email": "ana@people.test" }, { "login": "zoe", "email": "zoe@acme.test" }],
        "threads": [{ "id": "9001", "board": "support", "subject": "A", "author": "ana", "age": "60 hours" }],
    }))
    .await
    .settings("support_boards: [support]\nindex_lag: 1 minutes\nescalated_label: escalated\n");
    let busy = |path: &str| json!({ "match": { "method": "POST", "path": path }, "times": "always", "do": "status" });
    world.community_fault(busy("/labels")).await;
    assert_eq!(world.run().await.outcomes("salesforce.create_case"), ["done"]);
    comments_by(&world, "zoe", "Please reboot", true);
    world.community_fault(busy("/messages")).await;
    let serving = world.serve().await;
    until("label and post wait", || serving.standing().waiting > 1).await;
    pause_all(&serving, true).await;
    world.no_more_faults().await;
    until("the label that follows the case is there", || {
        world.advance("1 minutes");
        world.applied("add label") == 1
    })
    .await;
    world.advance("10 minutes");
    until("the post alone still waits", || serving.standing().waiting == 1).await;
    assert!(replies(&world).is_empty(), "a post that was not begun waits: {:?}", replies(&world));
    pause_all(&serving, false).await;
    until("it is posted", || {
        world.advance("1 minutes");
        replies(&world).len() == 1
    })
    .await;
    serving.stopped().await;
}

#[tokio::test]
async fn a_first_look_that_fails_opens_no_backlog_x_10() {
    let world = World::with(json!({
        "members": [{ "login": "ana", "email": "ana@people.test" }],
        "threads": [{ "id": "9001", "board": "support", "subject": "A", "author": "ana", "age": "60 hours" }],
    }))
    .await;
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let search = json!({ "match": { "path": "/search" }, "times": 5, "do": "status" });
    world.community_fault(search).await;
    let turn = || Turn { polls: false, bell: Arc::default() };
    let summary = bridge.engine.turn(turn()).await.expect("the state holds");
    assert!(summary.failed.is_some(), "it is told");
    let summary = bridge.engine.turn(turn()).await.expect("the state holds");
    assert!(world.cases().is_empty(), "what was due before the first look is held");
    assert_eq!(summary.scans.iter().map(|scan| scan.before).sum::<u64>(), 1);
}

#[tokio::test]
async fn one_case_that_the_org_refuses_deafens_no_other_x_4() {
    let world = with_a_case().await;
    world.community(json!({ "threads": [
        { "id": "9002", "board": "support", "subject": "B", "body": "<p>B</p>", "author": "ana", "age": "60 hours" },
        { "id": "9003", "board": "support", "subject": "C", "body": "<p>C</p>", "author": "ana", "age": "60 hours" },
    ] }));
    world.run().await;
    let id = |thread: &str| world.case_of(thread).expect("a case")["Id"].as_str().expect("an id").to_owned();
    let refusal = json!([{ "errorCode": "INVALID_QUERY_FILTER_OPERATOR", "message": "invalid ID field" }]).to_string();
    let about = json!({ "path": format!("FROM CaseComment*{}", id("9002")) });
    let fault = json!({ "match": about, "times": "always", "do": "status", "status": 400, "body": refusal });
    world.org_fault(fault).await;
    for thread in ["9001", "9003"] {
        let comment = json!({ "case": id(thread), "body": "Reboot", "is_published": true, "by": "zoe@acme.test" });
        world.org(json!({ "comments": [comment] }));
    }
    let told = world.run().await;
    assert_eq!(replies(&world).len(), 2, "{}", told.text());
    assert!(told.summary.failed.is_some(), "and the refusal is told");
}

#[tokio::test]
async fn hints_of_what_the_org_refuses_for_good_do_not_pile_up() {
    let world = with_a_case().await;
    let refusal = json!([{ "errorCode": "INVALID_TYPE", "message": "sObject type is not supported" }]).to_string();
    let comments = json!({ "path": "FROM CaseComment" });
    let fault = json!({ "match": comments, "times": "always", "do": "status", "status": 400, "body": refusal });
    world.org_fault(fault).await;
    let serving = world.serve().await;
    let case = world.case_of("9001").expect("a case")["Id"].as_str().expect("an id").to_owned();
    let body = include_str!("data/F-066.xml").replace("5005g00000CaseAAAR", &case);
    for _ in 0..3 {
        assert_eq!(serving.post("/events/salesforce/main?token=s3cret", body.clone()).await.0, 200);
    }
    world.advance("2 minutes");
    serving.turns().await;
    assert!(serving.standing().failing.is_some(), "the refusal is told");
    serving.stopped().await;
    assert!(!world.export().contains("\"hint/"), "and nothing is kept for it");
}

#[tokio::test]
async fn what_is_let_go_leaves_the_rest_of_its_run_to_be_done() {
    let rules = "rules:
  tag:
    on: khoros.solution_accepted
    then:
      - khoros.tag_thread: { thread: = thread.id, tag: solved-here }
  note:
    on: khoros.solution_accepted
    then:
      - salesforce.comment_on_case: { case: = case.Id, body: Noted }
";
    let world = with_a_case().await.rules("more.yaml", rules);
    world.community(json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "zoe", "body": "<p>So</p>" }] }));
    world.run().await;
    world
        .community_fault(json!({ "match": { "path": "/tags" }, "times": "always", "do": "status", "status": 400 }))
        .await;
    world.org_fault(json!({ "match": { "method": "POST" }, "times": "always", "do": "status" })).await;
    world.community(json!({ "solutions": [{ "reply": "9101" }] }));
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    bridge.engine.turn(Turn { polls: true, bell: Arc::default() }).await.expect("the state holds");
    let parked: Vec<_> =
        bridge.engine.parked().expect("the state is readable").into_iter().map(|one| one.run).collect();
    assert_eq!(parked.len(), 1, "the tag is parked, the comment waits");
    bridge.engine.let_go(&parked, &Until::Rung(Arc::default())).await.expect("the state holds");
    assert!(bridge.engine.parked().expect("the state is readable").is_empty());
    world.no_more_faults().await;
    drop(bridge);
    world.advance("10 minutes");
    world.run().await;
    assert!(world.comments().iter().any(|comment| comment == "Noted"), "{:?}", world.comments());
}
