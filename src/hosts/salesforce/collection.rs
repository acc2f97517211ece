//! Many records in one call, each by itself. A call that is refused as a whole is halved until the bad record stands
//! alone, so that one broken item never stops its neighbours.

use std::future::Future;

use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::value::Value;

/// What the org said of each record, in order; the error of the call where it failed as a whole.
pub async fn each<F, Fut>(records: &[Json], call: F) -> Vec<Result<Json, HostError>>
where
    F: Fn(Vec<Json>) -> Fut,
    Fut: Future<Output = Result<Vec<Json>, HostError>>,
{
    let mut said = Vec::with_capacity(records.len());
    // The first part lies on top, so that the results come in order.
    let mut parts = vec![records];
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        match call(part.to_vec()).await {
            Ok(results) => said.extend(results.into_iter().map(Ok)),
            Err(error) if part.len() > 1 && error.class == FailureClass::Refused && !error.maybe_applied => {
                let (left, right) = part.split_at(part.len() / 2);
                parts.extend([right, left]);
            }
            Err(error) => said.extend(part.iter().map(|_| Err(error.clone()))),
        }
    }
    said
}

/// A record to be sent: its fields as the org takes them. What is absent is left out, so that the org's defaults apply;
/// `cleared` sends it as null instead.
pub fn record(
    shape: &RecordShape,
    object: &str,
    fields: Option<&Value>,
    cleared: bool,
) -> serde_json::Map<String, Json> {
    let mut record = serde_json::Map::new();
    if let Some(Value::Map(fields)) = fields {
        for (name, value) in fields.iter().filter(|(_, value)| cleared || !value.is_nothing()) {
            record.insert(name.to_string(), shape.json(name.as_str(), value));
        }
    }
    record.insert("attributes".into(), json!({ "type": object }));
    record
}
