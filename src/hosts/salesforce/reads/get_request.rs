//! `salesforce.get_request`: records that ask for a post or a private message, by id.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

/// The objects, and what they hold beside their text.
const OBJECTS: [(&str, &[&str]); 2] = [
    ("Postback_Comment__c", &["Id", "Case__c", "Body__c", "Status__c", "CreatedById"]),
    (
        "Private_Message__c",
        &["Id", "Case__c", "Body__c", "Status__c", "CreatedById", "Recipient__r.Community_ID__c", "Subject__c"],
    ),
];

/// A record of either kind as it is now.
pub fn get_request(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_request",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A record that asks for a post or a private message: text, recipient, subject, and who made it.")
    .needs("id", Type::Id, "id of the record, 15 or 18 characters")
    .example("salesforce::get_request(#{ id: \"a01000000000001AAA\" })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let ids: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let mut rows = Vec::new();
    for (object, fields) in OBJECTS {
        match client.shape_of(object).await {
            Err(error) if error.class == FailureClass::NotFound => continue,
            described => _ = described?,
        }
        let found = client.query(&select_where_in(fields, object, "Id", ids.iter().copied())).await?;
        rows.extend(found.iter().map(row));
    }
    Ok(Rows { rows, newest: None })
}

fn row(record: &Json) -> Value {
    let text = |name: &str| Value::from_json(&record[name]);
    Value::map([
        ("id", text("Id")),
        ("case", text("Case__c")),
        ("body", text("Body__c")),
        ("recipient", Value::from_json(&record["Recipient__r"]["Community_ID__c"])),
        ("subject", text("Subject__c")),
        ("status", text("Status__c")),
        ("author_id", text("CreatedById")),
    ])
}
