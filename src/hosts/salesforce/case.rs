//! What a rule may look at about the case of a thread: every field as the org spells it, and a few of our own.

use jiff::SignedDuration;

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::THREAD_EVENTS;
use crate::hosts::salesforce::CASE_EVENTS;
use crate::names::EventKind;
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
        FactRow {
            open: true,
            ..of_the_event("case", "the case that the event is about", "salesforce.get_case", "id", "")
        },
        of_the_event("made.thread", "", "salesforce.get_case", "id", "thread"),
        of_the_event("noted.thread", "", "notebook.find_thread_of_case", "case", "thread"),
        FactRow {
            fact: "link.thread".into(),
            gives: Type::Id,
            about: "",
            on: case_events(),
            source: Source::From {
                facts: vec!["event.subject".into(), "made.thread".into(), "noted.thread".into()],
                work: |values| values[1..].iter().find(|thread| !thread.is_nothing()).cloned().unwrap_or_default(),
            },
            follows: None,
            open: false,
        },
        span("case.age", "time since it was opened", "case.CreatedDate"),
        span("case.since_closed", "time since it was closed", "case.ClosedDate"),
    ]
}

fn case_events() -> Vec<EventKind> {
    CASE_EVENTS.iter().map(|kind| (*kind).into()).collect()
}

/// What is read about the case of an event. Its thread is named by its external id, else by our notebook.
fn of_the_event(fact: &str, about: &'static str, read: &str, param: &str, at: &str) -> FactRow {
    let args = vec![(param.into(), "event.subject".into())];
    let source = Source::Answer { read: read.into(), args, at: at.into() };
    FactRow { fact: fact.into(), gives: Type::Any, about, on: case_events(), source, follows: None, open: false }
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
