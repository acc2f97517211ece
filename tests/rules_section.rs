//! `rules:` in YAML: everything that no other section has a word for. Every rule whose lines hold acts; rules that set
//! one record for one event do it in one write; some only watch, some ask first.

use casebridge::engine::Until;
use casebridge::engine::report::Admitted;
use casebridge::names::Subject;
use casebridge::plan::{explained, preview};
use casebridge::ports::Store;
use serde_json::json;

use crate::world::{Seen, Told, World};

const UPDATE: &str = "salesforce.update_case";
const COMMENT: &str = "salesforce.comment_on_case";

/// A thread with its case, and these rules beside the escalation.
async fn with_a_case(rules: &str) -> World {
    let thread =
        json!({ "id": "9001", "board": "support", "subject": "VPN", "body": "?", "author": "noa", "age": "50 hours" });
    let world = World::with(json!({ "members": [{ "login": "noa" }], "threads": [thread] })).await;
    assert_eq!(world.run().await.report.opened(), 1);
    world.rules("more.yaml", rules)
}

async fn explain(world: &World) -> String {
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let explained = bridge.engine.explain(&Subject::new("khoros", "thread", "9001")).await;
    explained::show(&explained.expect("the state holds"))
}

fn flags(told: &Told) -> Vec<String> {
    told.report.planned.iter().flat_map(|planned| &planned.plan.flags).map(|flag| flag.code.to_string()).collect()
}

#[tokio::test]
async fn every_matching_rule_acts_and_what_they_set_of_one_case_is_one_write() {
    let rules = "rules:\n  raise:\n    every: 15 minutes\n    look_at: notebook.find_links\n    order: 10\n    when: [ case.IsClosed == false ]\n    \
                 then: [ { salesforce.update_case: { case: = case.Id, fields: { Priority: High } } } ]\n  \
                 reason:\n    every: 15 minutes\n    look_at: notebook.find_links\n    \
                 then:\n      - salesforce.update_case: { case: = case.Id, fields: { Reason: Other, Priority: Low } }\n      \
                 - khoros.label_thread: { thread: = thread.id, label: seen }\n";
    let world = with_a_case(rules).await;
    let preview = world.preview().await;
    assert_eq!(flags(&preview), ["overruled"]);
    let told = world.run().await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((&case["Priority"], &case["Reason"]), (&json!("High"), &json!("Other")), "{}", told.text());
    assert_eq!((told.outcomes(UPDATE), world.applied("update Case")), (vec!["done".to_owned()], 1));
    assert_eq!(
        told.outcomes("khoros.label_thread"),
        ["done"],
        "what stood after the merged one stands after the other"
    );
    assert!(world.export().contains("is asked first"), "the ledger says who was overruled");
    assert!(world.run().await.report.planned.is_empty(), "both have acted on it");
}

#[tokio::test]
async fn two_rules_of_equal_order_that_differ_about_a_field_leave_it_to_a_person() {
    let set = |name: &str, priority: &str, line: &str| {
        format!(
            "  {name}:\n    every: 15 minutes\n    look_at: notebook.find_links\n    when: [ {line} ]\n    \
             then: [ {{ salesforce.update_case: {{ case: = case.Id, fields: {{ Priority: {priority} }} }} }} ]\n"
        )
    };
    let (one, other) = (set("one", "High", "thread.views >= 0"), set("other", "Low", "thread.kudos >= 0"));
    let world = with_a_case(&format!("rules:\n{one}{other}")).await;
    let told = world.run().await;
    assert_eq!((world.applied("update Case"), told.code), (0, 1), "{}", told.text());
    let parked = &told.report.planned[0];
    assert_eq!(parked.admitted, Admitted::Parked);
    assert!(parked.plan.problems[0].what.contains("both write `Priority`"), "{:?}", parked.plan.problems);
    assert!(world.run().await.report.planned.is_empty(), "it is due again when the rules change");
    let agree = set("other", "High", "thread.kudos >= 0");
    let world = world.rules("more.yaml", &format!("rules:\n{one}{agree}"));
    assert_eq!(world.run().await.outcomes(UPDATE), ["done"], "two that agree are no conflict");
}

#[tokio::test]
async fn a_silent_thread_with_a_case_is_commented_on_again_only_after_again_after() {
    let rules = "rules:\n  remind:\n    every: mon-fri at 09:00\n    look_at: notebook.find_links\n    \
                 when: [ case.IsClosed == false, thread.idle >= days(2) ]\n    then:\n      \
                 - salesforce.comment_on_case: { case: = case.Id, body: \"Silent since ${time::format(thread.last_post_at, settings.zone)}\", published: false }\n    \
                 again_after: 7 days\n";
    let world = with_a_case(rules).await;
    let told = world.run().await;
    assert_eq!(told.outcomes(COMMENT), ["done"], "{}", told.text());
    assert_eq!(world.comments().len(), 1, "{:?}", world.sandbox.salesforce.world()["comments"]);
    assert!(world.comments()[0].starts_with("Silent since 2026-03-01"), "{:?}", world.comments());
    assert!(world.run().await.outcomes(COMMENT).is_empty());
    world.advance("8 days");
    assert_eq!(world.run().await.outcomes(COMMENT), ["done"]);
    assert_eq!(world.applied("create CaseComment"), 2);
}

#[tokio::test]
async fn a_comment_whose_answer_was_lost_is_found_by_its_marker_and_never_written_twice() {
    let rules = "rules:\n  note:\n    every: 15 minutes\n    look_at: notebook.find_links\n    \
                 then: [ { salesforce.comment_on_case: { case: = case.Id, body: Seen } } ]\n";
    let world = with_a_case(rules).await;
    world
        .org_fault(
            json!({ "match": { "path": "composite/sobjects", "method": "POST" }, "do": "lost_answer", "times": 1 }),
        )
        .await;
    let told = world.run().await;
    assert_eq!(told.outcomes(COMMENT), ["already done"], "{}", told.text());
    world.run().await;
    assert_eq!(world.applied("create CaseComment"), 1);
}

#[tokio::test]
async fn a_rule_that_looks_at_nothing_acts_once_a_tick() {
    let rules = "rules:\n  heartbeat:\n    every: day at 08:00\n    \
                 then: [ { notebook.remember: { about: bridge, name: seen_at, value: = now } } ]\n";
    let world = with_a_case(rules).await;
    let kept = || world.store().range("note/acme/").expect("readable");
    assert_eq!(world.run_due().await.outcomes("notebook.remember"), ["done"]);
    let first = kept();
    assert!(world.run_due().await.outcomes("notebook.remember").is_empty(), "its moment has not come again");
    world.advance("1 day");
    assert_eq!(world.run_due().await.outcomes("notebook.remember"), ["done"]);
    assert!(first.len() == 1 && kept().len() == 1 && kept() != first, "{first:?}");
}

#[tokio::test]
async fn a_thread_that_two_searches_find_is_judged_for_both() {
    let rules = "rules:\n  linked:\n    every: 15 minutes\n    look_at: notebook.find_links\n    \
                 then: [ { khoros.label_thread: { thread: = thread.id, label: linked } } ]\n  \
                 seen:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    when: [ thread.has_case ]\n    \
                 then: [ { khoros.label_thread: { thread: = thread.id, label: seen } } ]\n";
    let world = with_a_case(rules).await;
    let told = world.run().await;
    assert_eq!(told.outcomes("khoros.label_thread"), ["done", "done"], "{}", told.text());
}

#[tokio::test]
async fn a_rule_in_the_shadow_is_counted_and_shown_and_writes_nothing() {
    let rules = "rules:\n  raise:\n    every: 15 minutes\n    look_at: notebook.find_links\n    shadow: true\n    \
                 then: [ { salesforce.update_case: { case: = case.Id, fields: { Priority: High } } } ]\n";
    let world = with_a_case(rules).await;
    let preview = world.preview().await;
    let planned = &preview.report.planned[0];
    assert_eq!(planned.admitted, Admitted::Shadow);
    let catalog = crate::problems::catalog();
    let shown = preview::show(&planned.subject, &planned.title, &planned.plan, &catalog, false);
    assert!(
        shown.contains("◌ raise") && shown.contains("in the shadow") && shown.contains("(never written)"),
        "{shown}"
    );
    let told = explain(&world).await;
    assert!(told.contains("in the shadow: it would act (salesforce.update_case)"), "{told}");
    for _ in 0..2 {
        let told = world.run().await;
        assert_eq!((world.applied("update Case"), told.summary.shadow(), told.code), (0, 1, 0), "{}", told.text());
        assert!(told.text().contains("1 in the shadow"), "{}", told.text());
    }
    let world = world.rules("more.yaml", &rules.replace("shadow: true", "shadow: false"));
    assert_eq!(world.run().await.outcomes(UPDATE), ["done"], "what it saw in the shadow is still due");
}

#[tokio::test]
async fn an_escalation_in_the_shadow_leaves_the_place_to_the_next_of_its_section() {
    let rules = include_str!("../rules/escalations.yaml");
    let shadowed = "  watched:\n    order: 1\n    every: 15 minutes\n    shadow: true\n    with: thread-to-case\n";
    let world = World::with_threads(2).await.rules("escalations.yaml", &format!("{rules}{shadowed}"));
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.summary.shadow()), (2, 2), "{}", told.text());
}

#[tokio::test]
async fn a_rule_that_asks_first_holds_every_action_and_ends_after_a_week() {
    let rules = "rules:\n  raise:\n    every: 15 minutes\n    look_at: notebook.find_links\n    ask_first: true\n    \
                 then:\n      - salesforce.update_case: { case: = case.Id, fields: { Priority: High } }\n      \
                 - notebook.remember: { about: = thread.id, name: raised, value: true }\n";
    let world = with_a_case(rules).await;
    let preview = world.preview().await;
    assert!(matches!(&preview.report.planned[0].admitted, Admitted::Held(why) if why.code.as_str() == "ask_first"));
    let told = world.run().await;
    assert_eq!((told.summary.held, world.applied("update Case")), (1, 0), "{}", told.text());
    assert!(world.store().range("note/").expect("readable").is_empty(), "a note is held as well");
    assert_eq!(world.run().await.summary.held, 1, "it is not planned twice");
    world.advance("8 days");
    let late = world.run().await;
    assert!(late.outcomes(UPDATE)[0].starts_with("parked: not_approved"), "{:?}", late.outcomes(UPDATE));
    assert_eq!(late.summary.held, 0);
}

#[tokio::test]
async fn what_needs_no_host_is_done_as_soon_as_it_is_approved_and_its_run_is_over() {
    let rules = "rules:\n  raise:\n    every: 15 minutes\n    look_at: notebook.find_links\n    ask_first: true\n    \
                 then:\n      - notebook.remember: { about: = thread.id, name: raised, value: true }\n";
    let world = with_a_case(rules).await;
    assert_eq!(world.run().await.summary.held, 1);
    {
        let seen = Seen::default();
        let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
        let held = bridge.engine.parked().expect("the state is readable").remove(0).run;
        let summary = bridge.engine.retry(&[held], &Until::Settled).await.expect("the state holds");
        assert_eq!(summary.held, 0);
        assert!(bridge.engine.parked().expect("the state is readable").is_empty());
    }
    let store = world.store();
    assert_eq!(store.range("note/").expect("readable").len(), 1);
    assert!(store.range("open/").expect("readable").is_empty() && store.range("parked/").expect("readable").is_empty());
}
