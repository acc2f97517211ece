//! `khoros.post_reply`: posts in a thread as somebody: the first of a list who can (PB-2, PB-6 to PB-9, SET-8).
//!
//! Nobody is passed over for being refused for flood: that waits under the same name (PB-8a). What stands in a post is
//! `post_body.rs`'s, what a refusal means `why_not.rs`'s.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, KEY, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::others::{Act, CANNOT_SPEAK};
use crate::hosts::khoros::why_not::{WhyNot, why_not};
use crate::hosts::khoros::{Client, is_id, post_body, rows};
use crate::run::Why;
use crate::value::Value;

use super::one_by_one;

const CALL: &str = "khoros: POST /messages";
/// Among the newest replies there is one that everybody can read.
const NEWEST: u32 = 25;

/// Posts, one call each.
pub fn post_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.post_reply",
        Call::Write(WriteCall {
            kind: Write::Says { source: Some("source".into()), target: vec!["thread".into()] },
            up_to: 1,
            // The thread as it is now.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Ask { with: "khoros.find_our_post".into(), key: KEY.into(), sure: Sure::Index },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(one_by_one(client.clone(), items, post))),
        }),
    )
    .about("Posts a reply in a thread as the first of some members who can. It is known again by its marker.")
    .needs("thread", Type::Id, "id of the thread")
    .needs("body", Type::Html, "what is posted")
    .needs("as", Type::Texts, "logins, in order: the first who can speak there")
    .may("source", Type::Id, "what is said with it, such as `salesforce:comment:00a…`: posted once, whoever asks")
    .may("under", Type::Text, "question (default) or last_reply")
    .may("marker", Type::Text, "hidden (default), visible or none: then a person looks when an answer was lost")
    .may("nobody", Type::Text, "park (default) or drop, when nobody can speak")
    .may("locked", Type::Text, "park (default) or drop, when the thread takes no replies")
    .may(
        "sign",
        Type::Any,
        "texts under the post: `agent` where the login is that of `speaker`, `fallback` for all others",
    )
    .echo("khoros:message:{id}:created")
    .keeps_place()
    .example("khoros::post_reply(#{ thread: thread.id, body: \"<p>On it</p>\", \"as\": [\"support-team\"] })")
}

fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    item.args.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Each speaker in turn, until one is not told that he may not.
async fn post(client: &Client, item: &Item) -> Reply {
    if !is_id(text(item, "thread")) || post_body::is_empty(item) {
        return refused(format!("`{}` is no thread, or there is nothing to post", text(item, "thread")));
    }
    let parent = match parent(client, item).await {
        Ok(parent) => parent,
        Err(reply) => return *reply,
    };
    let mut passed: Vec<(String, HostError)> = Vec::new();
    for login in speakers(item) {
        if let Err(wait) = client.admit(&login, Act::Post) {
            return Reply::Again(wait);
        }
        let data = json!({ "type": "message", "body": post_body::of(item, &login), "parent": { "id": parent } });
        match client.post_as(&login, "messages", data).await {
            Ok(posted) => return answered(client, item, &login, &posted, &passed),
            Err(error) if may_not(&error) => passed.push((login, error)),
            Err(error) => return not_taken(item, error),
        }
    }
    closed(item, "nobody", Why::new("nobody_can_speak", named(&passed)))
}

/// Whether somebody else may do it.
pub(super) fn may_not(error: &HostError) -> bool {
    error.code.as_deref() == Some(CANNOT_SPEAK) || why_not(error) == Some(WhyNot::NoRight)
}

/// Everybody who was tried, with the reason.
pub(super) fn named(passed: &[(String, HostError)]) -> String {
    match passed {
        [] => "nobody is named who has an account".to_owned(),
        tried => tried.iter().map(|(login, why)| format!("{login}: {why}")).collect::<Vec<_>>().join("; "),
    }
}

/// The logins in order, each once; what is absent was left out by the rule.
pub(super) fn speakers(item: &Item) -> Vec<String> {
    let named: Vec<&str> = match item.args.get("as") {
        Some(Value::List(logins)) => logins.iter().filter_map(Value::as_str).collect(),
        Some(login) => login.as_str().into_iter().collect(),
        None => vec![],
    };
    let mut logins: Vec<String> = Vec::new();
    for login in named.into_iter().map(str::trim).filter(|login| !login.is_empty()) {
        if !logins.iter().any(|known| known.eq_ignore_ascii_case(login)) {
            logins.push(login.to_owned());
        }
    }
    logins
}

/// What is answered: the question, or the newest reply. A locked thread is answered by nobody, whatever an administrator
/// may; one that was merged into another goes on there (PB-6).
async fn parent(client: &Client, item: &Item) -> Result<String, Box<Reply>> {
    let before = |error: HostError| Box::new(not_taken(item, error.before_the_write()));
    let mut root = client.get(&format!("messages/{}", text(item, "thread"))).await.map_err(before)?;
    if let Some(surviving) = rows::surviving(&root, text(item, "thread")) {
        root = client.get(&format!("messages/{surviving}")).await.map_err(before)?;
    }
    if root["read_only"] == Json::Bool(true) {
        return Err(Box::new(closed(item, "locked", Why::new("locked", "the thread is locked"))));
    }
    let thread =
        rows::id(&root["topic"]["id"]).as_str().map(str::to_owned).unwrap_or_else(|| text(item, "thread").to_owned());
    match text(item, "under") {
        "last_reply" => Ok(newest(client, &thread).await.map_err(before)?.unwrap_or(thread)),
        _ => Ok(thread),
    }
}

async fn newest(client: &Client, thread: &str) -> Result<Option<String>, HostError> {
    let replies = Liql::select(&["id", "moderation_status"], "messages").test("topic.id", "=", Literal::Text(thread));
    let found = client.search(&replies.order("post_time DESC").limit(NEWEST)).await?.items;
    let shown = found.iter().find(|row| rows::is_shown(row["moderation_status"].as_str()));
    Ok(shown.and_then(|row| rows::id(&row["id"]).as_str().map(str::to_owned)))
}

/// One that waits for a moderator was not delivered (PB-8a).
fn answered(client: &Client, item: &Item, login: &str, posted: &Json, passed: &[(String, HostError)]) -> Reply {
    let Some(id) = rows::id(&posted["id"]).as_str().map(str::to_owned) else {
        let error = HostError::new(FailureClass::Unreadable, CALL, "the answer names no message");
        return Reply::Unknown(HostError { maybe_applied: true, ..error });
    };
    let moderation = posted["moderation_status"].as_str().unwrap_or("approved");
    if !rows::is_shown(Some(moderation)) {
        return Reply::Parked(Why::new("held_for_moderation", format!("message {id} of {login} is {moderation}")));
    }
    let passed = passed.iter().map(|(login, why)| {
        Value::map([("login", Value::text(login.as_str())), ("why", Value::text(why.to_string()))])
    });
    Reply::Done(Value::map([
        ("id", Value::text(id)),
        ("url", posted["view_href"].as_str().map(|href| client.page_url(href)).as_deref().into()),
        ("by", Value::text(login)),
        ("part", post_body::is_part(&post_body::written(item)).into()),
        ("moderation", moderation.into()),
        ("thread", Value::text(text(item, "thread"))),
        ("passed", Value::List(passed.collect())),
    ]))
}

/// What the thread does not take from anybody, under a code of its own; all else as the host said it.
fn not_taken(item: &Item, error: HostError) -> Reply {
    let code = match why_not(&error) {
        Some(WhyNot::Gone) => return Reply::No(Why::new("thread_gone", "the thread is not there any more")),
        Some(WhyNot::Locked) => "locked",
        Some(WhyNot::RepliesOff) => "replies_off",
        Some(WhyNot::TagRequired) => "tag_required",
        _ => return host_error::reply(error),
    };
    closed(item, "locked", Why::new(code, error.to_string()))
}

/// Parked, or let go where the rule says so.
fn closed(item: &Item, word: &str, why: Why) -> Reply {
    if text(item, word) == "drop" { Reply::No(why) } else { Reply::Parked(why) }
}

fn refused(said: String) -> Reply {
    Reply::Refused(HostError::new(FailureClass::Refused, CALL, said))
}
