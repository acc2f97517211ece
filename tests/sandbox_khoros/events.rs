//! Events by callback and by the push stream (sheet 10).

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::site::{Site, two_threads};

async fn subscribe(site: &Site, kind: &str, url: &str) -> Value {
    let path = format!("events/subscriptions/events/name/{kind}/subscribe");
    site.v1(Method::POST, &path, &[("event.callback_url", url)]).await
}

fn fields(body: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_reply_and_a_persons_edit_reach_the_callback_with_the_token() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let (receiver, url) = Receiver::listen().await;
    let made = subscribe(&site, "MessageCreate", &format!("{url}/hook")).await;
    let token = made["eventsubscription"]["token"]["$"].as_str().expect("a token").to_owned();
    subscribe(&site, "EscalateThread", &format!("{url}/escalated")).await;
    site.post("/api/2.0/messages", json!({ "type": "message", "body": "<p>é & <b></p>", "parent": { "id": "101" } }))
        .await;
    site.control(Method::POST, "world", json!({ "threads": [{ "id": "102", "is_escalated": true }] })).await;
    let arrived = receiver.wait(2).await;
    let (path, headers, body) = &arrived[0];
    let came = fields(body);
    assert_eq!((path.as_str(), &*came["event.type"], &came["token"]), ("/hook", "MessageCreate", &token));
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(
        came["message"].starts_with("<message type=\"message\" href=\"/messages/id/103\"><id type=\"int\">103</id>")
    );
    assert!(came["message"].contains("<parent type=\"message\" href=\"/messages/id/101\"/>"));
    assert!(came["message"].contains("&lt;p&gt;é &amp; &lt;b&gt;&lt;/p&gt;"));
    assert!(fields(&arrived[1].2)["message"].contains("<id type=\"int\">102</id>"));
}

#[tokio::test]
async fn subscriptions_are_listed_and_end() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let (receiver, url) = Receiver::listen().await;
    let made = subscribe(&site, "UserSignOn", &url).await;
    let token = made["eventsubscription"]["token"]["$"].as_str().expect("a token").to_owned();
    let listed = site.v1(Method::GET, "events/subscriptions", &[]).await;
    assert_eq!(listed["eventsubscriptions"]["eventsubscription"][0]["event_type"]["$"], "UserSignOn");
    site.login(&[("user.login", "ben"), ("user.password", "ben")]).await;
    assert!(fields(&receiver.wait(1).await[0].2)["user"].contains("<login type=\"string\">ben</login>"));
    assert_eq!(
        site.v1(Method::POST, &format!("events/subscriptions/token/{token}/unsubscribe"), &[]).await["status"],
        "success"
    );
    assert_eq!(
        site.v1(Method::POST, &format!("events/subscriptions/token/{token}/unsubscribe"), &[]).await["error"]["code"],
        101
    );
    assert_eq!(
        site.v1(Method::GET, "events/subscriptions", &[]).await["eventsubscriptions"]["eventsubscription"],
        json!([])
    );
    site.key = Some(site.key_of("ben").await);
    assert_eq!(subscribe(&site, "UserSignOn", &url).await["status"], "error");
}

#[tokio::test]
async fn events_go_nowhere_but_to_this_machine() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    for url in ["http://example.org/hook", "https://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1@example.org/"]
    {
        assert_eq!(subscribe(&site, "MessageCreate", url).await["error"]["code"], 100, "{url}");
    }
    assert_eq!(subscribe(&site, "Nonsense", "http://127.0.0.1:1/").await["error"]["code"], 101);
}

fn stream(url: &str) -> Value {
    json!({ "firehose": {
        "endpoint": format!("{url}/events"), "token_url": format!("{url}/token"), "client_id": "me", "client_secret": "s&t",
        "access_token_path": "auth.token", "headers": { "X-Shared": "secret" }, "batch_seconds": 10,
        "template": { "name": "{type}", "uid": "message:{id}", "where": "{board}" },
    }})
}

#[tokio::test]
async fn the_stream_fetches_a_token_and_sends_a_batch_after_its_time() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let (receiver, url) = Receiver::listen().await;
    site.switch(stream(&url)).await;
    for tag in ["one", "two"] {
        site.post("/api/2.0/messages/101/tags", json!({ "type": "tag", "text": tag })).await;
    }
    site.control(Method::POST, "clock", json!({ "advance": "11 seconds" })).await;
    let arrived = receiver.wait(2).await;
    assert_eq!(arrived[0].0, "/token");
    assert_eq!(fields(&arrived[0].2)["client_secret"], "s&t");
    let (path, headers, body) = &arrived[1];
    assert_eq!((path.as_str(), headers["authorization"].as_bytes()), ("/events", &b"Bearer T1"[..]));
    assert_eq!(headers["x-shared"], "secret");
    let one = json!({ "name": "MessageUpdate", "uid": "message:101", "where": "help" });
    assert_eq!(serde_json::from_str::<Value>(body).expect("JSON"), json!({ "events": [one, one] }));
}

#[tokio::test]
async fn the_stream_repeats_every_two_hours_until_it_is_taken() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let (receiver, url) = Receiver::listen().await;
    receiver.break_down(true);
    site.switch(stream(&url)).await;
    site.post("/api/2.0/messages/101/tags", json!({ "type": "tag", "text": "one" })).await;
    let wait = async |span: &str| site.control(Method::POST, "clock", json!({ "advance": span })).await;
    wait("11 seconds").await;
    receiver.wait(2).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    receiver.break_down(false);
    wait("1 hour").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(receiver.wait(2).await.len(), 2, "not before two hours");
    wait("61 minutes").await;
    let arrived = receiver.wait(4).await;
    assert_eq!(arrived[3].2, arrived[1].2, "the same batch again");
}
