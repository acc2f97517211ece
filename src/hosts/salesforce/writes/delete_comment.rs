//! `salesforce.delete_comment`: takes back a comment of ours, with all its parts. One that is gone already is done.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::item_error;
use crate::hosts::salesforce::our_comments::{self, OurComment};
use crate::names::BridgeId;
use crate::value::Value;

const CALL: &str = "salesforce: DELETE /composite/sobjects";
const UNPUBLISH: &str = "salesforce: PATCH /composite/sobjects";
/// How many records one call takes (Salesforce sheet 7.3).
const MANY: usize = 200;

/// Deletes, one call each; doing it twice is harmless.
pub fn delete_comment(client: &Arc<Client>, bridge: &BridgeId) -> HostFunction {
    let (client, bridge) = (client.clone(), bridge.clone());
    HostFunction::new(
        "salesforce.delete_comment",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["case".into(), "source".into()] },
            up_to: 1,
            // The comments of the case.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(delete_all(client.clone(), bridge.clone(), items))),
        }),
    )
    .about(
        "Deletes a comment of ours with all its parts. Where the org lets nobody like us delete comments, customers see it \
         no longer, and it is refused.",
    )
    .needs("case", Type::Id, "id of the case")
    .needs("source", Type::Id, "what was said with it, as `salesforce.comment_on_case` was told")
    .may("earlier", Type::Id, "another case on which it may be, where the thread has had several")
    .example("salesforce::delete_comment(#{ case: case.Id, source: \"khoros:message:105\" })")
}

async fn delete_all(client: Arc<Client>, bridge: BridgeId, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(match our_comments::find(&client, &bridge, item, "source").await {
            Ok(found) if found.is_empty() => Reply::AlreadyDone(Value::Nothing),
            Ok(found) => delete(&client, &found).await,
            Err(error) => host_error::reply(error.before_the_write()),
        });
    }
    replies
}

async fn delete(client: &Client, found: &[OurComment]) -> Reply {
    let ids: Vec<&str> = found.iter().map(|comment| comment.id.as_str()).collect();
    let mut refused = None;
    for ids in ids.chunks(MANY) {
        match client.delete(ids).await {
            Ok(said) => refused = refused.or_else(|| first_error(CALL, &said)),
            Err(error) => return host_error::reply(error),
        }
    }
    match refused {
        None => Reply::Done(Value::Nothing),
        Some(error) if our_comments::is_no_right(&error) => unpublish(client, found, &error).await,
        Some(error) => host_error::reply(error),
    }
}

/// Whoever may not delete may still take it out of the customers' sight (Salesforce sheet 10.2).
async fn unpublish(client: &Client, found: &[OurComment], why: &HostError) -> Reply {
    let record = |comment: &OurComment| json!({ "attributes": { "type": "CaseComment" }, "id": comment.id, "IsPublished": false });
    let published: Vec<Json> = found.iter().filter(|comment| comment.is_published).map(record).collect();
    for records in published.chunks(MANY) {
        match client.update(records.to_vec()).await {
            Ok(said) => match first_error(UNPUBLISH, &said) {
                Some(error) => return host_error::reply(error),
                None => continue,
            },
            Err(error) => return host_error::reply(error),
        }
    }
    our_comments::no_right(why)
}

/// One that somebody else deleted meanwhile is no error.
fn first_error(call: &str, said: &[Json]) -> Option<HostError> {
    let failed = said.iter().filter(|result| result["success"] != true).map(|result| item_error(call, result));
    failed.into_iter().find(|error| error.class != FailureClass::NotFound)
}
