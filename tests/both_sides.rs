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
async fn eleven_hundred_replies_of_one_moment_in_one_thread_each_become_one_comment_x_11() {
    // More than a page, and more than the thousand an hour that a rule may act if nothing is said.
    let storm = "overlay: standard\nmade_for: 0.1.0\nset:\n  replies.reply.limits: { per_hour: 10000 }\n";
    let world = with_a_case().await.overlay(storm);
    let reply = |n: u32| json!({ "thread": "9001", "author": "ana", "body": format!("<p>Reply {n}</p>") });
    world.community(json!({ "replies": (0..1100).map(reply).collect::<Vec<_>>() }));
    world.run().await;
    world.advance("1 minutes");
    world.run().await;
    let mut comments = world.comments();
    comments.sort_unstable();
    let mut expected: Vec<String> = (0..1100).map(|n| format!("ana wrote: Reply {n}")).collect();
    expected.sort_unstable();
    assert_eq!(comments.len(), expected.len());
    assert_eq!(comments, expected);
    assert_eq!(world.run().await.outcomes("salesforce.comment_on_case"), [""; 0]);
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
    world.advance("1 minutes");
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
    // Until it is seen to be back it is asked about once an hour.
    for span in ["1 hours", "1 minutes"] {
        world.advance(span);
        world.run().await;
    }
    assert_eq!(posts(&world), ["Back again"]);
}

#[tokio::test]
async fn the_thread_of_a_deleted_case_shows_no_status_clo_6_f_113() {
    let world = with_a_case().await.settings("support_boards: [support]\nindex_lag: 1 minutes\nstatus_labels: true\n");
    world.switch_community(json!({ "delete_label": true }));
    let labels = || world.sandbox.khoros.world()["threads"][0]["labels"].clone();
    world.run().await;
    assert_eq!(labels(), json!(["With support"]));
    world.org(json!({ "cases": [{ "id": case_id(&world), "deleted": true }] }));
    world.advance("2 minutes");
    let told = world.run().await;
    assert!(labels().as_array().is_none_or(|labels| labels.is_empty()), "{} {}", labels(), told.text());
    world.advance("3 days");
    assert_eq!((world.run().await.report.opened(), world.applied("create Case")), (0, 1), "no second case");
}

#[tokio::test]
async fn the_thread_of_a_merged_case_belongs_to_the_one_that_is_left_and_hears_what_is_said_from_then_on_f_056_clo_6_x_8()
 {
    let world = with_a_case().await;
    let made = world.org(json!({ "cases": [{ "fields": { "Subject": "The other" } }] }));
    let master = made["cases"][0]["id"].clone();
    let old = json!({ "case": master, "body": "Said to somebody else", "is_published": true, "by": "zoe@acme.test" });
    world.org(json!({ "comments": [old] }));
    world.advance("1 hours");
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

const MARKS: &str = "rules:
  edited:
    about: An edited question is marked
    on: khoros.thread_edited
    then: [ { khoros.label_thread: { thread: = thread.id, label: changed } } ]
  labelled:
    about: And so is one with any label
    on: khoros.thread_labelled
    then: [ { khoros.label_thread: { thread: = thread.id, label: changed } } ]
";

#[tokio::test]
async fn rules_that_change_what_they_listen_to_come_to_rest_f_041() {
    let world = with_a_case().await.rules("marks.yaml", MARKS);
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "body": "<p>Help, please</p>" }] }));
    for _ in 0..10 {
        world.advance("1 minutes");
        world.run().await;
    }
    assert_eq!(world.applied("add label"), 1, "{}", world.all_applied());
    // A label that somebody else sticks on is heard; ours is there already.
    world.community(json!({ "threads": [{ "id": "9001", "labels": ["changed", "urgent"] }] }));
    let mut told = vec![];
    for _ in 0..10 {
        world.advance("1 minutes");
        told.extend(world.run().await.outcomes("khoros.label_thread"));
    }
    assert_eq!((world.applied("add label"), told), (1, vec!["already done".to_owned()]));
}

#[tokio::test]
async fn a_new_thread_is_heard_once_and_those_from_before_are_not() {
    let world = with_a_case().await.rules(
        "posted.yaml",
        "rules:\n  welcome:\n    about: A new question\n    on: khoros.thread_posted\n    then: [ { khoros.label_thread: { thread: = thread.id, label: new } } ]\n",
    );
    world.run().await;
    let thread = |id: &str, extra: Json| {
        let mut thread = json!({ "id": id, "board": "support", "subject": id, "body": "<p>x</p>", "author": "ana" });
        thread.as_object_mut().expect("an object").extend(extra.as_object().cloned().unwrap_or_default());
        json!({ "threads": [thread] })
    };
    world.community(thread("9101", json!({})));
    world.community(thread("9102", json!({ "moderation_status": "awaiting_moderation" })));
    world.advance("1 minutes");
    assert_eq!(world.run().await.outcomes("khoros.label_thread"), ["done"]);
    world.advance("5 hours");
    world.community(json!({ "threads": [{ "id": "9102", "moderation_status": "approved" }] }));
    assert_eq!(world.run().await.outcomes("khoros.label_thread"), ["done"], "it was approved late");
    world.advance("1 minutes");
    assert_eq!(world.run().await.outcomes("khoros.label_thread"), [""; 0]);
}

#[tokio::test]
async fn the_case_of_a_thread_that_was_merged_away_follows_the_thread_that_is_left() {
    let world = with_a_case().await;
    let case = case_id(&world);
    world.community(json!({ "threads": [{ "id": "9003", "board": "support", "subject": "B", "body": "<p>B</p>", "author": "ana" }] }));
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "merged_into": "9003" }] }));
    world.advance("1 minutes");
    let told = world.run().await;
    assert_eq!(told.outcomes("notebook.link"), ["done"], "{}", told.text());
    // What an agent writes goes to the thread that is left, and no second case is opened for either.
    let comment =
        json!({ "case": case, "body": "Both of you: restart it.", "is_published": true, "by": "zoe@acme.test" });
    world.org(json!({ "comments": [comment] }));
    for _ in 0..2 {
        world.advance("1 minutes");
        world.run().await;
    }
    world.advance("3 days");
    let told = world.run().await;
    assert_eq!(world.cases().len(), 1, "{}", told.text());
    let posted = world.sandbox.khoros.world()["replies"].as_array().cloned().unwrap_or_default();
    let ours = posted.iter().find(|reply| reply["author"] == "zoe").expect("the comment is posted");
    assert_eq!(ours["thread"], "9003", "{ours}");
    assert_eq!(world.case_of("9003").expect("the org says so too")["Id"], case);
}

#[tokio::test]
async fn of_two_merged_threads_with_cases_the_earlier_case_goes_on_and_neither_is_closed() {
    let world = with_a_case().await;
    world.community(json!({ "threads": [{ "id": "9003", "board": "support", "subject": "B", "body": "<p>B</p>", "author": "ana" }] }));
    world.advance("3 days");
    world.run().await;
    assert_eq!(world.cases().len(), 2);
    world.advance("1 minutes");
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "merged_into": "9003" }] }));
    for _ in 0..3 {
        world.advance("1 minutes");
        world.run().await;
    }
    let (first, other) = (world.case_of("9001").expect("a case"), world.case_of("9003").expect("a case"));
    assert_eq!(other["ParentId"], first["Id"]);
    assert_eq!((&first["IsClosed"], &other["IsClosed"]), (&json!(false), &json!(false)));
    let said = "The thread of this case was merged with the one of case 00001001, which goes on.";
    assert!(world.comments().iter().any(|comment| comment == said), "{:?}", world.comments());
}

#[tokio::test]
async fn what_is_split_off_is_a_question_of_its_own_and_the_link_stays_with_the_rest() {
    let world = with_a_case().await;
    world.community(
        json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "ana", "body": "<p>Mine hums too</p>" }] }),
    );
    world.advance("1 minutes");
    world.run().await;
    world.community(json!({ "replies": [{ "id": "9101", "split": true }] }));
    world.advance("47 hours");
    world.run().await;
    assert_eq!(world.cases().len(), 1, "its own clock has not run out");
    world.advance("1 hours");
    world.run().await;
    let new = world.case_of("9101").expect("a case of its own");
    assert_ne!(new["Id"], world.case_of("9001").expect("the link stays")["Id"]);
}

#[tokio::test]
async fn a_rule_that_links_a_thread_to_a_case_posts_none_of_its_old_comments_x_8() {
    let world = with_a_case().await;
    let other =
        world.org(json!({ "cases": [{ "fields": { "Subject": "A known outage" } }] }))["cases"][0]["id"].clone();
    let say = |body: &str| json!({ "case": other, "body": body, "is_published": true, "by": "zoe@acme.test" });
    world.org(json!({ "comments": [say("To another customer")] }));
    world.advance("1 hours");
    let rule = format!(
        "rules:\n  to-the-outage:\n    on: khoros.reply_posted\n    \
         then: [ {{ notebook.link: {{ thread: = thread.id, case: {other} }} }} ]\n"
    );
    let world = world.rules("outage.yaml", &rule);
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Here too</p>" }] }));
    assert_eq!(world.run().await.outcomes("notebook.link"), ["done"]);
    world.org(json!({ "comments": [say("It is mended")] }));
    for _ in 0..2 {
        world.advance("1 minutes");
        world.run().await;
    }
    assert_eq!(posts(&world), ["<p>Here too</p>", "It is mended"]);
}
