//! `khoros.hide_reply`: takes a reply out of sight: it waits for a moderator from then on.

use std::sync::Arc;

use serde_json::json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::khoros::Client;

use super::{change_all, id_of};

/// One call each; doing it twice is harmless.
pub fn hide_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.hide_reply",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["reply".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(all(client.clone(), items))),
        }),
    )
    .about("Takes a reply out of sight, for a moderator to look at.")
    .needs("reply", Type::Id, "id of the reply")
    .example("khoros::hide_reply(#{ reply: \"103\" })")
}

async fn all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    change_all(&client, &items, |item| {
        Some((
            format!("messages/{}", id_of(item, "reply")?),
            json!({ "type": "message", "moderation_status": "marked_rejected" }),
        ))
    })
    .await
}
