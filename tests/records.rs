//! What steps can do beside the case: records of any object, labels that are taken off again, and setting a subject
//! aside.

use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const CREATE: &str = "salesforce.create_record";
const UPDATE: &str = "salesforce.update_record";
const UNLABEL: &str = "khoros.unlabel_thread";

/// A thread with its case and a label, and one rule that does these steps for it.
async fn with_a_case(then: &str) -> World {
    let thread = json!({ "id": "9001", "board": "support", "subject": "VPN", "body": "?", "author": "noa",
                         "age": "50 hours", "labels": ["Waiting/A"] });
    let world = World::with(json!({ "members": [{ "login": "noa" }], "threads": [thread] })).await;
    assert_eq!(world.run().await.report.opened(), 1);
    world.rules("more.yaml", &rule("more", then))
}

fn rule(name: &str, then: &str) -> String {
    format!("rules:\n  {name}:\n    every: 15 minutes\n    look_at: notebook.find_links\n    then:\n{then}")
}

fn tasks(world: &World) -> Vec<Json> {
    let org = world.sandbox.salesforce.world();
    let tasks = org["tasks"].as_array().expect("a list").iter();
    tasks.map(|task| task["fields"].clone()).collect()
}

fn labels(world: &World) -> Json {
    let community = world.sandbox.khoros.world();
    let threads = community["threads"].as_array().expect("a list");
    threads.iter().find(|thread| thread["id"] == "9001").expect("the thread")["labels"].clone()
}

fn only<'a>(outcomes: &'a [String], told: &Told) -> &'a str {
    let [outcome] = outcomes else { panic!("{outcomes:?} {}", told.text()) };
    outcome
}

const CALL_BACK: &str = "      - salesforce.create_record: { object: Task, key: = thread.id, fields: { Subject: Call back, WhatId: = case.Id } }\n        named: task\n";

#[tokio::test]
async fn a_record_of_any_object_is_made_once_for_its_key_whichever_rule_asks() {
    let then = format!(
        "{CALL_BACK}      - salesforce.update_record: {{ object: Task, id: = task.Id, fields: {{ Status: In Progress }} }}\n"
    );
    let world = with_a_case(&then).await;
    let told = world.run().await;
    assert_eq!((told.outcomes(CREATE), told.outcomes(UPDATE)), (vec!["done".to_owned()], vec!["done".to_owned()]));
    let task = &tasks(&world)[0];
    assert_eq!((&task["Subject"], &task["Status"]), (&json!("Call back"), &json!("In Progress")), "{}", told.text());
    let id = world.cases()[0]["id"].as_str().expect("an id").to_owned();
    assert!(task["WhatId"].as_str().is_some_and(|what| what[..15] == id[..15]), "{task}");
    let world = world.rules("more.yaml", &rule("other", CALL_BACK));
    let told = world.run().await;
    assert_eq!((told.report.planned.len(), tasks(&world).len()), (1, 1), "{}", told.text());
    assert!(world.export().contains("AlreadyDone"), "the ledger says that it was there already");
}

#[tokio::test]
async fn a_record_whose_answer_was_lost_is_looked_for_by_a_person_and_never_made_twice() {
    let world = with_a_case(CALL_BACK).await;
    let lost = json!({ "match": { "path": "composite/sobjects", "method": "POST" }, "do": "lost_answer", "times": 1 });
    world.org_fault(lost).await;
    let told = world.run().await;
    assert!(only(&told.outcomes(CREATE), &told).starts_with("parked: uncertain"), "{:?}", told.outcomes(CREATE));
    world.run().await;
    assert_eq!(world.applied("create Task"), 1);
}

#[tokio::test]
async fn an_object_that_the_org_does_not_have_parks_its_own_record_only() {
    let then = format!(
        "{CALL_BACK}      - salesforce.create_record: {{ object: Nonsense__c, key: = thread.id, fields: {{ Name: x }} }}\n"
    );
    let world = with_a_case(&then).await;
    let told = world.run().await;
    let outcomes = told.outcomes(CREATE);
    assert_eq!((outcomes[0].as_str(), tasks(&world).len()), ("done", 1), "{outcomes:?}");
    assert!(outcomes[1].starts_with("parked: refused"), "{outcomes:?}");
}

#[tokio::test]
async fn a_field_of_a_record_that_an_agent_changed_is_left_alone() {
    let then = "      - salesforce.update_record: { object: Case, id: = case.Id, fields: { Priority: High, Reason: Other } }\n";
    let world = with_a_case(then).await;
    let busy = json!({ "match": { "path": "composite/sobjects" }, "do": "status", "status": 503, "times": 200 });
    world.org_fault(busy).await;
    world.run().await;
    let id = world.cases()[0]["id"].clone();
    world.org(json!({ "cases": [{ "id": id, "by": "kai@acme.test", "fields": { "Priority": "Low" } }] }));
    world.no_more_faults().await;
    world.advance("1 hours");
    let told = world.run().await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((&case["Priority"], &case["Reason"]), (&json!("Low"), &json!("Other")), "{}", told.text());
    let again = world.rules("more.yaml", &rule("again", then)).run().await;
    assert_eq!(again.outcomes(UPDATE), ["done"], "what it sees now, it may change");
}

#[tokio::test]
async fn an_update_of_a_record_whose_answer_was_lost_is_asked_about() {
    let then = "      - salesforce.update_record: { object: Case, id: = case.Id, fields: { Reason: Other } }\n";
    let world = with_a_case(then).await;
    world.org_fault(json!({ "match": { "path": "composite/sobjects" }, "do": "lost_answer", "times": 1 })).await;
    let told = world.run().await;
    assert_eq!((told.outcomes(UPDATE), world.applied("update Case")), (vec!["already done".to_owned()], 1));
}

const TAKE_OFF: &str = "      - khoros.unlabel_thread: { thread: = thread.id, label: waiting/a }\n";

#[tokio::test]
async fn a_label_is_taken_off_as_the_board_writes_it_and_one_that_is_gone_needs_no_call() {
    let world = with_a_case(TAKE_OFF).await;
    world.switch_community(json!({ "delete_label": true }));
    let told = world.run().await;
    assert_eq!((told.outcomes(UNLABEL), labels(&world)), (vec!["done".to_owned()], json!([])), "{}", told.text());
    let told = world.rules("more.yaml", &rule("again", TAKE_OFF)).run().await;
    assert_eq!(told.outcomes(UNLABEL), ["already done"]);
}

#[tokio::test]
async fn what_is_no_thread_has_no_label_that_could_be_gone() {
    let then = "      - khoros.unlabel_thread: { thread: = thread.url, label: waiting/a }\n";
    let told = with_a_case(then).await.run().await;
    let outcomes = told.outcomes(UNLABEL);
    assert!(only(&outcomes, &told).contains("is not the id of a thread"), "{outcomes:?}");
    assert_eq!(told.code, 1);
}

#[tokio::test]
async fn the_fields_of_a_step_have_the_forms_of_a_mapping() {
    let then = "      - salesforce.create_record:\n          object: Task\n          key: = thread.id\n          fields:\n            \
         Subject: { value: \"Call ${thread.author.login} back, who has waited long\", max: 20 characters, too_long: cut }\n            \
         Description: { value: = contact.Department, too_long: cut, missing: { use: nobody knows } }\n            \
         Priority: { choose: [ { when: thread.views > 9999, use: High }, { use: Low } ] }\n";
    let world = with_a_case(then).await;
    let told = world.run().await;
    let [task] = &tasks(&world)[..] else { panic!("{}", told.text()) };
    assert_eq!(task["Subject"], "Call noa back, who …");
    assert_eq!((&task["Description"], &task["Priority"]), (&json!("nobody knows"), &json!("Low")));
}

#[tokio::test]
async fn a_community_that_takes_no_label_off_says_so_and_keeps_it() {
    let world = with_a_case(TAKE_OFF).await;
    let told = world.run().await;
    let outcomes = told.outcomes(UNLABEL);
    assert!(only(&outcomes, &told).contains("this community takes no label off by a call"), "{outcomes:?}");
    assert_eq!((labels(&world), told.code), (json!(["Waiting/A"]), 1));
}

#[tokio::test]
async fn a_label_whose_removal_nobody_answered_is_asked_about() {
    let world = with_a_case(TAKE_OFF).await;
    world.switch_community(json!({ "delete_label": true }));
    let lost = json!({ "match": { "path": "/labels", "method": "DELETE" }, "do": "lost_answer", "times": 1 });
    world.community_fault(lost).await;
    let told = world.run().await;
    assert_eq!(told.outcomes(UNLABEL), ["already done"], "{}", told.text());
    assert_eq!(world.applied("remove label"), 1);
}

#[tokio::test]
async fn a_rule_sets_a_subject_aside_with_its_own_reason() {
    let then = "      - notebook.park: { why: \"nobody knows ${thread.author.login}\" }\n      \
                - khoros.label_thread: { thread: = thread.id, label: seen }\n";
    let world = with_a_case(then).await;
    let told = world.run().await;
    assert_eq!(told.outcomes("notebook.park"), ["parked: parked_by_rule: nobody knows noa"]);
    assert!(told.outcomes("khoros.label_thread")[0].starts_with("skipped"), "what stands after it does not happen");
    assert_eq!(told.code, 1, "somebody should look");
    assert!(world.run().await.report.planned.is_empty(), "it is parked once");
}

#[tokio::test]
async fn an_object_is_one_however_it_is_written_and_a_case_is_none_of_them() {
    let step = |object: &str| {
        format!(
            "      - salesforce.create_record: {{ object: {object}, key: = thread.id, fields: {{ Subject: Call }} }}\n"
        )
    };
    let world = with_a_case(&step("Task")).await.rules("again.yaml", &rule("again", &step("task")));
    let told = world.run().await;
    assert_eq!(tasks(&world).len(), 1, "{}", told.text());
    let world = world.rules("again.yaml", &rule("third", &step("= \"Case\"")));
    let told = world.run().await;
    let outcomes = told.outcomes(CREATE);
    assert!(only(&outcomes, &told).contains("opened by `salesforce.create_case`"), "{outcomes:?}");
    assert_eq!(world.cases().len(), 1);
}
