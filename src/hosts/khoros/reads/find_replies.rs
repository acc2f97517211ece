//! `khoros.find_replies`: all replies of a thread, nested ones too.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;

use super::texts;

/// The replies of a thread, oldest first; also those that do not count (ESC-4), with their moderation status.
pub fn find_replies(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_replies",
        Call::Read(ReadCall {
            key: "thread".into(),
            // `topic.id IN` has never been seen to work (Khoros sheet 4.6).
            up_to: 1,
            row: "thread".into(),
            gives: Gives::List,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("All replies of a thread, oldest first: who wrote them, when, and which one is the solution.")
    .needs("thread", Type::Id, "id of the thread")
    .example("khoros::find_replies(#{ thread: thread.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for thread in texts(&asked.keys) {
        let of_thread = |query: Liql| {
            let replies = query.test("topic.id", "=", Literal::Text(thread)).test("depth", ">", Literal::Number(0));
            replies.order("post_time ASC")
        };
        found.extend(
            client
                .search_fields(&rows::REPLY, "messages", of_thread)
                .await?
                .iter()
                .map(|row| rows::reply(&client, row)),
        );
    }
    Ok(Rows { rows: found, newest: None })
}
