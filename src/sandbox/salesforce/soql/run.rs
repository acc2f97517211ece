//! Runs a plan: which records, in what order, and how a row looks.

use serde_json::{Map, Value, json};

use super::super::id::Id;
use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::Field;
use super::plan::{Part, Plan, Shown};
use super::read::{Column, value_of};
use super::sort;

/// What a query found.
#[derive(Debug)]
pub enum Found {
    /// `COUNT()`
    Total(usize),
    /// The rows of an aggregate, ready to be shown.
    Aggregate(Vec<Value>),
    Rows(Vec<Id>),
}

/// Finds the records; `all` looks into the recycle bin too.
pub fn find(org: &Org, plan: &Plan, all: bool) -> Found {
    let mut records = matching(org, plan, all);
    match &plan.shown {
        Shown::Total => Found::Total(cut(plan, &records).len()),
        Shown::Count(column, name) => {
            let count = records.iter().filter(|record| !column.value(org, record).is_null()).count();
            Found::Aggregate(vec![json!({"attributes": {"type": "AggregateResult"}, name: count})])
        }
        Shown::Rows(_) => {
            sort::sort(org, &mut records, &plan.order);
            Found::Rows(cut(plan, &records).iter().map(|record| record.id.clone()).collect())
        }
    }
}

fn cut<'r, 'a>(plan: &Plan, records: &'r [&'a Record]) -> &'r [&'a Record] {
    let from = plan.offset.min(records.len());
    let to = plan.limit.map_or(records.len(), |limit| (from + limit).min(records.len()));
    &records[from..to]
}

fn matching<'a>(org: &'a Org, plan: &Plan, all: bool) -> Vec<&'a Record> {
    let holds = |record: &&Record| {
        (all || !record.is_deleted()) && plan.filter.as_ref().is_none_or(|filter| filter.holds(org, record))
    };
    match plan.filter.as_ref().and_then(|filter| filter.wanted()) {
        Some((column, values)) => {
            let mut near: Vec<_> = values.iter().flat_map(|value| with_value(org, plan, column.leaf, value)).collect();
            near.sort_by(|a, b| a.id.cmp(&b.id));
            near.into_iter().filter(holds).collect()
        }
        None => org.records_of(plan.object).filter(holds).collect(),
    }
}

fn with_value<'a>(org: &'a Org, plan: &Plan, field: &Field, value: &str) -> Vec<&'a Record> {
    if field.name == "Id" {
        let record = Id::parse(value).and_then(|id| org.get(&id));
        return record.into_iter().filter(|record| record.object.name == plan.object.name).collect();
    }
    org.with_value(plan.object, field, value)
}

/// A row as the org shows it; `root` is the version's path, such as `/services/data/v65.0`.
pub fn render(org: &Org, plan: &Plan, record: &Record, root: &str) -> Value {
    let mut row = Map::from_iter([attributes(record.object.name, &record.id, root)]);
    let Shown::Rows(parts) = &plan.shown else { return Value::Object(row) };
    for part in parts {
        match part {
            Part::Column(column) => put(org, &mut row, column, &column.hops, record, root),
            Part::Children { name, parent, plan } => {
                row.insert((*name).into(), children(org, plan, parent, record, root));
            }
        }
    }
    Value::Object(row)
}

fn attributes(object: &str, id: &Id, root: &str) -> (String, Value) {
    ("attributes".into(), json!({"type": object, "url": format!("{root}/sobjects/{object}/{id}")}))
}

/// Parents nest, one object a hop; a parent that is not there is null.
fn put(org: &Org, row: &mut Map<String, Value>, column: &Column, hops: &[&Field], record: &Record, root: &str) {
    let Some((hop, rest)) = hops.split_first() else {
        row.insert(column.leaf.name.into(), value_of(org, record, column.leaf).into_owned());
        return;
    };
    let name = hop.relationship.unwrap_or(hop.name);
    let Some(parent) = record.pointer(hop.name).and_then(|id| org.get(&id)) else {
        row.insert(name.into(), Value::Null);
        return;
    };
    let kind = super::read::target_of(hop).name;
    let nested = row.entry(name).or_insert_with(|| Value::Object(Map::from_iter([attributes(kind, &parent.id, root)])));
    if let Some(nested) = nested.as_object_mut() {
        put(org, nested, column, rest, parent, root);
    }
}

fn children(org: &Org, plan: &Plan, parent: &Field, record: &Record, root: &str) -> Value {
    let pointing = org.with_value(plan.object, parent, record.id.as_str()).into_iter();
    let mut records: Vec<_> = pointing
        .filter(|child| child.is_deleted() == record.is_deleted())
        .filter(|child| plan.filter.as_ref().is_none_or(|filter| filter.holds(org, child)))
        .collect();
    sort::sort(org, &mut records, &plan.order);
    let rows: Vec<_> = cut(plan, &records).iter().map(|child| render(org, plan, child, root)).collect();
    match rows.len() {
        0 => Value::Null,
        total => json!({"totalSize": total, "done": true, "records": rows}),
    }
}
