//! The thread itself: edited, moved to another board, deleted.

use serde_json::Value as Json;

use crate::catalog::Told;
use crate::hosts::khoros::rows;
use crate::names::Name;
use crate::value::Value;

use super::threads::Look;

const EDITED: &str = "khoros.thread_edited";
const MOVED: &str = "khoros.thread_moved";
const DELETED: &str = "khoros.thread_deleted";
pub const TELLS: [&str; 3] = [EDITED, MOVED, DELETED];

/// A thread that the search does not show may only be late in its index, so it counts as deleted when it was missed
/// this often in a row.
const MISSED: i64 = 2;

/// What is kept, and what happened. A thread that is seen for the first time was not changed.
pub fn look(look: &Look<'_>, seen: &Value) -> (Vec<(Name, Value)>, Vec<Told>) {
    if !look.is_wanted(&TELLS) {
        return (vec![], vec![]);
    }
    let Some(root) = look.root else { return missed(look, seen) };
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
    let moves = if moves == 0 { Value::Nothing } else { moves.into() };
    let kept = [("board", board), ("edited", edited), ("moves", moves), ("missed", Value::Nothing)];
    (kept.map(|(name, value)| (name.into(), value)).to_vec(), told)
}

fn missed(look: &Look<'_>, seen: &Value) -> (Vec<(Name, Value)>, Vec<Told>) {
    let missed = (count(seen, "missed") + 1).min(MISSED + 1);
    let told = || look.told(DELETED, format!("khoros:thread:{}:deleted", look.thread), Value::Nothing);
    (vec![("missed".into(), missed.into())], if missed == MISSED { vec![told()] } else { vec![] })
}

fn differs(before: &Value, now: &Value) -> bool {
    !before.is_nothing() && !now.is_nothing() && before != now
}

fn count(seen: &Value, name: &str) -> i64 {
    if let Value::Int(count) = seen.get(name) { *count } else { 0 }
}
