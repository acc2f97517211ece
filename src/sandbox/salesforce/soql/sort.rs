//! ORDER BY: text without case, picklists in the order of their list, nulls first unless told (sheet 4.1).

use std::cmp::Ordering;

use serde_json::Value;

use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::Kind;
use super::read::Column;

#[derive(Debug)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
    pub nulls_last: bool,
}

#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Number(f64),
    Text(String),
}

/// Sorts records in place; equal ones keep their order.
pub fn sort(org: &Org, records: &mut [&Record], order: &[Sort]) {
    if !order.is_empty() {
        records.sort_by_cached_key(|record| {
            Keys(order.iter().map(|sort| (key(org, record, sort), sort.descending, sort.nulls_last)).collect())
        });
    }
}

fn key(org: &Org, record: &Record, sort: &Sort) -> Option<Key> {
    let value = sort.column.value(org, record);
    match (value.as_ref(), sort.column.leaf.kind) {
        (Value::String(text), Kind::Picklist(_, choices)) => {
            let place = choices.iter().position(|(choice, _)| choice == text);
            Some(Key::Number(place.unwrap_or(choices.len()) as f64))
        }
        (Value::String(text), _) => Some(Key::Text(text.to_lowercase())),
        (Value::Bool(value), _) => Some(Key::Number(f64::from(u8::from(*value)))),
        (Value::Number(number), _) => number.as_f64().map(Key::Number),
        _ => None,
    }
}

struct Keys(Vec<(Option<Key>, bool, bool)>);

impl Ord for Keys {
    fn cmp(&self, other: &Keys) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|((a, descending, last), (b, ..))| one(a, b, *descending, *last))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn one(a: &Option<Key>, b: &Option<Key>, descending: bool, nulls_last: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if nulls_last => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => one(b, a, descending, nulls_last).reverse(),
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
            if descending { order.reverse() } else { order }
        }
    }
}

impl PartialOrd for Keys {
    fn partial_cmp(&self, other: &Keys) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Keys {
    fn eq(&self, other: &Keys) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Keys {}
