//! `after:` and `wait:`: what comes later is an event of its own, stored with the commit that it follows from, and it
//! comes once, wherever the process is killed.

use casebridge::event::Event;
use casebridge::names::{Lane, Subject};
use casebridge::ports::Store;
use casebridge::value::Value;
use jiff::Timestamp;
use serde_json::json;

use crate::world::killing::{Killer, run_until};
use crate::world::{Seen, Told, World};

const COMMENT: &str = "salesforce.comment_on_case";
const STILL_NEW: &str = "    after:\n      still-new:\n        of: case\n        wait: 1 day\n        \
     when: [ case.Status == \"New\", result.outcome == \"done\" ]\n        then:\n          \
     - salesforce.comment_on_case: { case: = case.Id, body: \"Case ${case.CaseNumber} is still new\" }\n";

/// The escalation of the standard pack with more keys, and so many due threads.
async fn escalation(threads: u64, more: &str) -> World {
    let rules = include_str!("../rules/escalations.yaml");
    World::with_threads(threads).await.rules("escalations.yaml", &format!("{rules}{more}"))
}

/// An event about a thread, as a webhook brings it.
fn happened(world: &World, kind: &str, id: &str, thread: &str) -> Event {
    let subject = Subject::new("khoros", "thread", thread);
    Event {
        id: id.into(),
        bridge: "acme".into(),
        kind: kind.into(),
        lane: Lane::from(subject.as_str()),
        subject,
        found_by: vec![],
        at: world.sandbox.clock.now(),
        hint: Value::Nothing,
    }
}

async fn handle(world: &World, event: Event) -> Told {
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let summary = bridge.engine.handle(vec![event]).await.expect("the state holds");
    seen.told(summary)
}

/// How many events wait for their moment.
fn stored(world: &World) -> usize {
    world.store().range("wake/").expect("readable").len()
}

#[tokio::test]
async fn a_stage_comes_a_day_after_its_step_and_looks_at_the_case_as_it_is_then() {
    let world = escalation(2, STILL_NEW).await;
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.summary.ahead.0, stored(&world)), (2, 2, 2), "{}", told.text());
    assert!(told.text().contains("2 wait for later, the first at 2026-03-04 09:1"), "{}", told.text());
    world.advance("23 hours");
    assert!(world.run().await.outcomes(COMMENT).is_empty());
    let id = world.cases()[0]["id"].clone();
    world.org(json!({ "cases": [{ "id": id, "by": "zoe@acme.test", "fields": { "Status": "Working" } }] }));
    world.advance("2 hours");
    let preview = world.preview().await;
    assert_eq!((preview.report.planned.len(), stored(&world)), (1, 2), "a preview shows it and leaves it");
    let told = world.run().await;
    assert_eq!(told.outcomes(COMMENT), ["done"], "{}", told.text());
    let number = world.cases()[1]["fields"]["CaseNumber"].as_str().expect("a number").to_owned();
    assert_eq!(world.comments(), [format!("Case {number} is still new")]);
    assert_eq!((stored(&world), told.summary.ahead.0), (0, 0), "also the one of which nothing came is over");
    assert!(world.run().await.outcomes(COMMENT).is_empty());
}

#[tokio::test]
async fn a_stage_without_wait_comes_in_the_same_pass_and_is_told_what_the_steps_gave() {
    let rules = "rules:\n  open:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    then:\n      \
         - salesforce.create_case: { thread: = thread.id, fields: { Subject: Hello } }\n        named: opened\n      \
         - notebook.link: { thread: = thread.id, case: = opened.Id }\n    \
         after:\n      tell:\n        when: [ opened.created ]\n        \
         then: [ { salesforce.comment_on_case: { case: = opened.Id, body: \"${opened.CaseNumber} ${result.outcome}\" } } ]\n";
    let world = World::with_threads(1).await.rules("escalations.yaml", rules);
    let told = world.run().await;
    assert_eq!(told.outcomes(COMMENT), ["done"], "{}", told.text());
    let number = world.cases()[0]["fields"]["CaseNumber"].as_str().expect("a number").to_owned();
    assert_eq!((world.comments(), stored(&world)), (vec![format!("{number} done")], 0));
}

#[tokio::test]
async fn a_stage_for_what_was_parked_comes_only_then_and_knows_why() {
    let stage = "    after:\n      failed:\n        outcome: parked\n        \
         then: [ { notebook.remember: { about: = thread.id, name: why, value: = result.why } } ]\n";
    let world = escalation(1, stage).await;
    let refuse = json!({ "match": { "path": "composite/sobjects", "method": "POST" }, "do": "status", "status": 400, "times": "always" });
    world.org_fault(refuse).await;
    let told = world.run().await;
    assert_eq!(told.outcomes("notebook.remember"), ["done"], "{}", told.text());
    let notes = world.store().range("note/acme/").expect("readable");
    assert!(String::from_utf8_lossy(&notes[0].1).contains("refused"), "{notes:?}");
    let world = escalation(1, stage).await;
    assert!(world.run().await.outcomes("notebook.remember").is_empty(), "it was done, so nothing failed");
}

#[tokio::test]
async fn the_wait_of_a_stage_counts_the_open_hours_of_its_calendar() {
    let calendar = "calendars:\n  office:\n    zone: UTC\n    open: { mon-fri: 09:00-17:00 }\n";
    let stage = STILL_NEW.replace("wait: 1 day", "wait: 10 hours\n        calendar: office");
    let world = escalation(1, &stage).await.rules("calendars.yaml", calendar);
    let told = world.run().await;
    let opened: Timestamp = told.summary.ahead.1.expect("one waits");
    let due = opened.strftime("%Y-%m-%d %H").to_string();
    assert_eq!(due, "2026-03-04 11", "8 hours less ten minutes on Tuesday, the rest on Wednesday");
}

#[tokio::test]
async fn a_stage_of_a_rule_that_is_gone_waits_until_the_rule_is_back() {
    let mut world = escalation(1, STILL_NEW).await;
    world.run().await;
    world.advance("25 hours");
    let files = world.sources.packs[0].files.clone();
    world = world.rules("escalations.yaml", "");
    assert!(world.run().await.outcomes(COMMENT).is_empty());
    world.sources.packs[0].files = files;
    assert_eq!(world.run().await.outcomes(COMMENT), ["done"]);
}

#[tokio::test]
async fn a_stage_outside_the_hours_of_its_rule_waits_for_them() {
    let calendar = "calendars:\n  office:\n    zone: UTC\n    open: { mon-fri: 09:00-17:00 }\n";
    let stage = STILL_NEW.replace("wait: 1 day", "wait: 12 hours");
    let world = escalation(1, &format!("    act_during: office\n{stage}")).await.rules("calendars.yaml", calendar);
    world.run().await;
    world.advance("13 hours");
    assert!(world.run().await.outcomes(COMMENT).is_empty());
    assert_eq!(stored(&world), 1, "it stays due");
    world.advance("12 hours");
    assert_eq!(world.run().await.outcomes(COMMENT), ["done"]);
    assert_eq!(stored(&world), 0);
}

#[tokio::test]
async fn a_rule_that_waits_is_judged_that_much_later_on_facts_read_then() {
    let rules = "rules:\n  welcome:\n    on: khoros.thread_posted\n    wait: 2 days\n    when: [ thread.solved == false ]\n    \
         then: [ { khoros.label_thread: { thread: = thread.id, label: waiting } } ]\n  \
         now:\n    on: khoros.thread_posted\n    then: [ { khoros.label_thread: { thread: = thread.id, label: new } } ]\n";
    let threads = ["9001", "9002"].map(
        |id| json!({ "id": id, "board": "support", "subject": "Q", "body": "?", "author": "noa", "age": "1 minutes" }),
    );
    let world = World::with(json!({ "members": [{ "login": "noa" }], "threads": threads })).await;
    let world = world.rules("escalations.yaml", rules);
    for thread in ["9001", "9002"] {
        let event = happened(&world, "khoros.thread_posted", &format!("khoros:message:{thread}:created"), thread);
        let told = handle(&world, event.clone()).await;
        assert_eq!(told.outcomes("khoros.label_thread"), ["done"], "the other rule does not wait: {}", told.text());
        assert!(
            handle(&world, event).await.outcomes("khoros.label_thread").is_empty(),
            "a redelivery does nothing twice"
        );
    }
    assert_eq!(stored(&world), 2);
    world.community(json!({
        "replies": [{ "id": "9003", "thread": "9002", "body": "So", "author": "noa", "age": "1 minutes" }],
        "solutions": [{ "reply": "9003", "by": "noa" }],
    }));
    world.advance("47 hours");
    assert!(world.run().await.outcomes("khoros.label_thread").is_empty());
    world.advance("2 hours");
    let told = world.run().await;
    let done: Vec<&str> = told.report.settled.iter().map(|finished| finished.subject.id()).collect();
    assert_eq!((done, stored(&world)), (vec!["9001"], 0), "{}", told.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_place_a_stage_comes_once() {
    let stage = "    after:\n      mark:\n        of: case\n        \
         then: [ { khoros.label_thread: { thread: = thread.id, label: opened } } ]\n";
    let counting = Killer::at(0);
    assert!(run_until(&escalation(3, stage).await, &counting).await);
    let places = counting.places();
    let every = std::env::var("CASEBRIDGE_PLACES").ok().and_then(|n| n.parse::<u64>().ok());
    let step = if every == Some(0) { 1 } else { (places / 12).max(1) };
    for place in (1..=places).step_by(step as usize) {
        let world = escalation(3, stage).await;
        run_until(&world, &Killer::at(place)).await;
        for _ in 0..3 {
            world.advance("20 minutes");
            assert!(run_until(&world, &Killer::at(0)).await);
        }
        let applied = (world.applied("create Case"), world.applied("add label"));
        assert_eq!(applied, (3, 3), "after a kill at place {place} of {places}: {}", world.all_applied());
        assert_eq!(stored(&world), 0, "place {place}");
        assert!(world.store().range("open/").expect("readable").is_empty(), "place {place}");
    }
}
