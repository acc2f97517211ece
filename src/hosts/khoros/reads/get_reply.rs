//! `khoros.get_reply`: replies by id, many at once.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;
use crate::hosts::khoros::rows;

use super::texts;

/// A reply as it is now.
pub fn get_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.get_reply",
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
    .about("A reply by its id: body, author, time, whether it is the solution of its thread.")
    .needs("id", Type::Id, "id of the reply")
    .example("khoros::get_reply(#{ id: \"103\" })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let those = |query: Liql| query.is_one_of("id", texts(&asked.keys));
    let found = client.search_fields(&rows::WHOLE_REPLY, "messages", those).await?;
    Ok(Rows { rows: found.iter().map(|row| rows::whole_reply(&client, row)).collect(), newest: None })
}
