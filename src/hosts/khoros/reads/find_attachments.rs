//! `khoros.find_attachments`: the files on a message.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::texts;

const FIELDS: [&str; 5] = ["id", "filename", "url", "content_type", "filesize"];

/// The files on a message, the first message of a thread among them: one row with the list `files`.
pub fn find_attachments(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_attachments",
        Call::Read(ReadCall {
            key: "message".into(),
            up_to: 1,
            row: "message".into(),
            // One row with all of them, so that a message without any is known to have none.
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The files on a message: id, name, url, type, size in bytes, and `elsewhere` where one does not lie in the community.")
    .needs("message", Type::Id, "id of the message, such as a thread's")
    .example("khoros::find_attachments(#{ message: thread.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for message in texts(&asked.keys) {
        let query = Liql::select(&FIELDS, "attachments").test("message.id", "=", Literal::Text(message));
        let files = client.search_all(&query).await?;
        let files = files.iter().map(|row| rows::attachment(&client, row)).collect();
        found.push(Value::map([("message", Value::text(message)), ("files", Value::List(files))]));
    }
    Ok(Rows { rows: found, newest: None })
}
