//! `salesforce.get_case`: cases by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

/// Address and headers together may have 16 kB (Salesforce sheet 13.1); quotes and commas grow when encoded.
const LONGEST_QUERY: usize = 8_000;
const ID: usize = "'500000000000000AAA',".len();

/// A case as it is now. It is asked again before a write.
pub fn get_case(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_case",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "Id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A case by its id, with every field but long texts, its address and the name of its owner.")
    .needs("id", Type::Id, "id of the case, 15 or 18 characters")
    .example("salesforce::get_case(#{ id: case.ParentId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let shape = client.case_shape().await?;
    let mut fields: Vec<&str> = shape.names().collect();
    fields.push("Owner.Name");
    let room = LONGEST_QUERY.saturating_sub(fields.iter().map(|field| field.len() + 1).sum());
    let ids: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let mut rows = Vec::new();
    for ids in ids.chunks((room / ID).max(1)) {
        let query = select_where_in(&fields, "Case", "Id", ids.iter().copied());
        rows.extend(client.query(&query).await?.iter().map(|record| row(&client, shape, record)));
    }
    Ok(Rows { rows, newest: None })
}

fn row(client: &Client, shape: &RecordShape, record: &Json) -> Value {
    let fields = shape.names().map(|name| (name, shape.value(name, &record[name])));
    let id = record["Id"].as_str().unwrap_or_default();
    let ours = [("url", Value::text(client.page_url(id))), ("owner_name", record["Owner"]["Name"].as_str().into())];
    Value::map(fields.chain(ours))
}
