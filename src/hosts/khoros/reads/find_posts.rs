//! `khoros.find_posts`: the words of a whole thread.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;

use super::texts;

/// Every post of a thread with its text, the question first; counts of replies come from `khoros.find_replies`, which
/// reads no bodies.
pub fn find_posts(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_posts",
        Call::Read(ReadCall {
            key: "thread".into(),
            up_to: 1,
            row: "thread".into(),
            gives: Gives::List,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("All posts of a thread with their texts, oldest first: author (login), posted_at, body, is_solution.")
    .needs("thread", Type::Id, "id of the thread")
    .example("khoros::find_posts(#{ thread: thread.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for thread in texts(&asked.keys) {
        let of_thread = |query: Liql| query.test("topic.id", "=", Literal::Text(thread)).order("post_time ASC");
        found.extend(
            client.search_fields(&rows::POST, "messages", of_thread).await?.iter().map(|row| rows::post(&client, row)),
        );
    }
    Ok(Rows { rows: found, newest: None })
}
