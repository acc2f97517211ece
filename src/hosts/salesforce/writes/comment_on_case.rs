//! `salesforce.comment_on_case`: writes a comment on a case.
//!
//! A comment takes no external id, so ours end in an invisible marker, by which one whose answer was lost is found
//! (Salesforce sheet 10.2 and 15). Those that the org is to mail about go by SOAP, the others by REST, which cannot ask for
//! that (SET-7).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::catalog::{
    Call, HostFunction, Item, KEY, Measure, Present, Reply, Sure, Type, Unanswered, Write, WriteCall,
};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::collection::each;
use crate::hosts::salesforce::our_comments;
use crate::marker;
use crate::names::BridgeId;
use crate::value::Value;

use super::taken;

/// In bytes (Salesforce sheet 10.2).
pub(super) const LONGEST: usize = 4000;
const CALL: &str = "salesforce: POST /composite/sobjects";

/// Writes comments, 200 in one call.
pub fn comment_on_case(client: &Arc<Client>, bridge: &BridgeId) -> HostFunction {
    let (client, bridge) = (client.clone(), bridge.clone());
    HostFunction::new(
        "salesforce.comment_on_case",
        Call::Write(WriteCall {
            kind: Write::Says { source: Some("source".into()), target: vec!["case".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 0,
            // Nothing lags; only the request may still be under way.
            unanswered: Unanswered::Ask {
                with: "salesforce.find_our_comment".into(),
                key: KEY.into(),
                sure: Sure::After(Duration::from_secs(120)),
            },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(comment(client.clone(), bridge.clone(), items))),
        }),
    )
    .about("Writes a comment on a case. It is internal unless it is published.")
    .needs("case", Type::Id, "id of the case")
    .needs("body", Type::Text, "the text; the org takes 4000 bytes with our marker")
    .limit("body", Measure::Bytes(LONGEST - marker::BYTES))
    .may("published", Type::YesNo, "whether customers may see it; default false")
    .may("notify", Type::YesNo, "whether the org mails people about it; default false")
    .may("source", Type::Id, "what is said with it, such as `khoros:message:105`: said once, whoever asks")
    .may(
        "about",
        Type::Id,
        "what another comment of ours says: where the case has no such comment, this one is not written",
    )
    .may("earlier", Type::Id, "another case on which that may be, where the thread has had several")
    .echo("salesforce:comment:{Id}:created")
    .example("salesforce::comment_on_case(#{ case: case.Id, body: \"Silent for a week\", published: false })")
}

async fn comment(client: Arc<Client>, bridge: BridgeId, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = BTreeMap::new();
    for (place, item) in items.iter().enumerate().filter(|(_, item)| item.args.contains_key("about")) {
        if let Some(reply) = about_nothing(&client, &bridge, item).await {
            replies.insert(place, reply);
        }
    }
    for notify in [false, true] {
        let is_one = |place: &usize| !replies.contains_key(place) && is_yes(&items[*place], "notify") == notify;
        let places: Vec<usize> = (0..items.len()).filter(is_one).collect();
        let records: Vec<Json> = places.iter().map(|place| record(&items[*place])).collect();
        let said = if notify {
            each(&records, |records| client.create_and_mail(records)).await
        } else {
            each(&records, |records| client.create(records)).await
        };
        let said = said.into_iter().map(|said| said.map_or_else(host_error::reply, |result| taken(CALL, &result)));
        replies.extend(places.into_iter().zip(said));
    }
    replies.into_values().collect()
}

/// One about another comment has nothing to say where that comment is not there.
async fn about_nothing(client: &Client, bridge: &BridgeId, item: &Item) -> Option<Reply> {
    match our_comments::find(client, bridge, item, "about").await {
        Ok(found) if found.is_empty() => Some(Reply::AlreadyDone(Value::Nothing)),
        Ok(_) => None,
        Err(error) => Some(host_error::reply(error.before_the_write())),
    }
}

fn is_yes(item: &Item, name: &str) -> bool {
    item.args.get(name) == Some(&Value::Bool(true))
}

fn record(item: &Item) -> Json {
    let text = |name: &str| item.args.get(name).and_then(Value::as_str);
    let body = text("body").unwrap_or_default();
    let mut record = json!({
        "attributes": { "type": "CaseComment" },
        "ParentId": text("case"), "CommentBody": format!("{body}{}", marker::of(item.key.as_str())),
        "IsPublished": is_yes(item, "published"),
    });
    if is_yes(item, "notify") {
        record["IsNotificationSelected"] = true.into();
    }
    record
}
