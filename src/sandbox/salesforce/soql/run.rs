//! Runs a plan: which records, in what order, and how a row looks.

use serde_json::{Map, Value, json};

use super::super::id::Id;
use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::Field;
use super::plan::{Part, Plan, Shown};
use super::read::{Column, target_of, value_of};
use super::sort;
use super::sums;

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
    match &plan.shown {
        Shown::Total => {
            let count = matching(org, plan, all).count().saturating_sub(plan.offset);
            Found::Total(count.min(plan.limit.unwrap_or(usize::MAX)))
        }
        Shown::Groups(groups) => {
            let records: Vec<_> = matching(org, plan, all).collect();
            Found::Aggregate(cut(plan, sums::rows(org, groups, &records)))
        }
        Shown::Rows(_) => Found::Rows(rows(org, plan, all).iter().map(|record| record.id.clone()).collect()),
    }
}

/// The records themselves, in their order.
pub fn rows<'a>(org: &'a Org, plan: &Plan, all: bool) -> Vec<&'a Record> {
    let wanted = plan.limit.map_or(usize::MAX, |limit| limit.saturating_add(plan.offset));
    let records = matching(org, plan, all);
    // Without an order the first ones found will do.
    let records: Vec<_> = if plan.order.is_empty() { records.take(wanted).collect() } else { records.collect() };
    cut(plan, sort::sort(org, records, &plan.order, wanted))
}

/// Of some records those that the plan wants, in its order.
pub fn among<'a>(org: &'a Org, plan: &Plan, mut records: Vec<&'a Record>) -> Vec<&'a Record> {
    records.retain(|record| plan.filter.as_ref().is_none_or(|filter| filter.holds_for(org, record)));
    cut(plan, sort::sort(org, records, &plan.order, usize::MAX))
}

fn cut<T>(plan: &Plan, rows: Vec<T>) -> Vec<T> {
    rows.into_iter().skip(plan.offset).take(plan.limit.unwrap_or(usize::MAX)).collect()
}

fn matching<'a, 'p>(org: &'a Org, plan: &'p Plan, all: bool) -> Box<dyn Iterator<Item = &'a Record> + 'p>
where
    'a: 'p,
{
    let holds = move |record: &&Record| {
        (all || !record.is_deleted()) && plan.filter.as_ref().is_none_or(|filter| filter.holds_for(org, record))
    };
    match plan.filter.as_ref().and_then(|filter| filter.wanted()) {
        Some((column, values)) => {
            let mut near: Vec<_> = values.iter().flat_map(|value| with_value(org, plan, column.leaf, value)).collect();
            near.sort_by(|a, b| a.id.cmp(&b.id));
            near.dedup_by(|a, b| a.id == b.id);
            Box::new(near.into_iter().filter(holds))
        }
        None => Box::new(org.records_of(plan.object).filter(holds)),
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
        row.insert(column.leaf.name.into(), value_of(org, record, column.leaf));
        return;
    };
    let name = hop.relationship.unwrap_or(hop.name);
    let Some(parent) = record.pointer(hop.name).and_then(|id| org.get(&id)) else {
        row.insert(name.into(), Value::Null);
        return;
    };
    let kind = target_of(hop).name;
    let nested = row.entry(name).or_insert_with(|| Value::Object(Map::from_iter([attributes(kind, &parent.id, root)])));
    if let Some(nested) = nested.as_object_mut() {
        put(org, nested, column, rest, parent, root);
    }
}

fn children(org: &Org, plan: &Plan, parent: &Field, record: &Record, root: &str) -> Value {
    let pointing = org.with_value(plan.object, parent, record.id.as_str()).into_iter();
    let records = pointing.filter(|child| child.is_deleted() == record.is_deleted()).collect();
    let rows: Vec<_> = among(org, plan, records).into_iter().map(|child| render(org, plan, child, root)).collect();
    match rows.len() {
        0 => Value::Null,
        total => json!({"totalSize": total, "done": true, "records": rows}),
    }
}
