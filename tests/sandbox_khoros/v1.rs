//! The v1 calls of sheet 9: hop by hop, at HTTP 200, in JSON and XML.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

impl Site {
    /// A v1 call, asked for JSON; gives what is in `response`.
    pub async fn v1(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
        let call = self.request(method, &format!("/restapi/vc/{path}")).query(&[("restapi.response_format", "json")]);
        let answer = call.form(form).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<Value>().await.expect("JSON")["response"].clone()
    }

    async fn v1_get(&self, path: &str) -> Value {
        self.v1(Method::GET, path, &[]).await
    }
}

#[tokio::test]
async fn members_are_found_by_every_hop() {
    let site = Site::small().await.signed_in().await;
    for path in ["users/id/11", "users/login/ANA", "users/email/ana@people.test"] {
        assert_eq!(site.v1_get(path).await["user"]["login"]["$"], "ana", "{path}");
    }
    assert_eq!(site.v1_get("users/self").await["user"]["login"]["$"], "connector");
    assert_eq!(site.v1_get("users/id/11/roles").await["roles"]["role"][0]["name"]["$"], "Beta Tester");
    assert_eq!(site.v1_get("users/registered/count").await["value"], json!({ "type": "int", "$": 14 }));
    assert_eq!(site.v1_get("users/online/count").await["value"]["$"], 1);
    assert_eq!(site.v1_get("users/id/999").await["error"]["code"], 101);
    assert_eq!(site.v1_get("users/id/11/nonsense").await["error"]["code"], 501);
    assert_eq!(site.v1(Method::PUT, "users/self", &[]).await["error"]["code"], 504);
}

#[tokio::test]
async fn past_the_end_the_last_page_repeats() {
    let site = Site::small().await.signed_in().await;
    let page =
        async |number: u32| site.v1_get(&format!("users?page_size=5&page={number}")).await["users"]["user"].clone();
    assert_eq!(page(1).await.as_array().map(Vec::len), Some(5));
    assert_eq!(page(3).await.as_array().map(Vec::len), Some(4));
    assert_eq!(page(9).await, page(3).await);
}

#[tokio::test]
async fn messages_are_posted_answered_and_stamped_in_another_name() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let fields = [
        ("message.subject", "Hi"),
        ("message.body", "<p>1</p>"),
        ("message.author", "/users/login/ben"),
        ("label.labels", "a, b"),
    ];
    let posted = site.v1(Method::POST, "boards/id/help/messages/post", &fields).await;
    let id = posted["message"]["id"]["$"].as_u64().expect("an id");
    assert_eq!(posted["message"]["author"]["login"]["$"], "ben");
    let reply = site.v1(Method::POST, &format!("messages/id/{id}/reply"), &[("message.body", "<p>2</p>")]).await;
    assert_eq!(reply["message"]["root"]["href"], format!("/messages/id/{id}"));
    assert_eq!(site.v1_get(&format!("messages/id/{id}/replies/count")).await["value"]["$"], 1);
    site.v1(Method::POST, &format!("messages/id/{id}/metadata/key/context_id/set"), &[("value", "500x & y")]).await;
    assert_eq!(site.v1_get(&format!("messages/id/{id}/metadata/key/context_id")).await["value"]["$"], "500x & y");
    let found = site.search(&format!("SELECT context_id, labels.count(*) FROM messages WHERE id = '{id}'")).await;
    assert_eq!(
        (&found["items"][0]["context_id"], &found["items"][0]["labels"]["count"]),
        (&json!("500x & y"), &json!(2))
    );
    let stranger = site.v1(Method::POST, "messages/id/101/reply", &[("message.author", "/users/login/nobody")]).await;
    assert_eq!(stranger["error"]["code"], 101);
}

#[tokio::test]
async fn escalations_solutions_and_unsolved_topics_are_told() {
    let site = Site::small().await.signed_in().await;
    assert_eq!(site.v1_get("threads/id/115/escalations/count").await["value"]["$"], 1);
    assert_eq!(site.v1_get("threads/id/120/escalations/count").await["value"]["$"], 0);
    assert_eq!(site.v1_get("messages/id/103/solutions/solution").await["value"]["$"], true);
    let unsolved =
        site.v1_get("boards/id/ask/search/messages?solved=false&sort_by=-topicPostDate&page=1&page_size=50").await;
    assert_eq!(unsolved["messages"]["message"][0]["id"]["$"], 124);
    let mut site = site;
    site.key = Some(site.key_of("ben").await);
    assert_eq!(site.v1_get("threads/id/115/escalations/count").await["status"], "error");
}

#[tokio::test]
async fn a_note_reaches_its_recipient_alone() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let note = [("notes.recipient", "/users/id/5"), ("notes.subject", "Hello"), ("notes.note", "<p>é</p>")];
    assert_eq!(site.v1(Method::POST, "postoffice/notes/send", &note).await["status"], "success");
    assert_eq!(site.v1_get("users/id/5/mailbox/notes/inbox/unread/count").await["value"]["$"], 1);
    assert_eq!(site.search("SELECT id FROM outbox_notes").await["size"], 1);
    site.key = Some(site.key_of("ana").await);
    let inbox = site.search("SELECT subject, body, is_read, sender.login FROM inbox_notes LIMIT 1000").await;
    assert_eq!(inbox["items"][0]["sender"]["login"], "connector");
    assert_eq!((&inbox["items"][0]["body"], &inbox["items"][0]["is_read"]), (&json!("<p>é</p>"), &json!(false)));
    for _ in 0..5 {
        site.v1(Method::POST, "postoffice/notes/send", &[("notes.recipient", "id/6"), ("notes.subject", "x")]).await;
    }
    let flood =
        site.v1(Method::POST, "postoffice/notes/send", &[("notes.recipient", "id/6"), ("notes.subject", "x")]).await;
    assert_eq!(flood["status"], "error", "the sixth in thirty seconds");
    site.switch(json!({ "private_notes": false })).await;
    assert_eq!(site.v1(Method::POST, "postoffice/notes/send", &note).await["error"]["code"], 302);
}

#[tokio::test]
async fn xml_holds_what_xml_can_hold() {
    let lists = json!({ "threads": [{ "id": "101", "board": "help", "author": "ana", "subject": "a<b>&\"\u{0}\u{1}'😱", "body": "x" }] });
    let site = Site::scene(lists).await;
    let answer = site.request(Method::GET, "/restapi/vc/messages/id/101").send().await.expect("an answer");
    assert!(answer.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/xml")));
    let text = answer.text().await.expect("text");
    assert!(text.contains("<subject type=\"string\">a&lt;b&gt;&amp;&quot;'😱</subject>"), "{text}");
    assert!(text.starts_with("<response status=\"success\"><message type=\"message\" href=\"/messages/id/101\">"));
    assert!(text.contains("<parent type=\"message\"/>"), "a root's parent has no href: {text}");
}

#[tokio::test]
async fn roles_settings_and_categories_are_set_by_administrators_only() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    site.v1(Method::POST, "roles/name/Beta/users/add?role.user=/users/login/ben", &[]).await;
    assert_eq!(site.search("SELECT login FROM users WHERE roles.name = 'Beta'").await["items"][0]["login"], "ben");
    site.v1(Method::POST, "boards/id/help/settings/name/layout.x/set", &[("value", "7")]).await;
    assert_eq!(site.v1_get("boards/id/help/settings/name/layout.x").await["value"]["$"], "7");
    assert_eq!(
        site.v1(Method::POST, "boards/id/help/settings/name/c_x/set", &[("value", "7")]).await["error"]["code"],
        100
    );
    let add = [("category.id", "new"), ("category.title", "New")];
    assert_eq!(site.v1(Method::POST, "categories/add", &add).await["status"], "success");
    assert_eq!(site.v1(Method::POST, "categories/add", &add).await["error"]["code"], 102);
    site.key = Some(site.key_of("ben").await);
    assert_eq!(
        site.v1(Method::POST, "roles/name/X/users/add?role.user=/users/login/ben", &[]).await["error"]["code"],
        302
    );
}

#[tokio::test]
async fn administrators_see_the_address_of_who_gave_kudos() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    site.control(Method::POST, "world", json!({ "threads": [{ "id": "101", "kudos": ["ana"] }] })).await;
    let givers = site.v1_get("messages/id/101/kudos/givers").await;
    assert_eq!(givers["users"]["user"][0]["email"]["$"], "ana@people.test");
    site.switch(json!({ "email_visible": false })).await;
    let givers = site.v1_get("messages/id/101/kudos/givers").await;
    assert_ne!(givers["users"]["user"][0]["email"]["$"], "ana@people.test");
}
