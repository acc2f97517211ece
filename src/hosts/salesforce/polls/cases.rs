//! `salesforce.cases`: what became of the cases that a thread has: status, fields, merged, deleted, restored (CLO-1, CLO-6).
//!
//! A case is held against what was seen of it, so that each change that a look can see is told once (F-071): its status,
//! and where a rule waits for it each field that people can change, but for long texts. One that is not found any more is
//! looked for among the deleted ones. What others changed just before we did is taken for ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::records::select;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

use super::super::case_event;

const CHANGED: &str = "salesforce.case_changed";
const STATUS: &str = "salesforce.case_status_changed";
const MERGED: &str = "salesforce.case_merged";
const DELETED: &str = "salesforce.case_deleted";
const RESTORED: &str = "salesforce.case_restored";

const FEW: [&str; 5] = ["Id", "Status", "SystemModstamp", "CreatedById", "LastModifiedById"];

/// Asks about cases that a thread has.
pub fn cases(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "salesforce.cases".into(),
        about: "how a case with a thread stands: one call for 200 cases, one more where some are not found",
        of: Some("notebook.find_links".into()),
        key: "case",
        tells: [CHANGED, STATUS, MERGED, DELETED, RESTORED].map(Into::into).to_vec(),
        orphan: Some(("orphan_case", |seen| *seen.get("gone") == Value::Bool(true))),
        up_to: 200,
        call: Arc::new(move |polled, wanted| Box::pin(ask(client.clone(), polled, wanted))),
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>, wanted: Wanted) -> Result<Vec<Changed>, HostError> {
    let ids: Vec<&str> = polled.iter().map(|polled| polled.row.get("case").as_str().unwrap_or_default()).collect();
    let watched = if wanted.contains(CHANGED) { Some(Watched::of(&client).await?) } else { None };
    let mut fields = FEW.to_vec();
    let more = watched.iter().flat_map(|watched| &watched.fields).map(String::as_str);
    fields.extend(more.filter(|field| !FEW.contains(field)));
    let found = by_id(select(&client, Object::Case.name(), &fields, &ids).await?);
    let gone: Vec<&str> = ids.iter().copied().filter(|id| !found.contains_key(short(id))).collect();
    let deleted = if gone.is_empty() { BTreeMap::new() } else { by_id(client.query_all(&missing(&gone)).await?) };
    let mut changed = Vec::new();
    for (which, polled) in polled.iter().enumerate() {
        let id = short(ids[which]);
        let look = Look { polled, wanted: &wanted, watched: watched.as_ref() };
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

/// What is looked at where a rule waits for changes.
struct Watched {
    fields: Vec<String>,
    /// The user that we are in the org, where it tells.
    us: Option<String>,
}

impl Watched {
    async fn of(client: &Client) -> Result<Self, HostError> {
        let fields = client.shape(Object::Case).await?.changeable().map(str::to_owned).collect();
        Ok(Watched { fields, us: client.us().await?.map(str::to_owned) })
    }

    /// What a case holds, field by field: enough to see what changed.
    fn digests(&self, case: &Json) -> Value {
        let short = |value: &Json| crate::names::Digest::of(value.to_string()).as_str()[..8].to_owned();
        Value::map(self.fields.iter().map(|name| (name.as_str(), Value::text(short(&case[name])))))
    }

    /// Whether it was we who changed it last. An org that does not tell who we are tells at least who made our cases.
    fn is_by_us(&self, case: &Json) -> bool {
        case["LastModifiedById"].as_str() == self.us.as_deref().or(case["CreatedById"].as_str())
    }
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
    watched: Option<&'a Watched>,
}

impl Look<'_> {
    fn there(&self, case: &Json) -> (Value, Vec<Told>) {
        let seen = &self.polled.seen;
        let status = Value::from_json(&case["Status"]);
        let fields = self.watched.map_or(Value::Nothing, |watched| watched.digests(case));
        let names = differing(seen.get("fields"), &fields);
        let (is_new, is_back) = (*seen.get("status") != status, !seen.get("gone").is_nothing());
        let version = if is_new || is_back || !names.is_empty() { version(seen, case) } else { seen.get("at").clone() };
        let mut told = Vec::new();
        if is_back {
            told.extend(self.told(RESTORED, &version, ":restored", Value::Nothing));
        }
        if is_new {
            let hint = Value::map([("from", seen.get("status").clone()), ("to", status.clone())]);
            told.extend(self.told(STATUS, &version, ":status", hint));
        }
        // What we changed ourselves is no news.
        if !names.is_empty() && !self.watched.is_some_and(|watched| watched.is_by_us(case)) {
            told.extend(self.told(CHANGED, &version, "", Value::map([("fields", Value::List(names))])));
        }
        let kept = [("status", status), ("fields", fields), ("at", version)];
        (Value::map(kept.into_iter().filter(|(_, value)| !value.is_nothing())), told)
    }

    fn gone(&self, case: &Json) -> (Value, Vec<Told>) {
        let (mut kept, was_gone) = match &self.polled.seen {
            Value::Map(seen) => (seen.clone(), seen.contains_key("gone")),
            _ => Default::default(),
        };
        // One that was merged away is left in another.
        let gone = case["MasterRecordId"].as_str().map_or(Value::Bool(true), Value::text);
        kept.insert("gone".into(), gone);
        let version = Value::from_json(&case["SystemModstamp"]);
        let told = match case["MasterRecordId"].as_str() {
            _ if was_gone => None,
            Some(master) => self.told(MERGED, &version, ":merged", Value::map([("into", Value::text(master))])),
            None => self.told(DELETED, &version, ":deleted", Value::Nothing),
        };
        (Value::Map(kept), told.into_iter().collect())
    }

    fn told(&self, kind: &str, version: &Value, end: &str, hint: Value) -> Option<Told> {
        let id = self.polled.row.get("case").as_str().unwrap_or_default();
        let what = format!("salesforce:case:{id}:changed:{}{end}", version.as_str().unwrap_or_default());
        let thread = self.polled.row.get("thread").as_str();
        self.wanted.contains(kind).then(|| case_event(kind, what, id, thread, hint))
    }
}

/// Its stamp as read. Two changes may share one: the second of them is another version all the same.
fn version(seen: &Value, case: &Json) -> Value {
    let stamp = case["SystemModstamp"].as_str().unwrap_or_default();
    let before = seen.get("at").as_str().and_then(|at| at.strip_prefix(stamp));
    let before = before.filter(|times| times.is_empty() || times.starts_with('#'));
    let times = before.map(|times| times.strip_prefix('#').and_then(|times| times.parse::<u64>().ok()).unwrap_or(1));
    Value::text(times.map_or_else(|| stamp.to_owned(), |times| format!("{stamp}#{}", times + 1)))
}

/// The names of fields that are not what they were; a case that is seen for the first time did not change.
fn differing(before: &Value, now: &Value) -> Vec<Value> {
    let (Value::Map(before), Value::Map(now)) = (before, now) else { return vec![] };
    let differs = now.iter().filter(|(name, value)| before.get(*name).is_some_and(|before| before != *value));
    differs.map(|(name, _)| Value::text(name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_that_share_a_stamp_are_events_of_their_own() {
        let wanted = Wanted::new([STATUS.into()].into());
        let mut polled = Polled { row: Value::map([("case", "500A".into())]), seen: Value::Nothing };
        let mut whats = Vec::new();
        for (status, stamp) in [("New", "T1"), ("Working", "T2"), ("Closed", "T2"), ("Closed", "T3"), ("New", "T2")] {
            let look = Look { polled: &polled, wanted: &wanted, watched: None };
            let (seen, told) = look.there(&json!({ "Id": "500A", "Status": status, "SystemModstamp": stamp }));
            whats.extend(told.into_iter().map(|told| told.what.replace("salesforce:case:500A:changed:", "")));
            polled.seen = seen;
        }
        assert_eq!(whats, ["T1:status", "T2:status", "T2#2:status", "T2#3:status"]);
    }
}
