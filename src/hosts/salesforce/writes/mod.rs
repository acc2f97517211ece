//! What can be done in an org: one file for each write.

pub mod attach_file;
pub mod comment_on_case;
pub mod create_case;
pub mod create_contact;
pub mod create_record;
pub mod delete_comment;
pub mod edit_comment;
pub mod link_case;
pub mod update_case;
pub mod update_record;
pub mod write_record;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::catalog::{Item, Reply};
use crate::failure::HostError;
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::item_error;
use crate::hosts::salesforce::collection::{each, record};
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::value::Value;

/// Writes items of objects that rules name, each by itself: `write` makes the record of one, `call` sends many, and
/// `reply` reads what the org said of one. What the org does not know of an object is refused before anything is sent.
async fn send<F, Fut>(
    client: &Client,
    items: &[Item],
    write: impl Fn(&Item, &str, &RecordShape) -> Map<String, Json>,
    call: F,
    reply: impl Fn(Json) -> Reply,
) -> Vec<Reply>
where
    F: Fn(Vec<Json>) -> Fut,
    Fut: Future<Output = Result<Vec<Json>, HostError>>,
{
    let mut shapes: BTreeMap<&str, Result<Arc<RecordShape>, HostError>> = BTreeMap::new();
    for object in items.iter().map(object) {
        if !shapes.contains_key(object) {
            shapes.insert(object, client.shape_of(object).await.map_err(HostError::before_the_write));
        }
    }
    let written: Vec<Result<Json, &HostError>> = items
        .iter()
        .map(|item| shapes[object(item)].as_ref().map(|shape| Json::Object(write(item, object(item), shape))))
        .collect();
    let records: Vec<Json> = written.iter().filter_map(|written| written.as_ref().ok().cloned()).collect();
    let mut said = each(&records, call).await.into_iter();
    let replies = written.into_iter().filter_map(|written| match written {
        Ok(_) => said.next().map(|result| result.map_or_else(host_error::reply, &reply)),
        Err(error) => Some(host_error::reply(error.clone())),
    });
    replies.collect()
}

/// What the org said of one record: its id, or why it did not take it.
fn taken(call: &str, result: &Json) -> Reply {
    match (result["success"].as_bool(), result["id"].as_str()) {
        (Some(true), Some(id)) => Reply::Done(Value::map([("Id", Value::text(id))])),
        _ => host_error::reply(item_error(call, result)),
    }
}

fn object(item: &Item) -> &str {
    item.args.get("object").and_then(Value::as_str).unwrap_or_default()
}

/// The fields of an item as the org takes them; the record's id and kind are never among them.
fn fields_of(item: &Item, object: &str, shape: &RecordShape, cleared: bool) -> Map<String, Json> {
    let mut record = record(shape, object, item.args.get("fields"), cleared);
    record.retain(|name, _| !name.eq_ignore_ascii_case("id"));
    record
}
