//! `khoros.find_threads`: the search for the subjects of rules that run on a schedule.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::{Call, HostFunction, ScanCall, ScanPage, Scanning};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::predicate::{Predicate, Pushed, Test};
use crate::value::Value;

/// Threads, oldest first, a thousand a page; each row is the answer of `khoros.get_thread`.
pub fn find_threads(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_threads",
        Call::Scan(ScanCall {
            rows_answer: "khoros.get_thread".into(),
            event: "khoros.thread_due".into(),
            accepts,
            call: Arc::new(move |scanning| Box::pin(page(client.clone(), scanning))),
        }),
    )
    .about("Searches threads; what a rule compares with a constant or a setting goes along in the search.")
    .example("every: \"*/15 * * * *\"")
}

fn accepts(predicate: &Predicate) -> Pushed {
    if constraint(predicate).is_some() { Pushed::Whole } else { Pushed::Residue }
}

async fn page(client: Arc<Client>, scanning: Scanning) -> Result<ScanPage, HostError> {
    let roots = Liql::select(&rows::THREAD, "messages").test("depth", "=", Literal::Number(0));
    let constraints = scanning.predicates.iter().filter_map(constraint);
    let query = constraints.fold(roots, |query, constraint| query.also(&constraint)).order("post_time ASC");
    let page = client.search(&query.from_cursor(scanning.cursor)).await?;
    Ok(ScanPage { rows: page.items.iter().map(|row| rows::thread(&client, row)).collect(), next: page.next })
}

/// A predicate in LiQL, for those that were seen to work (Khoros sheet 4.6, 15.1).
fn constraint(predicate: &Predicate) -> Option<String> {
    let equal = |field: &str, value: &Value| Some(format!("{field} = {}", literal(value)?));
    match (predicate.fact.as_str(), &predicate.test) {
        ("thread.board", Test::Is(value @ Value::Text(_))) => equal("board.id", value),
        ("thread.board", Test::In(values)) => one_of("board.id", values),
        ("thread.style", Test::Is(value @ Value::Text(_))) => equal("conversation.style", value),
        ("thread.style", Test::In(values)) => one_of("conversation.style", values),
        ("thread.solved", Test::Is(value @ Value::Bool(_))) => equal("conversation.solved", value),
        // Direct replies; a root without those has none at all.
        ("thread.replies", Test::Is(value @ Value::Int(0))) => equal("replies.count(*)", value),
        ("thread.posted_at", test) => moment("post_time", test),
        ("thread.last_post_at", test) => moment("conversation.last_post_time", &strictly(test)?),
        _ => None,
    }
}

/// Only texts are pushed: an empty list matches nothing and is left to the rule.
fn one_of(field: &str, values: &[Value]) -> Option<String> {
    let texts: Option<Vec<String>> =
        values.iter().map(|value| value.as_str().map(|text| Literal::Text(text).to_string())).collect();
    texts.filter(|texts| !texts.is_empty()).map(|texts| format!("{field} IN ({})", texts.join(",")))
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

fn moment(field: &str, test: &Test) -> Option<String> {
    let (operator, bound) = match test {
        Test::Below(bound) => ("<", bound),
        Test::AtMost(bound) => ("<=", bound),
        Test::Above(bound) => (">", bound),
        Test::AtLeast(bound) => (">=", bound),
        Test::Is(_) | Test::In(_) => return None,
    };
    let Value::Moment(bound) = bound else { return None };
    // Unquoted milliseconds are the only form seen in independent programs (Khoros sheet 4.6).
    Some(format!("{field} {operator} {}", bound.as_millisecond()))
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
        constraint(&Predicate::new(fact, test))
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
    }

    #[test]
    fn what_liql_does_not_know_stays_here() {
        assert_eq!(pushed("thread.replies", Test::Is(3.into())), None);
        assert_eq!(pushed("thread.board", Test::In(vec![])), None);
        assert_eq!(pushed("thread.board", Test::In(vec![Value::Nothing])), None);
        assert_eq!(pushed("thread.solved", Test::Is(Value::Nothing)), None);
        assert_eq!(pushed("thread.posted_at", Test::Below(3.into())), None);
        assert_eq!(pushed("thread.author.rank", Test::Is("VIP".into())), None);
    }
}
