//! `salesforce.find_records`: records of any object whose fields have certain values, many questions in one query.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::hosts::salesforce::soql::is_name;
use crate::value::Value;

const CALL: &str = "salesforce: GET /query";

/// Records by the values of their fields, oldest first. Used again for an hour.
pub fn find_records(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_records",
        Call::Read(ReadCall {
            key: "where".into(),
            up_to: 20,
            row: "where".into(),
            gives: Gives::List,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about(
        "The records of an object whose fields have these values, oldest first, each with its id and one more field.",
    )
    .needs("object", Type::Text, "the object, such as Asset")
    .needs("where", Type::Any, "field and the value that it must have, for each; or these beside `object`")
    .may("take", Type::Text, "the field that is given beside the id; default Id")
    .example("salesforce::find_records(#{ object: \"Contact\", Email: thread.author.email, take: \"AccountId\" })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let refused = |said: String| HostError::new(FailureClass::Refused, CALL, said);
    let shared = |name: &str| asked.shared.get(name).and_then(Value::as_str);
    let (object, take) = (shared("object").unwrap_or_default(), shared("take").unwrap_or("Id"));
    if let Some(name) = [object, take].into_iter().find(|name| !is_name(name)) {
        return Err(refused(format!("`{name}` is not a name of an object or field")));
    }
    let shape = client.shape_of(object).await?;
    let conditions: Vec<String> =
        asked.keys.iter().map(|key| condition(&shape, key)).collect::<Result<_, _>>().map_err(refused)?;
    let mut fields = vec!["Id", take];
    fields.extend(asked.keys.iter().flat_map(entries).map(|(name, _)| name));
    fields.sort_unstable();
    fields.dedup();
    let query = format!("SELECT {} FROM {object} WHERE {}", fields.join(","), conditions.join(" OR "));
    let records = client.query(&format!("{query} ORDER BY CreatedDate, Id")).await?;
    let row = |key: &Value, record: &Json| {
        let own = ["Id", take].map(|name| (name, shape.value(name, &record[name])));
        Value::map(own.into_iter().chain([("where", key.clone())]))
    };
    let of = |key: &Value| -> Vec<Value> {
        records.iter().filter(|record| answers(&shape, key, record)).map(|record| row(key, record)).collect()
    };
    Ok(Rows { rows: asked.keys.iter().flat_map(of).collect(), newest: None })
}

fn entries(key: &Value) -> Vec<(&str, &Value)> {
    if let Value::Map(entries) = key {
        entries.iter().map(|(name, value)| (name.as_str(), value)).collect()
    } else {
        vec![]
    }
}

/// All fields of one question as SOQL.
fn condition(shape: &RecordShape, key: &Value) -> Result<String, String> {
    let one = |(name, value): (&str, &Value)| match shape.literal(name, value) {
        Some(literal) if is_name(name) => Ok(format!("{name} = {literal}")),
        _ => Err(format!("`{name}` cannot be asked for {value}")),
    };
    let parts: Vec<String> = entries(key).into_iter().map(one).collect::<Result<_, _>>()?;
    if parts.is_empty() {
        Err("a search needs a field and its value".into())
    } else {
        Ok(format!("({})", parts.join(" AND ")))
    }
}

/// Which of several questions a record answers; texts in any case, as the org compares them.
fn answers(shape: &RecordShape, key: &Value, record: &Json) -> bool {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_lowercase());
    entries(key).into_iter().all(|(name, value)| {
        let own = shape.value(name, &record[name]);
        said(&own) == said(value)
            || shape.literal(name, &own).is_some_and(|own| shape.literal(name, value) == Some(own))
    })
}
