//! `khoros.get_thread`: threads by id, many at once.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;

use super::texts;

/// A thread as it is now. It is asked again before a write.
pub fn get_thread(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.get_thread",
        Call::Read(ReadCall {
            key: "id".into(),
            // More in one IN list is not advised (Khoros sheet 4.6).
            up_to: 25,
            row: "id".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A thread by its id: board, subject, body, author, times, counts, whether it is solved.")
    .needs("id", Type::Id, "id of the thread's first message")
    .example("khoros::get_thread(#{ id: \"42\" })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let those = |query: Liql| query.is_one_of("id", texts(&asked.keys)).test("depth", "=", Literal::Number(0));
    let found = client.search_fields(&rows::THREAD, "messages", those).await?;
    Ok(Rows { rows: found.iter().map(|row| rows::thread(&client, row)).collect(), newest: None })
}
