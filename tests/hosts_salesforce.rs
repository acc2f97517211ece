//! The org as the program sees it: cases are opened once, found again, and read with their fields.

use casebridge::catalog::{Reply, Rows};
use casebridge::failure::{FailureClass, HostError};
use casebridge::value::Value;
use serde_json::json;

use crate::hosts_pair::{Logins, Pair, on, row};

fn case(thread: &str, subject: &str) -> Value {
    let fields =
        Value::map([("Subject", Value::text(subject)), ("Priority", "High".into()), ("Origin", Value::Nothing)]);
    Value::map([("thread", Value::text(thread)), ("fields", fields)])
}

fn key(thread: &str) -> String {
    format!("makes:acme:salesforce.create_case:{thread}:1")
}

async fn open(pair: &Pair, cases: &[(&str, &str)]) -> Vec<Reply> {
    let keys: Vec<String> = cases.iter().map(|(thread, _)| key(thread)).collect();
    let items: Vec<_> =
        keys.iter().zip(cases).map(|(key, (thread, subject))| (key.as_str(), case(thread, subject))).collect();
    pair.write("salesforce.create_case", &items).await
}

fn made(reply: &Reply) -> &Value {
    if let Reply::Done(result) = reply { result } else { panic!("not made: {reply:?}") }
}

fn refused(reply: &Reply) -> &HostError {
    if let Reply::Refused(error) = reply { error } else { panic!("not refused: {reply:?}") }
}

async fn found(pair: &Pair, threads: &[&str]) -> Rows {
    pair.read("salesforce.find_case_of_thread", threads).await.expect("rows")
}

#[tokio::test]
async fn cases_are_opened_together_with_one_write_and_one_query() {
    let pair = Pair::small().await;
    let replies = open(&pair, &[("20261125", "It's \"down\" \\"), ("43", "زرار 😱")]).await;
    let (first, second) = (made(&replies[0]), made(&replies[1]));
    assert_eq!(first.get("created"), &true.into());
    assert!(first.get("CaseNumber").as_str().is_some() && first.get("CaseNumber") != second.get("CaseNumber"));
    assert!(first.get("url").as_str().is_some_and(|url| url.starts_with(&pair.sandbox.salesforce_url)));
    let counts = pair.salesforce.budget().counts();
    assert_eq!((counts.writes, counts.reads, counts.logins), (1, 2, 1), "describe and numbers");
    assert!(pair.salesforce.budget().usage().is_some_and(|usage| usage.used >= 3));

    let rows = found(&pair, &["20261125", "43", "44"]).await;
    assert_eq!((rows.rows.len(), row(&rows, "thread", "20261125").get("Id")), (2, first.get("Id")));
    let id = first.get("Id").as_str().expect("an id");
    let rows = pair.read("salesforce.get_case", &[&id[..15]]).await.expect("rows");
    let case = &rows.rows[0];
    assert_eq!((case.get("Subject"), case.get("Priority")), (&Value::text("It's \"down\" \\"), &"High".into()));
    assert_eq!(case.get("IsClosed"), &false.into());
    assert!(matches!(case.get("CreatedDate"), Value::Moment(_)), "{case}");
    assert!(case.get("owner_name").as_str().is_some() && case.get("Description").is_nothing());
}

#[tokio::test]
async fn a_second_one_is_the_first_and_keeps_what_an_agent_wrote() {
    let pair = Pair::small().await;
    let first = open(&pair, &[("42", "First")]).await;
    let id = made(&first[0]).get("Id").clone();
    let edit = json!({ "cases": [{ "id": id.as_str(), "fields": { "Subject": "By an agent" } }] });
    pair.sandbox.salesforce.edit(&edit).expect("an edit");
    let second = open(&pair, &[("42", "Second"), ("43", "Other")]).await;
    let Reply::AlreadyDone(result) = &second[0] else { panic!("{second:?}") };
    assert_eq!((result.get("Id"), result.get("created")), (&id, &false.into()));
    made(&second[1]);
    let rows = pair.read("salesforce.get_case", &[id.as_str().expect("an id")]).await.expect("rows");
    assert_eq!(rows.rows[0].get("Subject"), &"By an agent".into());
}

#[tokio::test]
async fn a_later_generation_is_another_case() {
    let pair = Pair::small().await;
    open(&pair, &[("42", "First")]).await;
    let again =
        pair.write("salesforce.create_case", &[("makes:acme:salesforce.create_case:42:2", case("42", "Again"))]).await;
    assert_eq!(made(&again[0]).get("created"), &true.into());
}

#[tokio::test]
async fn one_bad_case_stops_no_other_and_says_the_orgs_words() {
    let pair = Pair::small().await;
    let rule = json!({ "validation_rule": { "word": "spam", "text": "No spam please" } });
    pair.sandbox.salesforce.set_switches(&rule).expect("a switch");
    let long = "x".repeat(256);
    let replies = open(&pair, &[("1", "Fine"), ("2", "spam"), ("3", &long), ("4", "Fine too")]).await;
    made(&replies[0]);
    made(&replies[3]);
    assert!(refused(&replies[1]).said.contains("No spam please"));
    assert_eq!(refused(&replies[2]).code.as_deref(), Some("STRING_TOO_LONG"));
}

#[tokio::test]
async fn an_unknown_field_refuses_its_own_case_only() {
    let pair = Pair::small().await;
    let mut bad = case("2", "Bad");
    if let Value::Map(args) = &mut bad {
        args.insert("fields".into(), Value::map([("No_Such__c", Value::text("x"))]));
    }
    let replies = pair.write("salesforce.create_case", &[(&key("1"), case("1", "Good")), (&key("2"), bad)]).await;
    made(&replies[0]);
    refused(&replies[1]);
}

#[tokio::test]
async fn a_case_without_a_thread_is_refused_and_its_neighbour_opened() {
    let pair = Pair::small().await;
    let replies = open(&pair, &[("", "Of nothing"), ("42", "Fine")]).await;
    refused(&replies[0]);
    made(&replies[1]);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_case_is_found_by_its_thread() {
    let pair = Pair::small().await;
    pair.salesforce_fault(on("composite/sobjects", json!({ "do": "lost_answer" }))).await;
    let replies = open(&pair, &[("42", "Lost")]).await;
    assert!(matches!(replies.as_slice(), [Reply::Unknown(_)]), "{replies:?}");
    assert_eq!(found(&pair, &["42"]).await.rows.len(), 1);
    let again = open(&pair, &[("42", "Lost")]).await;
    assert!(matches!(again.as_slice(), [Reply::AlreadyDone(_)]), "{again:?}");
}

#[tokio::test]
async fn a_number_that_cannot_be_read_leaves_the_case_unknown() {
    let pair = Pair::small().await;
    pair.salesforce_fault(on("CaseNumber", json!({ "do": "status", "status": 503 }))).await;
    let replies = open(&pair, &[("42", "Made")]).await;
    assert!(matches!(replies.as_slice(), [Reply::Unknown(_)]), "{replies:?}");
    assert_eq!(found(&pair, &["42"]).await.rows.len(), 1);
}

#[tokio::test]
async fn limits_and_outages_are_worth_waiting_for() {
    let pair = Pair::small().await;
    open(&pair, &[("41", "A session")]).await;
    let limit = r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]"#;
    let no_right = r#"[{"errorCode":"INSUFFICIENT_ACCESS","message":"no"}]"#;
    let page = include_str!("data/F-050.html");
    for (status, body) in [(403, limit), (503, page)] {
        pair.salesforce_fault(on("composite/sobjects", json!({ "do": "status", "status": status, "body": body })))
            .await;
        let replies = open(&pair, &[("42", "Later")]).await;
        assert!(matches!(replies.as_slice(), [Reply::Again(_)]), "{status} {replies:?}");
    }
    pair.salesforce_fault(on("composite/sobjects", json!({ "do": "status", "status": 500, "body": page }))).await;
    let replies = open(&pair, &[("42", "Who knows")]).await;
    assert!(matches!(replies.as_slice(), [Reply::Unknown(error)] if !error.said.contains('<')), "{replies:?}");
    pair.salesforce_fault(on("composite/sobjects", json!({ "do": "status", "status": 403, "body": no_right }))).await;
    refused(&open(&pair, &[("42", "Never")]).await[0]);
}

#[tokio::test]
async fn without_a_unique_field_it_is_asked_first() {
    let pair = Pair::small().await;
    pair.sandbox.salesforce.set_switches(&json!({ "external_id_unique": false })).expect("a switch");
    made(&open(&pair, &[("42", "First")]).await[0]);
    let second = open(&pair, &[("42", "Second")]).await;
    assert!(matches!(second.as_slice(), [Reply::AlreadyDone(_)]), "{second:?}");
    let tenant = pair.khoros.tenant();
    let twin = json!({ "cases": [{ "fields":
        { "Subject": "Twin", "Community_Thread_Key__c": format!("{tenant}:42") } }] });
    pair.sandbox.salesforce.edit(&twin).expect("an edit");
    let third = open(&pair, &[("42", "Third")]).await;
    let said = &refused(&third[0]).said;
    assert!(said.starts_with("2 cases") && said.matches("500").count() == 2, "{said}");
}

#[tokio::test]
async fn assignment_rules_run_only_where_the_setting_says_so() {
    for auto_assign in [true, false] {
        let pair = Pair::with(Logins { auto_assign, ..Logins::default() }).await;
        pair.sandbox.salesforce.set_switches(&json!({ "assignment_rule": true })).expect("a switch");
        let id = made(&open(&pair, &[("42", "Mine?")]).await[0]).get("Id").clone();
        let rows = pair.read("salesforce.get_case", &[id.as_str().expect("an id")]).await.expect("rows");
        let owner = rows.rows[0].get("owner_name").as_str().unwrap_or_default();
        assert_eq!(owner == "Support", auto_assign, "{owner}");
    }
}

#[tokio::test]
async fn an_expired_session_is_renewed_once_and_a_wrong_secret_is_never_said() {
    let pair = Pair::small().await;
    made(&open(&pair, &[("42", "First")]).await[0]);
    pair.sandbox.salesforce.expire();
    made(&open(&pair, &[("43", "Second")]).await[0]);
    assert_eq!(pair.salesforce.budget().counts().logins, 2);
    let stranger = Pair::with(Logins { salesforce_secret: Some("falsch-4711"), ..Logins::default() }).await;
    for _ in 0..5 {
        let error = stranger.read("salesforce.get_case", &["500000000000001AAA"]).await.expect_err("signed out");
        assert_eq!(error.class, FailureClass::SignedOut);
        assert!(!format!("{error:?}").contains("falsch-4711"), "{error:?}");
        stranger.sandbox.clock.advance(jiff::SignedDuration::from_mins(1));
    }
    assert_eq!(stranger.salesforce.budget().counts().logins, 3);
}
