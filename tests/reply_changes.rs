//! A reply that is edited or deleted in the community, and the comment on its case that says it.

use casebridge::marker;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, replies, with_a_case};
use crate::world::killing::{Killer, run_until};
use crate::world::{Told, World};

const EDIT: &str = "salesforce.edit_comment";
const DELETE: &str = "salesforce.delete_comment";
const COMMENT: &str = "salesforce.comment_on_case";
const NONE: [&str; 0] = [];

/// The standard pack with more about replies, and a user of the org who may or may not modify comments.
async fn with_replies(keys: &[&str], may_modify: bool) -> World {
    let set: String = keys.iter().map(|key| format!("  replies.reply.{key}\n")).collect();
    let world = with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\nset:\n{set}"));
    world.switch_org(json!({ "modify_all_cases": may_modify }));
    world
}

fn writes(world: &World, body: &str) {
    let reply = json!({ "id": "9002", "thread": "9001", "author": "ana", "body": format!("<p>{body}</p>") });
    world.community(json!({ "replies": [reply] }));
}

fn edits(world: &World, body: &str) {
    world.advance("2 minutes");
    world.community(json!({ "replies": [{ "id": "9002", "body": format!("<p>{body}</p>") }] }));
}

fn deletes(world: &World) {
    world.advance("2 minutes");
    world.community(json!({ "replies": [{ "id": "9002", "deleted": true }] }));
}

/// The comments that are not in the recycle bin, each with whether customers see it.
fn left(world: &World) -> Vec<(String, bool)> {
    let org = world.sandbox.salesforce.world();
    let comments = org["comments"].as_array().cloned().unwrap_or_default();
    let there = comments.iter().filter(|comment| comment["deleted"] != json!(true));
    let text = |comment: &Json| marker::without(comment["body"].as_str().unwrap_or_default());
    there.map(|comment| (text(comment), comment["is_published"] == json!(true))).collect()
}

fn texts(world: &World) -> Vec<String> {
    left(world).into_iter().map(|(text, _)| text).collect()
}

fn came_to(told: &Told, function: &str, expected: &[&str]) {
    assert_eq!(told.outcomes(function), expected, "{}", told.text());
}

/// The org's only route for comments answers no more.
async fn org_is_busy(world: &World) {
    world
        .org_fault(
            json!({ "match": { "path": "composite/sobjects" }, "do": "status", "status": 503, "times": "always" }),
        )
        .await;
}

#[tokio::test]
async fn an_edited_reply_changes_its_comment_which_stays_known_as_ours_x_9_pb_10() {
    let world = with_replies(&["edited: update"], true).await;
    writes(&world, "It hums");
    world.run().await;
    edits(&world, "It hums & smokes");
    came_to(&world.run().await, EDIT, &["done"]);
    assert_eq!(texts(&world), ["ana wrote: It hums & smokes"]);
    let org = world.sandbox.salesforce.world();
    let body = org["comments"][0]["body"].as_str().expect("a text").to_owned();
    assert!(marker::is_of(&body, "says:acme:salesforce.comment_on_case:khoros:message:9002:0"), "{body:?}");
    world.advance("2 minutes");
    assert!(world.run().await.report.settled.is_empty(), "neither side hears its own words");
    assert_eq!(replies(&world).len(), 1);
}

#[tokio::test]
async fn where_nobody_like_us_may_edit_comments_a_correction_follows_pb_10() {
    let world = with_replies(&["edited: update"], false).await;
    writes(&world, "It hums");
    world.run().await;
    edits(&world, "It smokes");
    let told = world.run().await;
    assert!(told.outcomes(EDIT)[0].starts_with("refused: no_right"), "{:?}", told.outcomes(EDIT));
    assert_eq!(texts(&world), ["ana wrote: It hums", "Edited: ana wrote: It smokes"]);
}

#[tokio::test]
async fn a_comment_in_parts_and_a_text_that_one_comment_cannot_hold_are_corrected_behind_x_7() {
    let long = "It hums. ".repeat(600);
    for (before, after, why) in [(long.as_str(), "Short", "in_parts"), ("Short", long.as_str(), "too_long")] {
        let world = with_replies(&["edited: update"], true).await;
        writes(&world, before.trim());
        world.run().await;
        let said = texts(&world);
        edits(&world, after.trim());
        let told = world.run().await;
        assert!(told.outcomes(EDIT)[0].contains(why), "{:?}", told.outcomes(EDIT));
        let now = texts(&world);
        assert_eq!(now[..said.len()], said, "what was said stays");
        assert!(now.len() > said.len() && now[said.len()].contains("Edited: ana wrote: "), "{now:?}");
        assert!(now.iter().all(|text| text.len() <= 4000));
    }
}

#[tokio::test]
async fn a_comment_that_an_agent_changed_is_not_written_over_nor_said_again_where_an_agent_deleted_it() {
    for (change, expected) in [
        (json!({ "body": "ana wrote: It hums (see case 12)" }), 2),
        (json!({ "is_published": false }), 1),
        (json!({ "deleted": true }), 0),
    ] {
        let world = with_replies(&["edited: update", "published: true"], true).await;
        writes(&world, "It hums");
        world.run().await;
        let org = world.sandbox.salesforce.world();
        let whole = org["comments"][0]["body"].as_str().expect("a text").to_owned();
        let mut entry = json!({ "id": org["comments"][0]["id"], "by": "zoe@acme.test" });
        entry.as_object_mut().expect("a map").extend(change.as_object().expect("a map").clone());
        if let Some(body) = change["body"].as_str() {
            entry["body"] = json!(whole.replace("ana wrote: It hums", body));
        }
        world.org(json!({ "comments": [entry] }));
        edits(&world, "It smokes");
        world.run().await;
        assert_eq!(texts(&world).len(), expected, "{:?}", texts(&world));
        assert!(!texts(&world).contains(&"ana wrote: It smokes".to_owned()));
    }
}

#[tokio::test]
async fn an_edit_that_comes_while_its_comment_waits_is_neither_lost_nor_said_twice_x_2() {
    let world = with_replies(&["edited: update"], true).await;
    writes(&world, "It hums");
    org_is_busy(&world).await;
    world.run().await;
    edits(&world, "It smokes");
    world.run().await;
    assert_eq!(texts(&world), NONE);
    world.no_more_faults().await;
    world.advance("1 hours");
    world.run().await;
    assert_eq!(texts(&world), ["ana wrote: It smokes"]);
    assert_eq!(world.applied("create CaseComment"), 1);
}

#[tokio::test]
async fn the_comment_of_a_deleted_reply_goes_whoever_wrote_it_and_what_waited_to_be_said_too_pb_10() {
    let by_author = "when:\n    - by-author: reply.by_author";
    for waits in [false, true] {
        let world = with_replies(&["deleted: remove", by_author], true).await;
        writes(&world, "The password is 1234");
        if waits {
            org_is_busy(&world).await;
        }
        world.run().await;
        deletes(&world);
        world.run().await;
        world.no_more_faults().await;
        world.advance("1 hours");
        world.run().await;
        assert_eq!(texts(&world), NONE, "waits: {waits}");
    }
}

#[tokio::test]
async fn a_comment_that_is_gone_already_is_already_done() {
    let world = with_replies(&["deleted: remove"], true).await;
    writes(&world, "It hums");
    world.run().await;
    let id = world.sandbox.salesforce.world()["comments"][0]["id"].clone();
    world.org(json!({ "comments": [{ "id": id, "deleted": true }] }));
    deletes(&world);
    came_to(&world.run().await, DELETE, &["already done"]);
}

#[tokio::test]
async fn all_parts_of_the_comment_go_x_7() {
    let world = with_replies(&["deleted: remove"], true).await;
    writes(&world, "It hums. ".repeat(900).trim());
    world.run().await;
    assert!(texts(&world).len() > 2);
    deletes(&world);
    came_to(&world.run().await, DELETE, &["done"]);
    assert_eq!(texts(&world), NONE);
}

#[tokio::test]
async fn where_nobody_like_us_may_delete_comments_customers_see_it_no_more_and_agents_are_told_x_8() {
    let world = with_replies(&["deleted: remove", "published: true"], false).await;
    writes(&world, "The password is 1234");
    world.run().await;
    assert_eq!(left(&world), [("ana wrote: The password is 1234".to_owned(), true)]);
    deletes(&world);
    let told = world.run().await;
    assert!(told.outcomes(DELETE)[0].starts_with("refused: no_right"), "{:?}", told.outcomes(DELETE));
    let left = left(&world);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|(_, published)| !published), "{left:?}");
    assert!(left[1].0.starts_with("Deleted in the community: http"), "{left:?}");
}

#[tokio::test]
async fn a_deleted_reply_is_noted_inside_with_its_link_and_without_its_words_x_8() {
    for waits in [false, true] {
        let world = with_replies(&["deleted: add", "published: true"], false).await;
        writes(&world, "The password is 1234");
        if waits {
            org_is_busy(&world).await;
        }
        world.run().await;
        deletes(&world);
        world.run().await;
        world.no_more_faults().await;
        world.advance("1 hours");
        world.run().await;
        let left = left(&world);
        if waits {
            assert_eq!(left, [], "what was taken back before it was said is never said");
            continue;
        }
        let notes: Vec<_> =
            left.iter().filter(|(text, _)| text.starts_with("Deleted in the community: http")).collect();
        assert_eq!((notes.len(), left.len()), (1, 2), "{left:?}");
        assert!(!notes[0].1 && !notes[0].0.contains("1234"), "{left:?}");
    }
}

#[tokio::test]
async fn of_a_reply_that_no_rule_wrote_down_nothing_is_noted() {
    let by_staff = "when:\n    - by-staff: reply.by_staff";
    let world = with_replies(&["deleted: add", by_staff], true).await;
    writes(&world, "It hums");
    world.run().await;
    deletes(&world);
    came_to(&world.run().await, COMMENT, &["already done"]);
    assert_eq!(texts(&world), NONE);
}

#[tokio::test]
async fn an_edit_whose_answer_is_lost_is_made_again_and_changes_nothing_twice_x_2() {
    let world = with_replies(&["edited: update"], true).await;
    writes(&world, "It hums");
    world.run().await;
    edits(&world, "It smokes");
    world.org_fault(json!({ "match": { "method": "PATCH" }, "do": "lost_answer", "times": 1 })).await;
    world.run().await;
    world.advance("1 hours");
    world.run().await;
    assert_eq!(texts(&world), ["ana wrote: It smokes"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_around_any_kind_of_write_an_edit_and_a_deletion_are_followed_once_x_2() {
    let expected = ["ana wrote: It hums", "Edited: ana wrote: It smokes"];
    let ready = async || {
        let world = with_replies(&["edited: update", "deleted: add"], false).await;
        writes(&world, "It hums");
        world.run().await;
        edits(&world, "It smokes");
        world
    };
    let counting = Killer::at(0);
    assert!(run_until(&ready().await, &counting).await);
    let last_of_each = counting.last_of_each(|kind| kind.contains("commit") || kind.contains("composite"));
    assert!(last_of_each.len() > 8, "{last_of_each:?}");
    for place in last_of_each {
        let world = ready().await;
        run_until(&world, &Killer::at(place)).await;
        world.advance("20 minutes");
        world.run().await;
        assert_eq!(texts(&world), expected, "killed at place {place}");
        deletes(&world);
        run_until(&world, &Killer::at(place)).await;
        world.advance("20 minutes");
        world.run().await;
        let notes = texts(&world).iter().filter(|text| text.starts_with("Deleted")).count();
        assert_eq!(notes, 1, "killed at place {place}: {:?}", texts(&world));
    }
}

#[tokio::test]
async fn what_people_wrote_on_the_case_is_never_taken_for_ours() {
    for around in [["> ", "\n\nPlease reboot"], ["Look:\n> ", ""], ["Look: ", ""]] {
        let world = with_replies(&["edited: update", "deleted: remove"], true).await;
        writes(&world, "It hums");
        world.run().await;
        let ours = world.sandbox.salesforce.world()["comments"][0]["body"].as_str().expect("a text").to_owned();
        let theirs = around.join(&ours);
        world.org(json!({ "comments": [{ "case": case(&world), "body": theirs, "by": "zoe@acme.test" }] }));
        edits(&world, "It smokes");
        world.run().await;
        deletes(&world);
        came_to(&world.run().await, DELETE, &["done"]);
        assert_eq!(texts(&world), [around.join("ana wrote: It hums")]);
    }
}

#[tokio::test]
async fn a_copy_that_an_agent_kept_of_a_comment_of_ours_is_the_agent_s() {
    let world = with_replies(&["deleted: remove"], true).await;
    writes(&world, "It hums");
    world.run().await;
    let ours = world.sandbox.salesforce.world()["comments"][0].clone();
    world.org(json!({ "comments": [
        { "case": case(&world), "body": ours["body"], "by": "zoe@acme.test" },
        { "id": ours["id"], "deleted": true, "by": "zoe@acme.test" },
    ] }));
    deletes(&world);
    came_to(&world.run().await, DELETE, &["already done"]);
    assert_eq!(texts(&world), ["ana wrote: It hums"]);
}

#[tokio::test]
async fn what_was_said_on_the_first_case_of_a_thread_is_followed_there_when_it_has_another() {
    for (key, change, expected) in [
        ("edited: update", json!({ "body": "<p>It smokes</p>" }), "ana wrote: It smokes"),
        ("deleted: remove", json!({ "deleted": true }), ""),
    ] {
        let world = with_replies(&[key], true).await.rules(
            "again.yaml",
            "mappings:\n  again: { Subject: Once more }\nreopenings:\n  late:\n    on: khoros.reply_posted\n    \
             when: [ case.IsClosed ]\n    open_new: again\n",
        );
        writes(&world, "It hums");
        world.run().await;
        let first = case(&world);
        world.org(json!({ "cases": [{ "id": first, "fields": { "Status": "Closed" }, "by": "zoe@acme.test" }] }));
        world.advance("2 minutes");
        world.run().await;
        let late = json!({ "thread": "9001", "author": "ana", "body": "<p>Once more</p>" });
        world.community(json!({ "replies": [late] }));
        world.advance("2 minutes");
        let told = world.run().await;
        came_to(&told, "salesforce.create_case", &["done"]);
        world.advance("2 minutes");
        let mut entry = change;
        entry["id"] = json!("9002");
        world.community(json!({ "replies": [entry] }));
        world.run().await;
        let org = world.sandbox.salesforce.world();
        let on_the_first = org["comments"].as_array().cloned().unwrap_or_default().into_iter();
        let left = on_the_first.filter(|comment| comment["case"] == first && comment["deleted"] != json!(true));
        let said = left.map(|one| marker::without(one["body"].as_str().unwrap_or_default()));
        let of_the_old_reply: String = said.filter(|text| !text.contains("Once more")).collect();
        assert_eq!(of_the_old_reply, expected, "{key}");
    }
}
