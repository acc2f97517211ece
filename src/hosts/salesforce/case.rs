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
        FactRow {
            fact: "case.url".into(),
            gives: Type::Text,
            about: "the address of its page in the org",
            on: vec![],
            source: Source::Answer {
                read: "salesforce.get_case".into(),
                args: vec![("id".into(), "case.Id".into())],
                at: "url".into(),
            },
            follows: None,
            open: false,
        },
        span("case.age", "time since it was opened", "case.CreatedDate"),
        span("case.since_closed", "time since it was closed", "case.ClosedDate"),
        worked_out(
            "case.visibility",
            Type::Text,
            "who can read what is said on it: private where members opened it for themselves, else as its thread: public, \
             restricted, private",
            &["case.Id", "case.Origin", "thread.visibility"],
            visibility,
        ),
        worked_out(
            "case.opened_by_us",
            Type::YesNo,
            "whether it was opened for its thread by a rule",
            &["case.Id", "case.thread"],
            |values| (!values[1].is_nothing()).into(),
        ),
        worked_out(
            "case.closed_by_us",
            Type::YesNo,
            "whether it is closed, a rule opened it, and nobody else has changed it since",
            &["case.IsClosed", "case.thread", "case.CreatedById", "case.LastModifiedById", "case.others_changed"],
            |values| {
                let is_made_by_us = values[0] == true.into() && !values[1].is_nothing();
                (is_made_by_us && values[2] == values[3] && values[4].is_nothing()).into()
            },
        ),
        worked_out(
            "case.touched_since_closed",
            Type::YesNo,
            "whether somebody else changed it after it was closed; absent when it is open",
            &["case.ClosedDate", "case.CreatedById", "case.LastModifiedById", "case.others_changed"],
            |values| (values[1] != values[2] || !values[3].is_nothing()).into(),
        ),
        told(
            "times_reopened",
            Type::Number,
            "how often it was opened again, as the org's history tells; absent where that holds no change of status",
            "salesforce.get_case_history",
        ),
        told(
            "last_agent_comment_at",
            Type::Moment,
            "when a user of the org, other than we, last wrote a comment on it",
            "salesforce.get_case_comments",
        ),
    ]
}

/// What another read tells of the case.
fn told(name: &'static str, gives: Type, about: &'static str, read: &str) -> FactRow {
    let source = Source::Answer { read: read.into(), args: vec![("case".into(), "case.Id".into())], at: name.into() };
    FactRow { fact: format!("case.{name}").into(), gives, about, on: vec![], source, follows: None, open: false }
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

fn worked_out(fact: &str, gives: Type, about: &'static str, facts: &[&str], work: fn(&[Value]) -> Value) -> FactRow {
    let source = Source::From { facts: facts.iter().map(|fact| (*fact).into()).collect(), work };
    FactRow { fact: fact.into(), gives, about, on: vec![], source, follows: None, open: false }
}

/// A case that a member opened in the portal is nobody else's (Khoros sheet 14.2).
fn visibility(values: &[Value]) -> Value {
    if values[1].as_str() == Some("Private Support") { "private".into() } else { values[2].clone() }
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
