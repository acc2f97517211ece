//! What a rule may look at about a thread (`docs/writing-rules.md`, facts).
//!
//! Facts whose name has no dot (`replies`, `staff`, `link`) are steps on the way to others: no event has such a noun,
//! so rules cannot name them.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{FactRow, PART, Source, Type};
use crate::hosts::khoros::{THREAD_EVENTS, safe_html};
use crate::predicate::{Predicate, Test};
use crate::value::Value;

const VISIBILITY: &str = "who can read it: public, restricted (some members), private (a closed group); absent where strangers are not answered";
const AGE: &str = "time since it was published: posted, or approved by a moderator if that was later";
const POSTS: &str = "every post that can be read, the question first: author (login), posted_at, body, is_solution; for threads::transcript";
const ATTACHMENTS: &str = "files on the first message: id, name, url, type, size, elsewhere";

/// All facts of a thread.
pub fn facts() -> Vec<FactRow> {
    let mut rows: Vec<FactRow> =
        of_the_row().into_iter().map(|(name, gives, about)| read(name, gives, about)).collect();
    rows.extend(worked_out());
    rows.extend(counted());
    rows.extend(on_the_way());
    rows.extend(moved_at());
    rows.push(custom());
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
        ("language", Type::Text, "language of the first message, such as de"),
        ("posted_at", Type::Moment, "when it was posted"),
        ("last_post_at", Type::Moment, "when somebody last wrote in it"),
        ("edited_at", Type::Moment, "when the first message was last edited"),
        ("replies", Type::Number, "all replies, nested ones too"),
        ("views", Type::Number, "how often it was looked at"),
        ("kudos", Type::Number, "kudos of the first message"),
        ("solved", Type::YesNo, "whether a reply is accepted as the solution"),
        ("read_only", Type::YesNo, "whether it is locked"),
        ("archived", Type::YesNo, "whether it was put into the archive"),
        (
            "moderation",
            Type::Text,
            "approved, unmoderated, rejected, marked_approved …; drafts and spam are not found at all",
        ),
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
        from("thread.age", Type::Span, AGE, &["thread.posted_at", "now", "approved.at"], |values| {
            since(&[published(&values[0], &values[2]), values[1].clone()])
        }),
        from("thread.idle", Type::Span, "time since the last post", &["thread.last_post_at", "now"], since),
        from("thread.places", Type::Texts, "its board and all that the board stands in, by id", &["places.ids"], first),
        from("thread.visibility", Type::Text, VISIBILITY, &["places.visibility"], first),
        from("thread.me_too", Type::Number, "how many people have the same problem", &["me_toos.count"], first),
        from("thread.attachments", Type::List, ATTACHMENTS, &["attachments.files"], first),
        from("thread.posts", Type::List, POSTS, &["posts", "settings.unmoderated_is_public"], |values| {
            Value::List(shown(&values[0], &values[1]).cloned().collect())
        }),
        from(
            "thread.body",
            Type::Html,
            "first message, without scripts, styles and forms",
            &["body.written"],
            |values| safe_html(&values[0]),
        ),
        from("thread.labels", Type::Texts, "labels", &["labels.texts"], first),
        from("thread.tags", Type::Texts, "tags, in lower case", &["tags.texts"], first),
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
            &["replies", "thread.author.id", "settings.unmoderated_is_public"],
            |values| count(&values[0], &values[2], |by| *by != values[1]),
        ),
        from(
            "thread.replies_by_author",
            Type::Number,
            "the author's own replies",
            &["replies", "thread.author.id", "settings.unmoderated_is_public"],
            |values| count(&values[0], &values[2], |by| *by == values[1]),
        ),
        from(
            "thread.replies_by_staff",
            Type::Number,
            "replies by people with one of settings.staff_roles",
            &["replies", "staff.ids", "settings.unmoderated_is_public"],
            |values| count(&values[0], &values[2], |by| contains(&values[1], by)),
        ),
    ];
    let solutions = from("thread.solutions", Type::Number, "accepted solutions", &["replies"], solutions);
    let unsolved = Predicate::new("thread.solved", Test::Is(false.into()));
    let none = || Some((Predicate::new("thread.replies", Test::Is(0.into())), Value::Int(0)));
    let mut rows: Vec<FactRow> = rows.into_iter().map(|row| FactRow { follows: none(), ..row }).collect();
    rows.push(FactRow { follows: Some((unsolved, Value::Int(0))), ..solutions });
    rows.push(from(
        "thread.author_waits",
        Type::Span,
        "time since the author's last post; absent when staff wrote after it",
        &[
            "thread.posted_at",
            "now",
            "thread.author.id",
            "replies",
            "staff.ids",
            "settings.unmoderated_is_public",
            "approved.at",
        ],
        author_waits,
    ));
    rows
}

/// The community tells no such time (Khoros sheet 5.1): it is known only while the move is being handled.
fn moved_at() -> Vec<FactRow> {
    let about = "when it was moved, while the event thread_moved is handled; absent at all other times";
    let row = from("thread.moved_at", Type::Moment, about, &["event.at"], first);
    let moved = FactRow { on: vec!["khoros.thread_moved".into()], ..row };
    let others = THREAD_EVENTS.iter().filter(|kind| **kind != "khoros.thread_moved");
    vec![moved, FactRow { on: others.map(|kind| (*kind).into()).collect(), ..read("moved_at", Type::Moment, about) }]
}

/// One read for each field that is looked at.
fn custom() -> FactRow {
    let args = vec![("thread".into(), "thread.id".into()), ("field".into(), PART.into())];
    FactRow {
        fact: "thread.custom".into(),
        gives: Type::Any,
        about: "a custom field of the community, by its name without `c_`",
        on: vec![],
        source: Source::Answer { read: "khoros.find_thread_field".into(), args, at: "value".into() },
        follows: None,
        open: true,
    }
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
    let written = FactRow { fact: "body.written".into(), ..read("body", Type::Html, "") };
    let sum = |fact: &str, part: &'static str| FactRow { fact: fact.into(), ..read(part, Type::Number, "") };
    // A thread without any needs no read.
    let marks = |fact: &str, by: &str, count: &str| {
        let none = Predicate::new(count, Test::Is(0.into()));
        FactRow { follows: Some((none, Value::List(vec![]))), ..step(fact, by, "thread", "thread.id", "texts") }
    };
    let approved = FactRow { fact: "approved.at".into(), ..read("approved_at", Type::Moment, "") };
    vec![
        approved,
        written,
        step("replies", "khoros.find_replies", "thread", "thread.id", ""),
        step("posts", "khoros.find_posts", "thread", "thread.id", ""),
        sum("labels.count", "label_count"),
        sum("tags.count", "tag_count"),
        marks("labels.texts", "khoros.find_labels", "labels.count"),
        marks("tags.texts", "khoros.find_tags", "tags.count"),
        step("places.ids", "khoros.find_places", "board", "thread.board", "ids"),
        step("places.visibility", "khoros.find_visibility", "board", "thread.board", "visibility"),
        step("me_toos.count", "khoros.find_me_toos", "thread", "thread.id", "count"),
        step("attachments.files", "khoros.find_attachments", "message", "thread.id", "files"),
        step("staff.ids", "khoros.find_staff", "roles", "settings.staff_roles", "ids"),
    ]
}

fn first(values: &[Value]) -> Value {
    values[0].clone()
}

/// Every accepted reply, whoever may see it.
fn solutions(values: &[Value]) -> Value {
    let replies = if let Value::List(replies) = &values[0] { replies.as_slice() } else { &[] };
    Value::Int(replies.iter().filter(|reply| *reply.get("is_solution") == Value::Bool(true)).count() as i64)
}

/// When everybody could read it: when a moderator approved it, if that was later (ESC-5).
fn published(posted: &Value, approved: &Value) -> Value {
    match (posted, approved) {
        (Value::Moment(written), Value::Moment(shown)) if shown > written => approved.clone(),
        _ => posted.clone(),
    }
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

/// Posts that everybody who sees the board can read; what waits for a moderator only where the community shows it.
fn shown<'a>(posts: &'a Value, unmoderated: &'a Value) -> impl Iterator<Item = &'a Value> {
    let posts = if let Value::List(posts) = posts { posts.as_slice() } else { &[] };
    posts.iter().filter(|post| match post.get("moderation").as_str() {
        None | Some("approved" | "marked_approved") => true,
        Some("unmoderated") => *unmoderated == Value::Bool(true),
        Some(_) => false,
    })
}

/// Replies that count: those that can be read and are not the connector's own (ESC-4).
fn counting<'a>(replies: &'a Value, unmoderated: &'a Value) -> impl Iterator<Item = &'a Value> {
    shown(replies, unmoderated).filter(|reply| *reply.get("own") != Value::Bool(true))
}

fn count(replies: &Value, unmoderated: &Value, by: impl Fn(&Value) -> bool) -> Value {
    Value::Int(counting(replies, unmoderated).filter(|reply| by(reply.get("author_id"))).count() as i64)
}

/// Whether a list holds a value.
pub fn contains(list: &Value, wanted: &Value) -> bool {
    matches!(list, Value::List(items) if !wanted.is_nothing() && items.contains(wanted))
}

fn author_waits(values: &[Value]) -> Value {
    let [posted_at, Value::Moment(now), author, replies, staff, unmoderated, approved] = values else {
        return Value::Nothing;
    };
    let last = |by: &dyn Fn(&Value) -> bool| {
        let theirs = counting(replies, unmoderated).filter(|reply| by(reply.get("author_id")));
        theirs.filter_map(|reply| moment(reply.get("posted_at"))).max()
    };
    let author_wrote = last(&|by| by == author).or_else(|| moment(&published(posted_at, approved)));
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
        let others = |by: &Value| *by != "1".into();
        assert_eq!(count(&replies, &false.into(), others), 0.into());
        assert_eq!(count(&replies, &true.into(), others), 1.into(), "the community shows what nobody moderated");
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
                false.into(),
                Value::Nothing,
            ])
        };
        let staff = || reply("9", "2026-01-02T00:00:00Z", "approved");
        assert_eq!(waits(vec![]), Value::Span(SignedDuration::from_hours(48)));
        assert_eq!(waits(vec![staff()]), Value::Nothing);
        let again = reply("1", "2026-01-02T12:00:00Z", "approved");
        assert_eq!(waits(vec![staff(), again]), Value::Span(SignedDuration::from_hours(12)));
    }
}
