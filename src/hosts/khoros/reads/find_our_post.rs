//! `khoros.find_our_post`: whether a post whose answer was lost is in its thread, by its marker, else by its words.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::hosts::plain_text::one_line;
use crate::marker;
use crate::value::Value;

use super::texts;

const FIELDS: [&str; 7] = ["id", "view_href", "body", "author.login", "post_time", "moderation_status", "topic.id"];
const CALL: &str = "khoros: GET /search";

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
    .about("A post of ours in a thread, known by its marker; for one without, by its words.")
    .needs("key", Type::Id, "the key of the action that posts it")
    .needs("thread", Type::Id, "id of the thread")
    .may("marker", Type::Text, "hidden, visible or none")
    .may("body", Type::Html, "its words")
    .example(
        "khoros::find_our_post(#{ key: \"says:acme:khoros.post_reply:salesforce:comment:00a1:0\", thread: thread.id })",
    )
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let text = |name: &str| asked.shared.get(name).and_then(Value::as_str).unwrap_or_default();
    let of_thread = |query: Liql| {
        let replies = query.test("topic.id", "=", Literal::Text(text("thread"))).test("depth", ">", Literal::Number(0));
        replies.order("post_time ASC")
    };
    let posts = client.search_fields(&FIELDS, "messages", of_thread).await?;
    let newest = client.search(&Liql::select(&["post_time"], "messages").order("post_time DESC").limit(1)).await?;
    let newest = newest.items.first().and_then(|row| row["post_time"].as_str()?.parse().ok());
    let words = (text("marker") == "none").then(|| one_line(text("body")));
    let mut found = Vec::new();
    for key in texts(&asked.keys) {
        let is_it = |post: &&Json| {
            let body = post["body"].as_str().unwrap_or_default();
            marker::is_of(body, key) || words.as_ref().is_some_and(|words| one_line(body) == *words)
        };
        if let Some(post) = posts.iter().find(is_it) {
            found.push(row(&client, key, post)?);
        }
    }
    Ok(Rows { rows: found, newest })
}

/// One that waits for a moderator is there, and not delivered yet.
fn row(client: &Client, key: &str, post: &Json) -> Result<Value, HostError> {
    let moderation = post["moderation_status"].as_str().unwrap_or("approved");
    if !matches!(moderation, "approved" | "marked_approved") {
        let waits = FailureClass::Temporary { after: Some(Duration::from_secs(600)) };
        return Err(HostError::new(waits, CALL, format!("the post waits for a moderator ({moderation})")));
    }
    let at = |pointer: &str| post.pointer(pointer).unwrap_or(&Json::Null);
    let url = at("/view_href").as_str().map(|href| client.page_url(href));
    Ok(Value::map([
        ("key", Value::text(key)),
        ("id", rows::id(at("/id"))),
        ("url", url.as_deref().into()),
        ("by", rows::text(at("/author/login"))),
        ("moderation", moderation.into()),
    ]))
}
