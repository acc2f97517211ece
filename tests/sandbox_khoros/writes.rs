//! v2 writes beyond messages: members, boards, subscriptions, files, moderation, archives.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

#[tokio::test]
async fn members_are_created_changed_and_deleted_by_administrators() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let new =
        json!({ "type": "user", "login": "neu", "email": "neu@people.test", "password": "p&w", "first_name": "É" });
    let made = site.post("/api/2.0/users", new.clone()).await;
    assert_eq!((&made["type"], &made["first_name"]), (&json!("user"), &json!("É")));
    assert_eq!(site.send(Method::POST, "/api/2.0/users", new).await.1["data"]["code"], 102);
    let path = format!("/api/2.0/users/{}", made["id"].as_str().expect("an id"));
    let roles = json!({ "type": "user", "roles_to_add": ["t:Administrator"], "biography": "x" });
    assert_eq!(site.send(Method::PUT, &path, roles.clone()).await.1["data"]["biography"], "x");
    assert_eq!(site.search("SELECT login FROM users WHERE roles.name = 'Administrator' ORDER BY id").await["size"], 2);
    assert_eq!(site.send(Method::PUT, &path, json!({ "sso_id": "other" })).await.0, 400);
    let connector = site.key.clone();
    site.key = Some(site.key_of("ben").await);
    assert_eq!(site.send(Method::PUT, &path, roles).await.0, 403);
    assert_eq!(site.send(Method::PUT, "/api/2.0/users/self", json!({ "location": "Rome" })).await.0, 200);
    site.key = connector;
    site.switch(json!({ "delete_users": false })).await;
    let (status, answer) = site.send(Method::DELETE, &path, json!({})).await;
    assert!(status == 403 && answer["message"].as_str().is_some_and(|text| text.contains("Feature is not configured")));
    site.switch(json!({ "delete_users": true })).await;
    assert_eq!(site.send(Method::DELETE, &path, json!({})).await.0, 200);
    let gone = site.search("SELECT deleted FROM users WHERE login = 'neu'").await;
    assert_eq!(gone["items"][0]["deleted"], true);
    let login = site.login(&[("user.login", "neu"), ("user.password", "p&w")]).await;
    assert_eq!(login["response"]["status"], "error", "a deleted member cannot sign in");
}

#[tokio::test]
async fn a_held_reply_is_invisible_to_others_until_it_is_approved() {
    let lists = json!({
        "boards": [{ "id": "help", "moderated": true }],
        "threads": [{ "id": "101", "board": "help", "author": "ana", "subject": "One" }],
    });
    let mut site = Site::scene(lists).await.signed_in().await;
    let admin = site.key.clone();
    let (ana, ben) = (site.key_of("ana").await, site.key_of("ben").await);
    site.key = Some(ben);
    let held = site.post("/api/2.0/messages", json!({ "body": "x", "parent": { "id": "101" } })).await;
    assert_eq!(held["moderation_status"], "unmoderated");
    let path = format!("/api/2.0/messages/{}", held["id"].as_str().expect("an id"));
    let seen = "SELECT id FROM messages WHERE topic.id = '101' AND depth > 0";
    assert_eq!(site.search(seen).await["size"], 1, "its author sees it");
    site.key = Some(ana);
    assert_eq!(site.search(seen).await["size"], 0);
    assert_eq!(site.request(Method::GET, &path).send().await.expect("an answer").status(), 404);
    assert_eq!(site.send(Method::PUT, &path, json!({ "moderation_status": "approved" })).await.0, 404);
    site.key = admin;
    assert_eq!(site.search(seen).await["size"], 1, "administrators see it");
    assert_eq!(site.send(Method::PUT, &path, json!({ "moderation_status": "nonsense" })).await.0, 400);
    site.send(Method::PUT, &path, json!({ "type": "message", "moderation_status": "approved" })).await;
    site.key = None;
    assert_eq!(site.search(seen).await["size"], 1);
}

#[tokio::test]
async fn a_locked_topic_takes_replies_of_administrators_only() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    site.send(Method::PUT, "/api/2.0/messages/101", json!({ "type": "message", "read_only": true })).await;
    let reply = json!({ "body": "x", "parent": { "id": "101" } });
    assert_eq!(site.send(Method::POST, "/api/2.0/messages", reply.clone()).await.0, 200);
    site.key = Some(site.key_of("ben").await);
    assert_eq!(site.send(Method::POST, "/api/2.0/messages", reply.clone()).await.1["data"]["code"], 203);
    assert_eq!(site.v1(Method::POST, "messages/id/101/reply", &[("message.body", "x")]).await["status"], "error");
    let context = site.search("SELECT user_context.can_reply FROM messages WHERE id = '101'").await;
    assert_eq!(context["items"][0]["user_context"]["can_reply"], false);
}

#[tokio::test]
async fn files_come_in_a_form_with_the_message_in_a_part() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let message = |name: &str| {
        json!({ "data": { "type": "message", "body": "x", "parent": { "id": "101" }, "attachments": { "list_item_type": "attachment",
            "items": [{ "type": "attachment", "field": "attachment1", "filename": name }] } } })
    };
    let send = async |json: Value, file: &str| -> (u16, Value) {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"api.request\"\r\nContent-Type: application/json\r\n\r\n{json}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--b--\r\n"
        );
        let call =
            site.request(Method::POST, "/api/2.0/messages").header(CONTENT_TYPE, "multipart/form-data; boundary=b");
        let answer = call.body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    };
    let (_, made) = send(message("ä \"1\".pdf"), "attachment1").await;
    let id = made["data"]["id"].as_str().expect("an id");
    let files = site.search(&format!("SELECT * FROM attachments WHERE message.id = '{id}'")).await;
    assert_eq!((&files["items"][0]["filename"], &files["items"][0]["filesize"]), (&json!("ä \"1\".pdf"), &json!(4)));
    let url = files["items"][0]["url"].as_str().expect("an address");
    let given = site.http.get(url).send().await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(&given[..], b"%PDF", "what was uploaded is what is given");
    assert_eq!(send(message("a.pdf"), "another").await.0, 400);
    let (_, refused) = send(message("a.exe"), "attachment1").await;
    assert_eq!(refused["message"], "page.post.error.attachment_bad_extension");
}

#[tokio::test]
async fn an_image_is_uploaded_as_a_form() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let send = async |part: &str, kind: &str| -> (u16, Value) {
        let json = json!({ "data": { "type": "image", "title": "Cat", "description": "ä \"cat\"" } });
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"api.request\"\r\n\r\n{json}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"a.png\"\r\nContent-Type: {kind}\r\n\r\nPNG\r\n--b--\r\n"
        );
        let call =
            site.request(Method::POST, "/api/2.0/images").header(CONTENT_TYPE, "multipart/form-data; boundary=b");
        let answer = call.body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    };
    let (status, made) = send("image.content", "image/png").await;
    assert_eq!((status, &made["data"]["type"], &made["data"]["title"]), (200, &json!("image"), &json!("Cat")));
    let (_, other) = send("image.content", "image/png").await;
    assert_ne!(made["data"]["id"], other["data"]["id"]);
    assert_eq!(send("another", "image/png").await.0, 400);
    assert_eq!(send("image.content", "text/html").await.0, 400);
    assert_eq!(site.sandbox.khoros.applied()["upload image"], 2);
    assert_eq!(Site { key: None, ..site }.send(Method::POST, "/api/2.0/images", json!({})).await.0, 403);
}

#[tokio::test]
async fn subscriptions_boards_archives_and_reports_answer() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let follow = json!({ "type": "subscription", "target": { "type": "message", "id": "101" } });
    let made = site.post("/api/2.0/subscriptions", follow.clone()).await;
    assert_eq!(site.post("/api/2.0/subscriptions", follow).await["id"], made["id"], "followed once");
    let asked = "SELECT id, target.id FROM subscriptions WHERE target.type = 'message' AND target.id = '101'";
    assert_eq!(site.search(asked).await["items"][0]["target"]["id"], "101");
    let path = format!("/api/2.0/subscriptions/{}", made["id"].as_str().expect("an id"));
    assert_eq!(site.send(Method::DELETE, &path, json!({})).await.0, 200);
    assert_eq!(site.search(asked).await["size"], 0);

    let board =
        json!({ "type": "board", "id": "ideas", "title": "Ideas", "conversation_style": "idea", "hidden": false });
    assert_eq!(site.post("/api/2.0/boards", board).await["conversation_style"], "idea");
    let idea = site.post("/api/2.0/messages", json!({ "board": { "id": "ideas" }, "subject": "More light" })).await;
    let id = idea["id"].as_str().expect("an id");
    site.send(Method::PUT, &format!("/api/2.0/messages/{id}"), json!({ "status": { "key": "accepted" } })).await;
    let status = site.search(&format!("SELECT status FROM messages WHERE id = '{id}'")).await;
    assert_eq!(status["items"][0]["status"]["key"], "accepted");

    let archive = site
        .request(Method::POST, "/api/2.0/archives/archive")
        .json(&json!([{ "messageId": "102", "suggestedUrl": "" }]));
    let answer: Value = archive.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["data"][0]["archivalStatus"], "ARCHIVING");
    assert_eq!(site.ids("SELECT id FROM messages WHERE visibility_scope = 'archived'").await, ["102"]);
    let report = json!({ "type": "abuse_report", "message": { "id": "101" }, "body": "bad" });
    assert_eq!(site.post("/api/2.0/abuse_reports", report).await["type"], "abuse_report");
}

#[tokio::test]
async fn a_full_list_takes_the_place_of_labels_and_tags() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let lists = json!({ "labels": [{ "type": "label", "text": "a" }, { "type": "label", "text": "b" }], "tags": [{ "type": "tag", "text": "t" }] });
    site.send(Method::PUT, "/api/2.0/messages/101", lists).await;
    site.send(Method::PUT, "/api/2.0/messages/101", json!({ "labels": [{ "type": "label", "text": "b" }] })).await;
    let seen = site.search("SELECT labels.count(*), tags.count(*) FROM messages WHERE labels.text = 'b'").await;
    assert_eq!((&seen["items"][0]["labels"]["count"], &seen["items"][0]["tags"]["count"]), (&json!(1), &json!(1)));
    assert!(site.ids("SELECT id FROM messages WHERE labels.text = 'a'").await.is_empty());
}

#[tokio::test]
async fn a_query_may_be_json_with_sub_queries() {
    let site = Site::small().await;
    let ask = async |body: Value| -> Value {
        let call = site.request(Method::POST, "/api/2.0/search").json(&body);
        call.send().await.expect("an answer").json().await.expect("JSON")
    };
    let query = json!({ "fields": ["id", "subject", "replies.count(*)", "replies"],
        "constraints": [{ "board.id": "support", "depth": 0, "conversation.solved": false }], "sorts": ["post_time desc"], "limit": 2,
        "subQueries": { "replies": { "fields": ["author.login", "post_time"], "limit": 1 } } });
    let answer = ask(json!([{ "messages": query.clone() }])).await;
    assert_eq!(answer["data"]["size"], 2);
    assert_eq!(ask(json!({ "messages": query.clone() })).await, answer, "with or without the list");
    let mut next = query.clone();
    next["cursor"] = answer["data"]["next_cursor"].clone();
    let second = ask(json!({ "messages": next })).await;
    assert_ne!(second["data"]["items"][0]["id"], answer["data"]["items"][0]["id"]);
    let busy = ask(json!({ "messages": { "fields": ["replies.count(*)", "replies"], "constraints": [{ "id": "117" }], "subQueries": { "replies": { "fields": ["author.login"], "limit": 1 } } } })).await;
    let replies = &busy["data"]["items"][0]["replies"];
    assert_eq!((&replies["count"], &replies["items"][0]["author"]["login"]), (&json!(2), &json!("hana")));
    for wrong in [
        json!([]),
        json!({ "topics": {} }),
        json!({ "messages": { "fields": ["nope"] } }),
        json!({ "messages": { "constraints": [{ "depth": [0] }] } }),
    ] {
        assert_eq!(ask(wrong.clone()).await["message"], "Invalid query syntax", "{wrong}");
    }
}
