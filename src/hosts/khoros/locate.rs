//! Says which thread a message belongs to, so that a hint about a reply is a look at its thread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::Locate;
use crate::failure::HostError;
use crate::hosts::khoros::{Client, rows};
use crate::names::Subject;

/// As many ids as a list of LiQL may have (Khoros sheet 4.6).
const IDS: usize = 25;

/// Locates messages.
pub fn locate(client: &Arc<Client>) -> Locate {
    let client = client.clone();
    Locate {
        host: "khoros",
        takes: &["message"],
        up_to: IDS,
        call: Arc::new(move |messages| Box::pin(threads(client.clone(), messages))),
    }
}

/// A message that is not there may be the first of a thread that was deleted, so it stands for itself.
async fn threads(client: Arc<Client>, messages: Vec<Subject>) -> Result<Vec<(Subject, Subject)>, HostError> {
    let ids: BTreeSet<&str> = messages.iter().map(Subject::id).collect();
    let found = client
        .search_fields(&["id", "topic.id"], "messages", |query| query.is_one_of("id", ids.iter().copied()))
        .await?;
    let mut topics: BTreeMap<String, String> = found.iter().filter_map(topic).collect();
    // Events are quicker than the index that the search reads; a message itself can be read at once.
    for id in ids {
        if !topics.contains_key(id)
            && let Some(row) = client.get_if_there(&format!("messages/{id}")).await?
        {
            topics.extend(topic(&row));
        }
    }
    let located = |message: Subject| {
        let thread = Subject::new("khoros", "thread", topics.get(message.id()).map_or(message.id(), String::as_str));
        (message, thread)
    };
    Ok(messages.into_iter().map(located).collect())
}

fn topic(row: &Json) -> Option<(String, String)> {
    Some((rows::id(&row["id"]).as_str()?.to_owned(), rows::id(&row["topic"]["id"]).as_str()?.to_owned()))
}
