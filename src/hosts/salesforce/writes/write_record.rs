//! `salesforce.write_record`: a record that is ours alone, known by an external id field: made, or written over.
//!
//! Sending it again is harmless, so nobody has to ask whether it came through (Salesforce sheet 15).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::HostError;
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::collection::each;
use crate::value::Value;

use super::{fields_of, object, taken};

const CALL: &str = "salesforce: PATCH /composite/sobjects";

/// Writes records, 200 of one object in one call.
pub fn write_record(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.write_record",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["object".into(), "key".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 1,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(write(client.clone(), items))),
        }),
    )
    .about("Makes or changes a record that nobody else writes, known by one of its external id fields.")
    .needs("object", Type::Text, "the object, such as Postback_Comment__c")
    .needs("key_field", Type::Text, "its external id field")
    .needs("key", Type::Id, "the value of that field")
    .needs("fields", Type::Fields, "Salesforce field name to value, or the name of a mapping")
    .example(
        "salesforce::write_record(#{ object: \"Postback_Comment__c\", key_field: \"Source_Key__c\", key: \"a\", fields: #{ Status__c: \"Posted\" } })",
    )
}

async fn write(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let mut replies: BTreeMap<usize, Reply> = BTreeMap::new();
    for (object, field) in kinds(&items) {
        let mut left = match records(&client, &items, (&object, &field)).await {
            Ok(records) => records,
            Err(error) => {
                let of =
                    |n: &usize| (self::object(&items[*n]), key_field(&items[*n])) == (object.as_str(), field.as_str());
                let failed = host_error::reply(error.before_the_write());
                replies.extend((0..items.len()).filter(of).map(|n| (n, failed.clone())));
                continue;
            }
        };
        while !left.is_empty() {
            let (now, later) = first_of_each(left, &field);
            let (places, records): (Vec<usize>, Vec<Json>) = now.into_iter().unzip();
            let said = each(&records, |records| client.upsert(&object, &field, records)).await;
            let said = said.into_iter().map(|said| said.map_or_else(host_error::reply, |result| taken(CALL, &result)));
            replies.extend(places.into_iter().zip(said));
            left = later;
        }
    }
    replies.into_values().collect()
}

/// Records with the places of their items.
type Placed = Vec<(usize, Json)>;

/// One key stands once in a call: the first record of each, and what is left for the next.
fn first_of_each(records: Placed, field: &str) -> (Placed, Placed) {
    let mut keys = BTreeSet::new();
    records.into_iter().partition(|(_, record)| keys.insert(record[field].to_string()))
}

/// Objects and key fields, each once.
fn kinds(items: &[Item]) -> Vec<(String, String)> {
    let mut kinds: Vec<(String, String)> =
        items.iter().map(|item| (object(item).to_owned(), key_field(item).to_owned())).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// The records of one kind with the places of their items.
async fn records(client: &Client, items: &[Item], (object, field): (&str, &str)) -> Result<Placed, HostError> {
    let shape = client.shape_of(object).await?;
    let of = |item: &Item| self::object(item) == object && key_field(item) == field;
    let made = items.iter().enumerate().filter(|(_, item)| of(item)).map(|(n, item)| {
        let mut record = fields_of(item, object, &shape, false);
        record.insert(field.to_owned(), json!(item.args.get("key").and_then(Value::as_str)));
        (n, Json::Object(record))
    });
    Ok(made.collect())
}

fn key_field(item: &Item) -> &str {
    item.args.get("key_field").and_then(Value::as_str).unwrap_or_default()
}
