//! Values of facts as a test writes them: `47 hours 59 minutes 59 seconds`, `2026-03-03 15:00 America/Chicago`.

use jiff::SignedDuration;

use crate::catalog::Type;
use crate::problem::Problem;
use crate::rules::moments::{moment, read_moment};
use crate::rules::yaml::{Node, Shape};
use crate::rules::{compiling, written};
use crate::span;
use crate::value::Value;

/// A duration, also of several units and to the second, so that a test can stand right beside a limit.
pub fn span(node: &Node) -> Result<SignedDuration, Problem> {
    match node.text().and_then(read_span) {
        Some(span) => Ok(span),
        None => written::duration(node),
    }
}

fn read_span(text: &str) -> Option<SignedDuration> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() || words.len() % 2 == 1 {
        return None;
    }
    let part = |pair: &[&str]| {
        let count: i64 = pair[0].parse().ok()?;
        match pair[1] {
            "second" | "seconds" => Some(SignedDuration::from_secs(count)),
            unit => span::of(count, unit),
        }
    };
    let sum = words.chunks(2).map(part).try_fold(SignedDuration::ZERO, |sum, part| Some(sum.saturating_add(part?)))?;
    Some(sum.clamp(-span::LONGEST, span::LONGEST))
}

/// The value of a fact of some type.
pub fn typed(takes: Type, node: &Node) -> Result<Value, Problem> {
    match takes {
        Type::Text | Type::Html | Type::Id => written::text(node).map(Value::text),
        Type::Number => written::whole(node).map(|number| Value::Int(number as i64)),
        Type::YesNo => written::yes_no(node).map(Value::Bool),
        Type::Moment => moment(node).map(Value::Moment),
        Type::Span => span(node).map(Value::Span),
        Type::List | Type::Texts => {
            let items = written::list(node, "this fact")?.iter();
            let value = |item: &Node| match item.shape {
                Shape::Map(_) => Ok(plain(item)),
                _ => written::text(item).map(Value::text),
            };
            items.map(value).collect::<Result<_, _>>().map(Value::List)
        }
        Type::Fields | Type::Any => Ok(plain(node)),
    }
}

/// A value of which nobody says what it should be: numbers, yes or no, moments, texts, and maps and lists of these.
pub fn plain(node: &Node) -> Value {
    match &node.shape {
        Shape::Map(entries) => Value::map(entries.iter().map(|(key, node)| (key.name.as_str(), plain(node)))),
        Shape::List(items) => Value::List(items.iter().map(plain).collect()),
        Shape::Scalar { text, quoted: true } => Value::text(text.as_str()),
        Shape::Scalar { text, .. } => match read_moment(text) {
            Some(moment) => Value::Moment(moment),
            None => compiling::plain(node, text),
        },
    }
}

/// Whether a text as written is this value.
pub fn is_same(text: &str, quoted: bool, value: &Value) -> bool {
    match value {
        Value::Text(value) => **value == *text,
        Value::Moment(moment) => read_moment(text) == Some(*moment),
        Value::Span(span) => read_span(text) == Some(*span),
        Value::Float(number) if !quoted => text.parse() == Ok(*number),
        Value::Int(_) | Value::Bool(_) if !quoted => value.to_string() == text,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_may_have_several_units() {
        assert_eq!(read_span("47 hours 59 minutes 59 seconds"), Some(SignedDuration::from_secs(48 * 3_600 - 1)));
        assert_eq!((read_span("48"), read_span("48 ours"), read_span("")), (None, None, None));
    }

    #[test]
    fn a_quoted_number_is_a_text() {
        assert!(is_same("3", false, &3.into()) && !is_same("3", true, &3.into()));
        assert!(is_same("3", true, &"3".into()) && is_same("true", false, &true.into()));
    }
}
