//! Push topics: a query that somebody saved as a `PushTopic`, and which changes it notices (sheet 9.2).

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::moment;
use super::super::org::Org;
use super::super::record::Record;
use super::super::refusal::Refusal;
use super::super::schema::{self, Object};
use super::super::soql::{self, Plan};
use super::change_event::{changed, value};

/// The active topics, ready to be asked.
#[derive(Default)]
pub struct Topics {
    active: Vec<Topic>,
}

struct Topic {
    name: String,
    plan: Plan,
    /// The operations it hears of: `CREATE`, `UPDATE`, `DELETE`, `UNDELETE`.
    operations: Vec<&'static str>,
    /// The fields whose change it notices; all when there is nothing here.
    watched: Option<HashSet<String>>,
}

impl Topics {
    /// Reads all topics again, after one of them changed.
    pub fn reload(&mut self, org: &Org, now: Timestamp) {
        let records = org.records_of(schema::object("PushTopic"));
        let active = records.filter(|record| !record.is_deleted() && record.is("IsActive"));
        self.active = active.filter_map(|record| Topic::read(record, now)).collect();
    }

    pub fn is_active(&self, name: &str) -> bool {
        self.active.iter().any(|topic| topic.name == name)
    }

    /// The topics that notice a change, and what each shows of the record.
    pub fn noticing(&self, org: &Org, kind: &str, before: Option<&Record>, after: &Record) -> Vec<(String, Value)> {
        let hear = |topic: &&Topic| topic.notices(org, kind, before, after);
        self.active.iter().filter(hear).map(|topic| (topic.name.clone(), topic.shown(org, kind, after))).collect()
    }
}

impl Topic {
    fn read(record: &Record, now: Timestamp) -> Option<Topic> {
        let query = record.text("Query")?;
        let plan = soql::plan(query, now).ok()?;
        let flags = [
            ("NotifyForOperationCreate", "CREATE"),
            ("NotifyForOperationUpdate", "UPDATE"),
            ("NotifyForOperationDelete", "DELETE"),
            ("NotifyForOperationUndelete", "UNDELETE"),
        ];
        let operations = flags.into_iter().filter(|(flag, _)| record.is(flag)).map(|(_, kind)| kind).collect();
        let selected = || soql::column_names(&plan).unwrap_or_default().into_iter();
        let filtered = || filtered(query, plan.object).into_iter();
        let watched = match record.text("NotifyForFields") {
            Some("All") => None,
            Some("Select") => Some(selected().collect()),
            Some("Where") => Some(filtered().collect()),
            _ => Some(selected().chain(filtered()).collect()),
        };
        Some(Topic { name: record.text("Name")?.to_owned(), plan, operations, watched })
    }

    fn notices(&self, org: &Org, kind: &str, before: Option<&Record>, after: &Record) -> bool {
        let touched = || match (before, &self.watched) {
            (Some(before), Some(watched)) => changed(before, after).iter().any(|field| watched.contains(field.name)),
            _ => true,
        };
        self.operations.contains(&kind)
            && after.object.name == self.plan.object.name
            && (kind != "UPDATE" || touched())
            && soql::matches(org, &self.plan, after)
    }

    /// A deleted record shows its id only.
    fn shown(&self, org: &Org, kind: &str, record: &Record) -> Value {
        let names = soql::column_names(&self.plan).unwrap_or_default();
        let cells = names.iter().zip(soql::cells(org, &self.plan, record));
        let fields = cells.filter(|(name, _)| kind != "DELETE" || *name == "Id").map(|(name, cell)| {
            let kind = record.object.field(name).map(|field| field.kind);
            (name.clone(), kind.map_or(cell.clone(), |kind| value(kind, &cell)))
        });
        fields.collect::<Map<_, _>>().into()
    }
}

/// The data of a topic's event.
pub fn data(kind: &str, shown: &Value, now: Timestamp, replay: u64) -> Value {
    let kind = format!("{}d", kind.to_lowercase());
    let created = moment::written(now).replace("+0000", "Z");
    json!({"event": {"createdDate": created, "replayId": replay, "type": kind}, "sobject": shown})
}

/// The fields that stand in the WHERE clause, found by their names outside of texts.
fn filtered(query: &str, object: &Object) -> Vec<String> {
    let lower = query.to_lowercase();
    let Some(clause) = lower.find(" where ").and_then(|at| query.get(at + 7..)) else { return vec![] };
    let (mut outside, mut quoted, mut escaped) = (String::new(), false, false);
    for sign in clause.chars() {
        let ends = sign == '\'' && !escaped;
        escaped = quoted && sign == '\\' && !escaped;
        quoted ^= ends;
        outside.push(if quoted || ends { ' ' } else { sign });
    }
    let words = outside.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
    words.filter_map(|word| object.field(word)).map(|field| field.name.to_owned()).collect()
}

/// Whether the query of a `PushTopic` can be one; other records pass.
pub fn check(record: &Record, now: &str) -> Result<(), Refusal> {
    if record.object.name != "PushTopic" {
        return Ok(());
    }
    let refused = |message: String| Err(Refusal::about("INVALID_FIELD", message, &["Query"]));
    let query = record.text("Query").unwrap_or_default();
    let plan = match soql::plan(query, moment::parse(now).unwrap_or(Timestamp::UNIX_EPOCH)) {
        Ok(plan) => plan,
        Err(error) => return refused(error.refusal(query).message),
    };
    match soql::column_names(&plan) {
        None => refused("Only plain fields can be selected by a push topic".into()),
        Some(names) if names.iter().any(|name| name.contains('.')) => {
            refused("Relationships are not supported by push topics".into())
        }
        Some(names) if !names.iter().any(|name| name == "Id") => refused("Id has to be in the SELECT clause".into()),
        Some(_) if plan.limit.is_some() || plan.offset > 0 || !plan.order.is_empty() => {
            refused("ORDER BY, LIMIT and OFFSET are not supported by push topics".into())
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_fields_outside_of_texts_are_filtered_by() {
        let case = super::schema::object("Case");
        let found =
            super::filtered("SELECT Id FROM Case WHERE status = 'Origin \\' Reason' AND Priority IN ('x')", case);
        assert_eq!(found, ["Status", "Priority"]);
    }
}
