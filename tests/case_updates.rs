//! Fields of a case are set, and what another changed since is left alone.

use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const RAISE: &str = r#"//! A case of a thread is raised.
fn rule() { #{ every: "15 minutes", when: ["thread.has_case"] } }
fn then(case) { salesforce::update_case(#{ case: case.Id, fields: #{ Priority: "High", Reason: "Other" } }); }
"#;
const UPDATE: &str = "salesforce.update_case";

/// A thread with its case, and a rule that is going to raise it.
async fn with_a_case() -> World {
    let thread =
        json!({ "id": "9001", "board": "support", "subject": "VPN", "body": "?", "author": "noa", "age": "50 hours" });
    let world = World::with(json!({ "members": [{ "login": "noa" }], "threads": [thread] })).await;
    let world = world.rules("raise.rhai", RAISE);
    assert_eq!(world.run().await.report.opened(), 1);
    world
}

fn agent_sets(world: &World, fields: Json) {
    world.org(json!({ "cases": [{ "id": world.cases()[0]["id"], "by": "kai@acme.test", "fields": fields }] }));
}

/// The update is planned, the org is busy for longer than a pass waits, an agent works on the case, then it goes on.
async fn while_an_agent_sets(world: &World, fields: Json) -> Told {
    let busy = json!({ "match": { "path": "composite/sobjects" }, "do": "status", "status": 503, "times": 200 });
    world.org_fault(busy).await;
    let told = world.run().await;
    assert!(told.outcomes(UPDATE).is_empty(), "{}", told.text());
    agent_sets(world, fields);
    world.no_more_faults().await;
    world.advance("1 hours");
    world.run().await
}

#[tokio::test]
async fn an_update_never_runs_the_assignment_rules_clo_8_f_093() {
    let world = with_a_case().await;
    let owner = world.case_of("9001").expect("a case")["OwnerId"].clone();
    world.switch_org(json!({ "assignment_rule": true }));
    let told = world.run().await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((told.outcomes(UPDATE), told.code), (vec!["done".to_owned()], 0), "{}", told.text());
    assert_eq!((&case["Priority"], &case["Reason"], &case["OwnerId"]), (&json!("High"), &json!("Other"), &owner));
    assert_eq!(world.applied("update Case"), 1);
}

#[tokio::test]
async fn a_field_that_an_agent_changed_is_left_alone_and_the_others_are_set_clo_7() {
    let world = with_a_case().await;
    let told = while_an_agent_sets(&world, json!({ "Priority": "Low" })).await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((&case["Priority"], &case["Reason"]), (&json!("Low"), &json!("Other")));
    assert_eq!(told.outcomes(UPDATE), ["done"]);
    assert!(world.export().contains("left_alone"), "the ledger knows it");
}

#[tokio::test]
async fn an_update_of_nothing_but_what_an_agent_changed_is_superseded_clo_7() {
    let world = with_a_case().await;
    let told = while_an_agent_sets(&world, json!({ "Priority": "Low", "Reason": "Performance" })).await;
    let outcomes = told.outcomes(UPDATE);
    assert!(outcomes[0].starts_with("superseded: changed_by_another: Priority is \"Low\" now"), "{outcomes:?}");
    assert_eq!((world.applied("update Case"), told.code), (0, 0));
}

#[tokio::test]
async fn a_field_that_is_so_already_is_not_written_again() {
    let world = with_a_case().await;
    agent_sets(&world, json!({ "Priority": "High", "Reason": "Other" }));
    let told = world.run().await;
    assert_eq!((told.outcomes(UPDATE), world.applied("update Case")), (vec!["already done".to_owned()], 0));
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_not_sent_again_when_it_took_effect() {
    let world = with_a_case().await;
    world.org_fault(json!({ "match": { "path": "composite/sobjects" }, "do": "lost_answer", "times": 1 })).await;
    let told = world.run().await;
    assert_eq!((told.outcomes(UPDATE), world.applied("update Case")), (vec!["already done".to_owned()], 1));
}

#[tokio::test]
async fn a_case_that_is_made_in_the_same_run_is_changed_as_long_as_it_is_ours() {
    let rules = include_str!("../rules/escalations.yaml").to_owned()
        + "      - salesforce.update_case: { case: = case.Id, fields: { Priority: Low } }\n";
    let thread =
        json!({ "id": "9001", "board": "support", "subject": "VPN", "body": "?", "author": "noa", "age": "50 hours" });
    let world = World::with(json!({ "members": [{ "login": "noa" }], "threads": [thread] })).await;
    let world = world.rules("escalations.yaml", &rules);
    let told = world.run().await;
    assert_eq!((told.outcomes(UPDATE), told.code), (vec!["done".to_owned()], 0), "{}", told.text());
    assert_eq!(world.case_of("9001").expect("a case")["Priority"], "Low");
}
