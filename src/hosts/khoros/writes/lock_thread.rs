//! `khoros.lock_thread`: closes a thread for replies.

use std::sync::Arc;

use serde_json::json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::khoros::Client;

use super::{change_all, id_of};

/// One call each; doing it twice is harmless.
pub fn lock_thread(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.lock_thread",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["thread".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(all(client.clone(), items))),
        }),
    )
    .about("Closes a thread for replies.")
    .needs("thread", Type::Id, "id of the thread")
    .example("khoros::lock_thread(#{ thread: thread.id })")
}

async fn all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    change_all(&client, &items, |item| {
        Some((format!("messages/{}", id_of(item, "thread")?), json!({ "type": "message", "read_only": true })))
    })
    .await
}
