//! `shadow: RULE`: what a rule would do is held against what another does on the same subjects, before it takes its place.

use casebridge::cli::sums::summary_text;
use casebridge::engine::Scope;
use casebridge::event::Event;
use casebridge::names::{Lane, Subject};
use casebridge::run::Compared;
use casebridge::value::Value;
use serde_json::json;

use crate::world::{Seen, Told, World};

const EAGER: &str = "  eager:\n    order: 1\n    every: 15 minutes\n    shadow: escalations.unanswered-support\n    \
     when: [ thread.board == \"support\", thread.age >= hours(24), seen-often: thread.views >= 10 ]\n    \
     with: thread-to-case\n";

/// Threads with so many views and hours, and a rule beside the escalation that would rather take what many have seen.
async fn with_threads(threads: &[(&str, u32, u32)]) -> World {
    let thread = |(id, views, age): &(&str, u32, u32)| {
        json!({ "id": id, "board": "support", "subject": format!("Q{id}"), "body": "Help", "author": "ana",
                "views": views, "age": format!("{age} hours") })
    };
    let threads: Vec<_> = threads.iter().map(thread).collect();
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads })).await;
    world.rules("escalations.yaml", &format!("{}{EAGER}", include_str!("../rules/escalations.yaml")))
}

fn compared(told: &Told, rule: &str) -> Option<(u64, u64, u64)> {
    let Compared { both, only_this, only_that, .. } = told.summary.scan(&rule.into())?.compared.clone()?;
    Some((both, only_this, only_that))
}

#[tokio::test]
async fn two_rules_are_compared_on_the_same_subjects_and_the_difference_is_told_with_its_reason() {
    let world = with_threads(&[("9001", 20, 50), ("9002", 3, 50), ("9003", 20, 30), ("9004", 3, 30)]).await;
    let preview = world.preview().await;
    assert_eq!(compared(&preview, "escalations.eager"), Some((1, 1, 1)));
    assert_eq!(world.cases().len(), 0);
    let told = world.run().await;
    assert_eq!((told.report.opened(), compared(&told, "escalations.eager")), (2, Some((1, 1, 1))));
    for text in [told.text(), summary_text(&preview.report, &preview.summary, true)] {
        for line in [
            "compared with escalations.unanswered-support: both act on 1, only this one on 1, only that one on 1",
            "only escalations.eager: khoros:thread:9003 \"Q9003\"; the search of the other does not find it",
            "only escalations.unanswered-support: khoros:thread:9002 \"Q9002\"; the other: thread.views was 3, 7 short, needs thread.views >= 10",
        ] {
            assert!(text.contains(line), "{line}\nis not in\n{text}");
        }
    }
    let again = world.run().await;
    assert_eq!(compared(&again, "escalations.eager"), Some((0, 1, 0)), "what the other has acted on was compared then");
}

#[tokio::test]
async fn a_pass_over_one_of_the_two_compares_nothing() {
    let world = with_threads(&[("9001", 20, 50), ("9003", 20, 30)]).await;
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let scope = Scope { rule: Some("escalations.eager".into()), ..Scope::default() };
    let summary = bridge.engine.preview(&scope).await.expect("the state holds");
    let told = seen.told(summary);
    assert_eq!((told.summary.shadow(), compared(&told, "escalations.eager")), (2, None), "{}", told.text());
}

#[tokio::test]
async fn rules_that_hear_one_event_are_compared_on_it() {
    let label = |name: &str, more: &str| {
        format!(
            "  {name}:\n    on: khoros.thread_posted\n{more}    \
             then: [ {{ khoros.label_thread: {{ thread: = thread.id, label: {name} }} }} ]\n"
        )
    };
    let strict = label("strict", "    shadow: rules.all\n    when: [ thread.views >= 10 ]\n");
    let rules = format!("rules:\n{}{strict}", label("all", ""));
    let world = with_threads(&[("9001", 20, 1), ("9002", 3, 1)]).await.rules("labels.yaml", &rules);
    let event = |thread: &str| {
        let subject = Subject::new("khoros", "thread", thread);
        Event {
            id: format!("khoros:message:{thread}:created").as_str().into(),
            bridge: "acme".into(),
            kind: "khoros.thread_posted".into(),
            lane: Lane::from(subject.as_str()),
            subject,
            found_by: vec![],
            at: world.sandbox.clock.now(),
            hint: Value::Nothing,
        }
    };
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let summary = bridge.engine.handle(vec![event("9001"), event("9002")]).await.expect("the state holds");
    let told = seen.told(summary);
    assert_eq!(compared(&told, "rules.strict"), Some((1, 0, 1)), "{}", told.text());
    assert_eq!(told.outcomes("khoros.label_thread"), ["done", "done"], "the one that is watched writes nothing");
}
