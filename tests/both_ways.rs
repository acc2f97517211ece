//! What agents write is heard in the thread, what members write in the case: the standard pack over both hosts.

use casebridge::engine::Until;
use serde_json::{Value as Json, json};

use crate::world::killing::{Killer, run_until};
use crate::world::{Told, World};

const SETTINGS: &str = "
support_boards: [support]
staff_roles: [Employee]
index_lag: 1 minutes
case_closure: true
fallback_username: support-team
";

/// A thread with a case. Of the org's agents zoe has one account, kai has two, mia has none.
pub async fn with_a_case() -> World {
    let world = World::with(json!({
        "members": [
            { "login": "zoe", "email": "zoe@acme.test" },
            { "login": "kai", "email": "kai@acme.test" }, { "login": "kai2", "email": "Kai@ACME.test" },
            { "login": "support-team", "email": "team@acme.test" }, { "login": "ana", "email": "ana@people.test" },
        ],
        "threads": [{ "id": "9001", "board": "support", "subject": "A", "body": "<p>Help</p>", "author": "ana", "age": "60 hours" }],
    }))
    .await
    .settings(SETTINGS);
    assert_eq!(world.run().await.outcomes("salesforce.create_case"), ["done"]);
    world
}

pub fn case(world: &World) -> Json {
    world.case_of("9001").expect("a case")["Id"].clone()
}

pub fn comments_by(world: &World, agent: &str, body: &str, published: bool) {
    let by = format!("{agent}@acme.test");
    world.org(json!({ "comments": [{ "case": case(world), "body": body, "is_published": published, "by": by }] }));
}

/// Author and text of every reply, in order, without what nobody sees.
pub fn replies(world: &World) -> Vec<(String, String)> {
    let community = world.sandbox.khoros.world();
    let replies = community["replies"].as_array().cloned().unwrap_or_default();
    let text = |reply: &Json, name: &str| reply[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(u64, String, String)> = replies
        .iter()
        .map(|reply| {
            let id = text(reply, "id").parse().unwrap_or(0);
            (id, text(reply, "author"), casebridge::marker::without(&text(reply, "body")))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, author, body)| (author, body)).collect()
}

fn came_to(told: &Told, function: &str, expected: &[&str]) {
    assert_eq!(told.outcomes(function), expected, "{}", told.text());
}

#[tokio::test]
async fn a_comment_of_an_agent_with_one_account_is_posted_under_it_pb_1() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Please reboot & wait", true);
    came_to(&world.run().await, "khoros.post_reply", &["done"]);
    assert_eq!(replies(&world), [("zoe".into(), "Please reboot &amp; wait".into())]);
    came_to(&world.run().await, "khoros.post_reply", &[]);
    assert_eq!(world.comments(), ["Please reboot & wait"], "our own post comes not back (PB-10)");
}

#[tokio::test]
async fn a_reply_of_a_member_becomes_an_internal_comment() {
    let world = with_a_case().await;
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>It still hums</p>" }] }));
    came_to(&world.run().await, "salesforce.comment_on_case", &["done"]);
    assert_eq!(world.comments(), ["ana wrote: It still hums"]);
    let told = world.run().await;
    came_to(&told, "salesforce.comment_on_case", &[]);
    came_to(&told, "khoros.post_reply", &[]);
}

fn posted(author: &str, body: &str) -> (String, String) {
    (author.to_owned(), body.to_owned())
}

#[tokio::test]
async fn without_exactly_one_account_the_fallback_user_speaks_set_8() {
    let world = with_a_case().await;
    comments_by(&world, "kai", "Of two accounts", true);
    comments_by(&world, "mia", "Of none", true);
    came_to(&world.run().await, "khoros.post_reply", &["done", "done"]);
    let expected = [posted("support-team", "Of two accounts"), posted("support-team", "Of none")];
    assert_eq!(replies(&world), expected, "in order (PB-3), every one of them (PB-4)");
}

#[tokio::test]
async fn an_internal_comment_never_leaves_whatever_a_rule_says_pb_7_f_084() {
    let rule = "postbacks:\n  all:\n    on: salesforce.case_comment_added\n    body: = text::html(comment.body)\n    as: [ support-team ]\n    may_widen: We post everything\n";
    let world = with_a_case().await.rules("more.yaml", rule);
    comments_by(&world, "zoe", "price is 40 % off, do not tell", false);
    let told = world.run().await;
    came_to(&told, "khoros.post_reply", &[]);
    assert!(replies(&world).is_empty());
    let community = world.sandbox.khoros.world().to_string();
    assert!(!community.contains("40 %"), "nowhere in the community");
}

#[tokio::test]
async fn a_comment_that_is_published_later_is_posted_then() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Draft", false);
    came_to(&world.run().await, "khoros.post_reply", &[]);
    let org = world.sandbox.salesforce.world();
    let id = org["comments"][0]["id"].clone();
    world.advance("2 minutes");
    world.org(json!({ "comments": [{ "id": id, "is_published": true }] }));
    came_to(&world.run().await, "khoros.post_reply", &["done"]);
    assert_eq!(replies(&world), [posted("zoe", "Draft")]);
}

#[tokio::test]
async fn two_sides_that_answer_each_other_make_one_post_and_one_comment_f_081() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Please reboot", true);
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Done</p>" }] }));
    for _ in 0..20 {
        let told = world.run().await;
        assert_eq!(told.summary.held, 0, "no breaker: {}", told.text());
        world.advance("1 minutes");
    }
    assert_eq!((replies(&world).len(), world.comments().len()), (2, 2), "{:?}", world.all_applied());
}

#[tokio::test]
async fn a_long_comment_is_posted_in_numbered_parts_in_order_x_7() {
    let rule = "overlay: standard\nmade_for: 0.1.0\nset:\n  postbacks.agent-comment.max: 120 characters\n";
    let world = with_a_case().await.overlay(rule);
    let body = (0..30).map(|n| format!("word{n:02}")).collect::<Vec<_>>().join(" ");
    comments_by(&world, "zoe", &body, true);
    let told = world.run().await;
    let posts = replies(&world);
    assert!(posts.len() > 1 && posts[0].1.starts_with("<p>(1/"), "{posts:?}\n{}", told.text());
    let words = posts
        .iter()
        .flat_map(|(_, body)| body.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.starts_with("word"));
    assert_eq!(words.collect::<Vec<_>>().join(" "), body);
}

#[tokio::test]
async fn the_record_says_what_became_of_the_post_pb_1() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Please reboot", true);
    let told = world.run().await;
    let record = postback_records(&world)
        .pop()
        .unwrap_or_else(|| panic!("{:?} {}", told.outcomes("salesforce.write_record"), told.text()));
    let fields = &record["fields"];
    assert_eq!(
        (&fields["Status__c"], &fields["Author__c"], &fields["Thread_ID__c"]),
        (&json!("Posted"), &json!("zoe"), &json!("9001"))
    );
    assert!(fields["Community_Message_ID__c"].is_string(), "{fields}");
}

pub fn postback_records(world: &World) -> Vec<Json> {
    let org = world.sandbox.salesforce.world();
    org["postback_comments"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_locked_thread_keeps_its_posts_in_order_until_a_person_looks_pb_3_pb_6() {
    let world = with_a_case().await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", "First", true);
    comments_by(&world, "zoe", "Second", true);
    let told = world.run().await;
    came_to(&told, "khoros.post_reply", &["parked: locked: the thread is locked"]);
    assert_eq!(told.summary.kept_back, (1, 1), "{}", told.text());
    world.advance("1 hours");
    came_to(&world.run().await, "khoros.post_reply", &[]);
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    let seen = crate::world::Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> =
        bridge.engine.parked().expect("the state is readable").into_iter().map(|parked| parked.run).collect();
    assert_eq!(parked.len(), 1, "{:?}", bridge.engine.parked());
    let summary = bridge.engine.retry(&parked, &Until::Settled).await.expect("the state holds");
    assert_eq!(summary.kept_back, (0, 0));
    assert_eq!(replies(&world), [posted("zoe", "First"), posted("zoe", "Second")]);
}

#[tokio::test]
async fn what_is_let_go_holds_its_followers_no_longer_pb_3() {
    let world = with_a_case().await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", "First", true);
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    comments_by(&world, "zoe", "Second", true);
    came_to(&world.run().await, "khoros.post_reply", &[]);
    let seen = crate::world::Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> =
        bridge.engine.parked().expect("the state is readable").into_iter().map(|parked| parked.run).collect();
    bridge.engine.let_go(&parked, &Until::Settled).await.expect("the state holds");
    assert!(bridge.engine.parked().expect("the state is readable").is_empty());
    assert_eq!(replies(&world), [posted("zoe", "Second")]);
}

#[tokio::test]
async fn a_case_closes_opens_again_and_shows_on_its_thread_clo_1_clo_3() {
    let world = with_a_case().await;
    world.switch_community(json!({ "delete_label": true }));
    let world = world.settings(&format!("{SETTINGS}status_labels: true\n"));
    came_to(&world.run().await, "khoros.label_thread", &["done"]);
    assert_eq!(labels(&world), ["With support"]);
    world.community(json!({ "replies": [{ "id": "9002", "thread": "9001", "author": "kai", "body": "<p>So</p>" }] }));
    world.community(json!({ "solutions": [{ "reply": "9002" }] }));
    world.advance("1 minutes");
    came_to(&world.run().await, "salesforce.update_case", &["done"]);
    world.advance("2 minutes");
    let told = world.run().await;
    assert_eq!(labels(&world), ["Resolved"], "{:?} {}", told.outcomes("khoros.unlabel_thread"), told.text());
    world.community(json!({ "solutions": [{ "reply": "9002", "deleted": true }] }));
    world.advance("1 days");
    came_to(&world.run().await, "salesforce.update_case", &["done"]);
    let case = world.case_of("9001").expect("a case");
    assert_eq!((&case["IsClosed"], &case["Status"]), (&json!(false), &json!("Working")));
    world.advance("2 minutes");
    world.run().await;
    assert_eq!(labels(&world), ["With support"]);
}

fn labels(world: &World) -> Vec<String> {
    let community = world.sandbox.khoros.world();
    let thread = community["threads"].as_array().and_then(|threads| threads.first()).cloned().unwrap_or_default();
    let texts = thread["labels"].as_array().cloned().unwrap_or_default();
    texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn after_too_many_turns_a_person_is_asked_pb_10() {
    let world = with_a_case()
        .await
        .overlay("overlay: standard\nmade_for: 0.1.0\nset:\n  postbacks.agent-comment.alternations: 2\n");
    let mut held = 0;
    for turn in 0..3 {
        comments_by(&world, "zoe", &format!("Question {turn}"), true);
        held += world.run().await.summary.held;
        world.community(
            json!({ "replies": [{ "thread": "9001", "author": "ana", "body": format!("<p>Answer {turn}</p>") }] }),
        );
        world.run().await;
        world.advance("1 minutes");
    }
    assert!(held > 0, "a breaker opened");
    let of_zoe = replies(&world).iter().filter(|(author, _)| author == "zoe").count();
    assert_eq!(of_zoe, 2, "{:?}", replies(&world));
}

#[tokio::test]
async fn a_private_message_is_sent_as_the_agent_and_its_record_says_so_pm_1() {
    let world = with_a_case().await;
    let member =
        |login: &str| json!({ "fields": { "Name": login, "Khoros_SSOID__c": login, "Community_ID__c": login } });
    let made = world.org(json!({ "community_users": [member("ana"), member("nobody-at-all")] }));
    let id = |n: usize| {
        made["community_users"][n]["id"]
            .as_str()
            .or(made["community_users"][n].as_str())
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned()
    };
    let message = |subject: &str, to: String| json!({ "fields": { "Recipient__c": to, "Subject__c": subject, "Body__c": "It is <done>", "Case__c": case(&world) }, "by": "zoe@acme.test" });
    world.org(json!({ "private_messages": [message("Your case", id(0)), message("Nobody is there", id(1))] }));
    let told = world.run().await;
    assert_eq!(
        told.outcomes("khoros.send_private_message").first().map(String::as_str),
        Some("done"),
        "{}",
        told.text()
    );
    let org = world.sandbox.salesforce.world();
    let statuses: Vec<_> = org["private_messages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|message| message["fields"]["Status__c"].clone())
        .collect();
    assert_eq!(statuses, [json!("Sent"), json!("Failed")]);
    assert_eq!(world.applied("send note"), 1, "{:?}", world.all_applied());
    came_to(&world.run().await, "khoros.send_private_message", &[]);
}

#[tokio::test]
async fn the_fallback_may_be_nobody_then_it_waits_for_a_person_set_8() {
    let world = with_a_case().await.settings("support_boards: [support]\nindex_lag: 1 minutes\n");
    comments_by(&world, "mia", "Of nobody", true);
    let told = world.run().await;
    let why = "parked: nobody_can_speak: nobody is named who has an account";
    came_to(&told, "khoros.post_reply", &[why]);
    let record = postback_records(&world).pop().expect("a record");
    assert_eq!(record["fields"]["Status__c"], json!("Failed"));
}

#[tokio::test]
async fn who_quotes_what_we_posted_or_noted_is_heard_x_9() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Please reboot", true);
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>It hums</p>" }] }));
    world.run().await;
    let (community, org) = (world.sandbox.khoros.world(), world.sandbox.salesforce.world());
    let bodies = |list: &Json| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(|one| one["body"].as_str().map(str::to_owned)).collect()
    };
    let ours = |texts: Vec<String>| texts.into_iter().find(|text| casebridge::marker::is_ours(text)).expect("ours");
    let (post, note) = (ours(bodies(&community["replies"])), ours(bodies(&org["comments"])));
    let quote = format!("<blockquote>{post}</blockquote><p>That did not help</p>");
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": quote }] }));
    comments_by(&world, "zoe", &format!("> {note}\n\nThen open it"), true);
    world.advance("1 minutes");
    world.run().await;
    let comments = world.comments();
    assert!(comments.iter().any(|text| text.contains("That did not help")), "{comments:?}");
    assert!(replies(&world).iter().any(|(_, text)| text.contains("Then open it")), "{:?}", replies(&world));
    let before = (replies(&world).len(), comments.len());
    world.advance("1 minutes");
    world.run().await;
    assert_eq!((replies(&world).len(), world.comments().len()), before, "and our own does not come back");
}

/// The standard pack with something else for agents' comments.
async fn with_a_postback(keys: &[&str]) -> World {
    let set: String = keys.iter().map(|key| format!("  postbacks.agent-comment.{key}\n")).collect();
    with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\nset:\n{set}"))
}

/// Changes the first comment that an agent wrote, and lets it be heard.
async fn change_comment(world: &World, change: Json) -> Told {
    let org = world.sandbox.salesforce.world();
    let mut entry = json!({ "id": org["comments"][0]["id"], "by": "zoe@acme.test" });
    entry.as_object_mut().expect("an entry").extend(change.as_object().expect("an object").clone());
    world.advance("2 minutes");
    world.org(json!({ "comments": [entry] }));
    world.run().await
}

#[tokio::test]
async fn an_edit_that_no_rule_follows_is_noted_on_the_record_pb_8() {
    for (keys, expected) in
        [(&["edited: ignore"][..], json!("Edited after it was posted")), (&["edited: add"][..], json!(null))]
    {
        let world = with_a_postback(keys).await;
        comments_by(&world, "zoe", "Please reboot", true);
        world.run().await;
        change_comment(&world, json!({ "body": "Leave it off" })).await;
        let record = postback_records(&world).pop().expect("a record");
        assert_eq!((&record["fields"]["Status__c"], &record["fields"]["Result__c"]), (&json!("Posted"), &expected));
    }
    let world = with_a_postback(&["record: none"]).await;
    comments_by(&world, "zoe", "Please reboot", true);
    world.run().await;
    let told = change_comment(&world, json!({ "body": "Leave it off" })).await;
    assert!(told.report.settled.is_empty() && postback_records(&world).is_empty());
}

#[tokio::test]
async fn a_correction_behind_the_post_is_html_once_pb_8() {
    let world = with_a_postback(&["edited: add"]).await;
    comments_by(&world, "zoe", "Please reboot", true);
    world.run().await;
    came_to(&change_comment(&world, json!({ "body": "Please reboot & wait" })).await, "khoros.post_reply", &["done"]);
    let expected = [posted("zoe", "Please reboot"), posted("zoe", "<p><em>Edited:</em></p>Please reboot &amp; wait")];
    assert_eq!(replies(&world), expected);
}

#[tokio::test]
async fn the_post_itself_is_edited_and_keeps_the_line_under_it_pb_8_pb_9() {
    let world = with_a_postback(&["edited: update", "sign: { agent: Zoe of Support }"]).await;
    comments_by(&world, "zoe", "Please rebot", true);
    world.run().await;
    came_to(&change_comment(&world, json!({ "body": "Please reboot" })).await, "khoros.edit_reply", &["done"]);
    assert_eq!(replies(&world), [posted("zoe", "Please reboot<p>Zoe of Support</p>")]);
    came_to(&world.run().await, "salesforce.comment_on_case", &[]);
}

#[tokio::test]
async fn of_a_post_in_parts_none_is_edited_and_a_correction_follows_pb_8_x_7() {
    let world = with_a_postback(&["edited: update", "max: 120 characters"]).await;
    comments_by(&world, "zoe", &"Please reboot it. ".repeat(12), true);
    world.run().await;
    let before = replies(&world);
    assert!(before.len() > 1, "{before:?}");
    let told = change_comment(&world, json!({ "body": "Leave it off" })).await;
    came_to(&told, "khoros.edit_reply", &[]);
    let after = replies(&world);
    assert_eq!(after[..before.len()], before);
    assert_eq!(after[before.len()..], [posted("zoe", "<p><em>Edited:</em></p>Leave it off")]);
}

#[tokio::test]
async fn a_comment_that_was_never_posted_has_nothing_to_correct_pb_8() {
    for edited in ["edited: add", "edited: update"] {
        let world = with_a_postback(&[edited, "locked: drop"]).await;
        world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
        comments_by(&world, "zoe", "Please reboot", true);
        world.run().await;
        world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
        let told = change_comment(&world, json!({ "body": "Leave it off" })).await;
        came_to(&told, "khoros.edit_reply", &[]);
        assert!(replies(&world).is_empty(), "{edited}: {:?}", replies(&world));
    }
}

#[tokio::test]
async fn the_post_of_a_comment_that_was_deleted_is_hidden_where_a_rule_says_so_pb_8() {
    // The line looks at what a deleted comment has no more.
    for keys in [&["deleted: remove"][..], &["deleted: remove", "when: [ comment.is_published ]"]] {
        let world = with_a_postback(keys).await;
        comments_by(&world, "zoe", "The password is 1234", true);
        came_to(&world.run().await, "khoros.post_reply", &["done"]);
        let told = change_comment(&world, json!({ "deleted": true })).await;
        came_to(&told, "khoros.hide_reply", &["done"]);
        came_to(&told, "khoros.post_reply", &[]);
    }
}

#[tokio::test]
async fn what_happens_to_a_comment_while_nobody_knows_whether_it_was_posted_is_followed_then_pb_8() {
    for (key, change, function) in [
        ("deleted: remove", json!({ "deleted": true }), "khoros.hide_reply"),
        ("edited: update", json!({ "body": "Leave it off" }), "khoros.edit_reply"),
    ] {
        let ready = async || {
            let world = with_a_postback(&[key]).await;
            comments_by(&world, "zoe", "Please reboot", true);
            world
        };
        let counting = Killer::at(0);
        run_until(&ready().await, &counting).await;
        let posts = counting.last_of_each(|kind| kind.starts_with("after POST") && kind.contains("messages"));
        let place = *posts.first().expect("a post");
        let world = ready().await;
        assert!(!run_until(&world, &Killer::at(place)).await);
        assert_eq!(replies(&world).len(), 1, "killed before the answer");
        world.advance("10 minutes");
        let told = change_comment(&world, change).await;
        came_to(&told, "khoros.post_reply", &["already done"]);
        came_to(&told, function, &["done"]);
    }
}
