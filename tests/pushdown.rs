//! What goes along in the search of a schedule: it finds what a full read and a test of each thread here would find.

use std::collections::BTreeSet;
use std::sync::Arc;

use casebridge::catalog::{Call, Catalog, HostFunction, ScanCall};
use casebridge::engine::{Engine, Parts, Scope};
use casebridge::names::Subject;
use casebridge::predicate::{Predicate, Pushed, Test};
use casebridge::rules::reads::reads;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value as Json, json};

use crate::world::{Seen, World};

/// A rule with these lines, in the place of the standard ones.
fn rule(name: &str, look_back: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("      - {line}\n")).collect();
    format!(
        "  {name}:\n    every: 15 minutes\n    look_back: {look_back}\n    when:\n{lines}    with: thread-to-case\n"
    )
}

async fn planned(parts: Parts) -> BTreeSet<Subject> {
    let seen = Seen::default();
    let parts = Parts { watch: seen.watch(), ..parts };
    let engine = Engine::open(parts).expect("the state holds");
    let summary = engine.preview(&Scope::default()).await.expect("the state holds");
    seen.told(summary).report.planned.into_iter().map(|planned| planned.subject).collect()
}

/// The look back of a rule, the only thing that a full read tests.
fn look_back(predicate: &Predicate) -> Pushed {
    match (predicate.fact.as_str(), &predicate.test) {
        ("thread.posted_at", Test::AtLeast(_)) => Pushed::Whole,
        _ => Pushed::Residue,
    }
}

/// The same functions, whose search tests nothing else.
fn that_reads_all(catalog: &Catalog) -> Arc<Catalog> {
    let mut plain = catalog.clone();
    for function in catalog.functions() {
        if let Call::Scan(call) = &function.call {
            let call = Call::Scan(ScanCall { accepts: look_back, ..call.clone() });
            plain.add(HostFunction { call, ..function.clone() });
        }
    }
    Arc::new(plain)
}

const LINES: [&str; 16] = [
    "thread.board == \"support\"",
    "thread.board in settings.support_boards",
    "thread.board != \"returns\"",
    "thread.solved == false",
    "!thread.solved && thread.replies == 0",
    "thread.solved || thread.replies == 0",
    "thread.solved",
    "thread.replies == 0",
    "thread.replies < 2",
    "thread.age >= hours(50)",
    "thread.age < hours(90)",
    "thread.age > days(2) && thread.idle >= hours(30)",
    "thread.idle >= hours(40)",
    "thread.labels.contains(\"vip\")",
    "thread.author.login == \"ana\"",
    "thread.style in [\"forum\", \"qanda\"]",
];

fn any_rule() -> impl Strategy<Value = (Vec<String>, u8)> {
    let quoted = prop::sample::subsequence(&LINES[..], 1..4)
        .prop_map(|lines| lines.iter().map(|line| format!("'{line}'")).collect::<Vec<_>>());
    (quoted, 2u8..6)
}

fn scene() -> Json {
    let boards = ["support", "returns", "ask"];
    let thread = |n: usize| {
        json!({
            "id": (1000 + n).to_string(), "board": boards[n % 3], "subject": format!("Question {n}"), "body": "Help",
            "author": if n.is_multiple_of(2) { "ana" } else { "ben" }, "age": format!("{} hours", 40 + n),
            "labels": if n.is_multiple_of(5) { json!(["vip"]) } else { json!([]) },
        })
    };
    let reply = |n: usize| {
        json!({ "id": (2000 + n).to_string(), "thread": (1000 + n).to_string(), "body": "Try again", "author": "ben",
                "age": format!("{} hours", 20 + n / 2) })
    };
    let solved: Vec<Json> = (0..80).step_by(8).map(|n| json!({ "reply": (2000 + n).to_string() })).collect();
    json!({
        "members": [{ "login": "ana" }, { "login": "ben" }],
        "threads": (0..80).map(thread).collect::<Vec<_>>(),
        "replies": (0..80).step_by(4).map(reply).collect::<Vec<_>>(),
        "solutions": solved,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_what_a_full_read_and_a_test_of_each_thread_finds() {
    let mut world = World::with(scene()).await;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut some, mut narrower) = (0, 0);
    for _ in 0..60 {
        let rules: Vec<(Vec<String>, u8)> =
            prop::collection::vec(any_rule(), 1..4).new_tree(&mut runner).expect("rules").current();
        let text: String = rules
            .iter()
            .enumerate()
            .map(|(n, (lines, days))| rule(&format!("rule-{n}"), &format!("{days} days"), lines))
            .collect();
        world = world.rules("escalations.yaml", &format!("escalations:\n{text}"));
        let seen = Seen::default();
        // Lines that can never hold together are refused, and no search is made for them.
        let Ok(bridge) = world.open(world.store(), world.web(), &seen) else { continue };
        let pushing = bridge.engine.parts().clone();
        drop(bridge);
        let reading = Parts { catalog: that_reads_all(&pushing.catalog), ..pushing.clone() };
        let (found, all) = (planned(pushing).await, planned(reading).await);
        assert_eq!(found, all, "{text}");
        some += usize::from(!found.is_empty());
        narrower += usize::from(found.len() < 80);
    }
    assert!(some > 20 && narrower > 20, "{some} {narrower}");
}

#[tokio::test]
async fn a_thread_that_two_searches_find_is_judged_by_the_rules_of_both() {
    let never = vec!["'thread.kudos > 1000'".to_owned()];
    let always = vec!["'thread.solved == false'".to_owned()];
    let text = ["escalations:\n".to_owned(), rule("a", "30 days", &never), rule("b", "7 days", &always)].concat();
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": [
        { "id": "1", "board": "support", "subject": "One", "body": "Help", "author": "ana", "age": "3 days" },
        { "id": "2", "board": "support", "subject": "Two", "body": "Help", "author": "ana", "age": "9 days" },
    ] }))
    .await
    .rules("escalations.yaml", &text);
    let told = world.run().await;
    assert_eq!(told.report.opened(), 1, "{}", told.text());
    assert!(world.case_of("1").is_some());
    assert!(told.text().contains("escalations.a: 2 found by its search, 0 due"), "{}", told.text());
    assert!(told.text().contains("escalations.b: 1 found by its search, 1 due"), "{}", told.text());
}

#[tokio::test]
async fn what_a_community_refuses_in_a_search_is_said_and_tested_here() {
    let world = World::small().await;
    let as_always: BTreeSet<_> = world.preview().await.report.planned.into_iter().map(|p| p.subject).collect();
    world.switch_community(json!({ "date_literal": "reject" }));
    let body = json!({ "status": "error", "message": "Invalid query syntax", "data": { "code": 309 } }).to_string();
    let fault =
        json!({ "match": { "path": "board.id IN" }, "do": "status", "status": 400, "body": body, "times": "always" });
    world.community_fault(fault).await;
    let told = world.preview().await;
    let planned: BTreeSet<_> = told.report.planned.iter().map(|planned| planned.subject.clone()).collect();
    assert_eq!(planned, as_always);
    for refused in ["post_time >=", "post_time <=", "board.id IN"] {
        let said = format!("khoros refuses `{refused}` in a search; more is read, and tested here");
        assert!(told.text().contains(&said), "{}", told.text());
    }
}

#[tokio::test]
async fn fields_that_a_community_does_not_know_are_found_out_once_left_out_and_said() {
    let world = World::small().await;
    let as_always: BTreeSet<_> = world.preview().await.report.planned.into_iter().map(|p| p.subject).collect();
    let body = json!({ "status": "error", "message": "Invalid query syntax", "data": { "code": 309 } }).to_string();
    for field in ["visibility_scope", "sso_id"] {
        let fault =
            json!({ "match": { "path": field }, "do": "status", "status": 400, "body": body, "times": "always" });
        world.community_fault(fault).await;
    }
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (as_always.len(), 0), "{}", told.text());
    let said = "khoros knows no field `visibility_scope`; the facts that come from it have no value";
    assert!(told.text().contains(said), "{}", told.text());
    assert!(!told.text().contains("refuses"), "{}", told.text());
}

#[tokio::test]
async fn tags_are_read_of_threads_that_have_some() {
    let thread = |id: &str, tags: Json| {
        json!({ "id": id, "board": "support", "subject": "Q", "body": "Help", "author": "ana", "age": "60 hours",
                "tags": tags })
    };
    let threads = [thread("1", json!([])), thread("2", json!(["VPN", "Home"])), thread("3", json!([]))];
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads })).await;
    for id in ["1", "3"] {
        let path = format!("FROM tags WHERE messages.id = '{id}'");
        world
            .community_fault(json!({ "match": { "path": path }, "do": "status", "status": 403, "times": "always" }))
            .await;
    }
    let line = vec!["thread.tags.contains(\"vpn\") == false".to_owned()];
    let world = world.rules("escalations.yaml", &["escalations:\n".to_owned(), rule("a", "30 days", &line)].concat());
    let told = world.preview().await;
    let planned: BTreeSet<_> = told.report.planned.iter().map(|planned| planned.subject.id().to_owned()).collect();
    assert_eq!(planned, BTreeSet::from(["1".to_owned(), "3".to_owned()]), "{}", told.text());
}

#[tokio::test]
async fn a_preview_tells_what_is_nearly_due_and_a_run_does_not_ask() {
    let thread = |id: &str, age: &str| json!({ "id": id, "board": "support", "subject": "Q", "body": "Help", "author": "ana", "age": age });
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": [
        thread("1", "50 hours"), thread("2", "47 hours"), thread("3", "25 hours"), thread("4", "23 hours"),
    ] }))
    .await;
    let preview = world.preview().await;
    let near: Vec<_> = preview.report.silent.iter().map(|silent| silent.subject.id()).collect();
    assert_eq!(near, ["2", "3"]);
    assert!(preview.text().contains("1 found by its search, 1 due, 2 nearly due"), "{}", preview.text());
    assert!(preview.report.why_not(5).contains("thread.age was 1 day 23 h, due in "), "{}", preview.report.why_not(5));
    let run = world.run().await;
    assert!(run.report.silent.is_empty() && !run.text().contains("nearly"), "{}", run.text());
}

#[tokio::test]
async fn check_knows_which_lines_of_the_standard_pack_go_along_and_what_the_others_read() {
    let world = World::small().await;
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let parts = bridge.engine.parts();
    let reads = reads(&parts.rules.rules[0], &parts.catalog).expect("a scheduled rule");
    let texts: Vec<_> = reads.searched.iter().map(|line| line.expression.text()).collect();
    assert_eq!(
        texts,
        [
            "thread.board in settings.support_boards",
            "thread.solved == false",
            "thread.age >= hours(settings.hours_before_escalation)"
        ]
    );
    let named: Vec<_> = reads.reads.iter().map(|(read, up_to)| (read.as_str(), *up_to)).collect();
    assert_eq!(named, [("khoros.find_person", 25), ("khoros.find_replies", 1), ("khoros.find_staff", 1)]);
}
