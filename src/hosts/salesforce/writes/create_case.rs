//! `salesforce.create_case`: opens a case for a thread, once.
//!
//! A case is created, never upserted: an upsert would overwrite what an agent changed meanwhile. The unique external
//! id makes the org refuse a second one; `DUPLICATE_VALUE` adopts the case that is there and writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::item_error;
use crate::hosts::salesforce::collection::{each, record};
use crate::hosts::salesforce::reads::case_made;
use crate::hosts::salesforce::reads::find_case_of_thread::cases_by_key;
use crate::hosts::salesforce::record_shape::{Object, RecordShape};
use crate::hosts::salesforce::thread_key::thread_key;
use crate::plan::key::generation;
use crate::value::Value;

const CALL: &str = "salesforce: POST /composite/sobjects";

/// Opens cases, 200 in one call, and reads their numbers with one query.
pub fn create_case(client: &Arc<Client>, tenant: &Arc<str>) -> HostFunction {
    let (client, tenant) = (client.clone(), tenant.clone());
    HostFunction::new(
        "salesforce.create_case",
        Call::Write(WriteCall {
            kind: Write::Makes { once_per: vec!["thread".into()], any_case: vec![] },
            up_to: 200,
            reads: 1,
            reads_once: 1,
            unanswered: Unanswered::Ask {
                with: "salesforce.find_case_of_thread".into(),
                key: "thread".into(),
                sure: Sure::AtOnce,
            },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(create(client.clone(), tenant.clone(), items))),
        }),
    )
    .about("Opens a case for a thread. Asked twice for one thread, it finds the first case and leaves it as it is.")
    .needs("thread", Type::Id, "id of the thread that the case is about")
    .needs("fields", Type::Fields, "Salesforce field name to value, or the name of a mapping")
    .example("salesforce::create_case(#{ thread: thread.id, fields: map(\"thread-to-case\") })")
}

/// One case to be opened: its place among the items, its external id, its record.
struct Wanted {
    place: usize,
    key: String,
    record: Json,
}

/// What is known of each item, by its place.
type Replies = BTreeMap<usize, Reply>;

async fn create(client: Arc<Client>, tenant: Arc<str>, items: Vec<Item>) -> Vec<Reply> {
    let count = items.len();
    let shape = match client.shape(Object::Case).await {
        Ok(shape) => shape,
        Err(error) => return vec![host_error::reply(error.before_the_write()); count],
    };
    let key_field = &client.settings().thread_key_field;
    let wanted = |(place, item): (usize, &Item)| {
        let thread = item.args.get("thread").and_then(Value::as_str).unwrap_or_default();
        let key = thread_key(&tenant, thread, generation(&item.key));
        Wanted { place, record: case_record(shape, item.args.get("fields"), key_field, &key), key }
    };
    let mut wanted: Vec<Wanted> = items.iter().enumerate().map(wanted).collect();
    let mut replies = without_thread(&items);
    wanted.retain(|wanted| !replies.contains_key(&wanted.place));
    if !shape.key_is_unique && !wanted.is_empty() {
        match ask_first(&client, &wanted).await {
            Ok(found) => replies.extend(found),
            Err(error) => return vec![host_error::reply(error.before_the_write()); count],
        }
        wanted.retain(|wanted| !replies.contains_key(&wanted.place));
    }
    let accepted = post(&client, &wanted, &mut replies).await;
    replies.extend(with_numbers(&client, accepted).await);
    // Every place was answered above; a hole would be a record that nobody knows about.
    let unknown = || Reply::Unknown(HostError::new(FailureClass::Unreadable, CALL, "nothing was heard of this record"));
    (0..count).map(|place| replies.remove(&place).unwrap_or_else(unknown)).collect()
}

/// A case without a thread would take the same external id as every other such case.
fn without_thread(items: &[Item]) -> Replies {
    let has_thread = |item: &Item| item.args.get("thread").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    let refused = || Reply::Refused(HostError::new(FailureClass::Refused, CALL, "`thread` is no id of a thread"));
    items.iter().enumerate().filter(|(_, item)| !has_thread(item)).map(|(place, _)| (place, refused())).collect()
}

/// The record of a case; the key is ours alone.
fn case_record(shape: &RecordShape, fields: Option<&Value>, key_field: &str, key: &str) -> Json {
    let mut record = record(shape, Object::Case.name(), fields, false);
    record.retain(|name, _| !name.eq_ignore_ascii_case(key_field));
    record.insert(key_field.into(), json!(key));
    Json::Object(record)
}

/// Where the org would take a second one: what is there already, found with one query.
async fn ask_first(client: &Client, wanted: &[Wanted]) -> Result<Replies, HostError> {
    let found = cases_by_key(client, wanted.iter().map(|wanted| wanted.key.as_str())).await?;
    let mut replies = Replies::new();
    for wanted in wanted {
        let key = wanted.key.to_lowercase();
        let of_key: Vec<&Json> = found.iter().filter(|(found, _)| *found == key).map(|(_, record)| record).collect();
        let reply = match of_key.as_slice() {
            [] => continue,
            [one] => case_made(client, one, false).map(Reply::AlreadyDone),
            several => Some(several_found(&wanted.key, several)),
        };
        replies.extend(reply.map(|reply| (wanted.place, reply)));
    }
    Ok(replies)
}

fn several_found(key: &str, records: &[&Json]) -> Reply {
    let ids: Vec<_> = records.iter().filter_map(|record| record["Id"].as_str()).collect();
    let said = format!("{} cases have the external id {key}: {}", ids.len(), ids.join(", "));
    Reply::Refused(HostError::new(FailureClass::Refused, CALL, said).code("SEVERAL_FOUND"))
}

/// A case that is there now: made by us (with its id), or found as a duplicate (with the org's words).
struct There<'a> {
    wanted: &'a Wanted,
    made: Option<String>,
    refused: HostError,
}

/// Posts the records.
async fn post<'a>(client: &Client, wanted: &'a [Wanted], replies: &mut Replies) -> Vec<There<'a>> {
    let mut there = Vec::new();
    let records: Vec<Json> = wanted.iter().map(|wanted| wanted.record.clone()).collect();
    let results = each(&records, |records| client.create(records)).await;
    for (wanted, result) in wanted.iter().zip(results) {
        match result.map_err(host_error::reply).and_then(|result| accepted(wanted, &result)) {
            Ok(accepted) => there.push(accepted),
            Err(reply) => _ = replies.insert(wanted.place, reply),
        }
    }
    there
}

fn accepted<'a>(wanted: &'a Wanted, result: &Json) -> Result<There<'a>, Reply> {
    let refused = item_error(CALL, result);
    match (result["success"].as_bool(), result["id"].as_str()) {
        (Some(true), Some(id)) => Ok(There { wanted, made: Some(id.to_owned()), refused }),
        _ if refused.code.as_deref() == Some("DUPLICATE_VALUE") => Ok(There { wanted, made: None, refused }),
        _ => Err(host_error::reply(refused)),
    }
}

/// The numbers of all that are there now, with one query. When it fails, what was made stays *sent* and is asked for.
async fn with_numbers(client: &Client, there: Vec<There<'_>>) -> Replies {
    if there.is_empty() {
        return Replies::new();
    }
    let found = match cases_by_key(client, there.iter().map(|there| there.wanted.key.as_str())).await {
        Ok(found) => found,
        Err(error) => return there.iter().map(|there| (there.wanted.place, Reply::Unknown(error.clone()))).collect(),
    };
    there.into_iter().map(|there| (there.wanted.place, settled(client, &there, &found))).collect()
}

fn settled(client: &Client, there: &There, found: &[(String, Json)]) -> Reply {
    let key = there.wanted.key.to_lowercase();
    let is_it = |(found, record): &&(String, Json)| match &there.made {
        Some(id) => record["Id"].as_str() == Some(id),
        None => *found == key,
    };
    let result = found.iter().find(is_it).and_then(|(_, record)| case_made(client, record, there.made.is_some()));
    match (result, &there.made) {
        (Some(result), Some(_)) => Reply::Done(result),
        (Some(result), None) => Reply::AlreadyDone(result),
        (None, Some(id)) => {
            let said = format!("case {id} was made, but a query does not show it");
            Reply::Unknown(HostError::new(FailureClass::Unreadable, "salesforce: GET /query", said))
        }
        // The duplicate is of another unique field, or of a case that we may not see: the org's words say which.
        (None, None) => Reply::Refused(there.refused.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_leaves_out_what_is_absent_and_keeps_our_key() {
        let fields = Value::map([
            ("Subject", Value::text("VPN")),
            ("Priority", Value::Nothing),
            ("key__c", Value::text("forged")),
            ("attributes", Value::text("forged")),
        ]);
        let record = case_record(&RecordShape::default(), Some(&fields), "Key__c", "acme:42");
        assert_eq!(record, json!({ "attributes": { "type": "Case" }, "Subject": "VPN", "Key__c": "acme:42" }));
    }
}
