//! `khoros.edit_reply`: gives a reply of ours another text (PB-8).

use std::sync::Arc;

use serde_json::json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::khoros::{Client, safe_html};
use crate::marker;

use super::{change_all, id_of};

/// Edits, one call each; doing it twice is harmless.
pub fn edit_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.edit_reply",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["reply".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(edit_all(client.clone(), items))),
        }),
    )
    .about("Gives a reply another text; one of our own, found by what `khoros.post_reply` gave.")
    .needs("reply", Type::Id, "id of the reply")
    .needs("body", Type::Html, "its new text")
    .example("khoros::edit_reply(#{ reply: \"103\", body: \"<p>Mended</p>\" })")
}

async fn edit_all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let data = |item: &Item| {
        let body = item.args.get("body").map(safe_html).unwrap_or_default();
        let body = format!("{}{}", body.as_str().unwrap_or_default(), marker::of(item.key.as_str()));
        json!({ "type": "message", "body": body })
    };
    change_all(&client, &items, |item| Some((format!("messages/{}", id_of(item, "reply")?), data(item)))).await
}
