//! `khoros.find_thread_field` and `khoros.find_person_field`: fields that a community made for itself. One field a call,
//! because one that the community does not know fails the whole query (Khoros sheet 4.2).

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::texts;

/// A custom field of threads: one row with its `value`.
pub fn find_thread_field(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("khoros.find_thread_field", read(client, "thread", "messages", true))
        .about("A custom field of a thread.")
        .needs("thread", Type::Id, "id of the thread")
        .needs("field", Type::Text, "name of the field, without `c_`")
        .example("khoros::find_thread_field(#{ thread: thread.id, field: \"serial\" })")
}

/// A custom field of people: one row with its `value`. Used again for an hour.
pub fn find_person_field(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("khoros.find_person_field", read(client, "person", "users", false))
        .about("A custom field of a person.")
        .needs("person", Type::Id, "id of the person")
        .needs("field", Type::Text, "name of the field, without `c_`")
        .example("khoros::find_person_field(#{ person: thread.author.id, field: \"plan\" })")
}

fn read(client: &Arc<Client>, key: &'static str, collection: &'static str, fresh: bool) -> Call {
    let client = client.clone();
    Call::Read(ReadCall {
        key: key.into(),
        up_to: 25,
        row: key.into(),
        gives: Gives::One,
        fold: Fold::Exact,
        fresh,
        call: Arc::new(move |asked| Box::pin(find(client.clone(), asked, key, collection))),
    })
}

async fn find(
    client: Arc<Client>,
    asked: Asked,
    key: &'static str,
    collection: &'static str,
) -> Result<Rows, HostError> {
    let name = asked.shared.get("field").and_then(Value::as_str).unwrap_or_default();
    let field = format!("c_{name}");
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(unknown(&field, "this is no name of a field"));
    }
    let query = Liql::select(&["id", &field], collection).is_one_of("id", texts(&asked.keys));
    let found = client.search_all(&query).await.map_err(|error| match error.class {
        FailureClass::Refused => unknown(&field, &error.said),
        _ => error,
    })?;
    let row = |row: &serde_json::Value| Value::map([(key, rows::id(&row["id"])), ("value", plain(&row[&field]))]);
    Ok(Rows { rows: found.iter().map(row).collect(), newest: None })
}

/// Not a refusal of one of the keys: asking for fewer of them would change nothing.
fn unknown(field: &str, said: &str) -> HostError {
    let said = format!("the community has no field `{field}`, or does not show it: {said}");
    HostError::new(FailureClass::NotFound, "khoros: GET /search", said)
}

/// Whatever type the field has; an empty text is an absent one.
fn plain(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::String(_) => rows::text(json),
        other => Value::from_json(other),
    }
}
