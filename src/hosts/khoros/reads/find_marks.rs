//! `khoros.find_labels` and `khoros.find_tags`: what is stuck on a thread.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::hosts::khoros::{Client, is_id};
use crate::value::Value;

use super::texts;

/// The labels of a thread, as the board writes them: one row with the list `texts`.
pub fn find_labels(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("khoros.find_labels", read(client, "labels", str::to_owned))
        .about("The labels of a thread.")
        .needs("thread", Type::Id, "id of the thread")
        .example("khoros::find_labels(#{ thread: thread.id })")
}

/// The tags of a thread in lower case: one row with the list `texts`.
pub fn find_tags(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("khoros.find_tags", read(client, "tags", str::to_lowercase))
        .about("The tags of a thread, in lower case.")
        .needs("thread", Type::Id, "id of the thread")
        .example("khoros::find_tags(#{ thread: thread.id })")
}

fn read(client: &Arc<Client>, collection: &'static str, write: fn(&str) -> String) -> Call {
    let client = client.clone();
    Call::Read(ReadCall {
        key: "thread".into(),
        up_to: 1,
        row: "thread".into(),
        // One row with all of them, so that a thread without any is known to have none.
        gives: Gives::One,
        fold: Fold::Exact,
        fresh: true,
        call: Arc::new(move |asked| Box::pin(find(client.clone(), asked, collection, write))),
    })
}

async fn find(
    client: Arc<Client>,
    asked: Asked,
    collection: &'static str,
    write: fn(&str) -> String,
) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for thread in texts(&asked.keys) {
        let marks = marks_of(&client, collection, thread).await?;
        let marks = marks.iter().map(|text| Value::text(write(text)));
        found.push(Value::map([("thread", Value::text(thread)), ("texts", Value::List(marks.collect()))]));
    }
    Ok(Rows { rows: found, newest: None })
}

/// What is stuck on one thread, as the board writes it. Of what is no id the community would say that nothing is stuck
/// on it.
pub async fn marks_of(client: &Client, collection: &str, thread: &str) -> Result<Vec<String>, HostError> {
    if !is_id(thread) {
        let said = format!("`{thread}` is not the id of a thread");
        return Err(HostError::new(FailureClass::Refused, format!("khoros: {collection} of a thread"), said));
    }
    let query = Liql::select(&["id", "text"], collection).test("messages.id", "=", Literal::Text(thread));
    let marks = client.search_all(&query).await?;
    Ok(marks.iter().filter_map(|row| rows::text(&row["text"]).as_str().map(str::to_owned)).collect())
}
