//! Which contact a case gets: linked, created, a default one, none; and nobody is guessed (ESC-9 to ESC-11).

use casebridge::catalog::Catalog;
use casebridge::plan::preview;
use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const CREATE: &str = "create_new_contact_record: true";

fn thread(id: &str, author: &str) -> Json {
    json!({ "id": id, "board": "support", "subject": "VPN drops", "body": "<p>Every hour.</p>", "author": author, "age": "50 hours" })
}

/// One due thread of a member called Noa Levi.
async fn one_due_thread(settings: &str) -> World {
    let noa = json!({ "login": "noa", "email": "noa@people.test", "first_name": "Noa", "last_name": "Levi" });
    let world = World::with(json!({ "members": [noa], "threads": [thread("9001", "noa")] })).await;
    world.settings(&format!("support_boards: [support]\nindex_lag: 1 minutes\n{settings}"))
}

/// Adds contacts as a person at the org would; gives their ids.
fn contacts(world: &World, fields: &[Json]) -> Vec<String> {
    let entries: Vec<Json> = fields.iter().map(|fields| json!({ "fields": fields })).collect();
    let made = world.org(json!({ "contacts": entries }));
    let ids = made["contacts"].as_array().expect("contacts").iter().map(|made| made["id"].as_str().expect("an id"));
    ids.map(str::to_owned).collect()
}

/// The contacts with the author's e-mail.
fn of_noa(world: &World) -> Vec<Json> {
    let all = world.sandbox.salesforce.world()["contacts"].as_array().expect("contacts").clone();
    let fields = all.into_iter().map(|contact| contact["fields"].clone());
    fields
        .filter(|fields| fields["Email"].as_str().is_some_and(|mail| mail.eq_ignore_ascii_case("noa@people.test")))
        .collect()
}

/// What a person should know, as code and words.
fn flags(told: &Told) -> Vec<(String, String)> {
    let plans = told.report.planned.iter().flat_map(|planned| &planned.plan.flags);
    plans.map(|flag| (flag.code.to_string(), flag.text.clone())).collect()
}

fn shown(told: &Told) -> String {
    let planned = &told.report.planned[0];
    preview::show(&planned.subject, &planned.title, &planned.plan, &Catalog::default(), false)
}

#[tokio::test]
async fn the_only_contact_with_the_e_mail_is_the_contact_of_the_case() {
    let world = one_due_thread(CREATE).await;
    let ids = contacts(&world, &[json!({ "LastName": "Levi", "Email": "NOA@people.test" })]);
    assert_eq!(world.run().await.code, 0);
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], json!(ids[0]));
    assert_eq!(world.applied("create Contact"), 0);
}

#[tokio::test]
async fn without_a_contact_the_default_one_is_taken_and_no_contact_is_written_f_011() {
    let world = one_due_thread("").await;
    let ids = contacts(&world, &[json!({ "LastName": "Everybody", "Email": "all@acme.test" })]);
    let world = world.settings(&format!("support_boards: [support]\ndefault_contact: {}", ids[0]));
    let told = world.run().await;
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], json!(ids[0]));
    assert_eq!((world.applied("create Contact"), world.applied("update Contact"), flags(&told).len()), (0, 0, 0));
}

#[tokio::test]
async fn without_a_default_contact_the_case_has_none_and_that_is_noted_f_011() {
    let world = one_due_thread("").await;
    let told = world.run().await;
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], json!(null));
    assert_eq!((world.applied("create Contact"), told.code), (0, 0));
    assert_eq!(flags(&told), [("no_contact".into(), "the case gets no contact".into())]);
    assert!(world.export().contains("no_contact"), "the ledger knows it");
}

#[tokio::test]
async fn a_contact_is_created_with_the_first_case_and_the_next_case_uses_it_f_011() {
    let world = one_due_thread(CREATE).await;
    let told = world.run().await;
    let case = world.case_of("9001").expect("a case");
    assert_eq!((world.applied("create Contact"), told.code), (1, 0), "{}", told.text());
    let contact = &of_noa(&world)[0];
    assert_eq!(
        (&contact["Id"], &contact["Name"], &contact["Email"]),
        (&case["ContactId"], &json!("Noa Levi"), &json!("noa@people.test"))
    );
    // The next case finds the link, whatever the e-mails say by then.
    world.org(json!({ "contacts": [{ "id": contact["Id"], "fields": { "Email": "other@acme.test" } }] }));
    world.community(json!({ "threads": [thread("9002", "noa")] }));
    world.run().await;
    assert_eq!(world.case_of("9002").expect("a case")["ContactId"], contact["Id"]);
    assert_eq!(world.applied("create Contact"), 1);
}

#[tokio::test]
async fn two_threads_of_one_stranger_share_one_new_contact() {
    let world = one_due_thread(CREATE).await;
    world.community(json!({ "threads": [thread("9002", "noa")] }));
    world.run().await;
    world.run().await;
    let [one, other] = ["9001", "9002"].map(|id| world.case_of(id).expect("a case")["ContactId"].clone());
    assert!(one == other && one.is_string(), "{one} {other}");
    assert_eq!(world.applied("create Contact"), 1);
}

#[tokio::test]
async fn create_new_contact_record_has_no_effect_without_its_trigger_set_2() {
    let world = one_due_thread("create_new_contact_record: true\nenable_community_user_trigger: false").await;
    world.run().await;
    assert_eq!((world.cases().len(), world.applied("create Contact")), (1, 0));
}

#[tokio::test]
async fn of_three_contacts_with_one_e_mail_none_is_taken_and_all_are_named_f_092() {
    let world = one_due_thread(CREATE).await;
    let contact = |name: &str, mail: &str| json!({ "LastName": name, "Email": mail });
    let three =
        [contact("One", "noa@people.test"), contact("Two", "noa@people.test"), contact("Three", "Noa@People.test ")];
    let ids = contacts(&world, &three);
    let preview = world.preview().await;
    let told = world.run().await;
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], json!(null));
    assert_eq!((world.applied("create Contact"), told.code), (0, 0));
    for told in [&preview, &told] {
        let flags = flags(told);
        assert_eq!((flags.len(), flags[0].0.as_str()), (1, "ambiguous_contact"), "{flags:?}");
        assert!(ids.iter().all(|id| flags[0].1.contains(id.as_str())), "{flags:?}");
    }
    assert!(shown(&preview).contains("⚑ ambiguous_contact"), "{}", shown(&preview));
    assert!(world.export().contains("ambiguous_contact"), "the ledger knows it");
}

#[tokio::test]
async fn a_contact_that_was_linked_stays_in_force_when_others_get_its_e_mail_f_092() {
    let world = one_due_thread("link_community_user_with_contacts: true").await;
    let ids = contacts(&world, &[json!({ "LastName": "Levi", "Email": "noa@people.test" })]);
    world.run().await;
    contacts(&world, &[json!({ "LastName": "Twin", "Email": "noa@people.test" })]);
    world.community(json!({ "threads": [thread("9002", "noa")] }));
    let told = world.run().await;
    assert_eq!(world.case_of("9002").expect("a case")["ContactId"], json!(ids[0]));
    assert!(flags(&told).is_empty());
}

#[tokio::test]
async fn a_row_may_park_what_has_no_contact() {
    let rules = include_str!("../rules/escalations.yaml").replace("      - none\n", "      - park\n");
    let world = one_due_thread("").await.rules("escalations.yaml", &rules);
    let told = world.run().await;
    assert_eq!((world.cases().len(), told.code), (0, 1));
    assert_eq!(told.report.planned[0].plan.problems[0].code.as_str(), "no-contact");
}

#[tokio::test]
async fn the_record_that_a_duplicate_rule_names_is_used_when_the_e_mail_is_the_same_esc_11() {
    let world = one_due_thread(CREATE).await;
    world.switch_org(json!({ "duplicate_rule": "email" }));
    // The contact appears after the plan was made: straight before the case's contact is written.
    let org = world.sandbox.salesforce.clone();
    let add = move || {
        org.edit(&json!({ "contacts": [{ "fields": { "LastName": "Levi", "Email": "Noa@People.test" } }] }))
            .expect("added");
    };
    let web = crate::world::meddling::Meddling::before(world.web(), "Contact/describe", add);
    let told = world.run_over(web).await;
    assert_eq!(told.outcomes("salesforce.create_contact"), ["already done"]);
    let contacts = of_noa(&world);
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], contacts[0]["Id"]);
    assert_eq!((contacts.len(), told.code), (1, 0));
}

#[tokio::test]
async fn a_duplicate_with_another_e_mail_waits_for_a_person_who_is_told_which_one_esc_11() {
    let world = one_due_thread(CREATE).await;
    let ids = contacts(&world, &[json!({ "LastName": "Levi", "Email": "another@acme.test" })]);
    world.switch_org(json!({ "duplicate_rule": "last_name" }));
    let told = world.run().await;
    let outcomes = told.outcomes("salesforce.create_contact");
    assert!(outcomes[0].starts_with("parked: refused: Use one of these records?"), "{outcomes:?}");
    assert!(outcomes[0].contains(&ids[0]), "{outcomes:?}");
    assert_eq!(told.outcomes("salesforce.create_case"), ["skipped: not_begun: salesforce.create_contact was parked"]);
    assert_eq!((world.cases().len(), told.code), (0, 1));
}

#[tokio::test]
async fn several_duplicates_wait_for_a_person_who_is_told_all_esc_11() {
    let world = one_due_thread(CREATE).await;
    let fields = [json!({ "LastName": "Levi" }), json!({ "LastName": "LEVI" })];
    let ids = contacts(&world, &fields);
    world.switch_org(json!({ "duplicate_rule": "last_name" }));
    let outcomes = world.run().await.outcomes("salesforce.create_contact");
    assert!(
        outcomes[0].starts_with("parked") && ids.iter().all(|id| outcomes[0].contains(id.as_str())),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_contact_that_the_org_refuses_waits_for_a_person_with_the_orgs_words_f_096() {
    let mapping = "mappings:\n  author-to-contact:\n    LastName: { value: = people::last_name(thread.author), too_long: cut }\n    MailingState: Texas\n";
    let world = one_due_thread(CREATE).await.rules("contact.yaml", mapping);
    let refusal = json!([{ "success": false, "errors": [{ "statusCode": "FIELD_INTEGRITY_EXCEPTION",
        "message": "A country/territory must be specified before specifying a state value for field: Mailing State/Province" }] }]);
    world.org_fault(json!({ "match": { "path": "composite/sobjects" }, "do": "status", "status": 200, "body": refusal.to_string() })).await;
    let told = world.run().await;
    let outcomes = told.outcomes("salesforce.create_contact");
    assert_eq!(outcomes.len(), 1, "not tried again: {outcomes:?}");
    assert!(outcomes[0].starts_with("parked: refused: A country/territory must be specified"), "{outcomes:?}");
    assert!(outcomes[0].contains("FIELD_INTEGRITY_EXCEPTION"), "{outcomes:?}");
    world.no_more_faults().await;
    assert_eq!((world.run().await.report.planned.len(), world.cases().len()), (0, 0), "it waits for a person");
}

#[tokio::test]
async fn a_contact_whose_answer_was_lost_is_found_by_its_e_mail_and_not_made_twice() {
    let world = one_due_thread(CREATE).await;
    world.org_fault(json!({ "match": { "path": "composite/sobjects" }, "do": "lost_answer", "times": 1 })).await;
    let told = world.run().await;
    assert_eq!(told.outcomes("salesforce.create_contact"), ["already done"], "{}", told.text());
    let contacts = of_noa(&world);
    assert_eq!(contacts.len(), 1);
    assert_eq!(world.case_of("9001").expect("a case")["ContactId"], contacts[0]["Id"]);
}

#[tokio::test]
async fn two_cases_with_the_key_of_one_thread_wait_for_a_person_who_is_told_both_f_054() {
    let world = one_due_thread("").await;
    world.community(json!({ "threads": [thread("9002", "noa")] }));
    world.switch_org(json!({ "external_id_unique": false }));
    let key = format!("{}:9001", world.connections.khoros.tenant_id);
    let twin = json!({ "fields": { "Subject": "Twin", "Community_Thread_Key__c": key } });
    let made = world.org(json!({ "cases": [twin, twin] }));
    let told = world.run().await;
    let outcomes = told.outcomes("salesforce.create_case");
    let parked = outcomes.iter().find(|outcome| outcome.starts_with("parked")).expect("it waits for a person");
    for made in made["cases"].as_array().expect("both cases") {
        assert!(parked.contains(made["id"].as_str().expect("an id")), "{parked}");
    }
    assert_eq!((world.applied("create Case"), world.applied("update Case"), told.code), (1, 0, 1), "others go on");
    assert!(world.case_of("9002").is_some());
}

#[tokio::test]
async fn ids_that_look_like_numbers_and_dates_find_their_own_rows_f_060() {
    let world = one_due_thread("").await.settings("support_boards: [\"2026-11-25\"]");
    let mut dated = thread("20261125", "noa");
    dated["board"] = json!("2026-11-25");
    world.community(
        json!({ "boards": [{ "id": "2026-11-25", "title": "A day", "style": "forum" }], "threads": [dated] }),
    );
    world.switch_org(json!({ "external_id_unique": false }));
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (1, 0), "{}", told.text());
    assert!(world.case_of("20261125").is_some());
    assert_eq!((world.run().await.report.opened(), world.cases().len()), (0, 1));
}
