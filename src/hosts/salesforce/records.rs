//! Records by id, many at once, with every field but long texts: what the reads of one object have in common.

use serde_json::Value as Json;

use crate::catalog::{Asked, Rows};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

/// Address and headers together may have 16 kB (Salesforce sheet 13.1); quotes and commas grow when encoded.
pub const LONGEST_QUERY: usize = 8_000;
const ID: usize = "'500000000000000AAA',".len();

/// The records with these ids. `more` are fields of other objects, such as `Owner.Name`; `row` adds what is made of
/// them.
pub async fn by_id(
    client: &Client,
    (object, shape): (&str, &RecordShape),
    more: &[&str],
    asked: &Asked,
    row: impl Fn(&Json) -> Vec<(&'static str, Value)>,
) -> Result<Rows, HostError> {
    let fields: Vec<&str> = shape.names().chain(more.iter().copied()).collect();
    let ids: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let found = select(client, object, &fields, &ids).await?;
    Ok(Rows { rows: found.iter().map(|record| whole(shape, record, row(record))).collect(), newest: None })
}

/// Some fields of the records with these ids, in as many queries as addresses have room for.
pub async fn select(client: &Client, object: &str, fields: &[&str], ids: &[&str]) -> Result<Vec<Json>, HostError> {
    let room = LONGEST_QUERY.saturating_sub(fields.iter().map(|field| field.len() + 1).sum());
    let mut found = Vec::new();
    for ids in ids.chunks((room / ID).max(1)) {
        found.extend(client.query(&select_where_in(fields, object, "Id", ids.iter().copied())).await?);
    }
    Ok(found)
}

/// A record as rules see it, with what is ours.
pub fn whole(shape: &RecordShape, record: &Json, more: Vec<(&'static str, Value)>) -> Value {
    Value::map(shape.names().map(|name| (name, shape.value(name, &record[name]))).chain(more))
}
