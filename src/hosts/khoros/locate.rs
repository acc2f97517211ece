//! Says which thread a message belongs to, so that a hint about a reply is a look at its thread.

use std::collections::BTreeSet;
use std::sync::Arc;

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

/// A message that is not found may be the first of a thread that was deleted, so it stands for itself.
async fn threads(client: Arc<Client>, messages: Vec<Subject>) -> Result<Vec<(Subject, Subject)>, HostError> {
    let ids: BTreeSet<&str> = messages.iter().map(Subject::id).collect();
    let found = client
        .search_fields(&["id", "topic.id"], "messages", |query| query.is_one_of("id", ids.iter().copied()))
        .await?;
    let thread_of = |id: &str| {
        let row = found.iter().find(|row| rows::id(&row["id"]).as_str() == Some(id));
        let topic = row.map(|row| rows::id(&row["topic"]["id"]));
        topic.and_then(|topic| topic.as_str().map(str::to_owned)).unwrap_or_else(|| id.to_owned())
    };
    let located = |message: &Subject| Subject::new("khoros", "thread", &thread_of(message.id()));
    Ok(messages.iter().map(|message| (message.clone(), located(message))).collect())
}
