//! What the history of a case tells, where the org keeps one: of the fields that its admin chose (Salesforce sheet 10.3).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;

const FIELDS: [&str; 5] = ["CaseId", "Field", "CreatedDate", "CreatedById", "NewValue"];

/// All entries of some cases, by case, the oldest first. An org that does not show its history has none.
pub async fn of_cases(client: &Client, cases: &[&str]) -> Result<BTreeMap<String, Vec<Json>>, HostError> {
    let mut entries: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    if cases.is_empty() {
        return Ok(entries);
    }
    let query = select_where_in(&FIELDS, "CaseHistory", "CaseId", cases.iter().copied());
    let found = match client.query(&format!("{query} ORDER BY CreatedDate, Id")).await {
        Err(error) if matches!(error.class, FailureClass::Refused | FailureClass::NotFound) => vec![],
        found => found?,
    };
    for entry in found {
        let case = entry["CaseId"].as_str().unwrap_or_default().to_owned();
        entries.entry(case).or_default().push(entry);
    }
    Ok(entries)
}

/// Whether another than who made the case changed it since a moment.
pub fn is_by_others(entries: &[Json], made_by: &Json, since: Timestamp) -> bool {
    let at = |entry: &Json| entry["CreatedDate"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    entries.iter().any(|entry| entry["CreatedById"] != *made_by && at(entry).is_some_and(|at| at >= since))
}

/// How often a case was opened again: from a status that closes to one that does not. None where its history holds no
/// status.
pub fn times_reopened(entries: &[Json], closing: &[String]) -> Option<i64> {
    let statuses = entries.iter().filter(|entry| entry["Field"] == "Status");
    let closes =
        |entry: &Json| entry["NewValue"].as_str().is_some_and(|status| closing.iter().any(|name| name == status));
    let closed: Vec<bool> = statuses.map(closes).collect();
    let reopened = closed.windows(2).filter(|pair| pair[0] && !pair[1]).count();
    (!closed.is_empty()).then(|| i64::try_from(reopened).unwrap_or(i64::MAX))
}
