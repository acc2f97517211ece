//! `khoros.find_our_post`: whether a post whose answer was lost is in its thread, by its marker.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, PARKED, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::{post_body, rows};
use crate::marker;
use crate::value::Value;

use super::texts;

const FIELDS: [&str; 7] = ["id", "view_href", "body", "author.login", "post_time", "moderation_status", "topic.id"];

/// Our posts in a thread, by the key of the action that made them.
pub fn find_our_post(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_our_post",
        Call::Read(ReadCall {
            key: "key".into(),
            up_to: 25,
            row: "key".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("A post of ours in a thread, known by its marker.")
    .needs("key", Type::Id, "the key of the action that posts it")
    .needs("thread", Type::Id, "id of the thread")
    .example(
        "khoros::find_our_post(#{ key: \"says:acme:khoros.post_reply:salesforce:comment:00a1:0\", thread: thread.id })",
    )
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let thread = asked.shared.get("thread").and_then(Value::as_str).unwrap_or_default();
    // One that was merged into another goes on there, and so does what was posted in it (PB-6).
    let thread = match client.get(&format!("messages/{thread}")).await {
        Ok(root) => rows::surviving(&root, thread).unwrap_or_else(|| thread.to_owned()),
        Err(error) if error.class == FailureClass::NotFound => thread.to_owned(),
        Err(error) => return Err(error),
    };
    let of_thread = |query: Liql| {
        let replies = query.test("topic.id", "=", Literal::Text(&thread)).test("depth", ">", Literal::Number(0));
        replies.order("post_time ASC")
    };
    let posts = client.search_fields(&FIELDS, "messages", of_thread).await?;
    let newest = client.search(&Liql::select(&["post_time"], "messages").order("post_time DESC").limit(1)).await?;
    let newest = newest.items.first().and_then(|row| row["post_time"].as_str()?.parse().ok());
    let mut found = Vec::new();
    for key in texts(&asked.keys) {
        let is_it = |post: &&Json| marker::is_of(post["body"].as_str().unwrap_or_default(), key);
        if let Some(post) = posts.iter().find(is_it) {
            found.push(row(&client, key, post));
        }
    }
    Ok(Rows { rows: found, newest })
}

/// One that waits for a moderator is there, and not delivered (PB-8a).
fn row(client: &Client, key: &str, post: &Json) -> Value {
    let at = |pointer: &str| post.pointer(pointer).unwrap_or(&Json::Null);
    let url = at("/view_href").as_str().map(|href| client.page_url(href));
    let (id, login) = (rows::id(at("/id")), rows::text(at("/author/login")));
    let moderation = at("/moderation_status").as_str();
    let held = || {
        let (id, login) = (id.as_str().unwrap_or_default(), login.as_str().unwrap_or_default());
        let text = format!("message {id} of {login} is {}", moderation.unwrap_or_default());
        Value::map([("code", Value::text("held_for_moderation")), ("text", Value::text(text))])
    };
    Value::map([
        (PARKED, if rows::is_shown(moderation) { Value::Nothing } else { held() }),
        ("key", Value::text(key)),
        ("part", post_body::is_part(at("/body").as_str().unwrap_or_default()).into()),
        ("url", url.as_deref().into()),
        ("moderation", moderation.unwrap_or("approved").into()),
        ("thread", rows::id(at("/topic/id"))),
        ("id", id),
        ("by", login),
    ])
}
