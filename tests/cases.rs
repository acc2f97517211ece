//! Cases as what rules look at: reads under `let:`, and searches whose subjects are cases.

use casebridge::names::Subject;
use casebridge::plan::{explained, preview};
use serde_json::{Value as Json, json};

use crate::world::{Seen, Told, World};

const UPDATE: &str = "salesforce.update_case";
const LABEL: &str = "khoros.label_thread";

/// Threads of a member whom the org knows, and of one whom it does not.
async fn with_contact(rules: &str) -> World {
    let thread = |id: &str, author: &str| {
        json!({ "id": id, "board": "support", "subject": format!("Q{id}"), "body": "?", "author": author,
                "age": "30 hours" })
    };
    let members = json!([{ "login": "noa", "email": "noa@acme.test" }, { "login": "kim", "email": "kim@acme.test" }]);
    let threads = [thread("9001", "noa"), thread("9002", "noa"), thread("9003", "kim")];
    let world = World::with(json!({ "members": members, "threads": threads })).await;
    world.org(json!({ "contacts": [{ "fields": { "LastName": "Ruiz", "Email": "noa@acme.test" } }] }));
    world.rules("more.yaml", rules)
}

/// A case that is no thread's, as an agent makes it; its id.
fn case(world: &World, fields: Json) -> String {
    let made = world.org(json!({ "cases": [{ "by": "zoe@acme.test", "fields": fields }] }));
    let id = world.cases().last().expect("a case")["id"].as_str().map(str::to_owned);
    id.unwrap_or_else(|| panic!("{made}"))
}

fn contact(world: &World) -> Json {
    let org = world.sandbox.salesforce.world();
    let contacts = org["contacts"].as_array().expect("a list").clone();
    contacts.iter().find(|contact| contact["fields"]["Email"] == "noa@acme.test").expect("one")["id"].clone()
}

fn subjects(told: &Told, function: &str) -> Vec<String> {
    let of = told.report.settled.iter().filter(|finished| finished.action.function.as_str() == function);
    let mut ids: Vec<String> = of.map(|finished| finished.subject.id().to_owned()).collect();
    ids.sort();
    ids
}

const CUSTOMERS: &str = "rules:\n  known-trouble:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    let:\n      \
     open_cases: { salesforce.find_cases: { ContactId: = contact.Id, IsClosed: false } }\n      \
     count: = open_cases.len()\n    when: [ thread.board == \"support\", count >= 2 ]\n    \
     then: [ { khoros.label_thread: { thread: = thread.id, label: \"open-${count}-${open_cases[0].Subject}\" } } ]\n";

#[tokio::test]
async fn a_name_stands_for_what_a_read_gives_and_an_absent_parameter_finds_nothing_without_a_call() {
    let world = with_contact(CUSTOMERS).await;
    let who = contact(&world);
    for (subject, status) in [("First", "New"), ("Second", "Working"), ("Old", "Closed")] {
        case(&world, json!({ "Subject": subject, "Status": status, "ContactId": who }));
    }
    let told = world.run().await;
    assert_eq!(subjects(&told, LABEL), ["9001", "9002"], "{}", told.text());
    let community = world.sandbox.khoros.world();
    assert_eq!(community["threads"][0]["labels"], json!(["open-2-First"]));
}

#[tokio::test]
async fn threads_without_a_contact_ask_the_org_for_no_cases() {
    let only_kim = CUSTOMERS.replace("when: [", "when: [ thread.author.login == \"kim\",");
    let world = with_contact(&only_kim).await;
    let before = queries(&world).await;
    let told = world.run().await;
    assert_eq!(told.outcomes(LABEL).len(), 0);
    // The contact is looked for by e-mail, and every pass looks for messages to be sent.
    assert_eq!(queries(&world).await - before, 2, "{}", world.org_calls().await);
}

async fn queries(world: &World) -> u64 {
    let calls = world.org_calls().await;
    let calls = calls.as_object().expect("calls").iter().filter(|(route, _)| route.contains("/query"));
    calls.filter_map(|(_, count)| count.as_u64()).sum()
}

#[tokio::test]
async fn a_rule_that_decides_by_a_read_is_judged_again_before_it_writes() {
    let world = with_contact(CUSTOMERS).await;
    let who = contact(&world);
    let ids: Vec<String> =
        ["A", "B"].iter().map(|subject| case(&world, json!({ "Subject": subject, "ContactId": who }))).collect();
    world.community_fault(json!({ "match": { "path": "/labels" }, "do": "status", "status": 503, "times": 200 })).await;
    world.run().await;
    world.org(json!({ "cases": [{ "id": ids[0], "by": "kai@acme.test", "fields": { "Status": "Closed" } }] }));
    world.no_more_faults().await;
    world.advance("1 hours");
    let told = world.run().await;
    let outcomes = told.outcomes(LABEL);
    assert!(outcomes.iter().all(|outcome| outcome.starts_with("superseded: changed_since_scan")), "{outcomes:?}");
    assert_eq!(outcomes.len(), 2);
}

const STUCK: &str = "rules:\n  stuck:\n    every: 15 minutes\n    look_at: { salesforce.find_cases: { Origin: Web } }\n    \
     when: [ case.IsClosed == false, case.Priority != \"High\", case.age >= days(2) ]\n    \
     then: [ { salesforce.update_case: { case: = case.Id, fields: { Priority: High } } } ]\n";

#[tokio::test]
async fn cases_are_subjects_of_a_rule_whether_or_not_a_thread_belongs_to_them() {
    let world = with_contact(STUCK).await;
    let mine = case(&world, json!({ "Subject": "Old", "Origin": "Web" }));
    case(&world, json!({ "Subject": "Elsewhere", "Origin": "Phone" }));
    let closed = case(&world, json!({ "Subject": "Closed", "Origin": "Web", "Status": "Closed" }));
    world.advance("3 days");
    case(&world, json!({ "Subject": "Fresh", "Origin": "Web" }));
    let preview = world.preview().await;
    let planned: Vec<_> =
        preview.report.planned.iter().filter(|p| p.subject.as_str().starts_with("salesforce:")).collect();
    assert_eq!(planned.len(), 1, "{}", preview.text());
    let shown =
        preview::show(&planned[0].subject, &planned[0].title, &planned[0].plan, &crate::problems::catalog(), false);
    assert!(shown.starts_with(&format!("salesforce:case:{mine} \"Old\"")), "{shown}");
    let scan = preview.summary.scan(&"rules.stuck".into()).expect("it looked");
    assert_eq!((scan.found, scan.met), (2, 1), "closed ones stay in the org: the line goes along in the search");
    let told = world.run().await;
    assert_eq!(subjects(&told, UPDATE), [mine.as_str()], "{}", told.text());
    assert!(subjects(&world.run().await, UPDATE).is_empty(), "it has acted on it");
    assert!(world.cases().iter().any(|case| case["id"] == json!(closed)));
}

#[tokio::test]
async fn a_case_is_explained_line_by_line_as_a_thread_is() {
    let world = with_contact(STUCK).await;
    let mine = case(&world, json!({ "Subject": "Old", "Origin": "Web" }));
    world.advance("1 day");
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let about = |id: &str| Subject::new("salesforce", "case", id);
    let told = bridge.engine.explain(&about(&mine)).await.expect("the state holds");
    let text = explained::show(&told);
    assert!(text.starts_with(&format!("salesforce:case:{mine} \"Old\"")), "{text}");
    assert!(text.contains("✗ case.age >= days(2)") && text.contains("✓ case.IsClosed == false"), "{text}");
    let nowhere = bridge.engine.explain(&about("500000000009999AAA")).await.expect("the state holds");
    assert!(explained::show(&nowhere).contains("salesforce shows no such case"), "{}", explained::show(&nowhere));
}

#[tokio::test]
async fn a_case_knows_its_contact_its_account_and_by_its_external_id_its_thread() {
    let rules = "rules:\n  tell:\n    every: 15 minutes\n    look_at: { salesforce.find_cases: { Origin: Community } }\n    \
         when: [ thread.solved == false, contact.LastName == \"Ruiz\" ]\n    \
         then: [ { khoros.label_thread: { thread: = thread.id, label: \"case-${case.CaseNumber}\" } } ]\n";
    let world = with_contact(rules).await;
    world.advance("30 hours");
    assert_eq!(world.run().await.report.opened(), 3);
    let told = world.run().await;
    assert_eq!(told.outcomes(LABEL), ["done", "done"], "kim has no contact: {}", told.text());
    let number = world.case_of("9001").expect("a case")["CaseNumber"].clone();
    let community = world.sandbox.khoros.world();
    assert_eq!(community["threads"][0]["labels"], json!([format!("case-{}", number.as_str().expect("a number"))]));
}

#[tokio::test]
async fn a_case_without_an_external_id_finds_its_thread_in_our_notebook_and_one_without_any_has_none() {
    let rules = "rules:\n  tell:\n    every: 15 minutes\n    look_at: { salesforce.find_cases: { Origin: Phone } }\n    \
         when: [ thread.id != () ]\n    \
         then: [ { khoros.label_thread: { thread: = thread.id, label: with-case } } ]\n  \
         linked:\n    on: khoros.thread_posted\n    \
         then: [ { notebook.link: { thread: = thread.id, case: = event.case } } ]\n";
    let world = with_contact(rules).await;
    let (linked, other) = (case(&world, json!({ "Origin": "Phone" })), case(&world, json!({ "Origin": "Phone" })));
    let link = json!({ "thread": "9002", "case": linked });
    {
        use casebridge::ports::{Batch, Store};
        let mut batch = Batch::default();
        batch.put(format!("link/case/acme/{}", &linked[..15]), link.to_string());
        world.store().commit(batch).await.expect("written");
    }
    let told = world.run().await;
    assert_eq!(subjects(&told, LABEL), [linked.as_str()], "{} {other}", told.text());
}

#[tokio::test]
async fn a_search_for_cases_is_read_to_its_last_page() {
    let world = with_contact(
        &STUCK.replace(", case.age >= days(2)", "").replace("    when", "    limits: { per_run: 3 }\n    when"),
    )
    .await;
    let many: Vec<Json> =
        (0..1205).map(|n| json!({ "fields": { "Subject": format!("n{n}"), "Origin": "Web" } })).collect();
    world.org(json!({ "cases": many }));
    let told = world.run().await;
    let scan = told.summary.scan(&"rules.stuck".into()).expect("it looked");
    assert_eq!((scan.found, scan.met), (1205, 1205));
    assert_eq!(told.outcomes(UPDATE), ["done", "done", "done"]);
}
