//! The checker finds what is wrong: small worlds, each with one fault in it.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::checker::{Policy, wrong};

const CLOSED: &str = "2026-03-03T10:00:00.000+0000";

/// A solved thread with its closed case: two comments, one of them in two parts and one internal besides; two replies.
fn right() -> (Json, Json) {
    let post = |id: &str, author: &str, time: &str, body: &str| json!({ "id": id, "thread": "1", "author": author, "post_time": format!("2026-03-03T{time}Z"), "body": body });
    let community = json!({
        "threads": [
            { "id": "1", "board": "support", "author": "ana", "post_time": "2026-03-03T08:00:00Z", "body": "<p>It hums</p>" },
            { "id": "9", "board": "lounge", "author": "ana", "post_time": "2026-03-03T08:00:00Z", "body": "<p>Hello</p>" },
        ],
        "replies": [
            post("2", "ana", "08:20:00", "<p>And it is <b>hot</b> &amp; loud</p>"),
            post("3", "zoe", "09:20:00", "<p>Please\u{2063}\u{200B}\u{2060}\u{2063} reboot</p>"),
            post("4", "zoe", "09:30:00", "<p>(1/2)</p><p>First this,</p>"),
            post("5", "ben", "09:31:00", "<p>Mine too</p>"),
            post("6", "zoe", "09:32:00", "<p>(2/2)</p><p>then &lt;that&gt;</p>"),
        ],
        "solutions": [{ "reply": "3" }],
    });
    let comment = |body: &str, published: bool, by: &str| json!({ "id": body, "case": "500A", "body": body, "is_published": published, "by": format!("{by}@acme.test") });
    let org = json!({
        "users": [
            { "id": "005A", "fields": { "Username": "integration@acme.test" } },
            { "id": "005B", "fields": { "Username": "zoe@acme.test" } },
        ],
        "cases": [{ "id": "500A", "fields": { "Community_Thread_Key__c": "acme:1", "Status": "Closed", "ClosedDate": CLOSED } }],
        "comments": [
            comment("Please reboot", true, "zoe"),
            comment("ana wrote: And it is hot & loud", false, "integration"),
            comment("he pays nothing, be short", false, "zoe"),
            comment("First this,\nthen <that>", true, "zoe"),
            comment("(1/2) ben wrote: Mine", false, "integration"),
            comment("(2/2) too", false, "integration"),
            comment("Solved in the community", false, "integration"),
        ],
        "histories": [],
    });
    (community, org)
}

fn found(change: impl FnOnce(&mut Json, &mut Json)) -> Vec<String> {
    let (mut community, mut org) = right();
    change(&mut community, &mut org);
    let now = "2026-03-03T20:00:00Z".parse().expect("a moment");
    wrong(&Policy { boards: &["support"], due_after: SignedDuration::from_hours(1), now }, &community, &org)
}

fn finds(word: &str, change: impl FnOnce(&mut Json, &mut Json)) {
    let found = found(change);
    assert!(found.len() == 1 && found[0].contains(word), "`{word}`: {found:#?}");
}

fn listed<'l>(world: &'l mut Json, list: &str) -> &'l mut Vec<Json> {
    world[list].as_array_mut().expect("a list")
}

#[test]
fn the_checker_has_nothing_against_a_day_that_went_well() {
    assert!(found(|_, _| ()).is_empty(), "{:#?}", found(|_, _| ()));
}

#[test]
fn the_checker_finds_a_second_case_and_a_missing_one() {
    let second = json!({ "id": "500B", "fields": { "Community_Thread_Key__c": "acme:1", "Status": "Closed" } });
    finds("thread 1 has 2 cases", |_, org| listed(org, "cases").push(second));
    finds("thread 1 has 0 cases", |_, org| listed(org, "cases").clear());
    let other = json!({ "id": "500B", "fields": { "Community_Thread_Key__c": "acme:9", "Status": "New" } });
    finds("thread 9 has 1 cases", |_, org| listed(org, "cases").push(other));
}

#[test]
fn the_checker_finds_a_comment_that_is_doubled_lost_or_out_of_order() {
    let again = |id: &str, body: &str| json!({ "id": id, "thread": "1", "author": "zoe", "post_time": "2026-03-03T10:00:00Z", "body": body });
    finds("too many [\"Pleasereboot\"", |community, _| {
        listed(community, "replies").push(again("7", "<p>Please reboot</p>"));
    });
    finds("missing [\"Pleasereboot\"]", |community, _| {
        community["solutions"][0]["reply"] = json!("5");
        listed(community, "replies").remove(1);
    });
    finds("order", |community, _| {
        community["solutions"][0]["reply"] = json!("5");
        listed(community, "replies")[1]["id"] = json!("8");
    });
}

#[test]
fn the_checker_finds_a_part_that_is_doubled_or_lost() {
    for change in [json!("5x"), json!("<p>(2/2)</p><p>then &lt;that&gt; then &lt;that&gt;</p>")] {
        let found = found(|community, _| listed(community, "replies")[4]["body"] = change);
        assert!(!found.is_empty());
    }
    assert!(!found(|community, _| _ = listed(community, "replies").pop()).is_empty());
}

#[test]
fn the_checker_finds_a_reply_that_is_doubled_or_lost() {
    finds("missing [\"Minetoo\"]", |_, org| {
        listed(org, "comments").drain(4..6);
    });
    let found = found(|_, org| {
        let again = listed(org, "comments")[1].clone();
        listed(org, "comments").push(again);
    });
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("too many [\"Anditishot&loud\"") && found[1].contains("twice"), "{found:#?}");
}

#[test]
fn the_checker_finds_something_internal_outside() {
    finds("is internal and stands in the community", |community, _| {
        community["threads"][0]["body"] = json!("<p>He said: he pays nothing, be\u{200B} short</p>");
    });
}

#[test]
fn the_checker_finds_a_case_that_stands_otherwise_than_its_thread() {
    finds("is closed: false", |_, org| org["cases"][0]["fields"]["Status"] = json!("Working"));
    finds("is closed: true", |community, _| listed(community, "solutions").clear());
}

#[test]
fn the_checker_lets_an_agent_open_a_case_again() {
    let opened = |by: &str| {
        found(|_, org| {
            org["cases"][0]["fields"]["Status"] = json!("Working");
            let fields = json!({ "CaseId": "500A", "Field": "Status", "OldValue": "Closed", "NewValue": "Working", "CreatedById": by });
            listed(org, "histories").push(json!({ "id": "017A", "fields": fields }));
        })
    };
    assert!(opened("005B").is_empty(), "{:#?}", opened("005B"));
    assert_eq!(opened("005A").len(), 1);
}

#[test]
fn the_checker_lets_a_case_stay_closed_on_which_an_agent_wrote_before_the_solution_was_withdrawn() {
    let noted = |moment: &str| {
        found(|community, org| {
            listed(community, "solutions").clear();
            listed(org, "comments")[2]["fields"] = json!({ "CreatedDate": "2026-03-03T11:00:00.000+0000" });
            let fields = json!({ "CreatedDate": moment });
            let body = "The accepted solution was withdrawn";
            listed(org, "comments")
                .push(json!({ "case": "500A", "body": body, "by": "integration@acme.test", "fields": fields }));
        })
    };
    assert!(noted("2026-03-03T12:00:00.000+0000").is_empty(), "{:#?}", noted("2026-03-03T12:00:00.000+0000"));
    assert_eq!(noted("2026-03-03T10:30:00.000+0000").len(), 1);
}
