//! The main job: unanswered threads become cases, previewed, applied, never twice.

use std::collections::BTreeSet;

use casebridge::plan::action::Action;
use serde_json::{Value as Json, json};

use crate::both_ways::{comments_by, with_a_case};
use crate::world::meddling::Meddling;
use crate::world::{Told, World};

fn thread(age: &str) -> Json {
    json!({ "id": "9001", "board": "support", "subject": "VPN drops", "body": "<p>Every hour.</p>", "author": "ana", "age": age })
}

async fn one_due_thread() -> World {
    World::with(json!({ "members": [{ "login": "ana", "email": "ana@acme.test" }], "threads": [thread("50 hours")] }))
        .await
}

#[tokio::test]
async fn a_preview_leaves_nothing_behind_f_116() {
    let world = World::small().await;
    world.preview().await;
    let (applied, state) = (world.all_applied(), world.export());
    let preview = world.preview().await;
    assert_eq!((world.all_applied(), world.export()), (applied, state));
    let planned = preview.report.planned.len();
    let run = world.run().await;
    assert_eq!(run.report.opened(), planned, "a real run does exactly the plan");
}

/// The writes among these that no stage makes: what follows a write once it is settled is in no plan.
fn writes<'a>(actions: impl Iterator<Item = &'a Action>) -> BTreeSet<String> {
    let planned = actions.filter(|action| !action.rule.as_str().contains(".after."));
    planned.map(|action| format!("{} {:?}", action.function, action.args)).collect()
}

fn planned(told: &Told) -> BTreeSet<String> {
    writes(told.report.planned.iter().flat_map(|planned| planned.going()))
}

#[tokio::test]
async fn a_preview_of_cases_a_closure_and_a_postback_leaves_nothing_behind_and_the_run_does_exactly_that_f_116() {
    let world = with_a_case().await;
    world.run().await;
    let due = |n: u32| json!({ "id": (9100 + n).to_string(), "board": "support", "subject": n.to_string(), "body": "<p>?</p>", "author": "ana", "age": "60 hours" });
    world.community(json!({ "threads": (0..10).map(due).collect::<Vec<_>>() }));
    comments_by(&world, "zoe", "Please reboot", true);
    world.community(json!({ "replies": [{ "id": "9002", "thread": "9001", "author": "zoe", "body": "<p>So</p>" }] }));
    world.community(json!({ "solutions": [{ "reply": "9002" }] }));
    world.advance("1 minutes");
    let (applied, state) = (world.all_applied(), world.export());
    let preview = world.preview().await;
    assert_eq!((world.all_applied(), world.export()), (applied, state));
    let run = world.run().await;
    assert_eq!(planned(&run), planned(&preview));
    assert_eq!(writes(run.report.settled.iter().map(|settled| &settled.action)), planned(&preview));
    let done = |function: &str| run.outcomes(function).iter().filter(|outcome| *outcome == "done").count();
    let counts = ["salesforce.create_case", "salesforce.update_case", "khoros.post_reply"].map(done);
    assert_eq!((counts, run.code), ([10, 1, 1], 0), "{}", run.text());
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_one_more_due_thread_is_the_only_new_case() {
    let world = World::small()
        .await
        .settings("{ support_boards: [support, returns], staff_roles: [Employee], replies_from: nobody }");
    let first = world.run().await;
    assert_eq!((first.report.opened(), first.code), (15, 0));
    let applied = world.all_applied();
    let second = world.run().await;
    assert_eq!((second.report.opened(), world.all_applied()), (0, applied));
    world.advance("15 minutes");
    let third = world.run().await;
    assert_eq!((third.report.opened(), world.applied("create Case")), (1, 16));
    assert_eq!(world.case_of("143").expect("the new case")["Subject"], "Battery drains over night");
}

#[tokio::test]
async fn a_thread_is_due_at_its_limit_and_not_a_second_before_esc_6() {
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": [thread("47 hours")] })).await;
    world.advance("59 minutes");
    world.advance("50 seconds");
    assert_eq!(world.run().await.report.opened(), 0);
    world.advance("10 seconds");
    assert_eq!(world.run().await.report.opened(), 1);
}

#[tokio::test]
async fn a_thread_that_is_solved_between_scan_and_write_makes_no_case_x_3() {
    let world = one_due_thread().await;
    let khoros = world.sandbox.khoros.clone();
    let solve = move || {
        khoros.edit(&json!({ "replies": [{ "id": "9002", "thread": "9001", "body": "Reboot", "author": "ana" }], "solutions": [{ "reply": "9002" }] })).expect("solved");
    };
    let told = world.run_over(Meddling::before(world.web(), "WHERE id IN", solve)).await;
    assert_eq!(world.cases().len(), 0);
    let outcomes = told.outcomes("salesforce.create_case");
    assert_eq!(outcomes.len(), 1);
    assert!(outcomes[0].starts_with("superseded: solved_since_scan"), "{outcomes:?}");
    assert_eq!(told.code, 0);
}

#[tokio::test]
async fn a_thread_that_is_answered_between_scan_and_write_makes_no_case_x_3() {
    let world = one_due_thread().await;
    let khoros = world.sandbox.khoros.clone();
    let answer = move || {
        let members = json!([{ "login": "kai" }]);
        let replies = json!([{ "thread": "9001", "body": "Reboot", "author": "kai" }]);
        khoros.edit(&json!({ "members": members, "replies": replies })).expect("answered");
    };
    let told = world.run_over(Meddling::before(world.web(), "WHERE id IN", answer)).await;
    assert_eq!((world.cases().len(), told.code), (0, 0));
    assert!(told.outcomes("salesforce.create_case")[0].starts_with("superseded: changed_since_scan"));
}

#[tokio::test]
async fn a_post_deleted_before_its_case_is_superseded_without_a_failure_f_003() {
    let world = one_due_thread().await;
    let khoros = world.sandbox.khoros.clone();
    let delete = move || {
        khoros.edit(&json!({ "threads": [{ "id": "9001", "deleted": true }] })).expect("deleted");
    };
    let told = world.run_over(Meddling::before(world.web(), "WHERE id IN", delete)).await;
    assert_eq!((world.cases().len(), told.code), (0, 0));
    assert!(told.outcomes("salesforce.create_case")[0].starts_with("superseded: deleted_since_scan"));
}

#[tokio::test]
async fn a_thread_that_was_only_looked_at_since_the_scan_becomes_a_case_all_the_same() {
    let world = one_due_thread().await;
    let khoros = world.sandbox.khoros.clone();
    let edit = move || {
        khoros.edit(&json!({ "threads": [{ "id": "9001", "subject": "VPN drops, still" }] })).expect("edited");
    };
    world.run_over(Meddling::before(world.web(), "WHERE id IN", edit)).await;
    assert_eq!(world.case_of("9001").expect("a case")["Subject"], "VPN drops", "the committed arguments go");
}

#[tokio::test]
async fn a_superseded_thread_is_due_again_when_its_reason_comes_back() {
    let world = one_due_thread().await;
    let khoros = world.sandbox.khoros.clone();
    let lock = move || {
        khoros.edit(&json!({ "threads": [{ "id": "9001", "read_only": true }] })).expect("locked");
    };
    world.run_over(Meddling::before(world.web(), "WHERE id IN", lock)).await;
    assert_eq!(world.cases().len(), 0);
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    assert_eq!(world.run().await.report.opened(), 1);
}

#[tokio::test]
async fn caps_hold_what_is_over_them_and_it_stays_due() {
    let world = World::with_threads(12).await;
    let rules = include_str!("../rules/escalations.yaml")
        .replace("    with: thread-to-case", "    with: thread-to-case\n    limits: { per_run: 5 }");
    let world = world.rules("escalations.yaml", &rules);
    let first = world.run().await;
    assert_eq!((first.report.opened(), first.summary.over_cap()), (5, 7));
    assert!(first.text().contains("7 over a cap and still due"), "{}", first.text());
    assert_eq!(world.run().await.report.opened(), 5);
    assert_eq!(world.run().await.report.opened(), 2);
    assert_eq!(world.cases().len(), 12);
}

#[tokio::test]
async fn over_a_cap_that_asks_everything_is_held_for_a_person() {
    let world = World::with_threads(3).await;
    let rules = include_str!("../rules/escalations.yaml")
        .replace("    with: thread-to-case", "    with: thread-to-case\n    limits: { per_run: 2, over: ask }");
    let world = world.rules("escalations.yaml", &rules);
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.summary.held, told.code), (2, 1, 0));
    assert_eq!(world.run().await.summary.held, 1, "it stays held");
}

#[tokio::test]
async fn nasty_texts_arrive_as_they_were_written() {
    let world = World::small().await;
    world.run().await;
    let quoted = world.case_of("134").expect("quotes and backslashes");
    assert_eq!(quoted["Subject"], r#"Path "C:\temp\new" isn't found, 'quotes' and \\backslashes\\"#);
    assert_eq!(
        world.case_of("137").expect("looks like a formula")["Subject"],
        "=SUM(A1:A9) shows ${total} instead of a number"
    );
    let long = world.case_of("132").expect("300 characters")["Subject"].as_str().expect("a text").to_owned();
    assert_eq!(long.encode_utf16().count(), 255);
    assert!(long.ends_with('…'));
    let log = world.case_of("133").expect("40,000 characters")["Description"].as_str().expect("a text").to_owned();
    assert!(log.encode_utf16().count() <= 32_000 && log.ends_with('…'));
    let scripted = world.case_of("135").expect("scripts in HTML")["Description"].as_str().expect("a text").to_owned();
    assert!(!scripted.contains("<script") && !scripted.contains("alert("), "{scripted}");
    assert!(world.case_of("130").expect("emoji")["Subject"].as_str().expect("a text").contains("👩🏽‍💻"));
}
