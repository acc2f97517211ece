//! `khoros.threads`: one look at threads that have a case, a dozen a call; what changed is asked about thread by thread.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::{itself, marks, replies, solution};

/// Two ids of a thread stand in a list of 25, which is as long as one may be (Khoros sheet 4.6).
const THREADS: usize = 12;

/// What is read of a thread, and of the reply that was its solution.
const FIELDS: [&str; 8] = [
    "id",
    "conversation.solved",
    "conversation.last_post_time",
    "conversation.messages_count",
    "is_solution",
    "board.id",
    "current_revision.last_edit_time",
    "topic.id",
];

/// Asks about threads that have a case.
pub fn threads(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "khoros.threads".into(),
        about: "whether a thread with a case was answered, solved, edited, moved, merged or deleted: one call for 12 \
                threads, one more for each that has a new reply or another solution; where a rule waits for labels, \
                tags, or edited or deleted replies, one more for each thread",
        of: Some("notebook.find_links".into()),
        key: "thread",
        tells: [solution::TELLS.as_slice(), &replies::TELLS, &marks::TELLS, &itself::TELLS]
            .concat()
            .into_iter()
            .map(Into::into)
            .collect(),
        orphan: Some(("orphan_thread", itself::is_gone)),
        up_to: THREADS,
        call: Arc::new(move |polled, wanted| Box::pin(ask(client.clone(), polled, wanted))),
    }
}

/// One thread as it is now.
pub struct Look<'a> {
    pub client: &'a Client,
    pub wanted: &'a Wanted,
    pub thread: &'a str,
    /// Nothing where the search does not show it.
    pub root: Option<&'a Json>,
    /// All that was found, by id.
    pub found: &'a HashMap<String, Json>,
}

impl Look<'_> {
    /// Something that happened to the thread.
    pub fn told(&self, kind: &str, what: String, hint: Value) -> Told {
        Told { kind: kind.into(), what, subject: format!("khoros:thread:{}", self.thread).into(), lane: None, hint }
    }

    /// Whether a rule waits for one of some kinds.
    pub fn is_wanted(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.wanted.contains(*kind))
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>, wanted: Wanted) -> Result<Vec<Changed>, HostError> {
    let threads: Vec<&str> =
        polled.iter().map(|polled| polled.row.get("thread").as_str().unwrap_or_default()).collect();
    let solutions = polled.iter().filter_map(|polled| solution::known(&polled.seen));
    let ids: Vec<&str> = threads.iter().copied().chain(solutions).filter(|id| !id.is_empty()).collect();
    let rows = client.search_fields(&FIELDS, "messages", |query| query.is_one_of("id", ids.iter().copied())).await?;
    let by_id = |row: Json| Some((rows::id(&row["id"]).as_str()?.to_owned(), row));
    let found: HashMap<String, Json> = rows.into_iter().filter_map(by_id).collect();
    let mut changed = Vec::new();
    for (which, (thread, polled)) in threads.iter().zip(&polled).enumerate() {
        let root = found.get(*thread);
        let look = Look { client: &client, wanted: &wanted, thread, root, found: &found };
        let (seen, told) = look_at(&look, &polled.seen).await?;
        if seen != polled.seen || !told.is_empty() {
            changed.push(Changed { which, seen, told });
        }
    }
    Ok(changed)
}

/// Each part keeps what it saw under names of its own.
async fn look_at(look: &Look<'_>, seen: &Value) -> Result<(Value, Vec<Told>), HostError> {
    let mut kept = if let Value::Map(kept) = seen { kept.clone() } else { Default::default() };
    let (of_itself, mut told) = itself::look(look, seen).await?;
    kept.extend(of_itself);
    // What stands below a thread that was merged away belongs to the other thread now.
    if look.root.is_some_and(|root| itself::merged_into(look, root).is_none()) {
        let (of_replies, posted) = replies::look(look, seen).await?;
        let (of_solution, solved) = solution::look(look, seen).await?;
        let (of_marks, marked) = marks::look(look, seen).await?;
        kept.extend(of_replies.into_iter().chain(of_solution).chain(of_marks));
        told.extend(posted.into_iter().chain(solved).chain(marked));
    }
    kept.retain(|_, value| !value.is_nothing());
    Ok((if kept.is_empty() { Value::Nothing } else { Value::Map(kept) }, told))
}
