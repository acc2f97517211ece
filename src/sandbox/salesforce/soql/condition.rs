//! A WHERE clause over the schema: types checked once, then judged record by record.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use super::super::id::Id;
use super::super::moment;
use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::Kind;
use super::dates;
use super::error::QueryError;
use super::join::{self, Join};
use super::query::{Condition, Literal, Name, Sign, Written};
use super::read::Column;
use super::string::{self, Piece};

/// A condition that is ready to be judged.
#[derive(Debug)]
pub enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Is(Column, Sign, Against),
    OneOf(Column, HashSet<String>, bool),
    Joined(Column, Box<Join>, bool),
}

/// What a value is compared with; text in lower case, because text compares without case.
#[derive(Debug, Clone)]
pub enum Against {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Pattern(Vec<Piece>),
    /// From, and the first moment after.
    Span(String, String),
}

/// Resolves and checks; `column` finds a name's column.
pub fn compile(
    condition: &Condition,
    column: &impl Fn(&Name) -> Result<Column, QueryError>,
    now: Timestamp,
) -> Result<Test, QueryError> {
    let all = |parts: &[Condition]| parts.iter().map(|part| compile(part, column, now)).collect::<Result<Vec<_>, _>>();
    Ok(match condition {
        Condition::All(parts) => Test::All(all(parts)?),
        Condition::Any(parts) => Test::Any(all(parts)?),
        Condition::Not(part) => Test::Not(Box::new(compile(part, column, now)?)),
        Condition::Compare { field, sign, literal } => {
            let column = filterable(field, column)?;
            let against = against(field, &column, *sign, literal, now)?;
            Test::Is(column, *sign, against)
        }
        Condition::InQuery { field, not, query } => {
            Test::Joined(filterable(field, column)?, Box::new(join::join(field, query, now)?), *not)
        }
        Condition::In { field, not, literals } => {
            let column = filterable(field, column)?;
            let listed = literals.iter().map(|literal| against(field, &column, Sign::Equal, literal, now));
            let mut values = HashSet::new();
            for value in listed {
                values.insert(key(&value?));
            }
            Test::OneOf(column, values, *not)
        }
    })
}

fn filterable(name: &Name, column: &impl Fn(&Name) -> Result<Column, QueryError>) -> Result<Column, QueryError> {
    let column = column(name)?;
    if column.leaf.filterable {
        return Ok(column);
    }
    let message = format!("field '{}' can not be filtered in a query call", column.leaf.name);
    Err(QueryError::at(name.at, "INVALID_FIELD", message))
}

fn against(name: &Name, column: &Column, sign: Sign, literal: &Literal, now: Timestamp) -> Result<Against, QueryError> {
    let kind = column.leaf.kind;
    let textual = !matches!(kind, Kind::Boolean | Kind::Day | Kind::Moment | Kind::Number(..) | Kind::Int(_));
    let id = matches!(kind, Kind::Id | Kind::Reference(_));
    if sign == Sign::Like && (!textual || id) {
        let message = format!("invalid operator on {} field", type_name(kind));
        return Err(QueryError::at(name.at, "INVALID_QUERY_FILTER_OPERATOR", message));
    }
    if matches!(&literal.value, Written::Text(raw) if raw.chars().count() > 4_000) {
        return Err(QueryError::malformed(
            literal.at,
            "string literals in WHERE cannot be longer than 4000 characters",
        ));
    }
    Ok(match (&literal.value, kind) {
        (Written::Null, _) => Against::Null,
        (Written::Text(raw), _) if sign == Sign::Like => Against::Pattern(string::pattern(raw, literal.at)?),
        (Written::Text(raw), _) if textual => text(&string::unescaped(raw, literal.at)?, id, literal.at)?,
        (Written::Bool(value), Kind::Boolean) => Against::Bool(*value),
        (Written::Number(value), Kind::Number(..) | Kind::Int(_)) => Against::Number(*value),
        (Written::Day(day), Kind::Day) => Against::Text(day.clone()),
        (Written::Moment(moment), Kind::Moment) => Against::Text(moment.to_lowercase()),
        (Written::Span(word, count), Kind::Day | Kind::Moment) => {
            let span = dates::span(word, *count, now).ok_or_else(|| wrong_type(name, column))?;
            Against::Span(span.0, span.1)
        }
        _ => return Err(wrong_type(name, column)),
    })
}

/// Ids of 15 and of 18 characters are equal; empty text is no value.
fn text(text: &str, id: bool, at: usize) -> Result<Against, QueryError> {
    if text.is_empty() {
        return Ok(Against::Null);
    }
    if !id {
        return Ok(Against::Text(text.to_lowercase()));
    }
    let id = Id::parse(text);
    let id =
        id.ok_or_else(|| QueryError::at(at, "INVALID_QUERY_FILTER_OPERATOR", format!("invalid ID field: {text}")))?;
    Ok(Against::Text(id.as_str().to_lowercase()))
}

fn wrong_type(name: &Name, column: &Column) -> QueryError {
    let quotes = match column.leaf.kind {
        Kind::Boolean | Kind::Day | Kind::Moment | Kind::Number(..) | Kind::Int(_) => {
            "should not be enclosed in quotes"
        }
        _ => "should be enclosed in quotes",
    };
    let (field, wanted) = (column.leaf.name, type_name(column.leaf.kind));
    let message = format!("value of filter criterion for field '{field}' must be of type {wanted} and {quotes}");
    QueryError::at(name.at, "INVALID_FIELD", message)
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Day => "date",
        Kind::Moment => "dateTime",
        Kind::Number(..) => "double",
        Kind::Int(_) => "int",
        Kind::Id | Kind::Reference(_) => "reference",
        _ => "string",
    }
}

/// One spelling for what an IN list may hold; a null is the empty text, which no value is.
fn key(value: &Against) -> String {
    match value {
        Against::Bool(value) => value.to_string(),
        Against::Number(value) => value.to_string(),
        Against::Text(text) => text.clone(),
        Against::Null | Against::Pattern(_) | Against::Span(..) => String::new(),
    }
}

fn key_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    }
}

impl Test {
    pub fn holds(&self, org: &Org, record: &Record) -> bool {
        match self {
            Test::All(parts) => parts.iter().all(|part| part.holds(org, record)),
            Test::Any(parts) => parts.iter().any(|part| part.holds(org, record)),
            Test::Not(part) => !part.holds(org, record),
            Test::Is(column, sign, against) => compare(&column.value(org, record), *sign, against),
            Test::Joined(column, join, not) => join.holds(org, &column.value(org, record)) != *not,
            Test::OneOf(column, values, not) => values.contains(&key_of(&column.value(org, record))) != *not,
        }
    }

    /// Values of an own indexed field, one of which every record must have; they spare the walk over all records.
    pub fn wanted(&self) -> Option<(&Column, Vec<&str>)> {
        let indexed = |column: &Column| column.hops.is_empty() && (column.leaf.indexed || column.leaf.kind == Kind::Id);
        match self {
            Test::All(parts) => parts.iter().find_map(Test::wanted),
            Test::Is(column, Sign::Equal, Against::Text(text)) if indexed(column) => Some((column, vec![text])),
            Test::OneOf(column, values, false) if indexed(column) && !values.contains("") => {
                Some((column, values.iter().map(String::as_str).collect()))
            }
            _ => None,
        }
    }
}

/// A missing value is unlike every value, and neither before nor after one.
fn compare(value: &Value, sign: Sign, against: &Against) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (value, against) {
        (Value::Null, Against::Null) => Some(Equal),
        (Value::Bool(value), Against::Bool(wanted)) => Some(value.cmp(wanted)),
        (Value::Number(value), Against::Number(wanted)) => value.as_f64().and_then(|value| value.partial_cmp(wanted)),
        (Value::String(text), Against::Text(wanted)) => Some(text.to_lowercase().as_str().cmp(wanted)),
        (Value::String(text), Against::Pattern(pattern)) => {
            let text: Vec<char> = text.to_lowercase().chars().collect();
            return string::fits(&text, pattern);
        }
        (Value::String(text), Against::Span(start, end)) => Some(place(text, start, end)),
        _ => None,
    };
    match sign {
        Sign::Equal => order == Some(Equal),
        Sign::NotEqual => order != Some(Equal),
        Sign::Less => order == Some(Less),
        Sign::LessOrEqual => matches!(order, Some(Less | Equal)),
        Sign::Greater => order == Some(Greater),
        Sign::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
        Sign::Like => false,
    }
}

/// Before, within or after a span; a day counts from its midnight.
fn place(text: &str, start: &str, end: &str) -> std::cmp::Ordering {
    let moment = moment::read(text).unwrap_or_else(|| format!("{text}T00:00:00.000+0000"));
    if moment.as_str() < start {
        std::cmp::Ordering::Less
    } else if moment.as_str() < end {
        std::cmp::Ordering::Equal
    } else {
        std::cmp::Ordering::Greater
    }
}
