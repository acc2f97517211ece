//! The vectors of the sheet's section 16.4, by number.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

#[tokio::test]
async fn v01_and_v02_a_cursor_leads_to_the_last_page() {
    let site = Site::scene(two_threads()).await;
    let query = "SELECT id FROM messages WHERE depth=0 LIMIT 1";
    let first = site.search(query).await;
    assert_eq!(first["size"], 1);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second = site.search(&format!("{query} CURSOR '{cursor}'")).await;
    assert_eq!((&second["size"], &second["items"][0]["id"]), (&json!(1), &json!("102")));
    assert_eq!(second.get("next_cursor"), None);
    site.refuses(&format!("SELECT id FROM messages LIMIT 1 CURSOR '{cursor}'")).await;
}

#[tokio::test]
async fn v03_and_v04_a_page_has_25_rows_and_a_count_has_none() {
    let site = Site::small().await;
    assert_eq!(site.search("SELECT id FROM messages").await["size"], 25);
    let data = site.search("SELECT count(*) FROM messages").await;
    assert_eq!(data["count"], 47);
    assert_eq!(data.get("items"), None);
}

#[tokio::test]
async fn v05_v06_and_v13_one_mistake_fails_the_query() {
    let site = Site::small().await;
    for query in [
        "SELECT nope FROM messages",
        "SELECT id FROM topics",
        "SELECT id FROM messages;",
        "SELECT id, author.nope FROM messages",
        "SELECT kudos.count(*) FROM messages",
        "SELECT id FROM messages WHERE read_only = true",
        "SELECT id FROM messages WHERE post_time < '2026-01-01T00:00:00.000-08:00'",
        "SELECT id FROM messages ORDER BY subject",
        "SELECT id FROM labels",
    ] {
        site.refuses(query).await;
    }
}

#[tokio::test]
async fn v07_a_dead_key_is_code_301() {
    let mut site = Site::small().await;
    site.key = Some("dead.".into());
    let answer: Value = site.ask("SELECT id FROM messages").await.json().await.expect("JSON");
    assert_eq!(answer["data"]["code"], 301);
}

#[tokio::test]
async fn v08_and_v15_failed_logins_come_at_http_200() {
    let site = Site::small().await;
    let login = "/restapi/vc/authentication/sessions/login/?restapi.response_format=json&user.login=connector";
    let answer = site.request(Method::GET, &format!("{login}&user.password=wrong")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["response"]["status"], "error");
    assert_eq!(site.login(&[("user.login", "ana")]).await["response"]["status"], "error");
    site.switch(json!({ "v1_message_language": "de" })).await;
    let xml = site.request(Method::POST, "/restapi/vc/authentication/sessions/login").send().await.expect("an answer");
    assert!(xml.text().await.expect("text").contains(r#"<error code="302"><message>Benutzer"#));
}

#[tokio::test]
async fn v09_a_reply_counts_in_its_thread() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let reply = site
        .post("/api/2.0/messages", json!({ "type": "message", "body": "<p>Hi</p>", "parent": { "id": "101" } }))
        .await;
    assert_eq!((&reply["type"], &reply["depth"]), (&json!("message"), &json!(1)));
    assert_eq!(reply["conversation"]["messages_count"], 2);
    assert_eq!(reply["subject"], "Re: One");
    assert_eq!(reply["author"]["login"], "connector");
    let data = site.search("SELECT replies.count(*), conversation.messages_count FROM messages WHERE id = '101'").await;
    assert_eq!(data["items"][0]["replies"]["count"], 1);
}

#[tokio::test]
async fn v10_an_accepted_reply_solves_its_thread() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let reply = site.post("/api/2.0/messages", json!({ "body": "Try this", "parent": { "id": "101" } })).await;
    site.post("/api/2.0/solutions_data", json!({ "type": "solution_data", "message_id": reply["id"] })).await;
    let data = site.search("SELECT conversation.solved FROM messages WHERE id='101'").await;
    assert_eq!(data["items"][0]["conversation"]["solved"], true);
    let again = json!({ "type": "solution_data", "message_id": reply["id"] });
    assert_eq!(site.send(Method::POST, "/api/2.0/solutions_data", again).await.0, 400);
}

#[tokio::test]
async fn v11_kudos_are_summed() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let keys = [site.key_of("ben").await, site.key.clone().expect("a key")];
    for key in keys {
        site.key = Some(key);
        site.post("/api/2.0/messages/101/kudos", json!({ "type": "kudo" })).await;
    }
    let data = site.search("SELECT kudos.sum(weight) FROM messages WHERE id='101'").await;
    assert_eq!(data["items"][0]["kudos"]["sum"]["weight"], 2);
}

#[tokio::test]
async fn v12_anonymous_readers_get_no_members() {
    let site = Site::small().await;
    assert_eq!(site.search("SELECT * FROM users").await["size"], 0);
    let site = site.signed_in().await;
    let data = site.search("SELECT login, email, rank.name FROM users WHERE login = 'ana'").await;
    assert_eq!(data["items"][0]["email"], "ana@people.test");
    assert_eq!(data["items"][0]["rank"], json!({ "type": "rank", "name": "VIP" }));
}

#[tokio::test]
async fn v14_members_are_found_by_email() {
    let site = Site::small().await.signed_in().await;
    let find = async |email: &str| -> Value {
        let path = format!("/restapi/vc/search/users?q=email:{email}&restapi.response_format=json");
        site.request(Method::GET, &path).send().await.expect("an answer").json().await.expect("JSON")
    };
    assert_eq!(find("none").await, json!({ "response": { "status": "success", "users": { "user": [] } } }));
    assert_eq!(find("ANA%40people.test").await["response"]["users"]["user"][0]["login"]["$"], "ana");
}
