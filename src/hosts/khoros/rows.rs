//! Turns rows of the community into values with our names. A moment keeps its instant, whatever zone it came in;
//! an empty text is an absent one, since the host also hides what we may not see that way (Khoros sheet 13.3).

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::hosts::khoros::client::Client;
use crate::hosts::khoros::{html, is_id};
use crate::value::Value;

/// What is read of a thread, wherever it comes from: the scan and `get_thread` share it.
pub const THREAD: [&str; 25] = [
    "id",
    "view_href",
    "subject",
    "body",
    "language",
    "author.id",
    "author.login",
    "board.id",
    "board.title",
    "conversation.style",
    "conversation.solved",
    "conversation.last_post_time",
    "conversation.messages_count",
    "post_time",
    "current_revision.last_edit_time",
    "replies.count(*)",
    "labels.count(*)",
    "tags.count(*)",
    "kudos.sum(weight)",
    "metrics.views",
    "read_only",
    "moderation_status",
    "is_escalated",
    "moderation_approval_date",
    "visibility_scope",
];

/// What is read of a reply.
pub const REPLY: [&str; 8] =
    ["id", "topic.id", "view_href", "author.id", "author.login", "post_time", "is_solution", "moderation_status"];

/// What is read of a reply that an event is about.
pub const WHOLE_REPLY: [&str; 10] = [
    "id",
    "topic.id",
    "view_href",
    "author.id",
    "author.login",
    "post_time",
    "is_solution",
    "moderation_status",
    "current_revision.last_edit_time",
    "body",
];

/// What is read of a post where its words are wanted; a thread's first message is one.
pub const POST: [&str; 8] =
    ["id", "topic.id", "body", "author.login", "post_time", "depth", "is_solution", "moderation_status"];

/// What is read of a person.
pub const PERSON: [&str; 15] = [
    "id",
    "login",
    "first_name",
    "last_name",
    "email",
    "rank.name",
    "banned",
    "deleted",
    "registration_data.registration_time",
    "last_visit_time",
    "metrics.posts",
    "view_href",
    "sso_id",
    "language",
    "location",
];

/// A thread, from its root message (Khoros sheet 5.1).
pub fn thread(client: &Client, row: &Json) -> Value {
    let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Json::Null);
    // Direct replies only would miss answers to answers; the conversation counts its root too.
    let all = at("/conversation/messages_count").as_i64().map(|count| (count - 1).max(0));
    Value::map([
        ("id", id(at("/id"))),
        ("url", url(client, at("/view_href"))),
        ("subject", text(at("/subject"))),
        ("body", body(client, row)),
        ("language", lower(at("/language"))),
        ("author_id", id(at("/author/id"))),
        ("author_login", text(at("/author/login"))),
        ("author_own", at("/author/login").as_str().is_some_and(|login| client.is_own(login)).into()),
        ("board", id(at("/board/id"))),
        ("board_title", text(at("/board/title"))),
        ("style", text(at("/conversation/style"))),
        ("solved", yes_no(at("/conversation/solved"))),
        ("posted_at", moment(at("/post_time"))),
        ("approved_at", moment(at("/moderation_approval_date"))),
        ("last_post_at", moment(at("/conversation/last_post_time"))),
        ("edited_at", moment(at("/current_revision/last_edit_time"))),
        ("replies", all.or_else(|| at("/replies/count").as_i64()).into()),
        ("label_count", at("/labels/count").as_i64().into()),
        ("tag_count", at("/tags/count").as_i64().into()),
        ("kudos", at("/kudos/sum/weight").as_i64().into()),
        ("views", at("/metrics/views").as_i64().into()),
        ("read_only", yes_no(at("/read_only"))),
        ("moderation", text(at("/moderation_status"))),
        ("escalated", yes_no(at("/is_escalated"))),
        // `archived` is the only value that is known (Khoros sheet 5.1).
        ("archived", (at("/visibility_scope").as_str() == Some("archived")).into()),
    ])
}

/// A reply of a thread.
pub fn reply(client: &Client, row: &Json) -> Value {
    let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Json::Null);
    Value::map([
        ("id", id(at("/id"))),
        ("thread", id(at("/topic/id"))),
        ("url", url(client, at("/view_href"))),
        ("author_id", id(at("/author/id"))),
        ("author_login", text(at("/author/login"))),
        ("posted_at", moment(at("/post_time"))),
        ("is_solution", yes_no(at("/is_solution"))),
        ("moderation", text(at("/moderation_status"))),
        ("own", at("/author/login").as_str().is_some_and(|login| client.is_own(login)).into()),
    ])
}

/// A post with its words.
pub fn post(client: &Client, row: &Json) -> Value {
    let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Json::Null);
    Value::map([
        ("id", id(at("/id"))),
        ("thread", id(at("/topic/id"))),
        ("author", text(at("/author/login"))),
        ("posted_at", moment(at("/post_time"))),
        ("body", body(client, row)),
        ("is_solution", yes_no(at("/is_solution"))),
        ("moderation", text(at("/moderation_status"))),
    ])
}

/// A reply with its words.
pub fn whole_reply(client: &Client, row: &Json) -> Value {
    let mut reply = reply(client, row);
    if let Value::Map(parts) = &mut reply {
        let own = parts.get("own").cloned().unwrap_or_default();
        let edited = row.pointer("/current_revision/last_edit_time").unwrap_or(&Json::Null);
        parts.extend([
            ("author_own".into(), own),
            ("edited_at".into(), moment(edited)),
            ("body".into(), body(client, row)),
        ]);
    }
    reply
}

/// A person (Khoros sheet 6.1).
pub fn person(client: &Client, row: &Json) -> Value {
    let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Json::Null);
    Value::map([
        ("id", id(at("/id"))),
        ("login", text(at("/login"))),
        ("name", full_name(row)),
        ("first_name", text(at("/first_name"))),
        ("last_name", text(at("/last_name"))),
        ("email", text(at("/email"))),
        ("rank", text(at("/rank/name"))),
        ("banned", yes_no(at("/banned"))),
        ("deleted", yes_no(at("/deleted"))),
        ("registered_at", moment(at("/registration_data/registration_time"))),
        ("last_visit_at", moment(at("/last_visit_time"))),
        ("posts", at("/metrics/posts").as_i64().into()),
        ("url", url(client, at("/view_href"))),
        ("sso_id", text(at("/sso_id"))),
        ("language", lower(at("/language"))),
        ("location", text(at("/location"))),
    ])
}

/// What is left of a closed account: an author without a person behind it (Khoros sheet 1.3).
pub const NOBODY: &str = "-1";

/// That author, of whom nothing is known and nothing may be.
pub fn nobody() -> Value {
    Value::map([("id", Value::text(NOBODY)), ("deleted", true.into())])
}

/// A file on a message (Khoros sheet 5.4); one that lies elsewhere says so.
pub fn attachment(client: &Client, row: &Json) -> Value {
    let url = url(client, &row["url"]);
    let is_elsewhere = !url.as_str().is_some_and(|url| client.is_home_of(url));
    let parts = [
        ("id", id(&row["id"])),
        ("name", text(&row["filename"])),
        ("url", url),
        ("type", text(&row["content_type"])),
        ("size", row["filesize"].as_i64().or_else(|| row["filesize"].as_str()?.parse().ok()).into()),
    ];
    Value::map(parts.into_iter().chain(is_elsewhere.then_some(("elsewhere", true.into()))))
}

/// First and last name, or the login where there is neither.
fn full_name(row: &Json) -> Value {
    let part = |name: &str| row[name].as_str().unwrap_or_default().trim();
    match format!("{} {}", part("first_name"), part("last_name")).trim() {
        "" => text(&row["login"]),
        name => Value::text(name),
    }
}

/// An id; some installs give numbers.
pub fn id(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::text(number.to_string()),
        other => text(other),
    }
}

/// A text that is not empty.
pub fn text(json: &Json) -> Value {
    json.as_str().filter(|text| !text.is_empty()).into()
}

/// The words of a message, with whole addresses: nobody knows its page later on.
fn body(client: &Client, row: &Json) -> Value {
    let page = client.page_url(row["view_href"].as_str().filter(|href| !href.is_empty()).unwrap_or("/"));
    let body = row["body"].as_str().map(|body| html::of_page(body, &page));
    body.filter(|body| !body.is_empty()).as_deref().into()
}

fn lower(json: &Json) -> Value {
    json.as_str().filter(|text| !text.is_empty()).map_or(Value::Nothing, |text| Value::text(text.to_lowercase()))
}

fn url(client: &Client, json: &Json) -> Value {
    json.as_str().filter(|href| !href.is_empty()).map_or(Value::Nothing, |href| Value::text(client.page_url(href)))
}

fn yes_no(json: &Json) -> Value {
    json.as_bool().into()
}

/// `2026-01-04T09:00:00.000-08:00`: the zone is the community's (Khoros sheet 13.3).
fn moment(json: &Json) -> Value {
    json.as_str().and_then(|text| text.parse::<Timestamp>().ok()).map_or(Value::Nothing, Value::Moment)
}

/// The thread that another was merged into, by what the community says of the one that is gone.
pub fn surviving(root: &Json, thread: &str) -> Option<String> {
    let topic = id(&root["topic"]["id"]);
    topic.as_str().filter(|topic| *topic != thread && is_id(topic)).map(str::to_owned)
}

/// Whether everybody can read what stands so with moderators; where nothing is said, nobody moderates.
pub fn is_shown(moderation: Option<&str>) -> bool {
    matches!(moderation, None | Some("approved" | "marked_approved"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_keep_their_instant() {
        let utc = Value::Moment("2026-01-04T17:00:00Z".parse().expect("a moment"));
        assert_eq!(moment(&json!("2026-01-04T09:00:00.000-08:00")), utc);
        assert_eq!(moment(&json!("2026-01-04T17:00:00.000+0000")), utc);
        assert_eq!(moment(&json!("Monday")), Value::Nothing);
        assert_eq!(moment(&json!(null)), Value::Nothing);
    }

    #[test]
    fn a_person_always_has_a_name() {
        assert_eq!(full_name(&json!({ "first_name": "Ana", "last_name": "Ruiz", "login": "ana" })), "Ana Ruiz".into());
        assert_eq!(full_name(&json!({ "first_name": "", "last_name": "Ruiz", "login": "ana" })), "Ruiz".into());
        assert_eq!(full_name(&json!({ "login": "ana" })), "ana".into());
    }

    #[test]
    fn numbers_and_texts_are_one_kind_of_id() {
        assert_eq!((id(&json!(42)), id(&json!("42")), id(&json!(""))), ("42".into(), "42".into(), Value::Nothing));
    }
}
