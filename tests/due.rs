//! What the clock says: rules that are due by their schedule, and rules that keep to opening hours.

use jiff::Timestamp;
use serde_json::json;

use casebridge::cli::report::planned_text;
use casebridge::cli::standing::standing_json;
use casebridge::engine::Moved;

use crate::world::{Told, World};

const CREATE: &str = "/composite/sobjects";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// So many threads of one support board, all long due, and a rule with these keys; it is noon in UTC on a Wednesday.
async fn world(threads: u64, keys: &str) -> World {
    let world = World::with_threads(0).await;
    world.it_is("2026-11-25T12:00:00Z");
    (0..threads).for_each(|n| world.another_thread(&format!("{}", 8001 + n)));
    let keys = format!("{keys}\n    look_back: 300 days\n    with: thread-to-case");
    let rules = include_str!("../rules/escalations.yaml")
        .replace("    every: \"*/15 * * * *\"\n    look_back: 30 days\n", "")
        .replace("    with: thread-to-case", &keys);
    let calendars = "calendars:\n  office: { zone: Europe/London, open: { mon-fri: 09:00-17:00 } }\n";
    world.rules("escalations.yaml", &rules).rules("calendars.yaml", calendars)
}

fn moved(told: &Told) -> Moved {
    told.summary.standings[0].moved.clone()
}

impl World {
    fn it_is(&self, moment: &str) {
        self.sandbox.clock.set(at(moment));
    }

    fn another_thread(&self, id: &str) {
        let thread = json!({ "id": id, "board": "support", "subject": "More", "body": "<p>x</p>", "author": "ana", "age": "60 hours" });
        self.community(json!({ "members": [{ "login": "ana" }], "threads": [thread] }));
    }
}

#[tokio::test]
async fn a_rule_is_due_once_for_each_moment_of_its_schedule() {
    let world = world(1, "    every: day at 08:00").await;
    let first = world.run_due().await;
    assert_eq!((moved(&first), first.report.opened()), (Moved::First, 1), "it never ran");
    assert!(first.text().contains("due, it never ran; next 2026-11-26 08:00 +00:00"), "{}", first.text());

    world.another_thread("9001");
    world.it_is("2026-11-26T07:59:00Z");
    let early = world.run_due().await;
    assert_eq!((moved(&early), early.report.opened(), early.summary.scans.len()), (Moved::Not, 0, 0), "not looked at");
    assert!(early.text().contains("escalations.unanswered-support: not due; next 2026-11-26 08:00 +00:00"));

    world.it_is("2026-11-26T08:00:00Z");
    let due = world.run_due().await;
    assert_eq!((moved(&due), due.report.opened()), (Moved::Passed { count: 1, last: at("2026-11-26T08:00:00Z") }, 1));
    assert_eq!(moved(&world.run_due().await), Moved::Not, "its moment is dealt with");
}

#[tokio::test]
async fn without_due_every_enabled_rule_is_judged_now_and_its_moments_are_dealt_with() {
    let world = world(1, "    every: day at 08:00").await;
    assert_eq!(world.run().await.report.opened(), 1);
    world.another_thread("9001");
    assert_eq!(world.run().await.report.opened(), 1, "judged again in the same hour");
    assert_eq!(moved(&world.run_due().await), Moved::Not);
}

#[tokio::test]
async fn missed_moments_are_run_once_or_skipped_as_the_rule_says_f_016() {
    for (missed, opened, told) in [
        ("last", 1, "due since 2026-11-25 14:50 +00:00, once for 17 moments; next 2026-11-25 15:00 +00:00"),
        ("skip", 0, "17 moments passed up to 2026-11-25 14:50 +00:00 and are skipped; next 2026-11-25 15:00 +00:00"),
        ("all", 1, "once for 17 moments"),
    ] {
        let world = world(1, &format!("    every: 10 minutes\n    missed: {missed}")).await;
        world.run_due().await;
        world.another_thread("9001");
        world.it_is("2026-11-25T14:59:00Z");
        let late = world.run_due().await;
        assert_eq!(late.report.opened(), opened, "{missed}");
        assert!(late.text().contains(told), "{missed}: {}", late.text());
        assert_eq!(standing_json(&"acme".into(), &late.summary.standings[0])["moments"], 17);
        world.it_is("2026-11-25T15:00:01Z");
        assert_eq!(world.run_due().await.report.opened(), 1 - opened, "{missed}: the next moment is nobody's miss");
    }
}

#[tokio::test]
async fn a_clock_that_went_back_makes_nothing_due_x_5() {
    let world = world(1, "    every: 10 minutes").await;
    world.run_due().await;
    world.it_is("2026-11-25T10:15:00Z");
    let back = world.run_due().await;
    assert_eq!(moved(&back), Moved::Not);
    assert!(back.text().contains("next 2026-11-25 12:10 +00:00"), "{}", back.text());
}

#[tokio::test]
async fn a_scan_that_did_not_come_through_leaves_its_moment_due() {
    let world = world(1, "    every: day at 08:00").await;
    world
        .community_fault(json!({ "match": { "path": "/search" }, "do": "status", "status": 503, "times": "always" }))
        .await;
    assert!(world.run_due().await.summary.failed.is_some());
    world.no_more_faults().await;
    let again = world.run_due().await;
    assert_eq!((moved(&again), again.report.opened()), (Moved::First, 1));
}

#[tokio::test]
async fn a_preview_of_what_is_due_deals_with_no_moment() {
    let world = world(1, "    every: day at 08:00").await;
    world.preview().await;
    assert_eq!(moved(&world.run_due().await), Moved::First);
}

#[tokio::test]
async fn outside_its_hours_a_rule_waits_and_says_until_when() {
    let world = world(3, "    every: 15 minutes\n    act_during: office").await;
    world.it_is("2026-11-27T17:00:00Z");
    let preview = world.preview().await;
    let shown = planned_text(&preview.report.planned[0], &casebridge::app::bridge::offline_catalog(), false);
    assert!(shown.contains("waits for opening hours: `office` is closed and opens 2026-11-30 09:00 +00:00"), "{shown}");
    let friday = world.run().await;
    assert_eq!((friday.report.opened(), friday.summary.closed(), friday.code), (0, 3, 0));
    assert!(friday.text().contains("3 wait for opening hours: `office` is closed and opens 2026-11-30 09:00 +00:00"));
    assert!(friday.text().ends_with("3 wait for opening hours\n"), "{}", friday.text());
    world.it_is("2026-11-30T08:59:00Z");
    assert_eq!(world.run().await.report.opened(), 0);
    world.it_is("2026-11-30T09:00:00Z");
    assert_eq!(world.run().await.report.opened(), 3);
}

#[tokio::test]
async fn what_was_due_while_it_was_closed_is_due_again_when_it_opens() {
    let world = world(1, "    every: day at 06:00\n    act_during: office").await;
    world.it_is("2026-11-26T06:00:00Z");
    assert_eq!(world.run_due().await.summary.closed(), 1);
    world.it_is("2026-11-26T08:30:00Z");
    assert_eq!(moved(&world.run_due().await), Moved::Not);
    world.it_is("2026-11-26T09:05:00Z");
    let opened = world.run_due().await;
    assert_eq!((moved(&opened), opened.report.opened()), (Moved::Opened, 1));
    assert_eq!(moved(&world.run_due().await), Moved::Not);
}

#[tokio::test]
async fn what_was_not_begun_when_it_closed_waits_for_the_morning_and_is_judged_again() {
    let world = world(2, "    every: 15 minutes\n    act_during: office").await;
    world.it_is("2026-11-25T16:50:00Z");
    let busy = json!({ "match": { "path": CREATE }, "do": "status", "status": 503, "headers": { "retry-after": "1200" }, "times": 1 });
    world.org_fault(busy).await;
    assert_eq!(world.run().await.report.opened(), 0, "the org is busy until after the end of work");
    world.it_is("2026-11-25T17:30:00Z");
    let evening = world.run().await;
    assert_eq!((evening.report.opened(), evening.summary.waiting.len()), (0, 2));
    let why = &evening.summary.waiting[0].2;
    assert!(why.contains("`office` is closed and opens 2026-11-26 09:00 +00:00"), "{why}");
    world.it_is("2026-11-26T09:00:00Z");
    assert_eq!(world.run().await.report.opened(), 2);
    assert_eq!(world.cases().len(), 2);
}
