//! `explain`: every line of every rule with the value seen, for a thread that is due and for one that is not.

use casebridge::engine::Scope;
use casebridge::names::Subject;
use casebridge::plan::{Explained, Holds, explained};

use crate::world::{Seen, World};

/// What is told of a thread.
pub async fn explain(world: &World, thread: &str) -> Explained {
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    bridge.engine.explain(&Subject::new("khoros", "thread", thread)).await.expect("the state holds")
}

/// The lines that do not hold, of all rules.
pub fn unmet(explained: &Explained) -> Vec<&str> {
    let lines = explained.rules.iter().flat_map(|rule| &rule.lines);
    lines.filter(|line| line.holds == Holds::No).map(|line| line.line.as_str()).collect()
}

async fn one_thread(age: &str) -> World {
    World::with(serde_json::json!({ "members": [{ "login": "ana" }], "threads": [
        { "id": "9001", "board": "support", "subject": "VPN drops", "body": "Help", "author": "ana", "age": age },
    ] }))
    .await
}

#[tokio::test]
async fn a_thread_that_is_not_due_yet_shows_the_one_line_and_how_long_it_takes() {
    let told = explain(&one_thread("45 hours").await, "9001").await;
    assert_eq!(unmet(&told), ["when.waited"]);
    let text = explained::show(&told);
    assert!(text.contains("nothing: `when.waited` does not hold"), "{text}");
    let saw = "thread.age was 1 day 21 h, due in 2 h 59 min; settings.hours_before_escalation is 48";
    assert!(text.contains(saw) || text.contains(&saw.replace("2 h 59 min", "3 h")), "{text}");
    assert!(text.contains("✓ thread.solved == false"), "every other line is told too: {text}");
}

#[tokio::test]
async fn a_thread_that_is_due_shows_what_would_be_written_and_later_that_it_was() {
    let world = one_thread("50 hours").await;
    let before = (world.export(), world.all_applied());
    let text = explained::show(&explain(&world, "9001").await);
    assert!(text.contains("would act: salesforce.create_case, notebook.link"), "{text}");
    assert_eq!((world.export(), world.all_applied()), before, "nothing is written");
    world.run().await;
    let told = explain(&world, "9001").await;
    assert_eq!(unmet(&told), ["candidate.no-case"]);
    assert!(explained::show(&told).contains("has acted on it, at "));
}

#[tokio::test]
async fn what_a_schedule_does_not_look_at_is_said() {
    let told = explain(&one_thread("40 days").await, "9001").await;
    assert_eq!(unmet(&told), ["look_back"]);
    let text = explained::show(&told);
    assert!(text.contains("nothing: `look_back` does not hold"), "{text}");
    let nowhere = explained::show(&explain(&one_thread("1 hour").await, "404").await);
    assert!(nowhere.contains("no such thread"), "{nowhere}");
}

#[tokio::test]
async fn a_rule_that_may_widen_who_reads_says_so_with_its_reason() {
    let rules = include_str!("../rules/escalations.yaml")
        .replace("    with: thread-to-case", "    may_widen: Cases of this board are public\n    with: thread-to-case");
    let world = one_thread("50 hours").await.rules("escalations.yaml", &rules);
    let told = explained::show(&explain(&world, "9001").await);
    assert!(told.contains("\n  may widen who reads a text: Cases of this board are public\n"), "{told}");
}

/// What `explain` says of each thread of the scene is what a pass does with it; mending the one line flips it.
#[tokio::test]
async fn explain_and_a_preview_agree_on_every_thread() {
    let world = World::small().await;
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let summary = bridge.engine.preview(&Scope::default()).await.expect("the state holds");
    let report = seen.told(summary).report;
    for planned in &report.planned {
        let told = bridge.engine.explain(&planned.subject).await.expect("the state holds");
        assert_eq!(unmet(&told), Vec::<&str>::new(), "{}", planned.subject);
        assert_eq!(told.plan.actions.len(), planned.plan.actions.len());
    }
    for silent in &report.silent {
        let told = bridge.engine.explain(&silent.subject).await.expect("the state holds");
        assert!(unmet(&told).contains(&silent.unmet[0].line.as_str()), "{}: {:?}", silent.subject, unmet(&told));
        assert!(told.plan.actions.is_empty());
    }
    assert!(report.planned.len() > 10 && report.silent.len() > 5);
    let told: Vec<_> =
        report.planned.iter().map(|p| &p.subject).chain(report.silent.iter().map(|s| &s.subject)).collect();
    let mut left_out = 0;
    for thread in world.sandbox.khoros.world()["threads"].as_array().expect("threads") {
        let subject = Subject::new("khoros", "thread", thread["id"].as_str().expect("an id"));
        if !told.contains(&&subject) {
            let explained = bridge.engine.explain(&subject).await.expect("the state holds");
            let lines = explained.rules.iter().flat_map(|rule| &rule.lines);
            let searched = lines.filter(|line| line.holds == Holds::No && line.searched).count();
            assert!(explained.title.is_none() || searched > 0, "{subject} was left out: {:?}", unmet(&explained));
            left_out += 1;
        }
    }
    assert!(left_out > 5, "{left_out} threads were left out by the search");
}
