//! `salesforce.edit_comment`: gives a comment of ours another text. It is looked for when it is its turn, so that what waits
//! to be said first is there by then.
//!
//! What cannot be put into one comment, or is not ours to change, is refused with a word, so that a rule may let a
//! correction follow.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::our_comments::{self, OurComment};
use crate::marker;
use crate::names::BridgeId;
use crate::run::Why;
use crate::value::Value;

use super::comment_on_case::LONGEST;
use super::taken;

const CALL: &str = "salesforce: PATCH /composite/sobjects";

/// Edits, one call each; doing it twice is harmless.
pub fn edit_comment(client: &Arc<Client>, bridge: &BridgeId) -> HostFunction {
    let (client, bridge) = (client.clone(), bridge.clone());
    HostFunction::new(
        "salesforce.edit_comment",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["case".into(), "source".into()] },
            up_to: 1,
            // The comments of the case.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(edit_all(client.clone(), bridge.clone(), items))),
        }),
    )
    .about(
        "Gives a comment of ours another text. One in parts, one that another changed and one that is gone are left alone; \
         so is it where the text does not fit or the org lets nobody like us edit comments.",
    )
    .needs("case", Type::Id, "id of the case")
    .needs("source", Type::Id, "what was said with it, as `salesforce.comment_on_case` was told")
    .may("earlier", Type::Id, "another case on which it may be, where the thread has had several")
    .needs("body", Type::Text, "its new text")
    .example("salesforce::edit_comment(#{ case: case.Id, source: \"khoros:message:105\", body: \"It is solved\" })")
}

async fn edit_all(client: Arc<Client>, bridge: BridgeId, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(edit(&client, &bridge, item).await);
    }
    replies
}

async fn edit(client: &Client, bridge: &BridgeId, item: &Item) -> Reply {
    let found = match our_comments::find(client, bridge, item, "source").await {
        Ok(found) => found,
        Err(error) => return host_error::reply(error.before_the_write()),
    };
    let (id, body) = match edited(&found, item) {
        Ok(edited) => edited,
        Err(reply) => return reply,
    };
    let record = json!({ "attributes": { "type": "CaseComment" }, "id": id, "CommentBody": body });
    match client.update(vec![record]).await {
        Ok(said) => written(said.first().unwrap_or(&Json::Null)),
        Err(error) => host_error::reply(error),
    }
}

fn written(said: &Json) -> Reply {
    match taken(CALL, said) {
        Reply::Refused(error) if our_comments::is_no_right(&error) => our_comments::no_right(&error),
        reply => reply,
    }
}

/// The comment that is written over, and what it says then; it is known by the same marker as before.
fn edited<'c>(found: &'c [OurComment], item: &Item) -> Result<(&'c str, String), Reply> {
    let no = |code: &str, text: &str| Err(Reply::No(Why::new(code, text)));
    let comment = match found {
        [] => return no("comment_gone", "no comment on the case says it"),
        [comment] => comment,
        _ => return no("in_parts", "it was said in parts, and nobody knows which of them has changed"),
    };
    let text = item.args.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = format!("{}{}", marker::without(text), comment.marker());
    if body == comment.body {
        return Err(Reply::AlreadyDone(Value::Nothing));
    }
    if comment.by_another && !comment.is_published {
        return no("hidden_by_another", "somebody changed the comment since, and customers do not see it");
    }
    if comment.by_another {
        return no("changed_by_another", "somebody changed the comment since");
    }
    if body.len() > LONGEST {
        return no("too_long", "one comment cannot hold the new text");
    }
    Ok((&comment.id, body))
}
