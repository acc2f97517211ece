//! Runs a plan: which records, in what order, and how a row looks.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::super::files;
use super::super::id::Id;
use super::super::ordered::{Fields, Json};
use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::{Field, Kind};
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
    Aggregate(Vec<Json>),
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
pub fn render(org: &Org, plan: &Plan, record: &Record, root: &str) -> Json {
    let mut row = vec![attributes(record.object.name, record, root)];
    let Shown::Rows(parts) = &plan.shown else { return Json::Fields(row) };
    for part in parts {
        match part {
            Part::Column(column) => put(org, &mut row, column, &column.hops, record, root),
            Part::Children { name, parent, plan } => {
                set(&mut row, name, children(org, plan, parent, record, root));
            }
        }
    }
    Json::Fields(row)
}

/// A polymorphic parent is shown as a `Name`, with the address of what it is.
fn attributes(kind: &str, record: &Record, root: &str) -> (Cow<'static, str>, Json) {
    let url = format!("{root}/sobjects/{}/{}", record.object.name, record.id);
    ("attributes".into(), json!({"type": kind, "url": url}).into())
}

/// Parents nest, one object a hop; a parent that is not there is null.
fn put(org: &Org, row: &mut Fields, column: &Column, hops: &[&'static Field], record: &Record, root: &str) {
    let Some((hop, rest)) = hops.split_first() else {
        let value = match column.leaf.kind {
            Kind::Base64 if !record.held(column.leaf.name).is_null() => {
                files::address(root, record, column.leaf.name).into()
            }
            _ => value_of(org, record, column.leaf),
        };
        row.push((column.leaf.name.into(), value.into()));
        return;
    };
    let name = hop.relationship.unwrap_or(hop.name);
    let Some(parent) = record.pointer(hop.name).and_then(|id| org.get(&id)) else {
        set(row, name, Value::Null.into());
        return;
    };
    if !row.iter().any(|(known, _)| known == name) {
        row.push((name.into(), Json::Fields(vec![attributes(target_of(hop).name, parent, root)])));
    }
    let nested = row.iter_mut().find(|(known, _)| known == name);
    if let Some((_, Json::Fields(nested))) = nested {
        put(org, nested, column, rest, parent, root);
    }
}

/// Several columns may say that a parent is not there; the row says it once.
fn set(row: &mut Fields, name: &'static str, value: Json) {
    match row.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => row.push((name.into(), value)),
    }
}

fn children(org: &Org, plan: &Plan, parent: &Field, record: &Record, root: &str) -> Json {
    let pointing = org.with_value(plan.object, parent, record.id.as_str()).into_iter();
    let records = pointing.filter(|child| child.is_deleted() == record.is_deleted()).collect();
    let rows: Vec<_> = among(org, plan, records).into_iter().map(|child| render(org, plan, child, root)).collect();
    match rows.len() {
        0 => Value::Null.into(),
        total => Json::fields([("totalSize", total.into()), ("done", true.into()), ("records", Json::List(rows))]),
    }
}
