//! `salesforce.update_case`: sets fields of a case. A field that another changed since it was seen is left alone.
//!
//! The org's assignment rules never run on a change, so that the owner stays who it is (F-093).

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, Holds, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::collection::{each, record};
use crate::hosts::salesforce::record_shape::{Object, RecordShape};
use crate::value::Value;

use super::taken;

const CALL: &str = "salesforce: PATCH /composite/sobjects";

/// Changes cases, 200 in one call.
pub fn update_case(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.update_case",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["case".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 1,
            unanswered: Unanswered::Ask { with: "salesforce.get_case".into(), key: "case".into(), sure: Sure::AtOnce },
            present: Present::Compare {
                with: "salesforce.get_case".into(),
                key: "case".into(),
                path: "".into(),
                holds: Holds::Fields { made_by: "CreatedById", changed_by: "LastModifiedById" },
            },
            call: Arc::new(move |items| Box::pin(update(client.clone(), items))),
        }),
    )
    .about(
        "Sets fields of a case. A field that is so already, or that another changed since it was seen, is left alone.",
    )
    .needs("case", Type::Id, "id of the case")
    .needs(
        "fields",
        Type::Fields,
        "Salesforce field name to value, or the name of a mapping; an absent value clears it",
    )
    .example("salesforce::update_case(#{ case: case.Id, fields: #{ Priority: \"High\" } })")
}

async fn update(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let shape = match client.shape(Object::Case).await {
        Ok(shape) => shape,
        Err(error) => return vec![host_error::reply(error.before_the_write()); items.len()],
    };
    let records: Vec<Json> = items.iter().map(|item| changes(shape, item)).collect();
    let results = each(&records, |records| client.update(records)).await;
    results.into_iter().map(|result| result.map_or_else(host_error::reply, |result| taken(CALL, &result))).collect()
}

/// The fields of one item; its id is the parameter's, whatever stands among them.
fn changes(shape: &RecordShape, item: &Item) -> Json {
    let mut record = record(shape, Object::Case.name(), item.args.get("fields"), true);
    record.retain(|name, _| !name.eq_ignore_ascii_case("id"));
    record.insert("id".into(), json!(item.args.get("case").and_then(Value::as_str)));
    Json::Object(record)
}
