//! Outbound messages: what they carry, and how often they are tried.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};

use super::Org;

const ACK: &str = "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
    <notificationsResponse xmlns=\"http://soap.sforce.com/2005/09/outbound\"><Ack>true</Ack></notificationsResponse>\
    </soapenv:Body></soapenv:Envelope>";

/// Somebody who listens for outbound messages: answers as told, then acknowledges.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

impl Receiver {
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events/salesforce/acme", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(hear).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn answers(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push_back((status, body.into()));
    }

    /// The first so many messages.
    async fn messages(&self, count: usize) -> Vec<String> {
        for _ in 0..500 {
            let got = self.got.lock().unwrap().clone();
            if got.len() >= count {
                return got.into_iter().map(|(_, body)| body).collect();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} messages instead of {count}", self.got.lock().unwrap().len());
    }

    async fn stays_at(&self, count: usize) {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(self.got.lock().unwrap().len(), count);
    }
}

async fn hear(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    receiver.got.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
    let answer = receiver.answers.lock().unwrap().pop_front();
    let (status, text) = answer.unwrap_or((200, ACK.into()));
    (StatusCode::from_u16(status).unwrap(), text)
}

fn texts(xml: &str, tag: &str) -> Vec<String> {
    let pattern = Regex::new(&format!("<{tag}>([^<]*)</{tag}>")).unwrap();
    pattern.captures_iter(xml).map(|found| found[1].to_owned()).collect()
}

async fn set_up(org: &Org, action: Value) -> Receiver {
    let receiver = Receiver::default();
    let mut action = action;
    action["url"] = receiver.listen().await.into();
    org.host.set_switches(&json!({"outbound_messages": [action]})).unwrap();
    receiver
}

fn of_comments() -> Value {
    json!({"object": "CaseComment", "fields": ["ParentId", "CommentBody", "IsPublished", "CreatedDate", "CreatorName"]})
}

#[tokio::test]
async fn an_agents_comment_is_posted_as_soap() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, of_comments()).await;
    let case = org.create("Case", json!({})).await;
    let body = "1 < 2 & \"you\" 🚒";
    org.host.edit(&json!({"comments": [{"case": case, "body": body, "is_published": true}]})).unwrap();
    let xml = receiver.messages(1).await.remove(0);
    let headers = receiver.got.lock().unwrap()[0].0.clone();
    assert_eq!(headers["content-type"], "text/xml; charset=utf-8");
    assert_eq!(headers["soapaction"], "\"\"");
    assert_eq!(texts(&xml, "sf:ParentId"), [case]);
    assert_eq!(texts(&xml, "sf:CommentBody"), ["1 &lt; 2 &amp; &quot;you&quot; 🚒"]);
    assert_eq!(
        (texts(&xml, "sf:IsPublished"), texts(&xml, "sf:CreatorName")),
        (vec!["true".into()], vec!["Zoe Park".into()])
    );
    assert!(texts(&xml, "sf:Id")[0].starts_with("00a") && texts(&xml, "sf:CreatedDate")[0].ends_with(".000Z"));
    assert!(texts(&xml, "OrganizationId")[0].starts_with("00D") && texts(&xml, "ActionId")[0].starts_with("04k"));
    assert!(texts(&xml, "Id")[0].starts_with("04l") && texts(&xml, "Id")[0].len() == 18);
    assert!(texts(&xml, "PartnerUrl")[0].starts_with(&format!("{}/services/Soap/u/65.0/00D", org.url)));
    assert!(xml.contains("<SessionId xsi:nil=\"true\"/>") && xml.contains("xsi:type=\"sf:CaseComment\""));
    receiver.stays_at(1).await;
    assert_eq!(org.host.applied()["deliver outbound message"], 1);
}

#[tokio::test]
async fn empty_fields_are_left_out_and_changes_of_the_kind_not_wanted_are_not_told() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, json!({"object": "case", "fields": ["Subject", "Origin"], "on": "create"})).await;
    let case = org.create("Case", json!({"Subject": "x"})).await;
    let xml = receiver.messages(1).await.remove(0);
    assert_eq!(texts(&xml, "sf:Id"), [case.as_str()]);
    assert!(!xml.contains("sf:Origin"), "{xml}");
    org.change("Case", &case, json!({"Subject": "y"})).await;
    org.create("Contact", json!({"LastName": "z"})).await;
    receiver.stays_at(1).await;
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_after_pauses_that_double() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, of_comments()).await;
    let case = org.create("Case", json!({})).await;
    receiver.answers(500, ACK);
    receiver.answers(200, &ACK.replace("true", "false"));
    receiver.answers(200, "<html>hello</html>");
    let made = org.host.edit(&json!({"comments": [{"case": case, "body": "first"}]})).unwrap();
    let first = receiver.messages(1).await.remove(0);
    for (wait, count) in [(29, 1), (2, 2), (59, 2), (2, 3), (119, 3)] {
        org.clock.advance(SignedDuration::from_secs(wait));
        receiver.messages(count).await;
        receiver.stays_at(count).await;
    }
    // What is sent is the record as it is then, under the id that the notification had from the start.
    org.host.edit(&json!({"comments": [{"id": made["comments"][0]["id"], "is_published": true}]})).unwrap();
    let change = receiver.messages(4).await.remove(3);
    assert_ne!(texts(&change, "Id"), texts(&first, "Id"));
    org.clock.advance(SignedDuration::from_secs(3));
    let last = receiver.messages(5).await.remove(4);
    assert_eq!((texts(&last, "Id"), texts(&last, "sf:IsPublished")), (texts(&first, "Id"), vec!["true".into()]));
    receiver.stays_at(5).await;
}

#[tokio::test]
async fn after_a_day_nobody_tries_any_more() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, of_comments()).await;
    let case = org.create("Case", json!({})).await;
    (0..100).for_each(|_| receiver.answers(503, ""));
    org.host.edit(&json!({"comments": [{"case": case, "body": "x"}]})).unwrap();
    let mut tries = 1;
    while !org.host.applied().contains_key("drop outbound message") {
        receiver.messages(tries).await;
        assert!(tries < 30, "it is tried for ever");
        // The pause before the next try is over two hours later at the latest.
        tokio::time::sleep(Duration::from_millis(60)).await;
        org.clock.advance(SignedDuration::from_hours(2));
        tokio::time::sleep(Duration::from_millis(60)).await;
        tries = receiver.got.lock().unwrap().len();
    }
    assert!((12..=14).contains(&tries), "{tries}");
    org.clock.advance(SignedDuration::from_hours(24));
    receiver.stays_at(tries).await;
}

#[tokio::test]
async fn a_hundred_share_an_envelope_and_its_acknowledgement() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, of_comments()).await;
    let case = org.create("Case", json!({})).await;
    let comments: Vec<_> = (0..250).map(|n| json!({"case": case, "body": format!("number {n}")})).collect();
    org.host.edit(&json!({"comments": comments})).unwrap();
    let all = receiver.messages(3).await;
    let sizes: Vec<_> = all.iter().map(|xml| texts(xml, "Id").len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    receiver.stays_at(3).await;
    assert_eq!(org.host.applied()["deliver outbound message"], 250);
}

#[tokio::test]
async fn a_record_that_is_gone_is_told_without_data_and_some_are_told_twice() {
    let org = Org::fresh().await;
    let receiver = set_up(&org, json!({"object": "Case", "fields": ["Subject"]})).await;
    org.host.set_switches(&json!({"outbound_twice": true})).unwrap();
    receiver.answers(503, "");
    let case = org.create("Case", json!({"Subject": "soon gone"})).await;
    receiver.messages(1).await;
    org.send(Method::DELETE, &format!("sobjects/Case/{case}"), json!({})).await;
    receiver.stays_at(1).await;
    org.clock.advance(SignedDuration::from_secs(31));
    let all = receiver.messages(3).await;
    for xml in &all[1..] {
        assert_eq!(texts(xml, "Id"), texts(&all[0], "Id"));
        assert!(xml.contains("></sObject>") && !xml.contains("sf:Id"), "{xml}");
    }
    receiver.stays_at(3).await;
}

#[tokio::test]
async fn nothing_is_sent_beyond_this_machine() {
    let org = Org::fresh().await;
    for url in ["http://198.51.100.7/x", "http://acme.test/", "file:///etc/passwd", "nowhere"] {
        let action = json!({"outbound_messages": [{"object": "Case", "url": url}]});
        assert!(org.host.set_switches(&action).unwrap_err().contains(url), "{url}");
    }
    let action = json!({"outbound_messages": [{"object": "Case", "fields": ["Colour"], "url": "http://localhost/"}]});
    assert!(org.host.set_switches(&action).unwrap_err().contains("Colour"));
    assert_eq!(org.host.switches()["outbound_messages"], json!([]));
    // A receiver that answers with a redirect is not followed.
    let receiver = set_up(&org, json!({"object": "Case"})).await;
    receiver.answers(302, "");
    org.create("Case", json!({})).await;
    receiver.messages(1).await;
    receiver.stays_at(1).await;
    assert!(!org.host.applied().contains_key("deliver outbound message"));
}
