//! A criterion as a word that knows no query language: it can be judged without the interpreter and pushed into a scan.

use serde::{Deserialize, Serialize};

use crate::names::Path;
use crate::value::Value;

/// A test of one fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predicate {
    pub fact: Path,
    pub test: Test,
}

/// How a fact is compared. Unlike kinds never compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Test {
    Is(Value),
    Below(Value),
    AtMost(Value),
    Above(Value),
    AtLeast(Value),
    In(Vec<Value>),
}

impl Predicate {
    /// A test of a fact.
    pub fn new(fact: impl Into<Path>, test: Test) -> Self {
        Predicate { fact: fact.into(), test }
    }

    /// Whether a value passes.
    pub fn holds(&self, value: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let is =
            |bound: &Value, wanted: &[std::cmp::Ordering]| compare(value, bound).is_some_and(|o| wanted.contains(&o));
        match &self.test {
            Test::Is(wanted) => same(value, wanted),
            Test::Below(bound) => is(bound, &[Less]),
            Test::AtMost(bound) => is(bound, &[Less, Equal]),
            Test::Above(bound) => is(bound, &[Greater]),
            Test::AtLeast(bound) => is(bound, &[Greater, Equal]),
            Test::In(values) => values.iter().any(|wanted| same(value, wanted)),
        }
    }

    /// How far a value is from passing a bound, in the bound's own unit. None where it passes, or no bound is meant.
    pub fn distance(&self, value: &Value) -> Option<Value> {
        if self.holds(value) {
            return None;
        }
        match (&self.test, value) {
            (Test::AtLeast(Value::Span(bound)) | Test::Above(Value::Span(bound)), Value::Span(seen)) => {
                Some(Value::Span(bound.saturating_sub(*seen)))
            }
            (Test::AtLeast(Value::Int(bound)), Value::Int(seen)) => Some(Value::Int(bound.saturating_sub(*seen))),
            (Test::Above(Value::Int(bound)), Value::Int(seen)) => {
                Some(Value::Int(bound.saturating_sub(*seen).saturating_add(1)))
            }
            _ => None,
        }
    }
}

/// Equal, whole numbers and others alike.
fn same(a: &Value, b: &Value) -> bool {
    a == b || compare(a, b) == Some(std::cmp::Ordering::Equal)
}

/// The order of two values of one kind; none for unlike kinds.
pub fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => (*a as f64).partial_cmp(b),
        (Value::Float(a), Value::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
        (Value::Span(a), Value::Span(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// What a scan does with a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It goes along in the query.
    Whole,
    /// It is tested here.
    Residue,
}
