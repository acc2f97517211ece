//! What a rule tests, in LiQL: only what was seen to work, and never narrower than the rule's own line.

use jiff::{SignedDuration, Timestamp};

use crate::hosts::khoros::liql::Literal;
use crate::predicate::{Predicate, Test};
use crate::value::Value;

/// A longer list stays here: the query is part of an address, and those above 4 KB are refused (Khoros sheet 4.1).
const LIST_BYTES: usize = 1500;

/// One constraint of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Field and operator, such as `post_time >=`: what a community may refuse.
    pub form: String,
    pub text: String,
}

impl Constraint {
    fn new(field: &str, operator: &str, value: &str) -> Self {
        Constraint { form: format!("{field} {operator}"), text: format!("{field} {operator} {value}") }
    }
}

/// A predicate in LiQL, for those that were seen to work (Khoros sheet 4.6, 15.1). Tags stay here: rules compare them
/// in lower case, and whether a community's search does is not known.
pub fn constraint(predicate: &Predicate, now: Timestamp) -> Option<Constraint> {
    let compared = |field: &str, operator: &str, value: &Value| {
        Some(Constraint::new(field, operator, &literal(value)?.to_string()))
    };
    let equal = |field: &str, value: &Value| compared(field, "=", value);
    match (predicate.fact.as_str(), &predicate.test) {
        ("thread.board", Test::Is(value @ Value::Text(_))) => equal("board.id", value),
        ("thread.board", Test::IsNot(value @ Value::Text(_))) => compared("board.id", "!=", value),
        ("thread.board", Test::In(values)) => one_of("board.id", values),
        ("thread.style", Test::Is(value @ Value::Text(_))) => equal("conversation.style", value),
        ("thread.style", Test::In(values)) => one_of("conversation.style", values),
        ("thread.labels", Test::Contains(value @ Value::Text(_))) => equal("labels.text", value),
        ("thread.author.id", Test::Is(value @ Value::Text(_))) => equal("author.id", value),
        ("thread.author.login", Test::Is(value @ Value::Text(_))) => equal("author.login", value),
        ("thread.solved", Test::Is(value @ Value::Bool(_))) => equal("conversation.solved", value),
        ("thread.solved", Test::Says(yes)) => equal("conversation.solved", &(*yes).into()),
        // Direct replies; a root without those has none at all.
        ("thread.replies", Test::Is(value @ Value::Int(0))) => equal("replies.count(*)", value),
        ("thread.posted_at", test) => moment("post_time", test),
        ("thread.age", test) => moment("post_time", &since(test, now)?),
        ("thread.last_post_at", test) => moment("conversation.last_post_time", &strictly(test)?),
        ("thread.idle", test) => moment("conversation.last_post_time", &strictly(&since(test, now)?)?),
        _ => None,
    }
}

/// A test of the time since a moment, as a test of the moment.
fn since(test: &Test, now: Timestamp) -> Option<Test> {
    let then = |bound: &Value| {
        let Value::Span(bound) = bound else { return None };
        now.checked_sub(*bound).ok().map(Value::Moment)
    };
    Some(match test {
        Test::AtLeast(bound) => Test::AtMost(then(bound)?),
        Test::Above(bound) => Test::Below(then(bound)?),
        Test::AtMost(bound) => Test::AtLeast(then(bound)?),
        Test::Below(bound) => Test::Above(then(bound)?),
        _ => return None,
    })
}

/// Only texts are pushed: an empty list matches nothing and is left to the rule.
fn one_of(field: &str, values: &[Value]) -> Option<Constraint> {
    let texts: Option<Vec<String>> =
        values.iter().map(|value| value.as_str().map(|text| Literal::Text(text).to_string())).collect();
    let listed = texts.filter(|texts| !texts.is_empty())?.join(",");
    (listed.len() <= LIST_BYTES).then(|| Constraint::new(field, "IN", &format!("({listed})")))
}

/// `conversation.last_post_time` was seen with `<` and `>` only; its moments are whole milliseconds.
fn strictly(test: &Test) -> Option<Test> {
    let moved = |bound: &Value, by: i64| {
        let Value::Moment(bound) = bound else { return None };
        bound.checked_add(SignedDuration::from_millis(by)).ok().map(Value::Moment)
    };
    match test {
        Test::AtMost(bound) => moved(bound, 1).map(Test::Below),
        Test::AtLeast(bound) => moved(bound, -1).map(Test::Above),
        other => Some(other.clone()),
    }
}

fn moment(field: &str, test: &Test) -> Option<Constraint> {
    let (operator, bound) = match test {
        Test::Below(bound) => ("<", bound),
        Test::AtMost(bound) => ("<=", bound),
        Test::Above(bound) => (">", bound),
        Test::AtLeast(bound) => (">=", bound),
        _ => return None,
    };
    let Value::Moment(bound) = bound else { return None };
    // Unquoted milliseconds are the only form seen in independent programs (Khoros sheet 4.6).
    Some(Constraint::new(field, operator, &bound.as_millisecond().to_string()))
}

fn literal(value: &Value) -> Option<Literal<'_>> {
    Some(match value {
        Value::Text(text) => Literal::Text(text),
        Value::Int(number) => Literal::Number(*number),
        Value::Bool(yes) => Literal::YesNo(*yes),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(fact: &str, test: Test) -> Option<String> {
        let now = "2026-01-03T00:00:00Z".parse().expect("a moment");
        constraint(&Predicate::new(fact, test), now).map(|constraint| constraint.text)
    }

    #[test]
    fn what_liql_knows_goes_along() {
        let board = |name| Value::text(name);
        assert_eq!(
            pushed("thread.board", Test::In(vec![board("a"), board("o'b")])),
            Some(r"board.id IN ('a','o\'b')".into())
        );
        assert_eq!(pushed("thread.solved", Test::Is(false.into())), Some("conversation.solved = false".into()));
        assert_eq!(pushed("thread.replies", Test::Is(0.into())), Some("replies.count(*) = 0".into()));
        let then = Value::Moment("2026-01-01T00:00:00Z".parse().expect("a moment"));
        assert_eq!(pushed("thread.posted_at", Test::AtMost(then.clone())), Some("post_time <= 1767225600000".into()));
        let idle = pushed("thread.last_post_at", Test::AtMost(then));
        assert_eq!(idle, Some("conversation.last_post_time < 1767225600001".into()));
        let waited = Value::Span(SignedDuration::from_hours(48));
        assert_eq!(pushed("thread.age", Test::AtLeast(waited.clone())), Some("post_time <= 1767225600000".into()));
        let idle = pushed("thread.idle", Test::Below(waited));
        assert_eq!(idle, Some("conversation.last_post_time > 1767225600000".into()));
        assert_eq!(pushed("thread.solved", Test::Says(false)), Some("conversation.solved = false".into()));
        assert_eq!(pushed("thread.labels", Test::Contains("vip".into())), Some("labels.text = 'vip'".into()));
    }

    #[test]
    fn what_liql_does_not_know_stays_here() {
        assert_eq!(pushed("thread.replies", Test::Is(3.into())), None);
        assert_eq!(pushed("thread.board", Test::In(vec![])), None);
        assert_eq!(pushed("thread.board", Test::In(vec![Value::text("x".repeat(2000))])), None);
        assert_eq!(pushed("thread.age", Test::AtLeast(48.into())), None);
        assert_eq!(pushed("thread.tags", Test::Contains("vpn".into())), None);
        assert_eq!(pushed("thread.board", Test::In(vec![Value::Nothing])), None);
        assert_eq!(pushed("thread.solved", Test::Is(Value::Nothing)), None);
        assert_eq!(pushed("thread.posted_at", Test::Below(3.into())), None);
        assert_eq!(pushed("thread.author.rank", Test::Is("VIP".into())), None);
    }
}
