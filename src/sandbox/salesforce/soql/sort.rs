//! ORDER BY: text without case, picklists in the order of their list, nulls first unless told (sheet 4.1).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::org::Org;
use super::super::packed::Held;
use super::super::record::Record;
use super::super::schema::Kind;
use super::read::Column;

#[derive(Debug, Clone)]
pub struct Sort<L> {
    pub place: L,
    pub kind: Kind,
    pub descending: bool,
    pub nulls_last: bool,
}

/// What a value is sorted by.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Key<'v> {
    Number(f64),
    Text(Cow<'v, str>),
}

/// The records in the order asked, at most the first `wanted`; equal ones keep their order.
pub fn sort<'a>(org: &'a Org, records: Vec<&'a Record>, order: &[Sort<Column>], wanted: usize) -> Vec<&'a Record> {
    if order.is_empty() {
        return records;
    }
    let keys = |record: &'a Record| order.iter().map(|s| key(s.place.held(org, record), s.kind)).collect::<Vec<_>>();
    let mut rows: Vec<_> = records.into_iter().enumerate().map(|(n, record)| (keys(record), n, record)).collect();
    let compare = |a: &(Vec<Option<Key<'_>>>, usize, &Record), b: &(Vec<Option<Key<'_>>>, usize, &Record)| {
        compare(&a.0, &b.0, order).then(a.1.cmp(&b.1))
    };
    // Few of many: the rest need not be in order.
    if wanted < rows.len() {
        rows.select_nth_unstable_by(wanted, compare);
        rows.truncate(wanted);
    }
    rows.sort_unstable_by(compare);
    rows.into_iter().map(|(_, _, record)| record).collect()
}

/// Compares rows by the keys of all columns.
pub fn compare<L>(a: &[Option<Key<'_>>], b: &[Option<Key<'_>>], order: &[Sort<L>]) -> Ordering {
    let pairs = a.iter().zip(b).zip(order);
    let mut orders = pairs.map(|((a, b), sort)| one(a.as_ref(), b.as_ref(), sort.descending, sort.nulls_last));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

pub fn key(value: Held<'_>, kind: Kind) -> Option<Key<'_>> {
    match (value, kind) {
        (Held::Text(text), Kind::Picklist(_, choices)) => {
            let place = choices.iter().position(|(choice, _)| *choice == text);
            Some(Key::Number(place.unwrap_or(choices.len()) as f64))
        }
        // These have one spelling, which is in the right order already.
        (Held::Text(text), Kind::Id | Kind::Reference(_) | Kind::Day | Kind::Moment) => Some(Key::Text(text.into())),
        (Held::Text(text), _) => Some(Key::Text(text.to_lowercase().into())),
        (Held::Bool(value), _) => Some(Key::Number(f64::from(u8::from(value)))),
        (Held::Number(number), _) => Some(Key::Number(number)),
        (Held::Null, _) => None,
    }
}

fn one(a: Option<&Key<'_>>, b: Option<&Key<'_>>, descending: bool, nulls_last: bool) -> Ordering {
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
