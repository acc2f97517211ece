//! What agents write is heard in the thread, what members write in the case: the standard pack over both hosts.

use serde_json::{Value as Json, json};

use crate::world::{Told, World};

const SETTINGS: &str = "
support_boards: [support]
staff_roles: [Employee]
index_lag: 1 minutes
case_closure: true
fallback_username: support-team
";

/// A thread with a case, and agents in the org: zoe has one account, kai has two, max has none.
pub async fn with_a_case() -> World {
    let world = World::with(json!({
        "members": [
            { "login": "zoe", "email": "zoe@acme.test" },
            { "login": "kai", "email": "kai@acme.test" }, { "login": "kai2", "email": " Kai@ACME.test" },
            { "login": "support-team", "email": "team@acme.test" }, { "login": "ana", "email": "ana@people.test" },
        ],
        "threads": [{ "id": "9001", "board": "support", "subject": "A", "body": "<p>Help</p>", "author": "ana", "age": "60 hours" }],
    }))
    .await
    .settings(SETTINGS);
    world.org(json!({ "users": [
        { "email": "zoe@acme.test", "last_name": "Agent" }, { "email": "kai@acme.test", "last_name": "Agent" },
        { "email": "max@acme.test", "last_name": "Agent" },
    ] }));
    assert_eq!(world.run().await.outcomes("salesforce.create_case"), ["done"]);
    world
}

fn case(world: &World) -> Json {
    world.case_of("9001").expect("a case")["Id"].clone()
}

fn comments_by(world: &World, agent: &str, body: &str, published: bool) {
    let by = format!("{agent}@acme.test");
    world.org(json!({ "comments": [{ "case": case(world), "body": body, "is_published": published, "by": by }] }));
}

/// Author and text of every reply, in order, without what nobody sees.
fn replies(world: &World) -> Vec<(String, String)> {
    let community = world.sandbox.khoros.world();
    let replies = community["replies"].as_array().cloned().unwrap_or_default();
    let text = |reply: &Json, name: &str| reply[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(u64, String, String)> = replies
        .iter()
        .map(|reply| {
            let id = text(reply, "id").parse().unwrap_or(0);
            (id, text(reply, "author"), casebridge::marker::without(&text(reply, "body")))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, author, body)| (author, body)).collect()
}

/// The text of every comment on cases, in order.
fn comments(world: &World) -> Vec<String> {
    let org = world.sandbox.salesforce.world();
    let body = |comment: &Json| casebridge::marker::without(comment["body"].as_str().unwrap_or_default());
    org["comments"].as_array().map(|comments| comments.iter().map(body).collect()).unwrap_or_default()
}

fn came_to(told: &Told, function: &str, expected: &[&str]) {
    assert_eq!(told.outcomes(function), expected, "{}", told.text());
}

#[tokio::test]
async fn a_comment_of_an_agent_with_one_account_is_posted_under_it_pb_1() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "Please reboot & wait", true);
    came_to(&world.run().await, "khoros.post_reply", &["done"]);
    assert_eq!(replies(&world), [("zoe".into(), "Please reboot &amp; wait".into())]);
    came_to(&world.run().await, "khoros.post_reply", &[]);
    assert_eq!(comments(&world), ["Please reboot & wait"], "our own post comes not back (PB-10)");
}

#[tokio::test]
async fn a_reply_of_a_member_becomes_an_internal_comment() {
    let world = with_a_case().await;
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>It still hums</p>" }] }));
    came_to(&world.run().await, "salesforce.comment_on_case", &["done"]);
    assert_eq!(comments(&world), ["ana wrote: It still hums"]);
    let told = world.run().await;
    came_to(&told, "salesforce.comment_on_case", &[]);
    came_to(&told, "khoros.post_reply", &[]);
}
