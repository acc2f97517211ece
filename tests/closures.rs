//! Solutions close cases: found by asking about threads that have a case, in every pass.

use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const SETTINGS: &str = "{ support_boards: [support], case_closure: true, replies_from: nobody }";
const CLOSE: &str = "salesforce.update_case";

/// A thread with its case, and two replies by others.
async fn with_a_case() -> World {
    let thread = json!({ "id": "9001", "board": "support", "subject": "VPN", "author": "noa", "age": "50 hours",
        "body": "<p>Help <img src=x onerror=alert(1)><script>alert(2)</script></p>" });
    let members = json!([{ "login": "noa" }, { "login": "ben" }]);
    let world = World::with(json!({ "members": members, "threads": [thread] })).await.settings(SETTINGS);
    assert_eq!(world.run().await.report.opened(), 1);
    world.community(json!({ "replies": [
        { "id": "9002", "thread": "9001", "author": "ben", "body": "<p>Restart <b>it</b>.</p>", "age": "10 minutes" },
        { "id": "9003", "thread": "9001", "author": "ben", "body": "Or buy a new one.", "age": "5 minutes" },
    ] }));
    world
}

fn accept(world: &World, reply: &str) {
    world.community(json!({ "solutions": [{ "reply": reply }] }));
}

fn withdraw(world: &World, reply: &str) {
    world.community(json!({ "solutions": [{ "reply": reply, "deleted": true }] }));
}

fn agent_sets(world: &World, fields: Json) {
    world.org(json!({ "cases": [{ "id": world.cases()[0]["id"], "by": "kai@acme.test", "fields": fields }] }));
}

fn is_closed(world: &World) -> bool {
    world.case_of("9001").expect("a case")["IsClosed"] == true
}

fn comments(world: &World) -> Vec<Json> {
    let org = world.sandbox.salesforce.world();
    org["comments"].as_array().expect("a list of comments").clone()
}

fn came_to(told: &Told, outcomes: &[&str]) {
    assert_eq!(told.outcomes(CLOSE), outcomes, "{}", told.text());
}

#[tokio::test]
async fn an_accepted_solution_closes_the_case_once_and_an_internal_comment_says_why_clo_2() {
    let world = with_a_case().await;
    came_to(&world.run().await, &[]);
    accept(&world, "9002");
    came_to(&world.run().await, &["done"]);
    assert!(is_closed(&world));
    let comments = comments(&world);
    assert_eq!((comments.len(), &comments[0]["is_published"]), (1, &json!(false)), "{comments:?}");
    let body = casebridge::marker::without(comments[0]["body"].as_str().expect("a text"));
    assert!(
        body.starts_with("Solved in the community by ben, see http") && body.ends_with("\n\nRestart it.\n"),
        "{body}"
    );
    came_to(&world.run().await, &[]);
    assert_eq!((world.applied("update Case"), world.applied("create CaseComment")), (1, 1));
}

#[tokio::test]
async fn the_words_of_members_are_passed_on_without_what_acts_x_6() {
    let world = with_a_case().await;
    let case = world.case_of("9001").expect("a case");
    let body = case["Community_Body__c"].as_str().expect("HTML");
    let whole =
        body.strip_prefix("<p>Help <img src=\"http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/x\"></p>"));
    assert!(whole.is_some_and(|page| page.contains("/t5/") && !page.contains(['<', '"'])), "{body}");
}

#[tokio::test]
async fn a_case_that_an_agent_opened_again_is_not_closed_for_the_same_solution_clo_4() {
    let world = with_a_case().await;
    accept(&world, "9002");
    came_to(&world.run().await, &["done"]);
    agent_sets(&world, json!({ "Status": "Working" }));
    came_to(&world.run().await, &[]);
    assert!(!is_closed(&world));
    withdraw(&world, "9002");
    came_to(&world.run().await, &[]);
    accept(&world, "9003");
    came_to(&world.run().await, &["done"]);
    assert!(is_closed(&world), "another solution closes it");
}

#[tokio::test]
async fn a_solution_that_is_withdrawn_and_accepted_again_counts_again() {
    let world = with_a_case().await;
    accept(&world, "9002");
    came_to(&world.run().await, &["done"]);
    agent_sets(&world, json!({ "Status": "Working" }));
    withdraw(&world, "9002");
    came_to(&world.run().await, &[]);
    accept(&world, "9002");
    came_to(&world.run().await, &["done"]);
    assert!(is_closed(&world));
}

#[tokio::test]
async fn another_reply_accepted_instead_leaves_the_case_closed_and_is_noted_clo_3() {
    let world = with_a_case().await;
    accept(&world, "9002");
    came_to(&world.run().await, &["done"]);
    withdraw(&world, "9002");
    accept(&world, "9003");
    came_to(&world.run().await, &[]);
    assert!(is_closed(&world), "the thread is solved all the time");
    let comments = world.comments();
    assert_eq!(comments.len(), 2, "{comments:?}");
    assert!(comments[1].starts_with("ben has the accepted solution now, see http"), "{comments:?}");
    assert!(comments[1].ends_with("Or buy a new one.\n"), "{comments:?}");
}

#[tokio::test]
async fn what_could_not_be_asked_is_asked_in_the_next_pass() {
    let world = with_a_case().await;
    accept(&world, "9002");
    let down = json!({ "match": { "path": "is_solution" }, "do": "status", "status": 503, "times": "always" });
    world.community_fault(down).await;
    let told = world.run().await;
    assert!(told.text().contains("did not come through"), "{}", told.text());
    came_to(&told, &[]);
    world.no_more_faults().await;
    came_to(&world.run().await, &["done"]);
}

#[tokio::test]
async fn a_closing_that_the_org_refuses_waits_for_a_person_and_is_told_once_clo_5() {
    let world = with_a_case().await;
    accept(&world, "9002");
    let refused = json!([{ "message": "Say how it was resolved", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION" }]);
    world
        .org_fault(json!({ "match": { "method": "PATCH" }, "do": "status", "status": 400, "body": refused.to_string(), "times": "always" }))
        .await;
    let told = world.run().await;
    came_to(&told, &["parked: refused: Say how it was resolved (FIELD_CUSTOM_VALIDATION_EXCEPTION)"]);
    assert_eq!(told.code, 1, "{}", told.text());
    let again = world.run().await;
    came_to(&again, &[]);
    assert!(!is_closed(&world) && comments(&world).is_empty());
}

#[tokio::test]
async fn a_preview_shows_the_closing_and_leaves_nothing_behind_run_6() {
    let world = with_a_case().await;
    accept(&world, "9002");
    let before = (world.export(), world.all_applied());
    let told = world.preview().await;
    let planned = told.report.planned.iter().flat_map(|planned| &planned.plan.actions);
    let functions: Vec<_> = planned.map(|action| action.function.as_str()).collect();
    assert_eq!(functions, [CLOSE, "salesforce.comment_on_case"], "{}", told.text());
    assert_eq!((world.export(), world.all_applied()), before);
}

#[tokio::test]
async fn without_a_rule_that_waits_for_it_nobody_asks() {
    let world = with_a_case().await;
    let searches = |calls: &Json| calls["GET /api/2.0/search"].as_u64().unwrap_or(0);
    let before = searches(&world.community_calls().await);
    world.run().await;
    let with = searches(&world.community_calls().await) - before;
    let world = world.rules("closures.yaml", "tables: {}\n");
    world.run().await;
    assert_eq!(searches(&world.community_calls().await) - before - with, with - 1);
}

#[tokio::test]
async fn a_new_case_behind_the_old_one_names_it_por_21() {
    let world = with_a_case().await;
    let rules = "mappings:\n  again: { Subject: Once more }\nreopenings:\n  late:\n    on: khoros.reply_posted\n    when: [ case.IsClosed ]\n    open_new: again\n";
    let world = world.rules("again.yaml", rules);
    world.run().await;
    let old = world.cases()[0]["id"].clone();
    agent_sets(&world, json!({ "Status": "Closed" }));
    world.community(json!({ "replies": [{ "thread": "9001", "author": "noa", "body": "<p>Again</p>" }] }));
    world.advance("1 minutes");
    let told = world.run().await;
    assert_eq!(told.outcomes("salesforce.create_case"), ["done"], "{}", told.text());
    let cases = world.cases();
    assert_eq!((cases.len(), &cases[1]["fields"]["ParentId"]), (2, &old), "{cases:?}");
}
