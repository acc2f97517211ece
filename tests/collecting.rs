//! `collect:`: several comments of an agent come into the thread as one post.

use casebridge::engine::Until;
use serde_json::{Value as Json, json};

use crate::both_ways::{comments_by, postback_records, replies, with_a_case};
use crate::world::killing::{Killer, run_until};
use crate::world::{Seen, World};

const POST: &str = "khoros.post_reply";
const NONE: [(String, String); 0] = [];

/// The standard pack, whose rule of comments collects them.
async fn collecting(collect: &str, more: &[&str]) -> World {
    let more: String = more.iter().map(|key| format!("  postbacks.agent-comment.{key}\n")).collect();
    let set = format!("  postbacks.agent-comment.collect: {collect}\n{more}");
    with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\nset:\n{set}"))
}

fn by(author: &str, body: &str) -> (String, String) {
    (author.to_owned(), body.to_owned())
}

/// So many hours pass, with a pass in each.
async fn hours_pass(world: &World, hours: usize) {
    for _ in 0..hours {
        world.advance("1 hours");
        world.run().await;
    }
}

/// An agent writes something new, a minute later.
fn says(world: &World, agent: &str, body: &str) {
    world.advance("1 minutes");
    comments_by(world, agent, body, true);
}

fn comment_id(world: &World, place: usize) -> String {
    let org = world.sandbox.salesforce.world();
    org["comments"][place]["id"].as_str().expect("an id").to_owned()
}

/// Status and message of the record of each comment.
fn records(world: &World) -> Vec<(String, String)> {
    let text = |record: &Json, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let parts = |record: &Json| (text(record, "Status__c"), text(record, "Community_Message_ID__c"));
    postback_records(world).iter().map(|record| parts(&record["fields"])).collect()
}

#[tokio::test]
async fn comments_within_the_time_are_one_post_in_their_order_and_none_is_posted_again() {
    let world = collecting("{ for: 2 hours, opening: News from support, between: <hr> }", &[]).await;
    says(&world, "zoe", "It hums");
    comments_by(&world, "zoe", "Internal", false);
    world.run().await;
    says(&world, "zoe", "It smokes");
    world.run().await;
    assert_eq!(replies(&world), NONE, "the time is not over");
    world.advance("2 hours");
    let preview = world.preview().await;
    assert!(preview.text().contains("agent-comment: acts on 1 of"), "the second is in the first: {}", preview.text());
    world.run().await;
    let post = "<p>News from support</p>It hums<hr>It smokes";
    assert_eq!(replies(&world), [by("zoe", post)]);
    says(&world, "zoe", "It burns");
    for _ in 0..3 {
        world.advance("2 hours");
        world.run().await;
    }
    assert_eq!(replies(&world), [by("zoe", post), by("zoe", "<p>News from support</p>It burns")]);
}

#[tokio::test]
async fn each_agent_speaks_for_himself_and_the_order_is_kept_pb_3() {
    let world = collecting("{ until: day at 17:00 }", &[]).await;
    for (agent, body) in [("zoe", "One"), ("zoe", "Two"), ("mia", "Three"), ("zoe", "Four"), ("zoe", "Five")] {
        comments_by(&world, agent, body, true);
    }
    world.run().await;
    assert_eq!(replies(&world), NONE);
    world.advance("1 days");
    world.run().await;
    let said = [by("zoe", "One<hr>Two"), by("support-team", "Three"), by("zoe", "Four<hr>Five")];
    assert_eq!(replies(&world), said);
    for _ in 0..3 {
        world.advance("1 days");
        world.run().await;
    }
    assert_eq!(replies(&world), said);
    let told = records(&world);
    assert_eq!(told.len(), 5, "each comment has its record: {told:?}");
    assert!(told.iter().all(|(status, _)| status == "Posted"), "{told:?}");
    let mut messages: Vec<&str> = told.iter().map(|(_, message)| message.as_str()).collect();
    messages.dedup();
    assert_eq!(messages.len(), 3, "with the message that it came into: {told:?}");
}

#[tokio::test]
async fn what_the_rule_leaves_out_is_not_in_the_post_of_another() {
    let world = collecting("{ for: 1 hours }", &["when: [ '!comment.body.contains(\"secret\")' ]"]).await;
    for body in ["One", "secret", "Two"] {
        comments_by(&world, "zoe", body, true);
    }
    world.run().await;
    hours_pass(&world, 1).await;
    assert_eq!(replies(&world), [by("zoe", "One<hr>Two")]);
}

#[tokio::test]
async fn what_is_edited_or_deleted_before_it_is_posted_is_posted_as_it_is_or_not() {
    let world = collecting("{ for: 1 hours }", &["edited: add"]).await;
    for body in ["One", "Two", "Three"] {
        says(&world, "zoe", body);
    }
    world.run().await;
    world.org(json!({ "comments": [
        { "id": comment_id(&world, 0), "deleted": true },
        { "id": comment_id(&world, 1), "body": "Two, mended" },
    ] }));
    world.run().await;
    world.advance("2 hours");
    world.run().await;
    let post = by("zoe", "Two, mended<hr>Three");
    assert_eq!(replies(&world).first(), Some(&post));
    world.org(json!({ "comments": [{ "id": comment_id(&world, 2), "body": "Three, mended" }] }));
    world.run().await;
    assert_eq!(replies(&world), [post, by("zoe", "<p><em>Edited:</em></p>Three, mended")], "at once");
}

/// The community takes no posts for a while.
async fn community_is_down(world: &World) {
    let fault = json!({ "match": { "path": "/api/2.0/messages", "method": "POST" }, "do": "status", "status": 503,
        "times": "always" });
    world.community_fault(fault).await;
}

#[tokio::test]
async fn what_changes_while_a_planned_post_waits_is_in_it_and_its_place_is_kept_pb_3() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    for (agent, body) in [("zoe", "One"), ("zoe", "Two"), ("zoe", "Three"), ("mia", "Four")] {
        says(&world, agent, body);
    }
    world.run().await;
    community_is_down(&world).await;
    hours_pass(&world, 1).await;
    assert_eq!(replies(&world), NONE);
    world.org(json!({ "comments": [
        { "id": comment_id(&world, 1), "deleted": true },
        { "id": comment_id(&world, 2), "body": "Three, mended" },
    ] }));
    says(&world, "zoe", "Five");
    world.no_more_faults().await;
    hours_pass(&world, 4).await;
    let said = [by("zoe", "One<hr>Three, mended"), by("support-team", "Four"), by("zoe", "Five")];
    assert_eq!(replies(&world), said);
    assert_eq!(records(&world).len(), 4);
}

#[tokio::test]
async fn where_the_first_of_a_planned_post_goes_the_rest_keeps_its_place_pb_3() {
    let (three, four) = (by("zoe", "Three"), by("support-team", "Four"));
    for (gone, count, expected) in [
        (json!({ "deleted": true }), 2, vec![three.clone(), four.clone()]),
        (json!({ "is_published": false }), 2, vec![three, four.clone()]),
        (json!({ "deleted": true }), 3, vec![four]),
    ] {
        let world = collecting("{ for: 1 hours }", &[]).await;
        for (agent, body) in [("zoe", "One"), ("zoe", "Two"), ("zoe", "Three"), ("mia", "Four")] {
            says(&world, agent, body);
        }
        world.run().await;
        community_is_down(&world).await;
        world.advance("2 hours");
        world.run().await;
        for place in 0..count {
            let mut entry = gone.clone();
            entry["id"] = json!(comment_id(&world, place));
            world.org(json!({ "comments": [entry] }));
        }
        world.no_more_faults().await;
        world.advance("1 hours");
        let told = world.run().await;
        assert!(told.outcomes(POST)[0].starts_with("superseded"), "the first is told of: {:?}", told.outcomes(POST));
        hours_pass(&world, 3).await;
        assert_eq!(replies(&world), expected);
        assert_eq!(world.run().await.summary.ahead.0, 0, "nothing is left over");
    }
}

#[tokio::test]
async fn one_alone_that_is_collected_is_posted_as_it_is_by_then_too() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    says(&world, "zoe", "Try 10.0.0.1");
    world.run().await;
    community_is_down(&world).await;
    world.advance("2 hours");
    world.run().await;
    world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "body": "Try 10.0.0.2" }] }));
    world.run().await;
    world.no_more_faults().await;
    hours_pass(&world, 1).await;
    assert_eq!(replies(&world), [by("zoe", "Try 10.0.0.2")]);
}

#[tokio::test]
async fn a_comment_that_is_published_while_it_waits_stands_once_in_its_post() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    comments_by(&world, "zoe", "One", false);
    world.run().await;
    says(&world, "zoe", "Two");
    world.advance("10 minutes");
    world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "is_published": true }] }));
    for _ in 0..4 {
        world.run().await;
        world.advance("1 hours");
    }
    assert_eq!(replies(&world), [by("zoe", "One<hr>Two")]);
    assert_eq!(world.run().await.summary.ahead.0, 0, "nothing is left over");
}

#[tokio::test]
async fn what_is_planned_together_is_posted_once_when_nothing_is_collected_any_more() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    says(&world, "zoe", "One");
    says(&world, "zoe", "Two");
    world.run().await;
    community_is_down(&world).await;
    world.advance("2 hours");
    world.run().await;
    let world = world.overlay("overlay: standard\nmade_for: 0.1.0\n");
    world.run().await;
    world.no_more_faults().await;
    hours_pass(&world, 3).await;
    assert_eq!(replies(&world), [by("zoe", "One<hr>Two")]);
}

#[tokio::test]
async fn comments_on_two_cases_of_a_thread_are_two_posts() {
    let again = "mappings:\n  again: { Subject: Once more }\nreopenings:\n  late:\n    on: khoros.reply_posted\n    \
                 when: [ case.IsClosed ]\n    open_new: again\n";
    let world = collecting("{ for: 1 hours }", &[]).await.rules("again.yaml", again);
    world.run().await;
    let first = world.cases()[0]["id"].clone();
    world.org(json!({ "cases": [{ "id": first, "fields": { "Status": "Closed" }, "by": "zoe@acme.test" }] }));
    world.advance("2 minutes");
    world.run().await;
    let late = json!({ "thread": "9001", "author": "ana", "body": "<p>Once more</p>" });
    world.community(json!({ "replies": [late] }));
    world.advance("2 minutes");
    world.run().await;
    let second = world.cases()[1]["id"].clone();
    for (case, body) in [(&first, "Old"), (&second, "New"), (&second, "Newer")] {
        let by = "zoe@acme.test";
        world.org(json!({ "comments": [{ "case": case, "body": body, "is_published": true, "by": by }] }));
        world.advance("1 minutes");
    }
    world.run().await;
    world.advance("2 hours");
    world.run().await;
    let by_agents: Vec<_> = replies(&world).into_iter().filter(|(author, _)| author == "zoe").collect();
    assert!(by_agents.contains(&by("zoe", "New<hr>Newer")), "{by_agents:?}");
    assert!(by_agents.iter().all(|(_, body)| !body.contains("Old<hr>") && !body.contains("<hr>Old")), "{by_agents:?}");
}

#[tokio::test]
async fn a_comment_that_is_deleted_while_its_post_is_parked_is_not_said_when_that_is_tried_once_more_pb_8() {
    let set = "set:\n  postbacks.agent-comment.deleted: remove\n";
    let world = with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\n{set}"));
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", "The password is 1234", true);
    let told = world.run().await;
    assert!(told.outcomes(POST)[0].starts_with("parked: locked"), "{}", told.text());
    world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "deleted": true }] }));
    world.advance("2 minutes");
    let told = world.run().await;
    assert_eq!(told.outcomes("khoros.hide_reply"), [""; 0]);
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> = bridge.engine.parked().expect("the state").into_iter().map(|parked| parked.run).collect();
    bridge.engine.retry(&parked, &Until::Settled).await.expect("the state holds");
    drop(bridge);
    world.run().await;
    assert_eq!(replies(&world), NONE, "what was taken back is not said");
}

#[tokio::test]
async fn an_edit_that_comes_while_a_post_waits_is_followed_once_it_is_posted_pb_8() {
    let first = || by("zoe", "Try 10.0.0.1");
    let correction = by("zoe", "<p><em>Edited:</em></p>Try 10.0.0.2");
    for (edited, expected) in [
        ("ignore", vec![first(), by("zoe", "Done?")]),
        ("add", vec![first(), by("zoe", "Done?"), correction]),
        ("update", vec![by("zoe", "Try 10.0.0.2"), by("zoe", "Done?")]),
    ] {
        let set = format!("set:\n  postbacks.agent-comment.edited: {edited}\n");
        let world = with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\n{set}"));
        comments_by(&world, "zoe", "Try 10.0.0.1", true);
        comments_by(&world, "zoe", "Done?", true);
        community_is_down(&world).await;
        world.run().await;
        world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "body": "Try 10.0.0.2" }] }));
        world.run().await;
        world.no_more_faults().await;
        hours_pass(&world, 3).await;
        assert_eq!(replies(&world), expected, "{edited}");
    }
}

#[tokio::test]
async fn what_changed_since_a_person_was_shown_it_is_shown_once_more() {
    let world = collecting("{ for: 1 hours }", &["ask_first: true"]).await;
    says(&world, "zoe", "One");
    says(&world, "zoe", "40 % off");
    world.run().await;
    world.advance("2 hours");
    world.run().await;
    world.org(json!({ "comments": [{ "id": comment_id(&world, 1), "is_published": false }] }));
    for shown in ["`postbacks.agent-comment.ask_first` is true", "what it says has changed since it was shown"] {
        world.advance("1 minutes");
        let bridge =
            world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
        let parked = bridge.engine.parked().expect("the state is readable");
        assert_eq!(parked.iter().filter(|one| one.why.to_string().contains(shown)).count(), parked.len(), "{parked:?}");
        assert!(!parked.is_empty() && replies(&world).is_empty());
        bridge.engine.retry(&[parked[0].run.clone()], &Until::Settled).await.expect("the state holds");
    }
    assert_eq!(replies(&world), [by("zoe", "One")]);
}

#[tokio::test]
async fn a_post_that_is_not_split_takes_what_it_has_room_for_x_7() {
    for too_long in ["cut", "refuse", "omit"] {
        let world = collecting("{ for: 1 hours }", &["max: 30 characters", &format!("too_long: {too_long}")]).await;
        for body in ["Please switch", "it off and on", "and then call"] {
            says(&world, "zoe", body);
        }
        world.run().await;
        hours_pass(&world, 3).await;
        let said = [by("zoe", "Please switch<hr>it off and on"), by("zoe", "and then call")];
        assert_eq!(replies(&world), said, "{too_long}");
    }
}

#[tokio::test]
async fn comments_that_were_posted_together_stay_posted_when_nothing_is_collected_any_more() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    says(&world, "zoe", "One");
    world.run().await;
    world.advance("50 minutes");
    says(&world, "zoe", "Two");
    world.run().await;
    world.advance("20 minutes");
    world.run().await;
    let said = [by("zoe", "One<hr>Two")];
    assert_eq!(replies(&world), said);
    let world = world.overlay("overlay: standard\nmade_for: 0.1.0\n");
    hours_pass(&world, 3).await;
    assert_eq!(replies(&world), said);
}

#[tokio::test]
async fn only_what_was_told_to_the_rule_is_collected_x_8() {
    let world = collecting("{ for: 1 hours }", &[]).await;
    comments_by(&world, "zoe", "Later published", false);
    world.run().await;
    says(&world, "zoe", "One");
    world.run().await;
    world.advance("90 minutes");
    world.run().await;
    assert_eq!(replies(&world), [by("zoe", "One")]);
    world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "is_published": true }] }));
    world.run().await;
    world.advance("3 hours");
    world.run().await;
    assert_eq!(replies(&world), [by("zoe", "One"), by("zoe", "Later published")]);
}

#[tokio::test]
async fn a_parked_post_of_several_is_tried_once_more_or_let_go_as_one_pb_3() {
    for (retries, expected) in [(true, vec![by("zoe", "One<hr>Two")]), (false, vec![])] {
        let world = collecting("{ for: 1 hours }", &["locked: park"]).await;
        says(&world, "zoe", "One");
        says(&world, "zoe", "Two");
        world.run().await;
        world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
        world.advance("2 hours");
        let told = world.run().await;
        assert!(told.outcomes(POST)[0].starts_with("parked: locked"), "{}", told.text());
        world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
        hours_pass(&world, 1).await;
        let bridge =
            world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
        let parked = bridge.engine.parked().expect("the state is readable");
        let parked: Vec<_> = parked.into_iter().map(|parked| parked.run).collect();
        match retries {
            true => bridge.engine.retry(&parked, &Until::Settled).await.expect("the state holds"),
            false => bridge.engine.let_go(&parked, &Until::Settled).await.expect("the state holds"),
        };
        drop(bridge);
        hours_pass(&world, 1).await;
        assert_eq!(replies(&world), expected);
    }
}

#[tokio::test]
async fn a_long_collection_is_split_into_parts_and_its_comments_are_said_once_x_7() {
    let world = collecting("{ for: 1 hours }", &["max: 600 characters"]).await;
    let long = "It hums and smokes. ".repeat(20);
    for n in 0..4 {
        says(&world, "zoe", &format!("{n}: {}", long.trim()));
    }
    world.run().await;
    hours_pass(&world, 4).await;
    let said: String = replies(&world).into_iter().map(|(_, body)| body).collect();
    assert!(replies(&world).len() > 1, "{said}");
    for n in 0..4 {
        assert_eq!(said.matches(&format!("{n}: It hums")).count(), 1, "{said}");
    }
    assert_eq!(records(&world).len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_around_any_kind_of_write_collected_comments_are_posted_once_and_in_order_x_2() {
    let ready = async || {
        let world = collecting("{ for: 1 hours }", &[]).await;
        for (agent, body) in [("zoe", "One"), ("zoe", "Two"), ("zoe", "Three"), ("mia", "Four")] {
            says(&world, agent, body);
        }
        world.run().await;
        community_is_down(&world).await;
        world.advance("2 hours");
        world.run().await;
        world.no_more_faults().await;
        world.org(json!({ "comments": [{ "id": comment_id(&world, 1), "body": "Two, mended" }] }));
        world.advance("1 hours");
        world
    };
    let counting = Killer::at(0);
    assert!(run_until(&ready().await, &counting).await);
    let last_of_each = counting.last_of_each(|kind| kind.contains("commit") || kind.contains("message"));
    assert!(last_of_each.len() > 8, "{last_of_each:?}");
    for place in last_of_each {
        let world = ready().await;
        run_until(&world, &Killer::at(place)).await;
        for _ in 0..2 {
            world.advance("20 minutes");
            world.run().await;
        }
        let said = [by("zoe", "One<hr>Two, mended<hr>Three"), by("support-team", "Four")];
        assert_eq!(replies(&world), said, "killed at place {place}");
        assert_eq!(records(&world).len(), 4, "killed at place {place}");
    }
}

#[tokio::test]
async fn a_rule_that_is_held_against_another_loads_with_the_rules_that_stand_beside_it() {
    let trial = "postbacks:\n  trial:\n    on: salesforce.case_comment_added\n    shadow: postbacks.agent-comment\n    \
                 deleted: remove\n    body: = comment.body\n    as: [ support-team ]\n";
    let world = with_a_case().await.rules("trial.yaml", trial);
    comments_by(&world, "zoe", "One", true);
    world.run().await;
    assert_eq!(replies(&world), [by("zoe", "One")]);
    world.advance("2 minutes");
    world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "body": "One, mended" }] }));
    assert_eq!(world.run().await.outcomes("salesforce.write_record"), ["done"], "one note of one edit");
}

#[tokio::test]
async fn one_whose_record_cannot_be_written_holds_up_no_other() {
    let mapping = "mappings:\n  short:\n    to: Postback_Comment__c\n    \
                   Body__c: { value: = comment.body, type: Text(10), too_long: refuse }\n";
    let world = collecting("{ for: 1 hours }", &["record: short"]).await.rules("record.yaml", mapping);
    for body in ["One", "Two is longer", "Three"] {
        says(&world, "zoe", body);
    }
    world.run().await;
    world.advance("2 hours");
    world.run().await;
    assert_eq!(replies(&world).first(), Some(&by("zoe", "One")));
    world.run().await;
    assert!(replies(&world).contains(&by("zoe", "Three")), "{:?}", replies(&world));
}

#[tokio::test]
async fn an_approved_correction_of_a_collecting_rule_goes() {
    let world = collecting("{ for: 1 hours }", &["ask_first: true", "edited: add"]).await;
    says(&world, "zoe", "One");
    world.run().await;
    world.advance("2 hours");
    for change in [None, Some("One, mended")] {
        if let Some(body) = change {
            world.advance("2 minutes");
            world.org(json!({ "comments": [{ "id": comment_id(&world, 0), "body": body }] }));
        }
        world.run().await;
        let bridge =
            world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
        let held = bridge.engine.parked().expect("the state is readable");
        let held: Vec<_> = held.into_iter().map(|held| held.run).take(1).collect();
        assert!(!held.is_empty());
        bridge.engine.retry(&held, &Until::Settled).await.expect("the state holds");
    }
    assert_eq!(replies(&world), [by("zoe", "One"), by("zoe", "<p><em>Edited:</em></p>One, mended")]);
    assert!(world.run().await.summary.waiting.is_empty());
}
