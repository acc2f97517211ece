//! What a value is compared with: a literal that has the type of the field (sheets 4.1, 4.2).

use std::cmp::Ordering;

use super::super::id::Id;
use super::super::packed::Held;
use super::super::schema::Kind;
use super::asker::Asker;
use super::dates::{self, Span};
use super::error::{self, QueryError};
use super::query::{Literal, Sign, Written};
use super::string::{self, Piece};
use super::test::Left;

#[derive(Debug, Clone)]
pub enum Against {
    Null,
    Bool(bool),
    Number(f64),
    /// In lower case, because text compares without case.
    Text(String),
    /// Ids, days, moments, and what a case-sensitive key holds.
    Exact(String),
    Pattern(Vec<Piece>),
    Span(Span),
}

pub fn against<L>(left: &Left<L>, sign: Sign, literal: &Literal, asker: &Asker) -> Result<Against, QueryError> {
    check_sign(left, sign)?;
    let at = literal.at;
    match &literal.value {
        Written::Text(raw) if raw.chars().count() > 4_000 => {
            return Err(QueryError::malformed(at, "string literals in WHERE cannot be longer than 4000 characters"));
        }
        Written::Day(text) | Written::Moment(text) if !("1700-01-01".."4001").contains(&text.as_str()) => {
            return Err(QueryError::malformed(at, "dates must lie between 1700-01-01 and 4000-12-31"));
        }
        _ => {}
    }
    Ok(match (&literal.value, left.kind) {
        (Written::Null, _) => Against::Null,
        (Written::Text(raw), _) if sign == Sign::Like => Against::Pattern(string::pattern(raw, at)?),
        (Written::Text(raw), kind) if kind.textual() => text(left, &string::unescaped(raw, at)?, at)?,
        (Written::Bool(value), Kind::Boolean) => Against::Bool(*value),
        (Written::Number(value), kind) if kind.numeric() => Against::Number(*value),
        (Written::Day(day), Kind::Day) => Against::Exact(day.clone()),
        (Written::Moment(moment), Kind::Moment) => Against::Exact(moment.clone()),
        (Written::Span(word, count), Kind::Day | Kind::Moment) => {
            Against::Span(dates::span(word, *count, asker).ok_or_else(|| wrong_type(left))?)
        }
        _ => return Err(wrong_type(left)),
    })
}

/// The values of `'A;B'`, each of which must be chosen.
pub fn chosen<L>(left: &Left<L>, literal: &Literal) -> Result<Vec<String>, QueryError> {
    match (&literal.value, left.kind) {
        (Written::Text(raw), Kind::MultiPicklist(..)) => {
            let text = string::unescaped(raw, literal.at)?.to_lowercase();
            Ok(text.split(';').map(|value| value.trim().to_owned()).collect())
        }
        (_, Kind::MultiPicklist(..)) => Err(wrong_type(left)),
        _ => Err(invalid_operator(left)),
    }
}

fn check_sign<L>(left: &Left<L>, sign: Sign) -> Result<(), QueryError> {
    let id = matches!(left.kind, Kind::Id | Kind::Reference(_));
    let equality = matches!(sign, Sign::Equal | Sign::NotEqual);
    let allowed = match left.kind {
        Kind::Boolean | Kind::MultiPicklist(..) => equality,
        kind => sign != Sign::Like || (kind.textual() && !id),
    };
    if allowed { Ok(()) } else { Err(invalid_operator(left)) }
}

fn invalid_operator<L>(left: &Left<L>) -> QueryError {
    let message = format!("invalid operator on {} field", type_name(left.kind));
    QueryError::at(left.at, "INVALID_QUERY_FILTER_OPERATOR", message)
}

/// Ids of 15 and of 18 characters are equal; empty text is no value.
fn text<L>(left: &Left<L>, text: &str, at: usize) -> Result<Against, QueryError> {
    if text.is_empty() {
        return Ok(Against::Null);
    }
    if !matches!(left.kind, Kind::Id | Kind::Reference(_)) {
        return Ok(if left.exact { Against::Exact(text.to_owned()) } else { Against::Text(text.to_lowercase()) });
    }
    let id = Id::parse(text).ok_or_else(|| {
        let message = format!("invalid ID field: {}", error::shortened(text));
        QueryError::at(at, "INVALID_QUERY_FILTER_OPERATOR", message)
    })?;
    Ok(Against::Exact(id.as_str().to_owned()))
}

fn wrong_type<L>(left: &Left<L>) -> QueryError {
    let quotes = if left.kind.textual() { "should be enclosed in quotes" } else { "should not be enclosed in quotes" };
    let (field, wanted) = (&left.name, type_name(left.kind));
    let message = format!("value of filter criterion for field '{field}' must be of type {wanted} and {quotes}");
    QueryError::at(left.at, "INVALID_FIELD", message)
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Day => "date",
        Kind::Moment => "dateTime",
        Kind::Number(..) | Kind::Currency(..) => "double",
        Kind::Int(_) => "int",
        Kind::Id | Kind::Reference(_) => "reference",
        Kind::MultiPicklist(..) => "multipicklist",
        _ => "string",
    }
}

impl Against {
    /// One spelling for what an IN list may hold; a null is the empty text, which no value is.
    pub fn spelling(&self) -> String {
        match self {
            Against::Bool(value) => value.to_string(),
            Against::Number(value) => value.to_string(),
            Against::Text(text) | Against::Exact(text) => text.clone(),
            Against::Null | Against::Pattern(_) | Against::Span(_) => String::new(),
        }
    }

    /// A missing value is unlike every value, and neither before nor after one.
    pub fn compare(&self, value: Held<'_>, sign: Sign) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match (value, self) {
            (Held::Null, Against::Null) => Some(Equal),
            (Held::Bool(value), Against::Bool(wanted)) => Some(value.cmp(wanted)),
            (Held::Number(value), Against::Number(wanted)) => value.partial_cmp(wanted),
            (Held::Text(text), Against::Text(wanted)) => Some(folded(text, wanted)),
            (Held::Text(text), Against::Exact(wanted)) => Some(text.cmp(wanted)),
            (Held::Text(text), Against::Span(span)) => Some(span.place(text)),
            (Held::Text(text), Against::Pattern(pattern)) => {
                let text: Vec<char> = text.to_lowercase().chars().collect();
                return string::fits(&text, pattern);
            }
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
}

/// Compares with a text in lower case; plain letters need no copy.
fn folded(text: &str, wanted: &str) -> Ordering {
    if text.is_ascii() {
        return text.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(wanted.bytes());
    }
    text.to_lowercase().as_str().cmp(wanted)
}

/// The spelling of a value that is looked for in an IN list.
pub fn key_of(value: Held<'_>, exact: bool) -> String {
    match value {
        Held::Text(text) if exact => text.to_owned(),
        Held::Text(text) => text.to_lowercase(),
        Held::Number(number) => number.to_string(),
        Held::Bool(value) => value.to_string(),
        Held::Null => String::new(),
    }
}

/// Whether all values of one of the sets are chosen.
pub fn includes(value: Held<'_>, sets: &[Vec<String>]) -> bool {
    let chosen = value.text().unwrap_or_default().to_lowercase();
    let has = |value: &String| chosen.split(';').any(|one| one == value);
    sets.iter().any(|set| set.iter().all(has))
}
