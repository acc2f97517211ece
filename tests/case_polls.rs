//! What the org tells of cases that a thread has: each look is held against what was seen, and says what became of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use casebridge::catalog::{Poll, Polled, Reply, Told};
use casebridge::failure::HostError;
use casebridge::value::Value;
use serde_json::{Value as Json, json};

use crate::both_ways::with_a_case;
use crate::hosts_pair::{Logins, Pair};
use crate::world::World;
use casebridge::sandbox::SceneChoice;

/// One who asks about cases again and again, as the engine does, without an engine.
pub struct Ear {
    poll: Poll,
    wanted: Arc<BTreeSet<casebridge::names::EventKind>>,
    polled: Vec<Polled>,
}

impl Ear {
    pub fn on(pair: &Pair, poll: &str, kinds: &[&str], cases: &[&str]) -> Self {
        let poll = pair.catalog.polls().iter().find(|known| known.name.as_str() == poll).expect("a poll").clone();
        let row = |case: &&str| Value::map([("thread", "42".into()), ("case", Value::text(*case))]);
        let polled = cases.iter().map(|case| Polled { row: row(case), seen: Value::Nothing }).collect();
        Ear { poll, wanted: Arc::new(kinds.iter().map(|kind| (*kind).into()).collect()), polled }
    }

    /// What is told in one pass; what fails changes nothing.
    pub async fn ask(&mut self) -> Result<Vec<Told>, HostError> {
        let changed = (self.poll.call)(self.polled.clone(), self.wanted.clone()).await?;
        let mut told = Vec::new();
        for changed in changed {
            self.polled[changed.which].seen = changed.seen;
            told.extend(changed.told);
        }
        Ok(told)
    }

    /// The kinds of what is told, without the name of the host.
    pub async fn hear(&mut self) -> Vec<String> {
        let told = self.ask().await.expect("an answer");
        told.iter().map(|told| told.kind.as_str().replace("salesforce.", "")).collect()
    }
}

pub async fn empty() -> Pair {
    Pair::of(SceneChoice::Empty, Logins::default()).await
}

/// A case that we opened for thread 42.
pub async fn our_case(pair: &Pair) -> String {
    let args = Value::map([("thread", "42".into()), ("fields", Value::map([("Subject", "VPN".into())]))]);
    match &pair.write("salesforce.create_case", &[("makes:acme:42", args)]).await[0] {
        Reply::Done(result) => result.get("Id").as_str().expect("an id").to_owned(),
        other => panic!("{other:?}"),
    }
}

pub fn org(pair: &Pair, entries: Json) -> Json {
    pair.sandbox.salesforce.edit(&entries).expect("the edit is right")
}

fn agent_sets(pair: &Pair, case: &str, fields: Json) {
    org(pair, json!({ "cases": [{ "id": case, "by": "kai@acme.test", "fields": fields }] }));
}

async fn we_set(pair: &Pair, case: &str, field: &str, value: &str) {
    let args = Value::map([("case", Value::text(case)), ("fields", Value::map([(field, value.into())]))]);
    let replies = pair.write("salesforce.update_case", &[("sets:acme:1", args)]).await;
    assert!(matches!(replies[0], Reply::Done(_)), "{replies:?}");
}

const ALL: [&str; 5] = [
    "salesforce.case_changed",
    "salesforce.case_status_changed",
    "salesforce.case_merged",
    "salesforce.case_deleted",
    "salesforce.case_restored",
];

#[tokio::test]
async fn one_edit_of_status_and_field_is_two_events_with_two_ids_f_071() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    assert_eq!(ear.hear().await, ["case_status_changed"], "a status that is seen for the first time is shown");
    agent_sets(&pair, &case, json!({ "Status": "Working", "Priority": "High" }));
    let told = ear.ask().await.expect("an answer");
    assert_eq!(told[0].hint, Value::map([("from", "New".into()), ("to", "Working".into())]));
    assert_eq!(told[1].hint, Value::map([("fields", Value::List(vec!["Priority".into(), "Status".into()]))]));
    let start = format!("salesforce:case:{case}:changed:2");
    assert!(
        told.iter().all(|told| told.what.starts_with(&start)) && told[0].what == format!("{}:status", told[1].what)
    );
    assert_eq!(
        (told[0].lane.as_ref().map(|lane| lane.as_str()), ear.hear().await.len()),
        (Some("khoros:thread:42"), 0)
    );
}

#[tokio::test]
async fn what_we_changed_ourselves_is_no_change_but_its_status_is_told_x_9() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    ear.hear().await;
    we_set(&pair, &case, "Priority", "High").await;
    assert_eq!(ear.hear().await, [""; 0]);
    we_set(&pair, &case, "Status", "Closed").await;
    assert_eq!(ear.hear().await, ["case_status_changed"]);
}

#[tokio::test]
async fn a_case_that_an_agent_made_is_his_to_change_and_ours_are_known_by_our_user_x_9() {
    let pair = empty().await;
    let made = org(&pair, json!({ "cases": [{ "by": "kai@acme.test", "fields": { "Subject": "By phone" } }] }));
    let case = made["cases"][0]["id"].as_str().expect("an id");
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[case]);
    ear.hear().await;
    agent_sets(&pair, case, json!({ "Priority": "High" }));
    assert_eq!(ear.hear().await, ["case_changed"]);
    we_set(&pair, case, "Priority", "Low").await;
    assert_eq!(ear.hear().await, [""; 0]);
}

#[tokio::test]
async fn an_app_that_may_not_ask_who_it_is_goes_by_who_made_the_case() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let refused = json!({ "match": { "path": "userinfo" }, "do": "status", "status": 403, "body": "Bad_OAuth_Token", "times": "always" });
    pair.salesforce_fault(refused).await;
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    ear.hear().await;
    agent_sets(&pair, &case, json!({ "Priority": "High" }));
    assert_eq!(ear.hear().await, ["case_changed"]);
    we_set(&pair, &case, "Priority", "Low").await;
    assert_eq!(ear.hear().await, [""; 0]);
}

#[tokio::test]
async fn a_comment_changes_no_field_of_its_case() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    ear.hear().await;
    org(&pair, json!({ "comments": [{ "case": case, "body": "Hi", "by": "kai@acme.test" }] }));
    assert_eq!(ear.hear().await, [""; 0]);
}

#[tokio::test]
async fn deleted_and_undeleted_is_told_once_each_and_what_changed_meanwhile_too_f_113() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    ear.hear().await;
    org(&pair, json!({ "cases": [{ "id": case, "deleted": true }] }));
    assert_eq!((ear.hear().await, ear.hear().await), (vec!["case_deleted".to_owned()], vec![]));
    org(&pair, json!({ "cases": [{ "id": case, "undeleted": true }] }));
    agent_sets(&pair, &case, json!({ "Status": "Working" }));
    assert_eq!(ear.hear().await, ["case_restored", "case_status_changed", "case_changed"]);
    assert_eq!(ear.hear().await, [""; 0]);
}

#[tokio::test]
async fn a_merged_case_names_the_one_that_is_left_clo_6_f_056() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let made = org(&pair, json!({ "cases": [{ "fields": { "Subject": "The other" } }] }));
    let master = made["cases"][0]["id"].as_str().expect("an id");
    let mut ear = Ear::on(&pair, "salesforce.cases", &ALL, &[&case]);
    ear.hear().await;
    org(&pair, json!({ "cases": [{ "id": case, "merged_into": master }] }));
    let told = ear.ask().await.expect("an answer");
    assert_eq!((told.len(), told[0].kind.as_str()), (1, "salesforce.case_merged"));
    assert_eq!(told[0].hint, Value::map([("into", Value::text(master))]));
    assert_eq!(ear.hear().await, [""; 0]);
}

#[tokio::test]
async fn a_contact_that_was_merged_away_is_the_one_that_is_left_f_056() {
    let pair = empty().await;
    let contact = |name: &str| json!({ "LastName": name, "Email": format!("{name}@people.test") });
    let made = org(&pair, json!({ "contacts": [contact("one"), contact("two"), contact("three"), contact("gone")] }));
    let ids: Vec<String> = made["contacts"]
        .as_array()
        .expect("ids")
        .iter()
        .map(|made| made["id"].as_str().expect("an id").into())
        .collect();
    org(&pair, json!({ "contacts": [{ "id": ids[0], "merged_into": ids[1] }] }));
    org(&pair, json!({ "contacts": [{ "id": ids[1], "merged_into": ids[2] }, { "id": ids[3], "deleted": true }] }));
    let rows = pair.read("salesforce.get_contact", &[&ids[0], &ids[2][..15], &ids[3]]).await.expect("rows").rows;
    let mut found: Vec<_> = rows.iter().map(|row| (row.get("asked").clone(), row.get("Email").clone())).collect();
    found.sort_by_key(|(asked, _)| asked.to_string());
    let left = Value::from("three@people.test");
    assert_eq!(found, [(Value::text(&*ids[0]), left.clone()), (Value::text(&ids[2][..15]), left)]);
    assert!(rows.iter().all(|row| row.get("Id").as_str() == Some(&ids[2])));
}

#[tokio::test]
async fn records_that_ask_for_something_are_told_once_and_an_org_without_them_is_asked_once() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let kinds = ["salesforce.postback_requested", "salesforce.private_message_requested"];
    let absent =
        json!([{ "message": "sObject type 'Private_Message__c' is not supported.", "errorCode": "INVALID_TYPE" }]);
    let fault = json!({ "match": { "path": "Private_Message__c" }, "do": "status", "status": 400, "body": absent.to_string(), "times": "always" });
    pair.salesforce_fault(fault).await;
    let mut ear = Ear::on(&pair, "salesforce.requests", &kinds, &["org"]);
    let status = |status: Json| json!({ "Case__c": case, "Body__c": "Hi", "Status__c": status });
    org(&pair, json!({ "postback_comments": [status(json!("New")), status(Json::Null), status(json!("Posted"))] }));
    let told = ear.ask().await.expect("an answer");
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|told| told.lane.as_ref().is_some_and(|lane| lane.as_str() == "khoros:thread:42")));
    let before = pair.salesforce.budget().counts().reads;
    assert_eq!((ear.hear().await.len(), pair.salesforce.budget().counts().reads - before), (0, 1));
}

#[tokio::test]
async fn one_record_of_ours_written_twice_in_a_wave_is_written_over() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let write = |key: &str, status: &str| {
        let fields = Value::map([("Case__c", Value::text(case.as_str())), ("Status__c", status.into())]);
        let names = [("object", "Postback_Comment__c"), ("key_field", "Source_Key__c"), ("key", key)];
        Value::map(names.map(|(name, value)| (name, Value::text(value))).into_iter().chain([("fields", fields)]))
    };
    let items = [("1", write("a", "New")), ("2", write("b", "New")), ("3", write("a", "Posted"))];
    let replies = pair.write("salesforce.write_record", &items).await;
    let ids: Vec<&Value> = replies
        .iter()
        .map(|reply| if let Reply::Done(made) = reply { made.get("Id") } else { panic!("{reply:?}") })
        .collect();
    assert!(ids[0] == ids[2] && ids[0] != ids[1], "{ids:?}");
    assert_eq!(
        pair.calls(&pair.sandbox.salesforce_url, "composite/sobjects/").await,
        2,
        "one key stands once in a call"
    );
}

const CLOSED: &str = "rules:\n  look:\n    on: khoros.reply_posted\n    then:\n      - notebook.remember: { about: = case.Id, name: closed_by_us, value: = case.closed_by_us }\n      \
    - notebook.remember: { about: = case.Id, name: touched, value: = case.touched_since_closed }\n      \
    - notebook.remember: { about: = case.Id, name: reopened, value: = case.times_reopened }\n      \
    - notebook.remember: { about: = case.Id, name: agent, value: = case.last_agent_comment_at != () }\n";

/// What the rule above remembers.
fn noted(world: &World, name: &str) -> Json {
    let export = world.export();
    let line =
        export.lines().find(|line| line.contains("\"key\":\"note/acme/500") && line.contains(&format!("/{name}\"")));
    let line: Json = serde_json::from_str(line.unwrap_or("{}")).expect("a line is JSON");
    line["value"].clone()
}

#[tokio::test]
async fn a_case_that_an_agent_closed_is_not_closed_by_us_although_we_commented_last_clo_3() {
    let world = with_a_case().await.rules("look.yaml", CLOSED);
    let case = world.case_of("9001").expect("a case")["Id"].clone();
    let sets =
        |status: &str| json!({ "cases": [{ "id": case, "by": "zoe@acme.test", "fields": { "Status": status } }] });
    let reply = |id: &str| json!({ "replies": [{ "id": id, "thread": "9001", "author": "ana", "body": "<p>So</p>" }] });
    world.org(sets("Closed"));
    world.advance("2 minutes");
    world.community(reply("9002"));
    assert_eq!(world.run().await.outcomes("salesforce.comment_on_case"), ["done"]);
    assert_eq!(noted(&world, "agent"), json!(false));
    world.org(sets("Working"));
    world.org(sets("Closed"));
    world.org(json!({ "comments": [{ "case": case, "body": "Closed again", "by": "zoe@acme.test" }] }));
    world.advance("2 minutes");
    world.community(reply("9003"));
    world.run().await;
    world.advance("2 minutes");
    world.community(reply("9004"));
    world.run().await;
    let found = ["closed_by_us", "touched", "reopened", "agent"].map(|name| noted(&world, name));
    assert_eq!(json!(found), json!([false, true, 1, true]));
}

#[tokio::test]
async fn a_rule_that_changes_the_case_it_hears_of_acts_once_and_falls_silent_f_041() {
    let rule = "rules:\n  raise:\n    on: salesforce.case_changed\n    then: [ { salesforce.update_case: { case: = case.Id, fields: { Reason: Other } } } ]\n";
    let world = with_a_case().await.rules("raise.yaml", rule);
    world.run().await;
    let case = world.case_of("9001").expect("a case")["Id"].clone();
    world.org(json!({ "cases": [{ "id": case, "by": "zoe@acme.test", "fields": { "Priority": "High" } }] }));
    for _ in 0..10 {
        world.advance("1 minutes");
        world.run().await;
    }
    assert_eq!(world.applied("update Case"), 1);
}
