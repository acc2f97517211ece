//! The shell: faults that really happen, counts, clock, gzip, and where v2 answers.

use std::time::Duration;

use casebridge::sandbox::{Options, SceneChoice, start};
use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

const REPLY: &str = "/api/2.0/messages";

async fn replies(site: &Site) -> Value {
    site.search("SELECT replies.count(*) FROM messages WHERE id = '101'").await["items"][0]["replies"]["count"].clone()
}

async fn fault(site: &Site, fault: Value) {
    site.control(Method::POST, "faults", fault).await;
}

async fn reply(site: &Site) -> reqwest::Result<(u16, String)> {
    let body = json!({ "data": { "type": "message", "body": "x".repeat(5000), "parent": { "id": "101" } } });
    let answer = site.request(Method::POST, REPLY).json(&body).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn a_fault_answers_with_its_status_and_then_rests() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let busy = json!({ "match": { "method": "POST", "path": "/messages" }, "skip": 1, "times": 1,
                       "do": "status", "status": 429, "headers": { "Retry-After": "7" }, "body": "busy" });
    fault(&site, busy).await;
    assert_eq!(reply(&site).await.expect("an answer").0, 200);
    assert_eq!(reply(&site).await.expect("an answer"), (429, "busy".into()));
    assert_eq!(reply(&site).await.expect("an answer").0, 200);
    assert_eq!(replies(&site).await, 2);
}

#[tokio::test]
async fn connection_faults_happen_on_the_socket() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    // What is done, and whether the reply is there afterwards.
    let faults = [
        (json!({ "do": "drop" }), 0),
        (json!({ "do": "reset" }), 0),
        (json!({ "do": "lost_answer" }), 1),
        (json!({ "do": "reset", "at": "body" }), 1),
    ];
    let mut expected = 0;
    for (what, applied) in faults {
        fault(&site, what.clone()).await;
        let error = format!("{:?}", reply(&site).await.expect_err("no answer"));
        assert_eq!(error.contains("ConnectionReset"), what["do"] == "reset", "{what}: {error}");
        expected += applied;
        assert_eq!(replies(&site).await, expected, "{what}");
    }
}

#[tokio::test]
async fn answers_are_cut_replaced_repeated_and_late() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    fault(&site, json!({ "do": "truncate" })).await;
    let (status, text) = reply(&site).await.expect("an answer");
    assert_eq!(status, 200);
    assert!(text.len() > 100 && serde_json::from_str::<Value>(&text).is_err());
    fault(&site, json!({ "do": "html" })).await;
    assert!(reply(&site).await.expect("an answer").1.starts_with("<!DOCTYPE html>"));
    assert_eq!(replies(&site).await, 1);
    fault(&site, json!({ "do": "twice" })).await;
    assert_eq!(reply(&site).await.expect("an answer").0, 200);
    assert_eq!(replies(&site).await, 3);
    fault(&site, json!({ "do": "late", "ms": 60_000 })).await;
    assert!(reply(&site).await.is_err());
    assert_eq!(replies(&site).await, 3);
    site.control(Method::POST, "clock", json!({ "advance": "61 seconds" })).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(replies(&site).await, 4);
}

#[tokio::test]
async fn calls_are_counted_by_route_and_writes_by_kind() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    site.post("/t5/s/api/2.0/messages/101/tags", json!({ "type": "tag", "text": "vpn" })).await;
    site.request(Method::GET, "/sandbox.prod/api/2.0/messages/101").send().await.expect("an answer");
    let counts = site.control(Method::GET, "counts", json!({})).await;
    assert_eq!(counts["calls"]["POST /api/2.0/messages/{id}/tags"], 1);
    assert_eq!(counts["calls"]["GET /api/2.0/messages/{id}"], 1);
    assert_eq!(counts["applied"], json!({ "add tag": 1 }));
}

#[tokio::test]
async fn a_world_that_is_read_back_as_a_scene_is_the_same_world() {
    let site = Site::small().await;
    let world = site.control(Method::GET, "world", json!({})).await;
    let again =
        start(Options { scene: SceneChoice::Value(world.clone()), ..Options::default() }).await.expect("a sandbox");
    assert_eq!(again.khoros.world(), world);
}

#[tokio::test]
async fn the_json_line_is_repeated_and_expiry_ends_sessions() {
    let site = Site::small().await.signed_in().await;
    assert_eq!(site.control(Method::GET, "hosts", json!({})).await, site.sandbox.hosts);
    assert_eq!(site.sandbox.hosts["khoros"]["url"], site.sandbox.khoros_url);
    site.control(Method::POST, "expire", json!({})).await;
    assert_eq!(site.ask("SELECT id FROM messages").await.status(), 401);
}

#[tokio::test]
async fn answers_are_zipped_for_those_who_ask() {
    let site = Site::small().await;
    let plain = reqwest::Client::builder().no_gzip().build().expect("a client");
    let url = format!("{}/api/2.0/search?q=SELECT+*+FROM+messages", site.sandbox.khoros_url);
    let zipped = plain.get(&url).header("Accept-Encoding", "gzip").send().await.expect("an answer");
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    assert!(plain.get(&url).send().await.expect("an answer").headers().get("content-encoding").is_none());
    assert_eq!(site.search("SELECT * FROM messages").await["size"], 25);
}

#[tokio::test]
async fn the_front_door_and_the_throttle_stand_before_everything() {
    let site = Site::small().await;
    site.switch(json!({ "ht_access": "user:pass" })).await;
    assert_eq!(site.ask("SELECT id FROM messages").await.status(), 401);
    let search = site.request(Method::GET, "/api/2.0/search").query(&[("q", "SELECT id FROM messages")]);
    assert_eq!(search.basic_auth("user", Some("pass")).send().await.expect("an answer").status(), 200);
    site.switch(json!({ "ht_access": "off", "throttle": 2 })).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(site.ask("SELECT id FROM messages").await.status().as_u16());
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 429, 429]);
}

#[tokio::test]
async fn a_stopped_sandbox_listens_no_more_and_ends_idle_connections() {
    let site = Site::small().await;
    let idle = reqwest::Client::new();
    idle.get(format!("{}/_sandbox/clock", site.sandbox.khoros_url))
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    let address = site.sandbox.khoros_url.trim_start_matches("http://").to_owned();
    tokio::time::timeout(Duration::from_secs(2), site.sandbox.stop()).await.expect("idle connections end");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn generated_threads_are_due_and_the_same_for_the_same_seed() {
    let options = || Options { threads: Some(50), seed: 7, ..Options::default() };
    let (one, two) = (Site::with(options()).await, Site::with(options()).await);
    let subjects = "SELECT subject FROM messages WHERE board.id = 'support' ORDER BY id DESC LIMIT 50";
    let subjects_of = async |site: &Site| site.search(subjects).await["items"].clone();
    assert_eq!(subjects_of(&one).await, subjects_of(&two).await);
}

#[tokio::test]
async fn the_empty_scene_has_boards_and_the_two_accounts() {
    let site = Site::with(Options { scene: SceneChoice::Empty, ..Options::default() }).await;
    let world = site.sandbox.khoros.world();
    let logins: Vec<&str> =
        world["members"].as_array().expect("members").iter().filter_map(|m| m["login"].as_str()).collect();
    assert_eq!(logins, ["connector", "support-team"]);
    assert_eq!((&world["threads"], world["boards"].as_array().map(Vec::len)), (&json!([]), Some(5)));
}

#[tokio::test]
async fn a_fault_that_is_misspelt_is_refused() {
    let site = Site::small().await;
    for wrong in [json!({ "do": "explode" }), json!({ "do": "drop", "time": 1 }), json!({ "times": 1 })] {
        let answer = site.request(Method::POST, "/_sandbox/faults").json(&wrong).send().await.expect("an answer");
        assert_eq!(answer.status(), 400, "{wrong}");
    }
}
