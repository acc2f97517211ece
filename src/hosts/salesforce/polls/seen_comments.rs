//! What is kept of the comments of one case, and what happened since: the memory of `comments.rs`.
//!
//! Since a moment, each comment is known with its version; what is older was told and is read no more, but for internal
//! comments: one that is published later is told as added then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::marker;
use crate::names::Name;
use crate::value::Value;

/// A case without comments is held to have been seen up to the newest comment of others, once that is so much newer.
const OLD: SignedDuration = SignedDuration::from_hours(24);

const PUBLISHED: &str = "+published";

/// What happened to a comment, by its id.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    Added(Name),
    /// Customers may see it from now on.
    Published(Name),
    /// With the stamp of its new version.
    Edited(Name, String),
    Deleted(Name),
}

/// What is kept of one case.
#[derive(Default)]
pub struct Seen {
    /// Of what changed since then, every comment is among `versions`.
    pub from: Option<Timestamp>,
    /// The newest stamp.
    upto: Option<Timestamp>,
    /// By id; ours are not among them. Older ones only while nobody but the org may see them.
    versions: BTreeMap<Name, Value>,
}

impl Seen {
    pub fn of(seen: &Value) -> Self {
        let moment = |name: &str| seen.get(name).as_str().and_then(|text| text.parse().ok());
        let versions = if let Value::Map(ids) = seen.get("ids") { ids.clone() } else { BTreeMap::new() };
        Seen { from: moment("from"), upto: moment("upto"), versions }
    }

    /// What the rows of this case tell; those of ours are no news, and what was said before the case was linked was
    /// not said to the thread.
    pub fn against<'a>(
        &'a self,
        rows: &'a [&'a Json],
        linked: Option<Timestamp>,
    ) -> impl Iterator<Item = Happened> + 'a {
        rows.iter().filter(|row| !is_own(row) && self.is_recent(row)).filter_map(move |row| self.of_row(row, linked))
    }

    fn of_row(&self, row: &Json, linked: Option<Timestamp>) -> Option<Happened> {
        let (id, version): (Name, String) = (id(row).into(), version(row));
        let edited = || Happened::Edited(id.clone(), row["SystemModstamp"].as_str().unwrap_or_default().to_owned());
        match self.versions.get(id.as_str()).and_then(Value::as_str) {
            Some(before) if before == version => None,
            Some(before) if version.ends_with(PUBLISHED) && !before.ends_with(PUBLISHED) => {
                Some(Happened::Published(id))
            }
            Some(_) => Some(edited()),
            None if self.is_old(row) => Some(edited()),
            // The org tells no fractions of a second.
            None if made(row).zip(linked).is_some_and(|(made, linked)| made.as_second() < linked.as_second()) => None,
            None => Some(Happened::Added(id)),
        }
    }

    /// Rows of other cases go further back.
    fn is_recent(&self, row: &Json) -> bool {
        self.from.is_none_or(|from| stamp(row).is_none_or(|at| at >= from))
    }

    /// Whether a comment was there before what is known: then it was told.
    fn is_old(&self, row: &Json) -> bool {
        self.from.zip(made(row)).is_some_and(|(from, made)| made < from)
    }

    /// The comments that are read again; what is not there any more is somewhere else.
    pub fn expected(&self) -> impl Iterator<Item = &str> {
        let is_recent = |version: &Value| of_version(version).zip(self.from).is_some_and(|(at, from)| at >= from);
        self.versions.iter().filter(move |(_, version)| is_recent(version)).map(|(id, _)| id.as_str())
    }

    /// Those of its comments that are among the deleted ones.
    pub fn gone<'a>(&'a self, deleted: &'a BTreeSet<String>) -> impl Iterator<Item = Happened> + 'a {
        self.expected().filter(|id| deleted.contains(*id)).map(|id| Happened::Deleted(id.into()))
    }

    /// What is kept from now on: all that changed within `depth` of the newest stamp. `newest` is that of all cases that
    /// were asked about together: up to there nothing of this case is missing either.
    pub fn next(&self, rows: &[&Json], newest: Option<Timestamp>, depth: SignedDuration) -> Value {
        let own = rows.iter().filter_map(|row| stamp(row)).max().max(self.upto);
        let Some(own) = own else { return Value::Nothing };
        let upto = newest.filter(|newest| newest.duration_since(own) > OLD).unwrap_or(own);
        let from = self.from.max(Some(upto - depth));
        let is_kept = |version: &str| !version.ends_with(PUBLISHED) || of(version).is_none_or(|at| Some(at) >= from);
        let older = self.versions.iter().filter(|(_, version)| {
            !version.as_str().unwrap_or_default().ends_with(PUBLISHED) && of_version(version) < self.from
        });
        let mut ids: BTreeMap<Name, Value> = older.map(|(id, version)| (id.clone(), version.clone())).collect();
        let now = rows.iter().filter(|row| !is_own(row) && self.is_recent(row));
        for (id, version) in now.map(|row| (id(row), version(row))) {
            ids.remove(id);
            if is_kept(&version) {
                ids.insert(id.into(), Value::text(version));
            }
        }
        let moment = |at: Timestamp| Value::text(at.to_string());
        let from = from.map_or(Value::Nothing, moment);
        Value::map([("from", from), ("upto", moment(upto)), ("ids", Value::Map(ids))])
    }
}

/// When a comment was changed last, by the org's clock.
pub fn stamp(row: &Json) -> Option<Timestamp> {
    of(row["SystemModstamp"].as_str()?)
}

fn made(row: &Json) -> Option<Timestamp> {
    of(row["CreatedDate"].as_str()?)
}

fn id(row: &Json) -> &str {
    row["Id"].as_str().unwrap_or_default()
}

fn is_own(row: &Json) -> bool {
    marker::is_ours(row["CommentBody"].as_str().unwrap_or_default())
}

/// What tells one text of a comment from another, and whether customers may see it.
fn version(row: &Json) -> String {
    let published = if row["IsPublished"] == Json::Bool(true) { PUBLISHED } else { "" };
    format!("{}{published}", row["SystemModstamp"].as_str().unwrap_or_default())
}

fn of_version(version: &Value) -> Option<Timestamp> {
    of(version.as_str()?)
}

/// The moment of a stamp or a version.
fn of(text: &str) -> Option<Timestamp> {
    text.trim_end_matches(PUBLISHED).parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: &str, made: &str, changed: &str, published: bool) -> Json {
        let at = |time: &str| format!("2026-03-03T{time}:00.000+0000");
        json!({ "Id": id, "CommentBody": "Hi", "IsPublished": published, "CreatedDate": at(made), "SystemModstamp": at(changed) })
    }

    const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

    /// One look after the other; gives what the last one told.
    fn looks<const N: usize>(looks: [Vec<Json>; N]) -> Vec<Happened> {
        let (mut kept, mut told) = (Value::Nothing, vec![]);
        for rows in looks {
            let (seen, rows) = (Seen::of(&kept), rows.iter().collect::<Vec<_>>());
            told = seen.against(&rows, None).collect();
            kept = seen.next(&rows, None, OVERLAP);
        }
        told
    }

    #[test]
    fn what_other_cases_make_us_read_again_is_no_news() {
        let (old, new) = (row("a", "09:00", "09:00", true), row("b", "12:00", "12:00", true));
        assert_eq!(looks([vec![old.clone(), new.clone()], vec![old, new]]), []);
    }

    #[test]
    fn an_internal_comment_of_any_age_is_told_when_it_is_published() {
        let internal = row("a", "09:00", "09:00", false);
        let (later, now) = (row("b", "12:00", "12:00", true), row("a", "09:00", "15:00", true));
        let told = looks([vec![internal.clone()], vec![internal, later.clone()], vec![later, now]]);
        assert_eq!(told, [Happened::Published("a".into())]);
    }

    #[test]
    fn an_old_comment_with_a_new_stamp_was_edited() {
        let (first, last) = (row("a", "09:00", "09:00", true), row("b", "12:00", "12:00", true));
        let edited = row("a", "09:00", "13:00", true);
        let told = looks([vec![first], vec![last.clone()], vec![last, edited]]);
        assert_eq!(told, [Happened::Edited("a".into(), "2026-03-03T13:00:00.000+0000".into())]);
    }
}
