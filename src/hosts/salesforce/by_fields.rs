//! Records whose fields have certain values, many questions in one query: what the reads by field have in common.

use serde_json::Value as Json;

use crate::catalog::Rows;
use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::hosts::salesforce::records::LONGEST_QUERY;
use crate::hosts::salesforce::soql::is_name;
use crate::value::Value;

const CALL: &str = "salesforce: GET /query";
/// The key of such a read: a map of fields and the value that each must have.
pub const WHERE: &str = "where";

/// The records that answer each question, oldest first, paged to their end. `take` are the fields that `row` makes a row
/// of; each row holds the question that it answers.
pub async fn by_fields(
    client: &Client,
    (object, shape): (&str, &RecordShape),
    take: &[&str],
    keys: &[Value],
    row: impl Fn(&Json) -> Vec<(String, Value)>,
) -> Result<Rows, HostError> {
    let conditions = keys.iter().map(|key| condition(shape, key)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let asked: Vec<(&Value, String)> = keys.iter().zip(conditions).collect();
    let mut rows = Vec::new();
    for part in parts(&asked, take) {
        let mut fields = take.to_vec();
        fields.extend(part.iter().flat_map(|(key, _)| entries(key)).map(|(name, _)| name));
        fields.sort_unstable();
        fields.dedup();
        let conditions: Vec<&str> = part.iter().map(|(_, condition)| condition.as_str()).collect();
        let query = format!("SELECT {} FROM {object} WHERE {}", fields.join(","), conditions.join(" OR "));
        let records = client.query(&format!("{query} ORDER BY CreatedDate, Id")).await?;
        for (key, _) in part {
            let of_key = records.iter().filter(|record| answers(shape, key, record));
            rows.extend(
                of_key.map(|record| Value::map(row(record).into_iter().chain([(WHERE.into(), (*key).clone())]))),
            );
        }
    }
    Ok(Rows { rows, newest: None })
}

/// A refusal before anything was asked.
pub fn refused(said: String) -> HostError {
    HostError::new(FailureClass::Refused, CALL, said)
}

/// As many questions together as an address has room for, one at least.
fn parts<'a>(asked: &'a [(&'a Value, String)], take: &[&str]) -> Vec<&'a [(&'a Value, String)]> {
    let room = LONGEST_QUERY.saturating_sub(take.iter().map(|field| field.len() + 1).sum());
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (place, (_, condition)) in asked.iter().enumerate() {
        let length = 2 * condition.len() + " OR ".len();
        if place > start && used + length > room {
            parts.push(&asked[start..place]);
            (start, used) = (place, 0);
        }
        used += length;
    }
    parts.push(&asked[start..]);
    parts
}

fn entries(key: &Value) -> Vec<(&str, &Value)> {
    if let Value::Map(entries) = key {
        entries.iter().map(|(name, value)| (name.as_str(), value)).collect()
    } else {
        vec![]
    }
}

/// All fields of one question as SOQL.
pub fn condition(shape: &RecordShape, key: &Value) -> Result<String, String> {
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
