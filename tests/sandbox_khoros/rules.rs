//! Rules beyond the vectors: what is due, what members may do, how the index lags.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

#[tokio::test]
async fn the_escalation_query_finds_the_due_threads_of_the_small_scene() {
    let site = Site::small().await;
    let due = async || {
        let before = site.sandbox.clock.now().as_millisecond() - 48 * 3_600_000;
        site.ids(&format!(
            "SELECT id, subject FROM messages WHERE depth = 0 AND board.id IN ('support', 'returns') AND \
             conversation.solved = false AND replies.count(*) = 0 AND post_time < {before} ORDER BY post_time ASC LIMIT 1000"
        ))
        .await
    };
    let now = due().await;
    assert_eq!(now.len(), 16);
    site.control(Method::POST, "clock", json!({ "advance": "15 minutes" })).await;
    assert_eq!(due().await.len(), 17, "the thread that was 47 h 50 min old is due");
}

#[tokio::test]
async fn a_message_has_every_field_of_the_sample() {
    let site = Site::small().await;
    let data: Value =
        site.request(Method::GET, "/api/2.0/messages/101").send().await.expect("an answer").json().await.expect("JSON");
    let message = data["data"].as_object().expect("a message");
    for field in [
        "type",
        "id",
        "href",
        "view_href",
        "author",
        "subject",
        "search_snippet",
        "body",
        "teaser",
        "board",
        "conversation",
        "topic",
        "post_time",
        "post_time_friendly",
        "depth",
        "read_only",
        "edit_frozen",
        "language",
        "can_accept_solution",
        "placeholder",
        "is_solution",
        "solution_data",
        "metrics",
        "current_revision",
        "kudos",
        "tags",
        "labels",
        "attachments",
        "replies",
        "custom_tags",
        "contributors",
        "moderation_status",
        "user_context",
        "popularity",
        "excluded_from_kudos_leaderboards",
        "is_promoted",
    ] {
        assert!(message.contains_key(field), "{field}");
    }
    assert!(!message.contains_key("parent"));
    assert!(message["post_time"].as_str().is_some_and(|time| time.ends_with("-08:00")));
    assert_eq!(message["replies"]["query"], "SELECT * FROM messages WHERE parent.id = '101'");
}

#[tokio::test]
async fn what_is_written_shows_in_search_after_the_lag() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    site.switch(json!({ "index_lag_ms": 60_000 })).await;
    site.post("/api/2.0/messages/101/labels", json!({ "type": "label", "text": "escalated" })).await;
    let labels = async || site.search("SELECT text FROM labels WHERE messages.id = '101'").await["size"].clone();
    assert_eq!(labels().await, 0);
    assert!(site.ids("SELECT id FROM messages WHERE labels.text = 'escalated'").await.is_empty());
    site.control(Method::POST, "clock", json!({ "advance": "61 seconds" })).await;
    assert_eq!(labels().await, 1);
    assert_eq!(site.ids("SELECT id FROM messages WHERE labels.text = 'escalated'").await, ["101"]);
}

#[tokio::test]
async fn a_person_solves_deletes_and_merges_threads() {
    let site = Site::scene(two_threads()).await;
    let edit = json!({ "replies": [{ "id": "103", "thread": "101", "author": "ben", "body": "So" }], "solutions": [{ "reply": "103" }] });
    site.control(Method::POST, "world", edit).await;
    assert_eq!(site.ids("SELECT id FROM messages WHERE conversation.solved = true AND depth = 0").await, ["101"]);
    site.control(Method::POST, "world", json!({ "replies": [{ "id": "103", "deleted": true }] })).await;
    assert_eq!(
        site.ids("SELECT id FROM messages WHERE conversation.solved = false AND replies.count(*) = 0").await,
        ["101", "102"]
    );
    site.control(Method::POST, "world", json!({ "threads": [{ "id": "102", "merged_into": "101" }] })).await;
    assert_eq!(site.ids("SELECT id FROM messages WHERE topic.id = '101'").await, ["101", "102"]);
    assert_eq!(site.ids("SELECT id FROM messages WHERE depth = 0").await, ["101"]);
}

#[tokio::test]
async fn a_moved_thread_takes_its_replies_along() {
    let site = Site::small().await;
    let thread = site.ids("SELECT id FROM messages WHERE subject MATCHES 'opened box' AND depth = 0").await.remove(0);
    site.control(Method::POST, "world", json!({ "threads": [{ "id": thread, "board": "ask" }] })).await;
    let moved = site.ids(&format!("SELECT id FROM messages WHERE topic.id = '{thread}' AND board.id = 'ask'")).await;
    assert_eq!(moved.len(), 2);
    let merge = json!({ "threads": [{ "id": thread, "merged_into": thread }] });
    let answer = site.request(Method::POST, "/_sandbox/world").json(&merge).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn a_wrong_entry_changes_nothing_and_is_named() {
    let site = Site::scene(two_threads()).await;
    let edit = json!({ "threads": [
        { "board": "help", "author": "ana", "subject": "Three" },
        { "board": "nowhere", "author": "ana", "subject": "Four" },
    ]});
    let answer = site.request(Method::POST, "/_sandbox/world").json(&edit).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.expect("text").contains("threads[1]: there is no board `nowhere`"));
    assert_eq!(site.search("SELECT count(*) FROM messages").await["count"], 2);
}

#[tokio::test]
async fn members_are_flood_controlled_and_administrators_are_not() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let reply = json!({ "type": "message", "body": "Again", "parent": { "id": "101" } });
    for _ in 0..7 {
        site.post("/api/2.0/messages", reply.clone()).await;
    }
    site.key = Some(site.key_of("ben").await);
    for _ in 0..5 {
        site.post("/api/2.0/messages", reply.clone()).await;
    }
    let (status, answer) = site.send(Method::POST, "/api/2.0/messages", reply.clone()).await;
    assert_eq!(status, 400);
    assert!(answer["message"].as_str().is_some_and(|text| text.contains("flood")));
    site.control(Method::POST, "clock", json!({ "advance": "31 seconds" })).await;
    site.post("/api/2.0/messages", reply).await;
}

#[tokio::test]
async fn a_board_with_fixed_labels_refuses_others() {
    let lists = json!({
        "boards": [{ "id": "help", "allowed_labels": ["escalated"] }],
        "threads": [{ "id": "101", "board": "help", "author": "ana", "subject": "One" }],
    });
    let site = Site::scene(lists).await.signed_in().await;
    let label = |text: &str| json!({ "type": "label", "text": text });
    site.post("/api/2.0/messages/101/labels", label("escalated")).await;
    assert_eq!(site.send(Method::POST, "/api/2.0/messages/101/labels", label("other")).await.0, 400);
    assert_eq!(site.control(Method::GET, "counts", json!({})).await["applied"], json!({ "add label": 1 }));
}

#[tokio::test]
async fn only_the_author_and_administrators_edit_and_label() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let connector = site.key.clone();
    site.key = Some(site.key_of("ben").await);
    let edit = json!({ "type": "message", "subject": "Mine" });
    assert_eq!(site.send(Method::PUT, "/api/2.0/messages/101", edit.clone()).await.0, 403);
    assert_eq!(site.send(Method::POST, "/api/2.0/messages/101/labels", json!({ "text": "x" })).await.0, 403);
    site.key = connector;
    let (_, answer) = site.send(Method::PUT, "/api/2.0/messages/101", edit).await;
    assert_eq!(answer["data"]["current_revision"]["revision_num"], 2);
    site.key = None;
    assert_eq!(
        site.send(Method::POST, "/api/2.0/messages", json!({ "body": "x", "parent": { "id": "101" } })).await.0,
        403
    );
}

#[tokio::test]
async fn a_session_dies_after_thirty_minutes_without_use() {
    let site = Site::small().await.signed_in().await;
    let wait = async |span: &str| site.control(Method::POST, "clock", json!({ "advance": span })).await;
    wait("29 minutes").await;
    assert_eq!(site.ask("SELECT id FROM messages").await.status(), 200);
    wait("29 minutes").await;
    assert_eq!(site.ask("SELECT id FROM messages").await.status(), 200);
    wait("30 minutes").await;
    assert_eq!(site.ask("SELECT id FROM messages").await.status(), 401);
}

#[tokio::test]
async fn a_misspelt_key_in_a_body_is_code_309() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let (status, answer) =
        site.send(Method::POST, "/api/2.0/messages", json!({ "parent": { "id": "101" }, "boddy": "x" })).await;
    assert_eq!((status, &answer["data"]["code"]), (400, &json!(309)));
}

#[tokio::test]
async fn switches_change_how_queries_are_taken() {
    let site = Site::scene(two_threads()).await;
    site.switch(json!({ "allow_in": "no", "date_literal": "iso", "limit_over_max": "error", "throttle": 0 })).await;
    site.refuses("SELECT id FROM messages WHERE id IN ('101')").await;
    site.refuses("SELECT id FROM messages WHERE post_time > 0").await;
    site.refuses("SELECT id FROM messages LIMIT 1001").await;
    assert_eq!(site.ids("SELECT id FROM messages WHERE post_time > '2020-01-01T00:00:00.000+00:00'").await.len(), 2);
    site.switch(json!({ "error_http": "always_200" })).await;
    assert_eq!(site.ask("SELECT nope FROM messages").await.status(), 200);
}

#[tokio::test]
async fn a_thousand_messages_come_with_their_bodies() {
    let options = casebridge::sandbox::Options { threads: Some(5000), ..Default::default() };
    let site = Site::with(options).await.signed_in().await;
    let query = "SELECT id, subject, body, author.login, board.id, post_time, conversation.solved FROM messages \
                 WHERE depth = 0 AND board.id = 'support' AND replies.count(*) = 0 ORDER BY post_time ASC LIMIT 1000";
    let found = site.search(query).await;
    assert_eq!((&found["size"], found["items"][999]["body"].is_string()), (&json!(1000), true));
}

#[tokio::test]
async fn roles_and_boards_are_collections() {
    let site = Site::small().await.signed_in().await;
    assert_eq!(site.ids("SELECT * FROM roles WHERE users.id = '4'").await, ["t:Employee", "t:Moderator"]);
    let staff = site.search("SELECT login FROM users WHERE roles.name = 'Employee' ORDER BY id").await;
    assert_eq!(staff["size"], 3);
    assert_eq!(site.search("SELECT login FROM users WHERE roles.id = 't:Moderator'").await["items"][0]["login"], "kai");
    assert_eq!(site.search("SELECT login FROM users WHERE id = 'self'").await["items"][0]["login"], "connector");
    assert_eq!(site.ids("SELECT id, title FROM boards WHERE parent_category.id = 'people'").await, ["lounge", "news"]);
    assert_eq!(site.ids("SELECT id FROM categories").await, ["help", "people"]);
    assert_eq!(site.ids("SELECT id FROM communities").await, ["sandbox.prod"]);
    assert_eq!(site.search("SELECT name FROM ranks").await["items"][3]["name"], "VIP");
}

#[tokio::test]
async fn conditions_group_and_words_are_found() {
    let site = Site::small().await;
    let either =
        "SELECT id FROM messages WHERE depth = 0 AND (subject MATCHES 'vpn' OR body MATCHES 'dark mode') LIMIT 10";
    assert_eq!(site.ids(either).await.len(), 1);
    let loose = "SELECT id FROM messages WHERE subject MATCHES 'vpn' OR body MATCHES 'dark mode' AND depth = 1";
    assert_eq!(site.ids(loose).await.len(), 2);
    assert_eq!(
        site.ids("select id from messages where labels.text matches 'VPN' or tags.text in ('printer')").await.len(),
        2
    );
    assert_eq!(site.ids("SELECT id FROM messages WHERE author.login = 'leaver'").await.len(), 1);
}

#[tokio::test]
async fn other_readers_see_neither_addresses_nor_escalations() {
    let mut site = Site::small().await.signed_in().await;
    let query = "SELECT author.email, is_escalated FROM messages WHERE labels.text = 'escalated'";
    let item = site.search(query).await["items"][0].clone();
    assert_eq!((&item["author"]["email"], &item["is_escalated"]), (&json!("carla@people.test"), &json!(true)));
    site.key = Some(site.key_of("ben").await);
    let item = site.search(query).await["items"][0].clone();
    assert_eq!((&item["author"]["email"], &item["is_escalated"]), (&json!(""), &Value::Null));
    assert_eq!(
        site.search("SELECT email FROM users WHERE login = 'ben'").await["items"][0]["email"],
        "ben@people.test"
    );
}

#[tokio::test]
async fn a_lag_holds_back_new_threads_edits_and_deletions_but_not_what_is_indexed() {
    let site = Site::scene(two_threads()).await;
    site.switch(json!({ "index_lag_ms": 60_000 })).await;
    let edit = json!({ "threads": [
        { "id": "101", "deleted": true },
        { "id": "102", "subject": "Changed" },
        { "id": "103", "board": "help", "author": "ben", "subject": "Late" },
        { "id": "104", "board": "help", "author": "ben", "subject": "Seen", "indexed": true },
    ]});
    site.control(Method::POST, "world", edit).await;
    assert_eq!(site.ids("SELECT id FROM messages").await, ["101", "102", "104"]);
    assert_eq!(site.request(Method::GET, "/api/2.0/messages/101").send().await.expect("an answer").status(), 404);
    site.control(Method::POST, "clock", json!({ "advance": "1 minute" })).await;
    assert_eq!(site.ids("SELECT id FROM messages").await, ["102", "103", "104"]);
    assert_eq!(site.search("SELECT subject FROM messages WHERE id = '102'").await["items"][0]["subject"], "Changed");
}

/// The queries that stand in an object, with the fields they stand in.
fn stubs(item: &Value) -> Vec<(String, String)> {
    let fields = item.as_object().into_iter().flatten();
    let query = |(name, value): (&String, &Value)| Some((name.clone(), value["query"].as_str()?.to_owned()));
    fields.filter_map(query).collect()
}

#[tokio::test]
async fn every_stub_of_every_collection_can_be_followed() {
    let site = Site::small().await.signed_in().await;
    let scene = json!({
        "categories": [{ "id": "outer", "title": "Outer" }, { "id": "inner", "title": "Inner", "parent": "outer" }],
        "boards": [{ "id": "deep", "title": "Deep", "style": "forum", "category": "inner" }],
        "threads": [{ "id": "7001", "board": "deep", "author": "ana", "subject": "A label with a quote", "age": "1 hour",
                      "labels": ["it's"], "tags": ["it's"], "kudos": ["connector"] }],
    });
    site.control(Method::POST, "world", scene).await;
    let many = [
        (
            "messages",
            "kudos,replies,labels,tags,images,videos,attachments,ratings,custom_tags,contributors,me_toos,tkb_helpfulness_ratings",
        ),
        (
            "users",
            "roles,messages,topics,solutions_authored,kudos_given,kudos_received,followers,following,images,public_images,albums,videos,threads_participated,reviews,user_badges,nodes",
        ),
        ("boards", "messages,topics"),
        ("categories", "boards,messages,topics,ancestor_categories,child_categories,descendant_categories"),
        ("nodes", "ancestors,children,descendants,messages,topics,members,roles"),
        ("roles", "users"),
        ("communities", "ancestors"),
        ("labels WHERE messages.id = '7001'", "messages"),
        ("tags WHERE messages.id = '7001'", "messages"),
    ];
    let mut followed = 0;
    for (collection, fields) in many {
        let rows = site.search(&format!("SELECT id, {fields} FROM {collection}")).await;
        let rows = rows["items"].as_array().unwrap();
        assert!(!rows.is_empty(), "{collection}");
        for row in rows {
            let stubs = stubs(row);
            assert_eq!(stubs.len(), fields.split(',').count(), "{collection}: {row}");
            for (field, stub) in stubs {
                let answer: Value = site.ask(&stub).await.json().await.unwrap();
                assert_eq!(answer["status"], "success", "{collection}.{field}: {stub}: {answer}");
                followed += 1;
            }
        }
    }
    assert!(followed > 200, "{followed}");
}

#[tokio::test]
async fn a_stub_gives_what_belongs_to_its_object() {
    let site = Site::small().await.signed_in().await;
    let scene = json!({
        "categories": [{ "id": "outer", "title": "Outer" }, { "id": "inner", "title": "Inner", "parent": "outer" }],
        "boards": [{ "id": "deep", "title": "Deep", "style": "forum", "category": "inner" }],
        "threads": [{ "id": "7001", "board": "deep", "author": "ana", "subject": "One", "labels": ["it's"], "age": "2 hours" }],
        "replies": [{ "id": "7002", "thread": "7001", "author": "connector", "body": "Two", "age": "1 hour" }],
    });
    site.control(Method::POST, "world", scene).await;
    for (collection, field, ids) in [
        ("boards WHERE id = 'deep'", "topics", vec!["7001"]),
        ("boards WHERE id = 'deep'", "messages", vec!["7001", "7002"]),
        ("categories WHERE id = 'inner'", "topics", vec!["7001"]),
        ("categories WHERE id = 'inner'", "messages", vec!["7001", "7002"]),
        ("categories WHERE id = 'inner'", "boards", vec!["deep"]),
        ("categories WHERE id = 'inner'", "ancestor_categories", vec!["outer"]),
        ("categories WHERE id = 'outer'", "child_categories", vec!["inner"]),
        ("categories WHERE id = 'outer'", "descendant_categories", vec!["inner"]),
        ("nodes WHERE id = 'board:deep'", "topics", vec!["7001"]),
        ("nodes WHERE id = 'category:outer'", "descendants", vec!["category:inner", "board:deep"]),
        ("nodes WHERE id = 'category:outer'", "ancestors", vec!["community:sandbox.prod"]),
        ("labels WHERE messages.id = '7001'", "messages", vec!["7001"]),
    ] {
        let row = site.search(&format!("SELECT {field} FROM {collection}")).await["items"][0].clone();
        let query = row[field]["query"].as_str().unwrap_or_else(|| panic!("{collection}: {row}"));
        assert_eq!(site.ids(query).await, ids, "{collection}: {query}");
    }
}

#[tokio::test]
async fn a_kudo_has_a_time_of_its_own() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    site.control(Method::POST, "clock", json!({ "advance": "20 minutes" })).await;
    let given = site.post("/api/2.0/messages/101/kudos", json!({ "type": "kudo" })).await;
    let found =
        site.search("SELECT time, message.post_time FROM kudos WHERE message.id = '101'").await["items"][0].clone();
    assert_eq!(given["time"], found["time"]);
    let moment = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let hours = (moment(&found["time"]) - moment(&found["message"]["post_time"])).as_secs_f64() / 3_600.0;
    assert!((60.3..60.4).contains(&hours), "{hours}");
}

#[tokio::test]
async fn a_wrong_address_of_v2_is_told_in_its_envelope() {
    let site = Site::small().await.signed_in().await;
    for (method, path) in [
        (Method::GET, "/api/2.0/nope"),
        (Method::GET, "/api/2.0/nope/1/more/hops"),
        (Method::GET, "/t5/s/api/2.0/nope"),
        (Method::PATCH, "/api/2.0/messages/101"),
        (Method::GET, "/api/2.0"),
    ] {
        let (status, answer) = site.send(method, path, json!({})).await;
        assert_eq!((status, &answer["data"]["code"]), (400, &json!(309)), "{path}: {answer}");
        assert_eq!((&answer["status"], &answer["data"]["type"]), (&json!("error"), &json!("error_data")), "{path}");
    }
}
