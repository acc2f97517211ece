//! What can be done in a community: one file for each write.

pub mod accept_solution;
pub mod edit_reply;
pub mod hide_reply;
pub mod label_thread;
pub mod lock_thread;
pub mod post_reply;
pub mod send_private_message;
pub mod tag_thread;
pub mod unlabel_thread;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Item, Reply};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::{Client, is_id};
use crate::value::Value;

/// One call after the other.
async fn one_by_one(client: Arc<Client>, items: Vec<Item>, write: impl AsyncFn(&Client, &Item) -> Reply) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(write(&client, item).await);
    }
    replies
}

/// Sticks a label or a tag on a thread, one call each (Khoros sheet 7.5). One that is there already stays.
async fn mark_all(client: Arc<Client>, items: Vec<Item>, kind: &'static str) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(mark(&client, item, kind).await);
    }
    replies
}

async fn mark(client: &Client, item: &Item, kind: &str) -> Reply {
    let arg = |name: &str| item.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let (thread, text) = (arg("thread"), arg(kind).trim());
    if !is_id(thread) || text.is_empty() {
        let said = format!("`{thread}` is no thread, or the {kind} is empty");
        return Reply::Refused(HostError::new(FailureClass::Refused, format!("khoros: {kind}"), said));
    }
    match client.post(&format!("messages/{thread}/{kind}s"), json!({ "type": kind, "text": text })).await {
        Ok(_) => Reply::Done(Value::map([("thread", Value::text(thread)), (kind, Value::text(text))])),
        Err(error) => host_error::reply(error),
    }
}

/// Changes messages, one call each: `what` gives the path and the data of an item, none where it names nothing.
async fn change_all(client: &Client, items: &[Item], what: impl Fn(&Item) -> Option<(String, Json)>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in items {
        let Some((path, data)) = what(item) else {
            let error = HostError::new(FailureClass::Refused, "khoros: PUT /messages", "no message is named");
            replies.push(Reply::Refused(error));
            continue;
        };
        let changed = client.put(&path, data).await;
        replies.push(changed.map_or_else(host_error::reply, |_| Reply::Done(Value::Nothing)));
    }
    replies
}

/// An id among the arguments.
fn id_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.args.get(name).and_then(Value::as_str).filter(|id| is_id(id))
}
