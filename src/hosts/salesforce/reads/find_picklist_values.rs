//! `salesforce.find_picklist_values`: the values that a picklist of the org offers.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::value::Value;

/// The values of picklists of one object, from its describe. Used again for an hour.
pub fn find_picklist_values(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_picklist_values",
        Call::Read(ReadCall {
            key: "field".into(),
            up_to: 200,
            row: "field".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The values that a picklist offers, as `values`; absent where the field is no picklist.")
    .needs("object", Type::Text, "the object, such as Case")
    .needs("field", Type::Text, "the field, such as Priority")
    .example("salesforce::find_picklist_values(#{ object: \"Case\", field: \"Priority\" })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let object = asked.shared.get("object").and_then(Value::as_str).unwrap_or_default();
    let shape = client.shape_of(object).await?;
    let row = |key: &Value| {
        let values = shape.picklist(key.as_str()?)?.iter().map(|value| Value::text(value.as_str())).collect();
        Some(Value::map([("field", key.clone()), ("values", Value::List(values))]))
    };
    Ok(Rows { rows: asked.keys.iter().filter_map(row).collect(), newest: None })
}
