//! `salesforce.create_record`: makes a record of any object, once per key.
//!
//! The key is our ledger's, not the org's: an object of the org has no field for it. So nobody can tell whether a
//! record whose answer was lost is there, and a person looks (like a comment, Salesforce sheet 10.2).

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::item_error;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::value::Value;

use super::{fields_of, object, send};

const CALL: &str = "salesforce: POST /composite/sobjects";

/// Makes records, 200 in one call.
pub fn create_record(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.create_record",
        Call::Write(WriteCall {
            kind: Write::Makes { once_per: vec!["object".into(), "key".into()], any_case: vec!["object".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 1,
            unanswered: Unanswered::Person,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(create(client.clone(), items))),
        }),
    )
    .about(
        "Makes a record of any object. Asked twice for one key, it is made once; when the answer is lost, a person looks \
         whether it is there.",
    )
    .needs("object", Type::Text, "the object, such as Task")
    .needs("key", Type::Id, "what there is one record for, such as the id of a thread or a reply")
    .needs("fields", Type::Fields, "Salesforce field name to value, or the name of a mapping")
    .example(
        "salesforce::create_record(#{ object: \"Task\", key: thread.id, fields: #{ Subject: \"Call back\", WhatId: case.Id } })",
    )
}

async fn create(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let write = |item: &Item, object: &str, shape: &RecordShape| fields_of(item, object, shape, false);
    let reply = |result: Json| match (result["success"].as_bool(), result["id"].as_str()) {
        (Some(true), Some(id)) => Reply::Done(made(&client, id)),
        _ => host_error::reply(item_error(CALL, &result)),
    };
    // A case has a write of its own; this one would open a second one for its thread.
    let is_case = |item: &Item| object(item).eq_ignore_ascii_case("Case");
    let others: Vec<Item> = items.iter().filter(|item| !is_case(item)).cloned().collect();
    let mut said = send(&client, &others, write, |records| client.create(records), reply).await.into_iter();
    items.iter().filter_map(|item| if is_case(item) { Some(no_case()) } else { said.next() }).collect()
}

fn no_case() -> Reply {
    let said = "a case is opened by `salesforce.create_case`, once for its thread";
    Reply::Refused(HostError::new(FailureClass::Refused, CALL, said))
}

fn made(client: &Client, id: &str) -> Value {
    Value::map([("Id", Value::text(id)), ("url", Value::text(client.page_url(id))), ("created", true.into())])
}
