//! Edits as a person at the community would make them, and scenes: the same entries, all or nothing.
//!
//! What an entry may hold is in `edit_people.rs` and `edit_threads.rs`; `docs/sandbox.md` documents it.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::community::Community;
use super::events::Kind;
use super::{edit_people, edit_threads};
use crate::sandbox::clock::span;

/// What an entry changes, and when.
pub struct Edit<'a> {
    pub community: &'a mut Community,
    pub now: Timestamp,
    /// What subscribers are told.
    pub happened: Vec<(Kind, u64)>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Lists {
    categories: Vec<Value>,
    boards: Vec<Value>,
    members: Vec<Value>,
    threads: Vec<Value>,
    replies: Vec<Value>,
    solutions: Vec<Value>,
}

/// The community after the edits, the ids per list, and what subscribers are told.
type Edited = (Community, Value, Vec<(Kind, u64)>);

/// Applies all entries to a copy and gives it with the ids per list; the first wrong entry is the error.
pub fn edited(community: &Community, entries: &Value, now: Timestamp) -> Result<Edited, String> {
    let lists: Lists = serde_json::from_value(entries.clone()).map_err(|error| format!("at the community: {error}"))?;
    let mut copy = community.clone();
    let mut edit = Edit { community: &mut copy, now, happened: Vec::new() };
    let mut ids = Map::new();
    edit.each("categories", lists.categories, edit_people::category, &mut ids)?;
    edit.each("boards", lists.boards, edit_people::board, &mut ids)?;
    edit.each("members", lists.members, edit_people::member, &mut ids)?;
    edit.each("threads", lists.threads, edit_threads::thread, &mut ids)?;
    edit.each("replies", lists.replies, edit_threads::reply, &mut ids)?;
    edit.each("solutions", lists.solutions, edit_threads::solution, &mut ids)?;
    let happened = edit.happened;
    Ok((copy, Value::Object(ids), happened))
}

impl Edit<'_> {
    fn each<T: DeserializeOwned>(
        &mut self,
        list: &str,
        entries: Vec<Value>,
        apply: fn(&mut Edit<'_>, T) -> Result<String, String>,
        ids: &mut Map<String, Value>,
    ) -> Result<(), String> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut applied = Vec::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let parsed = serde_json::from_value(entry).map_err(|error| error.to_string());
            let id = parsed.and_then(|entry| apply(self, entry)).map_err(|why| format!("{list}[{at}]: {why}"))?;
            applied.push(json!(id));
        }
        ids.insert(list.to_owned(), Value::Array(applied));
        Ok(())
    }

    /// An age such as `60 hours`, or a moment.
    pub fn moment(&self, text: &str) -> Result<Timestamp, String> {
        match text.parse::<Timestamp>() {
            Ok(moment) => Ok(moment),
            Err(_) => Ok(self.now - span(text)?),
        }
    }

    /// The id of the member with this login; `-1` and the empty login are nobody.
    pub fn author(&self, login: &str) -> Result<i64, String> {
        if matches!(login, "" | "-1") {
            return Ok(-1);
        }
        let member = self.community.by_login(login).ok_or_else(|| format!("no member has the login `{login}`"))?;
        i64::try_from(member.id).map_err(|error| error.to_string())
    }
}

/// An id, as text or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Id {
    Number(u64),
    Text(String),
}

impl Id {
    pub fn number(&self) -> Result<u64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => text.parse().map_err(|_| format!("`{text}` is no id; ids are decimal numbers")),
        }
    }
}

/// Overwrites a field if the entry names it.
pub fn set<T>(field: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *field = wanted;
    }
}
