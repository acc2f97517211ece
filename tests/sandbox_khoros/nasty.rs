//! Names, bodies and queries that are not friendly: data stays data.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::Site;

const NASTY: [&str; 8] = [
    "it's",
    "say \"so\"",
    "back\\slash\\",
    "nul\u{0}byte",
    "😱👩🏽‍💻",
    "' OR depth = 0 OR subject MATCHES '",
    "%27%22${x}{{y}}",
    "line\nfeed\r\ttab",
];

async fn nasty() -> Site {
    let threads: Vec<Value> = (101..)
        .zip(NASTY)
        .map(|(id, text)| {
            json!({ "id": id, "board": "help", "author": "ana", "subject": text, "body": text, "labels": [text], "tags": [text] })
        })
        .collect();
    Site::scene(json!({ "threads": threads })).await.signed_in().await
}

/// The text inside single quotes, escaped as the sheet says (4.2).
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

#[tokio::test]
async fn every_text_comes_back_and_is_found_as_it_is() {
    let site = nasty().await;
    for (id, text) in (101..).zip(NASTY) {
        let found = site
            .search(&format!("SELECT id, subject, body FROM messages WHERE labels.text = '{}'", quoted(text)))
            .await;
        assert_eq!(found["size"], 1, "{text:?}");
        let item = &found["items"][0];
        assert_eq!(
            (&item["id"], &item["subject"], &item["body"]),
            (&json!(id.to_string()), &json!(text), &json!(text))
        );
        let double = text.replace('\\', "\\\\").replace('"', "\\\"");
        assert_eq!(
            site.ids(&format!("SELECT id FROM messages WHERE tags.text = \"{double}\"")).await,
            [id.to_string()]
        );
    }
}

#[tokio::test]
async fn texts_are_written_read_and_edited_unchanged() {
    let site = nasty().await;
    for text in NASTY {
        let made = site
            .post(
                "/api/2.0/messages",
                json!({ "board": { "id": "help" }, "subject": format!("x{text}"), "body": text }),
            )
            .await;
        let path = format!("/api/2.0/messages/{}", made["id"].as_str().expect("an id"));
        assert_eq!(
            site.send(Method::PUT, &path, json!({ "body": format!("{text}{text}") })).await.1["data"]["body"],
            format!("{text}{text}")
        );
        site.post(&format!("{path}/labels"), json!({ "type": "label", "text": text })).await;
        let login = site
            .post(
                "/api/2.0/users",
                json!({ "login": format!("u{text}"), "email": format!("{}@people.test", made["id"]) }),
            )
            .await;
        assert_eq!(login["login"], format!("u{text}"));
    }
}

#[tokio::test]
async fn a_megabyte_is_kept_and_does_not_leak_into_errors() {
    let site = nasty().await;
    let large = "ä\"\\<".repeat(250_000);
    let made =
        site.post("/api/2.0/messages", json!({ "board": { "id": "help" }, "subject": "large", "body": large })).await;
    assert_eq!(made["body"], large);
    let wrong = [
        site.request(Method::POST, "/api/2.0/messages")
            .json(&json!({ "data": { "board": { "id": large }, "subject": "x" } })),
        site.request(Method::POST, "/api/2.0/messages").json(&json!({ "data": { large.clone(): 1 } })),
        site.request(Method::POST, "/api/2.0/search").json(&json!({ "messages": { "fields": [large] } })),
        site.request(Method::POST, "/api/2.0/search").json(&json!({ large.clone(): { "fields": [large] } })),
        site.request(Method::POST, "/api/2.0/users").body(large.clone()),
        site.request(Method::POST, "/restapi/vc/postoffice/notes/send").form(&[("notes.recipient", large.as_str())]),
        site.request(Method::POST, "/restapi/vc/authentication/sessions/login").form(&[("user.login", large.as_str())]),
    ];
    for call in wrong {
        let text = call.send().await.expect("an answer").text().await.expect("text");
        assert!(text.len() < 1000 && text.contains("error"), "{} bytes", text.len());
    }
    // No client sends a megabyte in an address; what it can send is more than the community takes.
    let query = format!("SELECT id FROM messages WHERE subject MATCHES '{}'", "x".repeat(20_000));
    assert_eq!(site.ask(&query).await.status(), 414);
}

#[tokio::test]
async fn a_query_that_is_no_text_is_refused_and_breaks_nothing() {
    let site = nasty().await;
    for query in [
        "",
        "SELECT",
        "SELECT id FROM messages WHERE subject MATCHES 'it's'",
        "\u{0}",
        "SELECT id FROM messages WHERE ((((((",
        "SELECT id FROM messages LIMIT 99999999999999999999",
    ] {
        site.refuses(query).await;
    }
    let deep = format!("SELECT id FROM messages WHERE {}depth = 0{}", "(".repeat(900), ")".repeat(900));
    site.refuses(&deep).await;
    let bytes = site.request(Method::GET, "/api/2.0/search?q=%ff%fe%00").send().await.expect("an answer");
    assert_eq!(bytes.status(), 400);
    assert_eq!(site.search("SELECT count(*) FROM messages").await["count"], 8);
}
