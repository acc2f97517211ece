//! What rules name in the org is looked up there: queues, record types, statuses, users, records, picklists.

use serde_json::{Value as Json, json};

use crate::world::World;

fn thread(id: &str, board: &str) -> Json {
    json!({ "id": id, "board": board, "subject": format!("VPN {id}"), "body": "<p>Drops.</p>", "author": "ana", "age": "50 hours" })
}

/// Due threads, and a mapping with these lines.
async fn with_mapping(lines: &str, threads: &[Json]) -> World {
    let ana = json!({ "login": "ana", "email": "ana@acme.test", "rank": "VIP" });
    let world = World::with(json!({ "members": [ana], "threads": threads })).await;
    let mapping =
        format!("mappings:\n  thread-to-case:\n    Subject: {{ value: = thread.subject, too_long: cut }}\n{lines}");
    world.rules("mappings.yaml", &mapping)
}

/// The id of a record of the org's set-up.
fn id_of(world: &World, list: &str, name: &str) -> Json {
    let all = world.sandbox.salesforce.world();
    let found =
        all[list].as_array().and_then(|all| all.iter().find(|one| one["fields"]["Name"] == json!(name)).cloned());
    found.unwrap_or_else(|| panic!("no {name} among {all}"))["id"].clone()
}

#[tokio::test]
async fn a_case_goes_to_the_queue_that_the_mapping_names_and_all_threads_share_one_question() {
    let lines = "    OwnerId: = if thread.board == \"support\" { cases::queue(\"german support\") } else { cases::queue(\"Support\") }\n    RecordTypeId: = cases::record_type(\"Community\")\n";
    let threads = [thread("9001", "support"), thread("9002", "returns"), thread("9003", "support")];
    let world = with_mapping(lines, &threads).await;
    let told = world.run().await;
    assert_eq!(told.code, 0, "{:?}", told.summary);
    let owner = |thread: &str| world.case_of(thread).expect("a case")["OwnerId"].clone();
    assert_eq!(owner("9001"), id_of(&world, "groups", "German Support"));
    assert_eq!(owner("9002"), id_of(&world, "groups", "Support"));
    assert_eq!(owner("9003"), owner("9001"));
    assert_eq!(world.case_of("9001").expect("a case")["RecordTypeId"], id_of(&world, "record_types", "Community"));
    let calls = world.org_calls().await;
    assert_eq!(
        calls["GET /services/data/v65.0/query"],
        json!(5),
        "two for what is named, contact, case, and messages to be sent: {calls}"
    );
}

#[tokio::test]
async fn an_unknown_queue_is_a_problem_of_its_thread_and_the_others_go_on() {
    let lines = "    OwnerId: = if thread.board == \"support\" { cases::queue(\"Suport\") } else { cases::queue(\"Support\") }\n";
    let world = with_mapping(lines, &[thread("9001", "support"), thread("9002", "returns")]).await;
    let told = world.run().await;
    assert_eq!((told.code, world.case_of("9001").is_none(), world.case_of("9002").is_some()), (1, true, true));
    let problems: Vec<String> = told
        .report
        .planned
        .iter()
        .flat_map(|planned| &planned.plan.problems)
        .map(|problem| problem.what.clone())
        .collect();
    assert_eq!(problems, ["the org has no queue `Suport`"]);
}

#[tokio::test]
async fn whether_a_status_is_closed_and_who_a_user_is_says_the_org() {
    let lines = r#"    OwnerId: = cases::user("Kai@acme.test")
    Description:
      value: ${cases::is_closed_status("Resolved")} ${cases::is_closed_status("working")}
      too_long: cut
"#;
    let world = with_mapping(lines, &[thread("9001", "support")]).await;
    let told = world.run().await;
    assert_eq!(told.code, 0, "{:?}", told.summary);
    let case = world.case_of("9001").expect("a case");
    assert_eq!(
        (case["Description"].as_str(), case["OwnerId"].clone()),
        (Some("true false"), id_of(&world, "users", "Kai Lindholm"))
    );
}

const LOOK_UP: &str =
    "    AccountId: { look_up: Contact, where: { Email: = thread.author.email }, take: AccountId, many: MANY }\n";

/// Two contacts with Ana's e-mail, each with an account: the one of the fresh org is older.
async fn two_contacts(many: &str) -> (World, Json, Json) {
    let world = with_mapping(&LOOK_UP.replace("MANY", many), &[thread("9001", "support")]).await;
    let newer = world.org(json!({ "accounts": [{ "fields": { "Name": "Newer" } }] }))["accounts"][0]["id"].clone();
    world.org(json!({ "contacts": [{ "fields": { "LastName": "S", "Email": "ANA@acme.test", "AccountId": newer } }] }));
    let older = id_of(&world, "accounts", "Acme Retail");
    (world, older, newer)
}

#[tokio::test]
async fn a_value_is_looked_up_in_another_record_and_many_says_which_one_counts() {
    for (many, wanted) in [("newest", 1), ("oldest", 0)] {
        let (world, older, newer) = two_contacts(many).await;
        assert_eq!(world.run().await.code, 0);
        assert_eq!(world.case_of("9001").expect("a case")["AccountId"], [older, newer][wanted], "{many}");
    }
    let (world, ..) = two_contacts("omit").await;
    assert_eq!(world.run().await.code, 0);
    assert_eq!(world.case_of("9001").expect("a case")["AccountId"], Json::Null);
    let (world, ..) = two_contacts("refuse").await;
    let told = world.run().await;
    assert!(told.code == 1 && world.case_of("9001").is_none());
    let problem = &told.report.planned[0].plan.problems[0];
    assert!(problem.what.starts_with("2 records of Contact answer to `AccountId`"), "{problem:?}");
}

#[tokio::test]
async fn a_hostile_value_is_looked_up_as_the_text_it_is() {
    let lines = "    ParentId: { look_up: Contact, where: { LastName: = thread.subject }, many: refuse }\n";
    let mut hostile = thread("9001", "support");
    hostile["subject"] = json!("x' OR Name != '\\");
    let world = with_mapping(lines, &[hostile]).await;
    assert_eq!(world.run().await.code, 0);
    assert_eq!(world.case_of("9001").expect("a case")["ParentId"], Json::Null);
}

#[tokio::test]
async fn a_value_that_the_picklist_does_not_offer_is_replaced_left_out_or_refused() {
    let lines = "    Priority: { value: = thread.author.rank, unknown: { use: Critical } }\n    Reason: { value: = thread.board, unknown: omit }\n    Type: { value: question, unknown: refuse }\n";
    let world = with_mapping(lines, &[thread("9001", "support")]).await;
    assert_eq!(world.run().await.code, 0);
    let case = world.case_of("9001").expect("a case");
    assert_eq!(
        (&case["Priority"], &case["Reason"], &case["Type"]),
        (&json!("Critical"), &Json::Null, &json!("Question"))
    );
    let world =
        with_mapping("    Reason: { value: = thread.board, unknown: refuse }\n", &[thread("9001", "support")]).await;
    let told = world.run().await;
    assert_eq!(told.report.planned[0].plan.problems[0].what, "`Reason` does not offer `support`");
    assert!(told.code == 1 && world.case_of("9001").is_none());
}

/// A rule that brings a case of the org up to date beside the one that it opens.
const UPDATING: &str = r#"
escalations:
  unanswered-support:
    every: 15 minutes
    when: [ thread.board == "support" ]
    with: thread-to-case
    then:
      - salesforce.update_case: { case: CASE, fields: to-update }
mappings:
  thread-to-case: { Origin: Community }
  to-update:
    Priority: { value: High, update: fill_blanks }
    Reason: { value: Other, update: fill_blanks }
    SuppliedName: { value: Ana, update: on_create }
    Type: Question
"#;

#[tokio::test]
async fn of_a_case_that_is_there_blanks_are_filled_and_what_only_a_new_one_gets_is_left_out() {
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": [thread("9001", "support")] })).await;
    let made =
        world.org(json!({ "cases": [{ "fields": { "Subject": "Old", "Priority": "Low", "Type": "Problem" } }] }));
    let case = made["cases"][0]["id"].as_str().expect("an id").to_owned();
    let world = world.rules("mappings.yaml", &UPDATING.replace("CASE", &case)).rules("escalations.yaml", "tables: {}");
    let told = world.run().await;
    assert_eq!(told.code, 0, "{}", told.text());
    let old = world.cases().into_iter().find(|one| one["id"] == json!(case)).expect("the case")["fields"].clone();
    let fields = ["Priority", "Reason", "SuppliedName", "Type"].map(|name| old[name].as_str());
    assert_eq!(fields, [Some("Low"), Some("Other"), None, Some("Question")]);
}
