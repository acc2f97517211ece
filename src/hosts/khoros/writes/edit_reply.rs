//! `khoros.edit_reply`: gives a reply of ours another text (PB-8).

use std::sync::Arc;

use serde_json::json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::why_not::{WhyNot, why_not};
use crate::hosts::khoros::{Client, post_body};
use crate::marker;
use crate::run::Why;
use crate::value::Value;

use super::{id_of, one_by_one};

/// Edits, one call each; doing it twice is harmless.
pub fn edit_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.edit_reply",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["reply".into()] },
            up_to: 1,
            // The reply as it is now.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(one_by_one(client.clone(), items, edit))),
        }),
    )
    .about("Gives a reply another text; one of our own, found by what `khoros.post_reply` gave.")
    .needs("reply", Type::Id, "id of the reply")
    .needs("body", Type::Html, "its new text")
    .may("sign", Type::Any, "texts under it, as `khoros.post_reply` takes them")
    .may("as", Type::Text, "login of who edits; without it the connector does")
    .example("khoros::edit_reply(#{ reply: \"103\", body: \"<p>Mended</p>\" })")
}

async fn edit(client: &Client, item: &Item) -> Reply {
    let Some(reply) = id_of(item, "reply").filter(|_| !post_body::is_empty(item)) else {
        let error = HostError::new(FailureClass::Refused, "khoros: PUT /messages", "no reply is named, or no text");
        return Reply::Refused(error);
    };
    let path = format!("messages/{reply}");
    let now = match client.get(&path).await {
        Ok(now) => now,
        Err(error) => return not_taken(error.before_the_write()),
    };
    // The post is known by the same marker as before.
    let markers = marker::all(now["body"].as_str().unwrap_or_default());
    let author = now["author"]["login"].as_str().unwrap_or_default();
    let data = json!({ "type": "message", "body": format!("{}{markers}", post_body::signed(item, author)) });
    let edited = match item.args.get("as").and_then(Value::as_str) {
        Some(login) => client.put_as(login, &path, data).await,
        None => client.put(&path, data).await,
    };
    edited.map_or_else(not_taken, |_| Reply::Done(Value::Nothing))
}

fn not_taken(error: HostError) -> Reply {
    match why_not(&error) {
        Some(WhyNot::Gone) => Reply::No(Why::new("reply_gone", "the reply is not there any more")),
        _ => host_error::reply(error),
    }
}
