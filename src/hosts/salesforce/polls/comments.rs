//! `salesforce.comments`: comments on the cases that a thread has: added, edited, deleted (PB-4).
//!
//! Of each case the newest stamp is kept, by the org's clock, and what was seen within an overlap before it, by id and
//! version: comments that share a stamp, or that became visible late, are neither lost nor told twice. A comment
//! that is published later is told as added then.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::{datetime, select_where_in};
use crate::marker;
use crate::names::Name;
use crate::value::Value;

use super::super::case_event;

const ADDED: &str = "salesforce.case_comment_added";
const EDITED: &str = "salesforce.case_comment_edited";
const DELETED: &str = "salesforce.case_comment_deleted";

/// How far back is read again: commits become visible late (Salesforce sheet 9.6).
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// A stamp is moved on when it is older than this, although nothing was said on its case.
const OLD: SignedDuration = SignedDuration::from_hours(24);

const FIELDS: [&str; 6] = ["Id", "ParentId", "CommentBody", "IsPublished", "CreatedDate", "SystemModstamp"];

/// Asks about the comments of cases that a thread has.
pub fn comments(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "salesforce.comments".into(),
        about: "comments on cases with a thread: one call for 200 cases, one more for those that never had one",
        of: Some("notebook.find_links".into()),
        key: "case",
        tells: [ADDED, EDITED, DELETED].map(Into::into).to_vec(),
        up_to: 200,
        call: Arc::new(move |polled, wanted| Box::pin(ask(client.clone(), polled, wanted))),
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>, wanted: Wanted) -> Result<Vec<Changed>, HostError> {
    let seen: Vec<Seen> = polled.iter().map(|polled| Seen::of(&polled.seen)).collect();
    let id = |which: usize| polled[which].row.get("case").as_str().unwrap_or_default();
    let (known, new): (Vec<usize>, Vec<usize>) = (0..polled.len()).partition(|which| seen[*which].upto.is_some());
    let since = known.iter().filter_map(|which| seen[*which].upto).min().map(|upto| upto - OVERLAP);
    let mut rows = read(&client, known.into_iter().map(id).collect(), since).await?;
    rows.extend(read(&client, new.into_iter().map(id).collect(), None).await?);
    let newest = rows.iter().filter_map(stamp).max();
    let mut changed = Vec::new();
    for (which, seen) in seen.into_iter().enumerate() {
        let own = rows.iter().filter(|row| row["ParentId"].as_str().and_then(|id| id.get(..15)) == id(which).get(..15));
        let look = Look { polled: &polled[which], wanted: &wanted, rows: own.collect(), newest };
        let (kept, told) = look.at(seen);
        if kept != polled[which].seen || !told.is_empty() {
            changed.push(Changed { which, seen: kept, told });
        }
    }
    Ok(changed)
}

async fn read(client: &Client, cases: Vec<&str>, since: Option<Timestamp>) -> Result<Vec<Json>, HostError> {
    if cases.is_empty() {
        return Ok(vec![]);
    }
    let query = select_where_in(&FIELDS, "CaseComment", "ParentId", cases);
    let since = since.map(|since| format!(" AND SystemModstamp >= {}", datetime(since))).unwrap_or_default();
    client.query(&format!("{query}{since} ORDER BY CreatedDate, Id")).await
}

fn stamp(row: &Json) -> Option<Timestamp> {
    row["SystemModstamp"].as_str()?.parse().ok()
}

/// What is kept of a case: the newest stamp, and the comments since an overlap before it.
struct Seen {
    upto: Option<Timestamp>,
    ids: BTreeMap<Name, Value>,
}

impl Seen {
    fn of(seen: &Value) -> Self {
        let ids = if let Value::Map(ids) = seen.get("ids") { ids.clone() } else { BTreeMap::new() };
        Seen { upto: seen.get("upto").as_str().and_then(|text| text.parse().ok()), ids }
    }
}

/// One case and the comments that were read of it.
struct Look<'a> {
    polled: &'a Polled,
    wanted: &'a Wanted,
    rows: Vec<&'a Json>,
    /// The newest stamp of all that was read: up to there nothing of this case is missing either.
    newest: Option<Timestamp>,
}

impl Look<'_> {
    fn at(&self, seen: Seen) -> (Value, Vec<Told>) {
        let mut told: Vec<Told> = self.rows.iter().filter_map(|row| self.row(&seen, row)).collect();
        told.extend(self.deleted(&seen));
        let upto = self.upto(&seen);
        let floor = upto.map(|upto| upto - OVERLAP);
        let recent = self.rows.iter().filter(|row| floor.is_none_or(|floor| stamp(row).is_none_or(|at| at >= floor)));
        let ids = recent.map(|row| (row["Id"].as_str().unwrap_or_default(), version(row)));
        let Some(upto) = upto else { return (Value::Nothing, told) };
        let kept = [("upto", Value::text(upto.to_string())), ("ids", Value::map(ids))];
        (Value::map(kept), told)
    }

    fn upto(&self, seen: &Seen) -> Option<Timestamp> {
        let own = self.rows.iter().filter_map(|row| stamp(row)).max().max(seen.upto);
        match (own, self.newest) {
            (Some(own), Some(newest)) if newest.duration_since(own) > OLD => Some(newest),
            (own, _) => own,
        }
    }

    /// A comment against what was seen of it; our own are no news.
    fn row(&self, seen: &Seen, row: &Json) -> Option<Told> {
        let id = row["Id"].as_str().unwrap_or_default();
        let version = version(row);
        if is_own(&version) {
            return None;
        }
        let made = row["CreatedDate"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let is_older = || seen.upto.is_some_and(|upto| made.is_some_and(|made| made < upto - OVERLAP));
        let before = seen.ids.get(id);
        let is_published = |version: &Value| version.as_str().is_some_and(|text| text.ends_with("+published"));
        match before {
            Some(before) if *before == version => None,
            Some(before) if is_published(before) || !is_published(&version) => self.edited(id, row),
            None if is_older() => self.edited(id, row),
            // New, or published just now.
            _ => self.told(ADDED, id, format!("salesforce:comment:{id}:created")),
        }
    }

    fn edited(&self, id: &str, row: &Json) -> Option<Told> {
        let stamp = row["SystemModstamp"].as_str().unwrap_or_default();
        self.told(EDITED, id, format!("salesforce:comment:{id}:edited:{stamp}"))
    }

    /// Of what was seen lately all is read again; what is not there was deleted.
    fn deleted(&self, seen: &Seen) -> Vec<Told> {
        let is_there = |id: &Name| self.rows.iter().any(|row| row["Id"].as_str() == Some(id.as_str()));
        let gone = seen.ids.iter().filter(|(id, version)| !is_there(id) && !is_own(version));
        gone.filter_map(|(id, _)| self.told(DELETED, id.as_str(), format!("salesforce:comment:{id}:deleted"))).collect()
    }

    fn told(&self, kind: &str, comment: &str, what: String) -> Option<Told> {
        let link = &self.polled.row;
        let (case, thread) = (link.get("case").as_str().unwrap_or_default(), link.get("thread").as_str());
        let hint = Value::map([("comment", Value::text(comment))]);
        self.wanted.contains(kind).then(|| case_event(kind, what, case, thread, hint))
    }
}

const OWN: &str = "own";

/// What tells one text of a comment from another, and whether customers may see it; ours are only known as such.
fn version(row: &Json) -> Value {
    if marker::is_ours(row["CommentBody"].as_str().unwrap_or_default()) {
        return OWN.into();
    }
    let published = if row["IsPublished"] == Json::Bool(true) { "+published" } else { "" };
    Value::text(format!("{}{published}", row["SystemModstamp"].as_str().unwrap_or_default()))
}

fn is_own(version: &Value) -> bool {
    version.as_str() == Some(OWN)
}
