//! What a rule may look at about the case of a thread: every field as the org spells it, and a few of our own.

use jiff::SignedDuration;

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::THREAD_EVENTS;
use crate::value::Value;

/// All facts of a case. `link.case` is our notebook's; a thread without a link has no case.
pub fn facts() -> Vec<FactRow> {
    vec![
        FactRow {
            fact: "case".into(),
            gives: Type::Any,
            about: "the case of the thread, with every field as Salesforce spells it; absent when none is linked",
            on: THREAD_EVENTS.iter().map(|kind| (*kind).into()).collect(),
            source: Source::Answer {
                read: "salesforce.get_case".into(),
                args: vec![("id".into(), "link.case".into())],
                at: "".into(),
            },
            follows: None,
            open: true,
        },
        span("case.age", "time since it was opened", "case.CreatedDate"),
        span("case.since_closed", "time since it was closed", "case.ClosedDate"),
    ]
}

fn span(fact: &str, about: &'static str, start: &str) -> FactRow {
    let source = Source::From { facts: vec![start.into(), "now".into()], work: since };
    FactRow { fact: fact.into(), gives: Type::Span, about, on: vec![], source, follows: None, open: false }
}

fn since(values: &[Value]) -> Value {
    match values {
        [Value::Moment(then), Value::Moment(now)] => {
            Value::Span(SignedDuration::from_millis(now.as_millisecond() - then.as_millisecond()))
        }
        _ => Value::Nothing,
    }
}
