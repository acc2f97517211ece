//! Sums records up, a row a group.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::super::ordered::{Fields, Json};
use super::super::org::Org;
use super::super::packed::Held;
use super::super::record::{self, Record};
use super::against;
use super::groups::Groups;
use super::measure::{Function, Measure};
use super::query::Grouping;
use super::sort::{self, Key};

/// The rows of all groups that HAVING lets through, in the order asked.
pub fn rows(org: &Org, groups: &Groups, records: &[&Record]) -> Vec<Json> {
    let mut rows: Vec<Vec<Value>> = gathered(org, groups, records);
    if let Some(having) = &groups.having {
        rows.retain(|row| having.holds(org, &|place: &usize| Held::from(&row[*place])));
    }
    let keys = |row: &Vec<Value>| -> Vec<_> {
        let key = |by: &sort::Sort<usize>| sort::key(Held::from(&row[by.place]), by.kind).map(owned);
        groups.order.iter().map(key).collect()
    };
    let mut rows: Vec<_> = rows.into_iter().map(|row| (keys(&row), row)).collect();
    rows.sort_by(|(a, _), (b, _)| sort::compare(a, b, &groups.order));
    rows.into_iter().map(|(_, row)| shown(groups, row)).collect()
}

fn owned(key: Key<'_>) -> Key<'static> {
    match key {
        Key::Number(number) => Key::Number(number),
        Key::Text(text) => Key::Text(text.into_owned().into()),
    }
}

fn shown(groups: &Groups, mut row: Vec<Value>) -> Json {
    let mut shown: Fields = vec![("attributes".into(), json!({"type": "AggregateResult"}).into())];
    shown.extend(groups.shown.iter().map(|(name, place)| (name.clone().into(), row[*place].take().into())));
    Json::Fields(shown)
}

/// Each group's keys and measures. Values that differ in case only are groups of their own; the sheet does not say (I).
fn gathered(org: &Org, groups: &Groups, records: &[&Record]) -> Vec<Vec<Value>> {
    let mut order: Vec<(Vec<Value>, Vec<Sum>, usize)> = Vec::new();
    let mut places: HashMap<(usize, Vec<String>), usize> = HashMap::new();
    if groups.keys.is_empty() {
        order.push((Vec::new(), sums(groups), 0));
        places.insert((0, Vec::new()), 0);
    }
    let left_out = left_out(groups);
    for record in records {
        for mask in &left_out {
            let held = groups
                .keys
                .iter()
                .enumerate()
                .map(|(place, key)| if mask & (1 << place) == 0 { key.held(org, record) } else { Held::Null });
            let held: Vec<_> = held.collect();
            let name = held.iter().map(|value| format!("{value:?}")).collect();
            let place = *places.entry((*mask, name)).or_insert_with(|| {
                let keys = held.iter().zip(&groups.keys).map(|(value, key)| record::shown(key.leaf.kind, *value));
                order.push((keys.collect(), sums(groups), *mask));
                order.len() - 1
            });
            for (sum, measure) in order[place].1.iter_mut().zip(&groups.measures) {
                sum.add(measure, org, record);
            }
        }
    }
    let row = |(mut keys, sums, mask): (Vec<Value>, Vec<Sum>, usize)| {
        let measures = sums.into_iter().zip(&groups.measures).map(|(sum, measure)| sum.value(groups, measure, mask));
        let measures: Vec<_> = measures.collect();
        keys.extend(measures);
        keys
    };
    order.into_iter().map(row).collect()
}

/// Which keys are left out, a bit each: ROLLUP drops them from the right, CUBE in every combination.
fn left_out(groups: &Groups) -> Vec<usize> {
    let all = (1 << groups.keys.len()) - 1;
    match groups.grouping {
        Grouping::Plain => vec![0],
        Grouping::Rollup => (0..=groups.keys.len()).map(|kept| all & !((1 << kept) - 1)).collect(),
        Grouping::Cube => (0..=all).collect(),
    }
}

fn sums(groups: &Groups) -> Vec<Sum> {
    groups.measures.iter().map(|_| Sum::default()).collect()
}

/// What is known of one measure of one group so far.
#[derive(Default)]
struct Sum {
    count: u64,
    total: f64,
    best: Option<(Key<'static>, Value)>,
    different: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, measure: &Measure, org: &Org, record: &Record) {
        let Some(column) = &measure.column else {
            self.count += 1;
            return;
        };
        let value = column.held(org, record);
        let Some(key) = sort::key(value, column.leaf.kind) else { return };
        self.count += 1;
        match measure.function {
            Function::Sum | Function::Avg => {
                if let Held::Number(number) = value {
                    self.total += number;
                }
            }
            Function::CountDistinct => {
                self.different.insert(against::key_of(value, true));
            }
            Function::Min | Function::Max => {
                let better = self
                    .best
                    .as_ref()
                    .is_none_or(|(best, _)| if measure.function == Function::Min { key < *best } else { key > *best });
                if better {
                    self.best = Some((owned(key), record::shown(column.leaf.kind, value)));
                }
            }
            Function::Count | Function::Grouping => {}
        }
    }

    fn value(self, groups: &Groups, measure: &Measure, left_out: usize) -> Value {
        match measure.function {
            Function::Count => self.count.into(),
            Function::CountDistinct => self.different.len().into(),
            Function::Sum if self.count > 0 => self.total.into(),
            Function::Avg if self.count > 0 => (self.total / self.count as f64).into(),
            Function::Sum | Function::Avg => Value::Null,
            Function::Min | Function::Max => self.best.map_or(Value::Null, |(_, value)| value),
            Function::Grouping => {
                let own = |column| groups.keys.iter().position(|key| key.is(column));
                let place = measure.column.as_ref().and_then(own);
                place.map_or(0, |place| (left_out >> place) & 1).into()
            }
        }
    }
}
