//! The thread itself: edited, moved to another board, merged into another thread, deleted.

use serde_json::Value as Json;

use crate::catalog::Told;
use crate::failure::HostError;
use crate::hosts::khoros::rows;
use crate::names::Name;
use crate::value::Value;

use super::threads::Look;

const EDITED: &str = "khoros.thread_edited";
const MOVED: &str = "khoros.thread_moved";
const MERGED: &str = "khoros.thread_merged";
const DELETED: &str = "khoros.thread_deleted";
pub const TELLS: [&str; 4] = [EDITED, MOVED, MERGED, DELETED];

/// What is kept of a thread that is gone; the first versions counted how often the search did not show it.
const GONE: i64 = 2;

/// What is kept, and what happened. A thread that is seen for the first time was not changed.
pub async fn look(look: &Look<'_>, seen: &Value) -> Result<(Vec<(Name, Value)>, Vec<Told>), HostError> {
    if !look.is_wanted(&TELLS) {
        return Ok((vec![], vec![]));
    }
    let Some(root) = look.root else { return missed(look, seen).await };
    let at = |pointer: &str| root.pointer(pointer).unwrap_or(&Json::Null);
    let (board, edited) = (rows::id(at("/board/id")), rows::text(at("/current_revision/last_edit_time")));
    let moves = count(seen, "moves") + i64::from(differs(seen.get("board"), &board));
    let mut told = Vec::new();
    if differs(seen.get("board"), &board) {
        let hint = Value::map([("from", seen.get("board").clone()), ("to", board.clone())]);
        told.push(look.told(MOVED, format!("khoros:thread:{}:moved:{moves}", look.thread), hint));
    }
    if differs(seen.get("edited"), &edited) {
        let version = edited.as_str().unwrap_or_default();
        told.push(look.told(EDITED, format!("khoros:message:{}:edited:{version}", look.thread), Value::Nothing));
    }
    let into = merged_into(look, root);
    if let Some(into) = into.filter(|into| seen.get("into").as_str() != Some(into)) {
        let hint = Value::map([("into", Value::text(into))]);
        told.push(look.told(MERGED, format!("khoros:thread:{}:merged:{into}", look.thread), hint));
    }
    let moves = if moves == 0 { Value::Nothing } else { moves.into() };
    let kept =
        [("board", board), ("edited", edited), ("moves", moves), ("into", into.into()), ("missed", Value::Nothing)];
    Ok((kept.map(|(name, value)| (name.into(), value)).to_vec(), told))
}

/// A thread that the search does not show may only be late in its index: it is gone when it cannot be read itself.
async fn missed(look: &Look<'_>, seen: &Value) -> Result<(Vec<(Name, Value)>, Vec<Told>), HostError> {
    if is_gone(seen) || look.client.get_if_there(&format!("messages/{}", look.thread)).await?.is_some() {
        return Ok((vec![], vec![]));
    }
    let told = look.told(DELETED, format!("khoros:thread:{}:deleted", look.thread), Value::Nothing);
    Ok((vec![("missed".into(), GONE.into())], vec![told]))
}

/// Whether a thread is known to be gone.
pub fn is_gone(seen: &Value) -> bool {
    count(seen, "missed") >= GONE
}

/// The thread that it was merged into: its first message stands in that one (inferred: no event or call is known).
pub fn merged_into<'a>(look: &Look<'_>, root: &'a Json) -> Option<&'a str> {
    root.pointer("/topic/id").and_then(Json::as_str).filter(|topic| *topic != look.thread)
}

fn differs(before: &Value, now: &Value) -> bool {
    !before.is_nothing() && !now.is_nothing() && before != now
}

fn count(seen: &Value, name: &str) -> i64 {
    if let Value::Int(count) = seen.get(name) { *count } else { 0 }
}
