//! `salesforce.update_record`: sets fields of a record of any object. A field that another changed since it was seen is
//! left alone.

use std::sync::Arc;

use serde_json::json;

use crate::catalog::{Call, Holds, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::value::Value;

use super::{fields_of, send, taken};

const CALL: &str = "salesforce: PATCH /composite/sobjects";

/// Changes records, 200 in one call.
pub fn update_record(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.update_record",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["id".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 1,
            unanswered: Unanswered::Ask { with: "salesforce.get_record".into(), key: "id".into(), sure: Sure::AtOnce },
            present: Present::Compare {
                with: "salesforce.get_record".into(),
                key: "id".into(),
                path: "".into(),
                holds: Holds::Fields { made_by: "CreatedById", changed_by: "LastModifiedById" },
            },
            call: Arc::new(move |items| Box::pin(update(client.clone(), items))),
        }),
    )
    .about(
        "Sets fields of a record of any object. A field that is so already, or that another changed since it was seen, is \
         left alone.",
    )
    .needs("object", Type::Text, "the object, such as Task")
    .needs("id", Type::Id, "id of the record")
    .needs(
        "fields",
        Type::Fields,
        "Salesforce field name to value, or the name of a mapping; an absent value clears it",
    )
    .example("salesforce::update_record(#{ object: \"Contact\", id: contact.Id, fields: #{ Community_Login__c: thread.author.login } })")
}

async fn update(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let write = |item: &Item, object: &str, shape: &RecordShape| {
        let mut record = fields_of(item, object, shape, true);
        record.insert("id".into(), json!(item.args.get("id").and_then(Value::as_str)));
        record
    };
    send(&client, &items, write, |records| client.update(records), |result| taken(CALL, &result)).await
}
