//! What the org tells of comments on cases that a thread has: no clock, no page and no dead session loses or doubles one
//! . And ours: with mails, and found again by their marker.

use casebridge::catalog::Reply;
use casebridge::failure::FailureClass;
use casebridge::value::Value;
use serde_json::{Value as Json, json};

use crate::both_ways::with_a_case;
use crate::case_polls::{Ear, empty, org, our_case};
use crate::hosts_pair::Pair;
use crate::world::World;
use crate::world::meddling::Meddling;

const ALL: [&str; 3] =
    ["salesforce.case_comment_added", "salesforce.case_comment_edited", "salesforce.case_comment_deleted"];

fn comment(case: &str, body: &str, published: bool) -> Json {
    json!({ "comments": [{ "case": case, "body": body, "is_published": published, "by": "kai@acme.test" }] })
}

fn write(pair: &Pair, case: &str, body: &str, published: bool) -> String {
    org(pair, comment(case, body, published))["comments"][0]["id"].as_str().expect("an id").to_owned()
}

fn change(pair: &Pair, comment: &str, change: Json) {
    let mut entry = json!({ "id": comment, "by": "kai@acme.test" });
    entry.as_object_mut().expect("an entry").extend(change.as_object().expect("an object").clone());
    org(pair, json!({ "comments": [entry] }));
}

fn advance(pair: &Pair, span: &str) {
    pair.sandbox.clock.advance(casebridge::sandbox::clock::span(span).expect("a span"));
}

/// Kind and end of the id of what is told, such as `added …:created`.
async fn heard(ear: &mut Ear) -> Vec<String> {
    let told = ear.ask().await.expect("an answer");
    let short =
        |what: &str| what.splitn(4, ':').nth(3).unwrap_or_default().split(":2").next().unwrap_or_default().to_owned();
    told.iter()
        .map(|told| format!("{} {}", told.kind.as_str().replace("salesforce.case_comment_", ""), short(&told.what)))
        .collect()
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn what_an_older_case_makes_us_read_again_is_not_taken_for_an_edit() {
    let pair = empty().await;
    let (busy, calm) = (our_case(&pair).await, org(&pair, json!({ "cases": [{ "Subject": "Calm" }] })));
    let calm = calm["cases"][0]["id"].as_str().expect("an id");
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL[..2], &[&busy, calm]);
    write(&pair, calm, "Long ago", true);
    for body in ["First", "Second", "Third"] {
        advance(&pair, "1 hours");
        write(&pair, &busy, body, true);
        assert!(heard(&mut ear).await.contains(&"added created".to_owned()));
        assert_eq!(heard(&mut ear).await, NONE);
    }
}

#[tokio::test]
async fn a_comment_that_is_published_long_after_is_told_as_added_under_an_id_of_its_own() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL, &[&case]);
    let internal = write(&pair, &case, "Try a reset", false);
    assert_eq!(heard(&mut ear).await, ["added created"]);
    for _ in 0..3 {
        advance(&pair, "2 days");
        write(&pair, &case, "Something newer", true);
        assert_eq!(heard(&mut ear).await, ["added created"]);
    }
    change(&pair, &internal, json!({ "is_published": true }));
    assert_eq!(heard(&mut ear).await, ["added published"]);
    assert_eq!(heard(&mut ear).await, NONE);
}

#[tokio::test]
async fn each_edit_is_told_once_however_old_the_comment_pb_8() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL, &[&case]);
    let first = write(&pair, &case, "Frist", true);
    heard(&mut ear).await;
    advance(&pair, "3 days");
    write(&pair, &case, "Second", true);
    heard(&mut ear).await;
    advance(&pair, "1 hours");
    change(&pair, &first, json!({ "body": "First" }));
    assert_eq!(heard(&mut ear).await, ["edited edited"]);
    assert_eq!(heard(&mut ear).await, NONE);
}

#[tokio::test]
async fn a_comment_that_is_deleted_within_a_day_is_told_and_one_that_goes_with_its_case_is_not() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL, &[&case]);
    let first = write(&pair, &case, "First", true);
    advance(&pair, "5 hours");
    write(&pair, &case, "Second", true);
    assert_eq!(heard(&mut ear).await.len(), 2);
    change(&pair, &first, json!({ "deleted": true }));
    assert_eq!(heard(&mut ear).await, ["deleted deleted"]);
    assert_eq!(heard(&mut ear).await, NONE);
    org(&pair, json!({ "cases": [{ "id": case, "deleted": true }] }));
    assert_eq!(heard(&mut ear).await, NONE);
}

#[tokio::test]
async fn comments_that_move_to_another_case_were_deleted_by_nobody_clo_6() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let other = org(&pair, json!({ "cases": [{ "Subject": "The other" }] }));
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL, &[&case]);
    write(&pair, &case, "First", true);
    heard(&mut ear).await;
    org(&pair, json!({ "cases": [{ "id": case, "merged_into": other["cases"][0]["id"] }] }));
    assert_eq!(heard(&mut ear).await, NONE);
}

#[tokio::test]
async fn a_read_whose_pages_are_gone_is_begun_again_and_what_fails_for_good_changes_nothing_x_11() {
    let pair = empty().await;
    let case = our_case(&pair).await;
    let many: Vec<Json> = (0..2500).map(|n| json!({ "case": case, "body": format!("Comment {n}") })).collect();
    org(&pair, json!({ "comments": many }));
    let gone = json!([{ "message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR" }]).to_string();
    let fault = |times: Json| json!({ "match": { "path": "/query/" }, "do": "status", "status": 400, "body": gone, "times": times });
    let mut ear = Ear::on(&pair, "salesforce.comments", &ALL[..1], &[&case]);
    pair.salesforce_fault(fault(json!("always"))).await;
    assert!(ear.ask().await.is_err());
    pair.lift_faults().await;
    pair.salesforce_fault(fault(json!(1))).await;
    let told = ear.ask().await.expect("an answer");
    let ids: std::collections::BTreeSet<_> = told.iter().map(|told| told.what.clone()).collect();
    assert_eq!((told.len(), ids.len(), heard(&mut ear).await.len()), (2500, 2500, 0));
}

#[tokio::test]
async fn a_comment_that_is_written_while_the_answer_is_on_its_way_is_heard_in_the_next_pass_f_101() {
    let world = with_a_case().await;
    let case = world.case_of("9001").expect("a case")["Id"].as_str().expect("an id").to_owned();
    let by_zoe = move |body: &str| json!({ "comments": [{ "case": case, "body": body, "is_published": true, "by": "zoe@acme.test" }] });
    world.org(by_zoe("First"));
    let (org, late) = (world.sandbox.salesforce.clone(), by_zoe("While you looked"));
    // The poll has its rows by then, and asks who wrote them.
    let web = Meddling::before(world.web(), "FROM User", move || _ = org.edit(&late).expect("the edit is right"));
    world.run_over(web).await;
    world.run().await;
    assert_eq!(posts(&world), ["First", "While you looked"]);
}

fn posts(world: &World) -> Vec<String> {
    let community = world.sandbox.khoros.world();
    let replies = community["replies"].as_array().cloned().unwrap_or_default();
    replies.iter().map(|reply| casebridge::marker::without(reply["body"].as_str().unwrap_or_default())).collect()
}

/// A case of a contact who can be mailed.
fn of_a_contact(pair: &Pair) -> String {
    let contact = org(pair, json!({ "contacts": [{ "LastName": "Lind", "Email": "ana@people.test" }] }));
    let case = json!({ "Subject": "VPN", "ContactId": contact["contacts"][0]["id"] });
    org(pair, json!({ "cases": [case] }))["cases"][0]["id"].as_str().expect("an id").to_owned()
}

fn says(case: &str, body: &str, notify: bool) -> Value {
    Value::map([("case", Value::text(case)), ("body", Value::text(body)), ("notify", notify.into())])
}

fn bodies(pair: &Pair) -> Vec<String> {
    let world = pair.sandbox.salesforce.world();
    let body = |comment: &Json| casebridge::marker::without(comment["body"].as_str().unwrap_or_default());
    world["comments"].as_array().map(|comments| comments.iter().map(body).collect()).unwrap_or_default()
}

#[tokio::test]
async fn the_org_mails_about_those_comments_that_are_to_be_mailed_about_set_7() {
    let pair = empty().await;
    let case = of_a_contact(&pair);
    let long = "x".repeat(4000);
    let items = [
        ("1", says(&case, "A <b> & \u{8}\"c\"", true)),
        ("2", says(&case, "quiet", false)),
        ("3", says(&case, &long, true)),
    ];
    let replies = pair.write("salesforce.comment_on_case", &items).await;
    let Reply::Done(first) = &replies[0] else { panic!("{replies:?}") };
    assert!(matches!(replies[1], Reply::Done(_)), "{replies:?}");
    let Reply::Refused(error) = &replies[2] else { panic!("{replies:?}") };
    assert_eq!(error.code.as_deref(), Some("STRING_TOO_LONG"));
    let world = pair.sandbox.salesforce.world();
    assert_eq!(world["mails"], json!([{ "to": "ana@people.test", "about": first.get("Id").as_str() }]));
    let mut written = bodies(&pair);
    written.sort();
    assert_eq!(written, ["A <b> & \"c\"", "quiet"]);
}

#[tokio::test]
async fn a_comment_with_mail_survives_a_dead_session_and_is_found_after_a_lost_answer() {
    let pair = empty().await;
    let case = of_a_contact(&pair);
    pair.write("salesforce.comment_on_case", &[("1", says(&case, "first", true))]).await;
    let dead = "<e:Envelope xmlns:e=\"x\"><e:Body><e:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: \
                gone</faultstring></e:Fault></e:Body></e:Envelope>";
    let fault = |times: Json| json!({ "match": { "path": "/Soap/" }, "do": "status", "status": 500, "body": dead, "times": times });
    pair.salesforce_fault(fault(json!(1))).await;
    let replies = pair.write("salesforce.comment_on_case", &[("2", says(&case, "second", true))]).await;
    assert!(matches!(replies[0], Reply::Done(_)), "{replies:?}");
    pair.salesforce_fault(fault(json!("always"))).await;
    let replies = pair.write("salesforce.comment_on_case", &[("3", says(&case, "third", true))]).await;
    let Reply::Refused(error) = &replies[0] else { panic!("{replies:?}") };
    assert_eq!(error.class, FailureClass::Refused, "what SOAP does not take halts nothing");
    pair.lift_faults().await;
    pair.salesforce_fault(json!({ "match": { "path": "/Soap/" }, "do": "lost_answer" })).await;
    let replies = pair.write("salesforce.comment_on_case", &[("4", says(&case, "fourth", true))]).await;
    assert!(matches!(replies[0], Reply::Unknown(_)), "{replies:?}");
    let read = pair.catalog.read_call("salesforce.find_our_comment").expect("a read");
    let shared = [("case".into(), Value::text(case.as_str()))].into_iter().collect();
    let asked = casebridge::catalog::Asked { shared, keys: vec!["4".into(), "5".into()] };
    let found = (read.call)(asked).await.expect("rows").rows;
    assert_eq!((found.len(), found[0].get("key")), (1, &"4".into()));
    assert_eq!(bodies(&pair), ["first", "second", "fourth"]);
}
