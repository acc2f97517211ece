//! Replies of a thread: posted, edited, deleted. They are read when the thread tells that there is a new post, and in
//! every pass where a rule waits for edits, of which nothing tells.
//!
//! All that is readable is held against what was seen, so that no clock and no equal time stamps can lose a reply or
//! tell it twice. The index may show the thread's last post before the reply itself: then it is read again.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::Told;
use crate::failure::HostError;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::marker;
use crate::names::Name;
use crate::value::Value;

use super::threads::Look;

const POSTED: &str = "khoros.reply_posted";
const EDITED: &str = "khoros.reply_edited";
const DELETED: &str = "khoros.reply_deleted";
pub const TELLS: [&str; 3] = [POSTED, EDITED, DELETED];

/// How often a thread is read again whose last post is not among its replies: it may be one that nobody can read.
const TRIES: i64 = 20;

const FIELDS: [&str; 8] = [
    "id",
    "topic.id",
    "author.id",
    "author.login",
    "post_time",
    "moderation_status",
    "current_revision.last_edit_time",
    "body",
];

type Kept = Vec<(Name, Value)>;

/// What is kept, and what happened.
pub async fn look(look: &Look<'_>, seen: &Value) -> Result<(Kept, Vec<Told>), HostError> {
    let root = look.root.unwrap_or(&Json::Null);
    let at = |pointer: &str| root.pointer(pointer).unwrap_or(&Json::Null);
    let (last, count) = (rows::text(at("/conversation/last_post_time")), at("/conversation/messages_count").as_i64());
    let mark = Value::map([("last", last.clone()), ("count", count.into())]);
    let is_known = *seen.get("mark") == mark && seen.get("tries").is_nothing();
    if !look.is_wanted(&TELLS) || (is_known && !look.is_wanted(&[EDITED, DELETED])) {
        return Ok((vec![], vec![]));
    }
    let of_thread = |query: Liql| {
        let replies = query.test("topic.id", "=", Literal::Text(look.thread)).test("depth", ">", Literal::Number(0));
        replies.order("post_time ASC")
    };
    let found = look.client.search_fields(&FIELDS, "messages", of_thread).await?;
    // What waits for a moderator is no reply yet; it is told when it can be read.
    let is_shown = |row: &&Json| rows::is_shown(row["moderation_status"].as_str()) && !is_own(look, row);
    let shown: Vec<&Json> = found.iter().filter(is_shown).collect();
    let told = tell(look, seen.get("replies"), &shown);
    let is_whole = shows_last(&found, &last) && count.is_none_or(|count| found.len() as i64 + 1 >= count);
    let kept = [
        ("mark", mark.clone()),
        ("tries", tries(seen, &mark, is_whole)),
        ("replies", Value::Map(shown.iter().map(|row| (id(row).into(), version(row))).collect())),
    ];
    Ok((kept.map(|(name, value)| (name.into(), value)).to_vec(), told))
}

fn id(row: &Json) -> &str {
    row["id"].as_str().unwrap_or_default()
}

fn version(row: &Json) -> Value {
    Value::text(row.pointer("/current_revision/last_edit_time").and_then(Json::as_str).unwrap_or_default())
}

/// Whether the newest post of the thread is among its replies, or is its question.
fn shows_last(found: &[Json], last: &Value) -> bool {
    let moment = |text: Option<&str>| text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let newest = found.iter().filter_map(|row| moment(row["post_time"].as_str())).max();
    newest.is_none() || newest >= moment(last.as_str())
}

/// How often it was read in vain; none when all of it is there, or nobody expects more.
fn tries(seen: &Value, mark: &Value, is_whole: bool) -> Value {
    let before = match (seen.get("mark") == mark, seen.get("tries")) {
        (true, Value::Int(tries)) => *tries,
        _ => 0,
    };
    if is_whole || before + 1 >= TRIES { Value::Nothing } else { (before + 1).into() }
}

/// Each reply against what was seen of it.
fn tell(look: &Look<'_>, seen: &Value, shown: &[&Json]) -> Vec<Told> {
    let known = if let Value::Map(known) = seen { known.clone() } else { BTreeMap::new() };
    let event = |kind: &str, id: &str, what: String| look.told(kind, what, Value::map([("reply", Value::text(id))]));
    let mut told = Vec::new();
    for row in shown {
        let (id, version) = (id(row), version(row));
        match known.get(id) {
            None => told.push(event(POSTED, id, format!("khoros:message:{id}:created"))),
            Some(before) if *before != version => {
                let version = version.as_str().unwrap_or_default();
                told.push(event(EDITED, id, format!("khoros:message:{id}:edited:{version}")));
            }
            Some(_) => {}
        }
    }
    let is_gone = |id: &&Name| !shown.iter().any(|row| self::id(row) == id.as_str());
    let gone = known.keys().filter(is_gone);
    told.extend(gone.map(|id| event(DELETED, id.as_str(), format!("khoros:message:{id}:deleted"))));
    told
}

/// What the connector wrote itself, by its own account or marked as ours under another's, is never news.
fn is_own(look: &Look<'_>, row: &Json) -> bool {
    let login = row.pointer("/author/login").and_then(Json::as_str).unwrap_or_default();
    look.client.is_own(login) || marker::is_ours(row["body"].as_str().unwrap_or_default())
}
