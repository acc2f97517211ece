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
    IsNot(Value),
    /// A yes/no fact by itself, or its opposite.
    Says(bool),
    /// A list that has the value, or a text that has it as a part.
    Contains(Value),
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
        self.verdict(value) == Some(true)
    }

    /// Whether a value passes; none when something is asked of an absent value, which no `!` can make true.
    pub fn verdict(&self, value: &Value) -> Option<bool> {
        match (&self.test, value) {
            (Test::Says(_) | Test::Contains(_), Value::Nothing) => None,
            _ => Some(self.passes(value)),
        }
    }

    fn passes(&self, value: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let is =
            |bound: &Value, wanted: &[std::cmp::Ordering]| compare(value, bound).is_some_and(|o| wanted.contains(&o));
        match &self.test {
            Test::Is(wanted) => same(value, wanted),
            Test::IsNot(unwanted) => !same(value, unwanted),
            Test::Says(wanted) => *value == Value::Bool(*wanted),
            Test::Contains(wanted) => contains(value, wanted),
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

fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::List(items), _) => items.iter().any(|item| same(item, wanted)),
        (Value::Text(text), Value::Text(part)) => text.contains(&**part),
        _ => false,
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

/// A line without the interpreter: tests of facts, and how they are joined, from left to right.
#[derive(Clone, Debug, PartialEq)]
pub enum Lowered {
    Test(Predicate),
    All(Vec<Lowered>),
    Any(Vec<Lowered>),
    Not(Box<Lowered>),
}

impl Lowered {
    /// Every test in it.
    pub fn tests(&self) -> Vec<&Predicate> {
        match self {
            Lowered::Test(predicate) => vec![predicate],
            Lowered::All(parts) | Lowered::Any(parts) => parts.iter().flat_map(Lowered::tests).collect(),
            Lowered::Not(part) => part.tests(),
        }
    }

    /// The tests without which it cannot hold.
    pub fn must_hold(&self) -> Vec<&Predicate> {
        match self {
            Lowered::Test(predicate) => vec![predicate],
            Lowered::All(parts) => parts.iter().flat_map(Lowered::must_hold).collect(),
            Lowered::Any(_) | Lowered::Not(_) => vec![],
        }
    }

    /// Judges it as the interpreter does: what decides ends it, and what stands behind is not looked at. `see` gives a
    /// value or what stands in the way; none for an absent value that was asked something.
    pub fn verdict<E>(&self, see: &impl Fn(&Predicate) -> Result<Value, E>) -> Result<Option<bool>, E> {
        let first = |parts: &[Lowered], ends: bool| {
            for part in parts {
                match part.verdict(see)? {
                    Some(yes) if yes != ends => {}
                    other => return Ok(other),
                }
            }
            Ok(Some(!ends))
        };
        match self {
            Lowered::Test(predicate) => Ok(predicate.verdict(&see(predicate)?)),
            Lowered::All(parts) => first(parts, false),
            Lowered::Any(parts) => first(parts, true),
            Lowered::Not(part) => Ok(part.verdict(see)?.map(|yes| !yes)),
        }
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
