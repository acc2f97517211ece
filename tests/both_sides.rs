//! What becomes of a case and its thread while they are linked, and that no poll loses or doubles anything.

use serde_json::{Value as Json, json};

use crate::both_ways::with_a_case;
use crate::world::World;

fn case_id(world: &World) -> Json {
    world.case_of("9001").expect("a case")["Id"].clone()
}

fn comment(world: &World, body: &str) -> Json {
    json!({ "case": case_id(world), "body": body, "is_published": true, "by": "zoe@acme.test" })
}

fn posts(world: &World) -> Vec<String> {
    let community = world.sandbox.khoros.world();
    let replies = community["replies"].as_array().cloned().unwrap_or_default();
    replies.iter().map(|reply| casebridge::marker::without(reply["body"].as_str().unwrap_or_default())).collect()
}

const SEEN: &str = "rules:\n  seen:\n    on: salesforce.case_comment_added\n    limits: { per_hour: 10000 }\n    then: [ { notebook.remember: { about: = comment.id, name: seen, value: true } } ]\n";

/// How many comments a rule was told of.
fn told_of(world: &World) -> usize {
    world.export().lines().filter(|line| line.contains("\"key\":\"note/acme/00a")).count()
}

#[tokio::test]
async fn two_thousand_five_hundred_comments_of_one_moment_are_each_told_once_x_11() {
    let world = with_a_case().await.rules("postbacks.yaml", SEEN);
    let many: Vec<Json> = (0..2500).map(|n| comment(&world, &format!("Comment {n}"))).collect();
    world.org(json!({ "comments": many }));
    world.run().await;
    assert_eq!(told_of(&world), 2500);
    let told = world.run().await;
    assert!(told.report.settled.is_empty(), "{}", told.text());
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_of_a_paged_read_loses_nothing_x_11() {
    let world = with_a_case().await.rules("postbacks.yaml", SEEN);
    let many: Vec<Json> = (0..2500).map(|n| comment(&world, &format!("Comment {n}"))).collect();
    world.org(json!({ "comments": many }));
    let gone = json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]).to_string();
    let page = json!({ "match": { "path": "/query/" }, "do": "status", "status": 401, "body": gone, "times": 2 });
    world.org_fault(page).await;
    world.run().await;
    world.run().await;
    assert_eq!(told_of(&world), 2500);
}

#[tokio::test]
async fn a_comment_written_while_a_pass_goes_on_is_heard_in_the_next_f_101() {
    let world = with_a_case().await;
    world.org(json!({ "comments": [comment(&world, "First")] }));
    world.run().await;
    world.org(json!({ "comments": [comment(&world, "Of the same second")] }));
    world.run().await;
    assert_eq!(posts(&world), ["First", "Of the same second"]);
}

#[tokio::test]
async fn one_comment_that_is_refused_holds_up_no_other_f_102() {
    let rule = "overlay: standard\nmade_for: 0.1.0\nset:\n  postbacks.agent-comment.when:\n    - clean: text::contains(comment.body, \"Third\") == false\n";
    let world = with_a_case().await.overlay(rule);
    let all = ["First", "Second", "Third", "Fourth", "Fifth"].map(|body| comment(&world, body));
    world.org(json!({ "comments": all }));
    world.run().await;
    assert_eq!(posts(&world), ["First", "Second", "Fourth", "Fifth"]);
    assert!(world.run().await.report.settled.is_empty());
}

#[tokio::test]
async fn each_change_of_status_that_a_poll_can_see_shows_on_the_thread_f_071() {
    let world = with_a_case().await;
    world.switch_community(json!({ "delete_label": true }));
    let rules = "statuses:\n  shown:\n    on: salesforce.case_status_changed\n    label: { New: is-new, Working: is-working }\n    closed: is-closed\n    unknown: { use: is-other }\n";
    let world = world.rules("closures.yaml", rules);
    let mut shown = Vec::new();
    for status in ["New", "Working", "Closed", "Working"] {
        world.org(
            json!({ "cases": [{ "id": case_id(&world), "by": "zoe@acme.test", "fields": { "Status": status } }] }),
        );
        world.advance("2 minutes");
        world.run().await;
        let labels = world.sandbox.khoros.world()["threads"][0]["labels"].clone();
        shown.push(labels);
    }
    assert_eq!(json!(shown), json!([["is-new"], ["is-working"], ["is-closed"], ["is-working"]]));
}

#[tokio::test]
async fn a_case_in_the_recycle_bin_gets_no_second_one_and_works_again_when_it_is_back_f_113() {
    let world = with_a_case().await;
    let case = case_id(&world);
    world.org(json!({ "cases": [{ "id": case, "deleted": true }] }));
    world.advance("1 days");
    let told = world.run().await;
    assert_eq!((told.report.opened(), world.applied("create Case")), (0, 1), "{}", told.text());
    world.org(json!({ "cases": [{ "id": case, "undeleted": true }] }));
    world.org(json!({ "comments": [comment(&world, "Back again")] }));
    world.run().await;
    assert_eq!(posts(&world), ["Back again"]);
}

#[tokio::test]
async fn the_thread_of_a_merged_case_belongs_to_the_one_that_is_left_f_056_clo_6() {
    let world = with_a_case().await;
    let made = world.org(json!({ "cases": [{ "fields": { "Subject": "The other" } }] }));
    let master = made["cases"][0]["id"].clone();
    world.org(json!({ "cases": [{ "id": case_id(&world), "merged_into": master }] }));
    let told = world.run().await;
    assert_eq!(told.outcomes("notebook.link"), ["done"], "{}", told.text());
    world.org(json!({ "comments": [{ "case": master, "body": "From the other", "is_published": true, "by": "zoe@acme.test" }] }));
    world.advance("1 minutes");
    world.run().await;
    assert_eq!((posts(&world), world.applied("create Case")), (vec!["From the other".to_owned()], 1));
}

#[tokio::test]
async fn closing_a_case_leaves_its_owner_f_093() {
    let world = with_a_case().await;
    let owner = world.case_of("9001").expect("a case")["OwnerId"].clone();
    world.community(json!({ "replies": [{ "id": "9002", "thread": "9001", "author": "kai", "body": "<p>So</p>" }] }));
    world.community(json!({ "solutions": [{ "reply": "9002" }] }));
    world.advance("1 minutes");
    world.run().await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((&case["IsClosed"], &case["OwnerId"]), (&json!(true), &owner));
}

#[tokio::test]
async fn a_thread_that_is_deleted_leaves_its_case_and_a_note_there() {
    let world = with_a_case().await;
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "deleted": true }] }));
    for _ in 0..4 {
        world.advance("5 minutes");
        world.run().await;
    }
    assert_eq!(world.comments(), ["The thread of this case was removed from the community."]);
    assert!(world.case_of("9001").is_some_and(|case| case["IsClosed"] == json!(false)));
}
