//! What a rule may look at about a thread (`docs/writing-rules.md`, facts).
//!
//! Facts whose name has no dot (`replies`, `staff`, `link`) are steps on the way to others: no event has such a noun,
//! so rules cannot name them.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::THREAD_EVENTS;
use crate::predicate::{Predicate, Test};
use crate::value::Value;

/// All facts of a thread.
pub fn facts() -> Vec<FactRow> {
    let mut rows: Vec<FactRow> =
        of_the_row().into_iter().map(|(name, gives, about)| read(name, gives, about)).collect();
    rows.extend(worked_out());
    rows.extend(counted());
    rows.extend(on_the_way());
    rows
}

/// Those that stand in the answer of `khoros.get_thread` under the same name.
fn of_the_row() -> Vec<(&'static str, Type, &'static str)> {
    vec![
        ("id", Type::Id, "id of the first message"),
        ("board", Type::Text, "id of the board"),
        ("board_title", Type::Text, "title of the board"),
        ("style", Type::Text, "forum, qanda, idea, blog, tkb, contest …"),
        ("url", Type::Text, "address of the thread"),
        ("subject", Type::Text, "subject of the first message"),
        ("body", Type::Html, "first message"),
        ("language", Type::Text, "language of the first message, such as de"),
        ("posted_at", Type::Moment, "when it was published"),
        ("last_post_at", Type::Moment, "when somebody last wrote in it"),
        ("edited_at", Type::Moment, "when the first message was last edited"),
        ("replies", Type::Number, "all replies, nested ones too"),
        ("views", Type::Number, "how often it was looked at"),
        ("kudos", Type::Number, "kudos of the first message"),
        ("solved", Type::YesNo, "whether a reply is accepted as the solution"),
        ("read_only", Type::YesNo, "whether it is locked"),
        ("moderation", Type::Text, "approved, unmoderated, rejected …"),
    ]
}

fn read(name: &'static str, gives: Type, about: &'static str) -> FactRow {
    let source = Source::Answer {
        read: "khoros.get_thread".into(),
        args: vec![("id".into(), "event.subject".into())],
        at: name.into(),
    };
    let on = THREAD_EVENTS.iter().map(|kind| (*kind).into()).collect();
    FactRow { fact: format!("thread.{name}").into(), gives, about, on, source, follows: None, open: false }
}

/// A fact that is worked out from others.
pub fn from(fact: &str, gives: Type, about: &'static str, facts: &[&str], work: fn(&[Value]) -> Value) -> FactRow {
    let source = Source::From { facts: facts.iter().map(|fact| (*fact).into()).collect(), work };
    FactRow { fact: fact.into(), gives, about, on: vec![], source, follows: None, open: false }
}

fn worked_out() -> Vec<FactRow> {
    vec![
        from("thread.age", Type::Span, "time since it was published", &["thread.posted_at", "now"], since),
        from("thread.idle", Type::Span, "time since the last post", &["thread.last_post_at", "now"], since),
        from("thread.labels", Type::List, "labels", &["labels.texts"], first),
        from("thread.tags", Type::List, "tags, in lower case", &["tags.texts"], first),
        from("thread.has_case", Type::YesNo, "whether a case is linked", &["thread.id", "link.case"], |values| {
            (!values[1].is_nothing()).into()
        }),
    ]
}

/// Counts over the replies; a thread without any needs no read.
fn counted() -> Vec<FactRow> {
    let rows = [
        from(
            "thread.replies_by_others",
            Type::Number,
            "replies by anybody but the author",
            &["replies", "thread.author.id"],
            |values| count(&values[0], |by| *by != values[1]),
        ),
        from(
            "thread.replies_by_author",
            Type::Number,
            "the author's own replies",
            &["replies", "thread.author.id"],
            |values| count(&values[0], |by| *by == values[1]),
        ),
        from(
            "thread.replies_by_staff",
            Type::Number,
            "replies by people with one of settings.staff_roles",
            &["replies", "staff.ids"],
            |values| count(&values[0], |by| contains(&values[1], by)),
        ),
    ];
    let none = || Some((Predicate::new("thread.replies", Test::Is(0.into())), Value::Int(0)));
    let mut rows: Vec<FactRow> = rows.into_iter().map(|row| FactRow { follows: none(), ..row }).collect();
    rows.push(from(
        "thread.author_waits",
        Type::Span,
        "time since the author's last post; absent when staff wrote after it",
        &["thread.posted_at", "now", "thread.author.id", "replies", "staff.ids"],
        author_waits,
    ));
    rows
}

fn on_the_way() -> Vec<FactRow> {
    let step = |fact: &str, read: &str, param: &str, from: &str, at: &str| FactRow {
        fact: fact.into(),
        gives: Type::List,
        about: "",
        on: vec![],
        source: Source::Answer { read: read.into(), args: vec![(param.into(), from.into())], at: at.into() },
        follows: None,
        open: false,
    };
    vec![
        step("replies", "khoros.find_replies", "thread", "thread.id", ""),
        step("labels.texts", "khoros.find_labels", "thread", "thread.id", "texts"),
        step("tags.texts", "khoros.find_tags", "thread", "thread.id", "texts"),
        step("staff.ids", "khoros.find_staff", "roles", "settings.staff_roles", "ids"),
    ]
}

fn first(values: &[Value]) -> Value {
    values[0].clone()
}

/// The time from the first to the second moment.
fn since(values: &[Value]) -> Value {
    match values {
        [Value::Moment(then), Value::Moment(now)] => span(*then, *now),
        _ => Value::Nothing,
    }
}

fn span(then: Timestamp, now: Timestamp) -> Value {
    Value::Span(SignedDuration::from_millis(now.as_millisecond() - then.as_millisecond()))
}

/// Replies that count: neither hidden ones nor the connector's own (ESC-4).
fn counting(replies: &Value) -> impl Iterator<Item = &Value> {
    let replies = if let Value::List(replies) = replies { replies.as_slice() } else { &[] };
    let hidden = ["rejected", "marked_rejected", "marked_undecided", "spam", "deleted"];
    let is_hidden =
        move |reply: &Value| reply.get("moderation").as_str().is_some_and(|status| hidden.contains(&status));
    replies.iter().filter(move |reply| !is_hidden(reply) && *reply.get("own") != Value::Bool(true))
}

fn count(replies: &Value, by: impl Fn(&Value) -> bool) -> Value {
    Value::Int(counting(replies).filter(|reply| by(reply.get("author_id"))).count() as i64)
}

/// Whether a list holds a value.
pub fn contains(list: &Value, wanted: &Value) -> bool {
    matches!(list, Value::List(items) if !wanted.is_nothing() && items.contains(wanted))
}

fn author_waits(values: &[Value]) -> Value {
    let [posted_at, Value::Moment(now), author, replies, staff] = values else { return Value::Nothing };
    let last = |by: &dyn Fn(&Value) -> bool| {
        let theirs = counting(replies).filter(|reply| by(reply.get("author_id")));
        theirs.filter_map(|reply| moment(reply.get("posted_at"))).max()
    };
    let author_wrote = last(&|by| by == author).or_else(|| moment(posted_at));
    let staff_wrote = last(&|by| by != author && contains(staff, by));
    match author_wrote {
        Some(then) if staff_wrote.is_none_or(|answer| answer < then) => span(then, *now),
        _ => Value::Nothing,
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    if let Value::Moment(moment) = value { Some(*moment) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Value {
        Value::Moment(text.parse().expect("a moment"))
    }

    fn reply(by: &str, posted_at: &str, moderation: &str) -> Value {
        Value::map([("author_id", by.into()), ("posted_at", at(posted_at)), ("moderation", moderation.into())])
    }

    #[test]
    fn hidden_replies_do_not_count() {
        let replies = Value::List(vec![
            reply("1", "2026-01-02T00:00:00Z", "approved"),
            reply("2", "2026-01-02T00:00:00Z", "rejected"),
            reply("3", "2026-01-02T00:00:00Z", "unmoderated"),
        ]);
        assert_eq!(count(&replies, |by| *by != "1".into()), 1.into());
    }

    #[test]
    fn an_author_waits_until_staff_writes() {
        let waits = |replies: Vec<Value>| {
            let staff = Value::List(vec!["9".into()]);
            author_waits(&[
                at("2026-01-01T00:00:00Z"),
                at("2026-01-03T00:00:00Z"),
                "1".into(),
                Value::List(replies),
                staff,
            ])
        };
        let staff = || reply("9", "2026-01-02T00:00:00Z", "approved");
        assert_eq!(waits(vec![]), Value::Span(SignedDuration::from_hours(48)));
        assert_eq!(waits(vec![staff()]), Value::Nothing);
        let again = reply("1", "2026-01-02T12:00:00Z", "approved");
        assert_eq!(waits(vec![staff(), again]), Value::Span(SignedDuration::from_hours(12)));
    }
}
