//! `khoros.post_reply`: posts in a thread as somebody: the first of a list who can (PB-2, PB-6 to PB-9, SET-8).
//!
//! Nobody is taken for being refused for flood: that waits under the same name (PB-8a).

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, KEY, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::others::{Act, CANNOT_SPEAK};
use crate::hosts::khoros::{Client, is_id, rows, safe_html};
use crate::marker;
use crate::run::Why;
use crate::value::Value;

const CALL: &str = "khoros: POST /messages";
/// Not authorised, and the same where the answer names the right instead (Khoros sheet 3.2, 7.2).
const NO_RIGHT: &str = "203";
const NO_RIGHT_TEXT: &str = "reply_to_entity";

/// Posts, one call each.
pub fn post_reply(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.post_reply",
        Call::Write(WriteCall {
            kind: Write::Says { source: Some("source".into()), target: vec!["thread".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Ask { with: "khoros.find_our_post".into(), key: KEY.into(), sure: Sure::Index },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(post_all(client.clone(), items))),
        }),
    )
    .about("Posts a reply in a thread as the first of some members who can. It is known again by its marker.")
    .needs("thread", Type::Id, "id of the thread")
    .needs("body", Type::Html, "what is posted")
    .needs("as", Type::Texts, "logins, in order: the first who can speak there")
    .may("source", Type::Id, "what is said with it, such as `salesforce:comment:00a…`: posted once, whoever asks")
    .may("under", Type::Text, "question (default) or last_reply")
    .may("marker", Type::Text, "hidden (default), visible or none")
    .may("nobody", Type::Text, "park (default) or drop, when nobody can speak")
    .may("locked", Type::Text, "park (default) or drop, when the thread is locked")
    .may("sign", Type::Any, "texts under the post: `agent` for the first of the list, `fallback` for all others")
    .echo("khoros:message:{id}:created")
    .keeps_place()
    .example("khoros::post_reply(#{ thread: thread.id, body: \"<p>On it</p>\", \"as\": [\"support-team\"] })")
}

async fn post_all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(post(&client, item).await);
    }
    replies
}

fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    item.args.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Each speaker in turn, until one is not told that he may not.
async fn post(client: &Client, item: &Item) -> Reply {
    let thread = text(item, "thread");
    if !is_id(thread) {
        return refused(format!("`{thread}` is no thread"));
    }
    let parent = match parent(client, item, thread).await {
        Ok(parent) => parent,
        Err(error) => return host_error::reply(error.before_the_write()),
    };
    let mut passed: Vec<(String, String)> = Vec::new();
    for (n, login) in speakers(item).into_iter().enumerate() {
        if !client.is_own(&login)
            && let Err(wait) = client.others.admit(&login, Act::Post, client.now())
        {
            let error = HostError::new(
                FailureClass::Temporary { after: Some(wait) },
                CALL,
                format!("{login} wrote a lot just now"),
            );
            return Reply::Again(error);
        }
        let data = json!({ "type": "message", "body": body(item, n == 0), "parent": { "id": parent } });
        match client.post_as(&login, "messages", data).await {
            Ok(posted) => return answered(client, item, &login, &posted, &passed),
            Err(error) if is_no_right(&error) => match standing(client, thread).await {
                Standing::Open => passed.push((login, error.to_string())),
                Standing::Locked => return closed(item, "locked", "locked", "the thread is locked"),
                Standing::Gone => return gone(),
            },
            Err(error) if error.class == FailureClass::NotFound => return gone(),
            Err(error) => return host_error::reply(error),
        }
    }
    let tried = passed.iter().map(|(login, why)| format!("{login}: {why}")).collect::<Vec<_>>().join("; ");
    let why = if tried.is_empty() { "nobody is named who has an account".to_owned() } else { tried };
    closed(item, "nobody", "nobody_can_speak", &why)
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

/// What is answered: the question, or the newest reply.
async fn parent(client: &Client, item: &Item, thread: &str) -> Result<String, HostError> {
    if text(item, "under") != "last_reply" {
        return Ok(thread.to_owned());
    }
    let newest = Liql::select(&["id"], "messages").test("topic.id", "=", Literal::Text(thread));
    let found = client.search(&newest.order("post_time DESC").limit(1)).await?.items;
    let id = found.first().and_then(|row| rows::id(&row["id"]).as_str().map(str::to_owned));
    Ok(id.unwrap_or_else(|| thread.to_owned()))
}

/// Clean HTML, what stands under it, and the marker.
fn body(item: &Item, is_first: bool) -> String {
    let written = item.args.get("body").map(safe_html).unwrap_or_default();
    let sign = item.args.get("sign").map(|sign| sign.get(if is_first { "agent" } else { "fallback" }));
    let sign = sign.and_then(Value::as_str).map(|sign| format!("<p>{}</p>", ammonia::clean_text(sign)));
    let marker = match text(item, "marker") {
        "none" => String::new(),
        "visible" => format!("<p>{}</p>", marker::visible(item.key.as_str())),
        _ => marker::of(item.key.as_str()),
    };
    format!("{}{}{marker}", written.as_str().unwrap_or_default(), sign.unwrap_or_default())
}

/// One that waits for a moderator was not delivered (PB-8a).
fn answered(client: &Client, item: &Item, login: &str, posted: &Json, passed: &[(String, String)]) -> Reply {
    let Some(id) = rows::id(&posted["id"]).as_str().map(str::to_owned) else {
        let error = HostError::new(FailureClass::Unreadable, CALL, "the answer names no message");
        return Reply::Unknown(HostError { maybe_applied: true, ..error });
    };
    let moderation = posted["moderation_status"].as_str().unwrap_or("approved");
    if !matches!(moderation, "approved" | "marked_approved") {
        return Reply::Parked(Why::new("held_for_moderation", format!("message {id} of {login} is {moderation}")));
    }
    let passed = passed
        .iter()
        .map(|(login, why)| Value::map([("login", Value::text(login.as_str())), ("why", Value::text(why.as_str()))]));
    Reply::Done(Value::map([
        ("id", Value::text(id)),
        ("url", posted["view_href"].as_str().map(|href| client.page_url(href)).as_deref().into()),
        ("by", Value::text(login)),
        ("moderation", moderation.into()),
        ("thread", Value::text(text(item, "thread"))),
        ("passed", Value::List(passed.collect())),
    ]))
}

fn is_no_right(error: &HostError) -> bool {
    let is_told = error.code.as_deref().is_some_and(|code| code == NO_RIGHT || code == CANNOT_SPEAK);
    error.class == FailureClass::Refused && (is_told || error.said.contains(NO_RIGHT_TEXT))
}

/// Why somebody was not let in: because of the thread, or of himself.
enum Standing {
    Open,
    Locked,
    Gone,
}

async fn standing(client: &Client, thread: &str) -> Standing {
    let query = Liql::select(&["id", "read_only"], "messages").test("id", "=", Literal::Text(thread));
    match client.search(&query).await.map(|page| page.items) {
        Ok(found) if found.is_empty() => Standing::Gone,
        Ok(found) if found[0]["read_only"] == Json::Bool(true) => Standing::Locked,
        _ => Standing::Open,
    }
}

/// Parked, or let go where the rule says so.
fn closed(item: &Item, word: &str, code: &str, why: &str) -> Reply {
    let why = Why::new(code, why);
    if text(item, word) == "drop" { Reply::No(why) } else { Reply::Parked(why) }
}

fn gone() -> Reply {
    Reply::No(Why::new("thread_gone", "the thread is not there any more"))
}

fn refused(said: String) -> Reply {
    Reply::Refused(HostError::new(FailureClass::Refused, CALL, said))
}
