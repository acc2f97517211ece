//! `salesforce.cases`: what became of the cases that a thread has: status, fields, merged, deleted, restored (CLO-1, CLO-6).
//!
//! A case is held against what was seen of it, so that each change that a look can see is told once (F-071). One that is
//! not found any more is looked for among the deleted ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

use super::super::case_event;

const CHANGED: &str = "salesforce.case_changed";
const STATUS: &str = "salesforce.case_status_changed";
const MERGED: &str = "salesforce.case_merged";
const DELETED: &str = "salesforce.case_deleted";
const RESTORED: &str = "salesforce.case_restored";

/// What changes by itself with every other change.
const STAMPS: [&str; 6] =
    ["SystemModstamp", "LastModifiedDate", "LastModifiedById", "LastViewedDate", "LastReferencedDate", "IsDeleted"];

/// Asks about cases that a thread has.
pub fn cases(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "salesforce.cases".into(),
        about: "how a case with a thread stands: one call for 200 cases, one more where some are not found",
        of: Some("notebook.find_links".into()),
        key: "case",
        tells: [CHANGED, STATUS, MERGED, DELETED, RESTORED].map(Into::into).to_vec(),
        up_to: 200,
        call: Arc::new(move |polled, wanted| Box::pin(ask(client.clone(), polled, wanted))),
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>, wanted: Wanted) -> Result<Vec<Changed>, HostError> {
    let ids: Vec<&str> = polled.iter().map(|polled| polled.row.get("case").as_str().unwrap_or_default()).collect();
    let shape = client.shape(Object::Case).await?;
    let few = ["Id", "Status", "IsClosed", "SystemModstamp", "CreatedById", "LastModifiedById"];
    let fields: Vec<&str> = if wanted.contains(CHANGED) { shape.names().collect() } else { few.to_vec() };
    let found = by_id(client.query(&select_where_in(&fields, Object::Case.name(), "Id", ids.iter().copied())).await?);
    let gone: Vec<&str> = ids.iter().copied().filter(|id| !found.contains_key(short(id))).collect();
    let deleted = if gone.is_empty() { BTreeMap::new() } else { by_id(client.query_all(&missing(&gone)).await?) };
    let mut changed = Vec::new();
    for (which, polled) in polled.iter().enumerate() {
        let id = short(ids[which]);
        let look = Look { polled, wanted: &wanted };
        let (seen, told) = match (found.get(id), deleted.get(id)) {
            (Some(case), _) => look.there(case),
            (None, Some(case)) => look.gone(case),
            // Neither there nor deleted: it is not ours to see, and nothing is said of it.
            (None, None) => continue,
        };
        if seen != polled.seen || !told.is_empty() {
            changed.push(Changed { which, seen, told });
        }
    }
    Ok(changed)
}

fn missing(ids: &[&str]) -> String {
    select_where_in(&["Id", "IsDeleted", "MasterRecordId", "SystemModstamp"], "Case", "Id", ids.iter().copied())
}

/// 15 characters name a record.
fn short(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}

fn by_id(rows: Vec<Json>) -> BTreeMap<String, Json> {
    rows.into_iter().filter_map(|row| Some((short(row["Id"].as_str()?).to_owned(), row))).collect()
}

/// One case against what was seen of it.
struct Look<'a> {
    polled: &'a Polled,
    wanted: &'a Wanted,
}

impl Look<'_> {
    fn there(&self, case: &Json) -> (Value, Vec<Told>) {
        let seen = &self.polled.seen;
        let text = |name: &str| Value::from_json(&case[name]);
        let mut told = Vec::new();
        if !seen.get("gone").is_nothing() {
            told.extend(self.told(RESTORED, case, ":restored", Value::Nothing));
        }
        let status = text("Status");
        if *seen.get("status") != status {
            let hint = Value::map([("from", seen.get("status").clone()), ("to", status.clone())]);
            told.extend(self.told(STATUS, case, ":status", hint));
        }
        let fields = if self.wanted.contains(CHANGED) { digests(case) } else { Value::Nothing };
        let names = differing(seen.get("fields"), &fields);
        // What only we changed is no news; the case is ours, so who made it is who we are.
        if !names.is_empty() && case["LastModifiedById"] != case["CreatedById"] {
            told.extend(self.told(CHANGED, case, "", Value::map([("fields", Value::List(names))])));
        }
        let kept = [("status", status), ("fields", fields)];
        (Value::map(kept.into_iter().filter(|(_, value)| !value.is_nothing())), told)
    }

    fn gone(&self, case: &Json) -> (Value, Vec<Told>) {
        let (mut kept, was_gone) = match &self.polled.seen {
            Value::Map(seen) => (seen.clone(), seen.contains_key("gone")),
            _ => Default::default(),
        };
        kept.insert("gone".into(), true.into());
        let told = match case["MasterRecordId"].as_str() {
            _ if was_gone => None,
            Some(master) => self.told(MERGED, case, ":merged", Value::map([("into", Value::text(master))])),
            None => self.told(DELETED, case, ":deleted", Value::Nothing),
        };
        (Value::Map(kept), told.into_iter().collect())
    }

    fn told(&self, kind: &str, case: &Json, end: &str, hint: Value) -> Option<Told> {
        let id = self.polled.row.get("case").as_str().unwrap_or_default();
        let stamp = case["SystemModstamp"].as_str().unwrap_or_default();
        let what = format!("salesforce:case:{id}:changed:{stamp}{end}");
        let thread = self.polled.row.get("thread").as_str();
        self.wanted.contains(kind).then(|| case_event(kind, what, id, thread, hint))
    }
}

/// What a case holds, field by field: enough to see what changed.
fn digests(case: &Json) -> Value {
    let Json::Object(fields) = case else { return Value::Nothing };
    let told = fields.iter().filter(|(name, _)| !STAMPS.contains(&name.as_str()) && *name != "attributes");
    let short = |value: &Json| crate::names::Digest::of(value.to_string()).as_str()[..8].to_owned();
    Value::map(told.map(|(name, value)| (name.as_str(), Value::text(short(value)))))
}

/// The names of fields that are not what they were; a case that is seen for the first time did not change.
fn differing(before: &Value, now: &Value) -> Vec<Value> {
    let (Value::Map(before), Value::Map(now)) = (before, now) else { return vec![] };
    let differs = now.iter().filter(|(name, value)| before.get(*name).is_some_and(|before| before != *value));
    differs.map(|(name, _)| Value::text(name.as_str())).collect()
}
