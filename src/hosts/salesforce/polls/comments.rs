//! `salesforce.comments`: comments on the cases that a thread has: added, edited, deleted (PB-4).
//!
//! Of each case the newest stamp is kept, by the org's clock, and what was seen within an overlap before it, by id and
//! version: comments that share a stamp, or that became visible late, are neither lost nor told twice. What is
//! kept and held against what is stands in `seen_comments.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::{datetime, select_where_in};
use crate::value::Value;

use super::super::case_event;
use super::seen_comments::{Happened, Seen, stamp};

const ADDED: &str = "salesforce.case_comment_added";
const EDITED: &str = "salesforce.case_comment_edited";
const DELETED: &str = "salesforce.case_comment_deleted";

/// How far back is read again: commits become visible late (Salesforce sheet 9.6).
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// The same where a rule waits for deletions: of these comments it is seen that they are gone.
const DAY: SignedDuration = SignedDuration::from_hours(24);

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
        orphan: None,
        up_to: 200,
        call: Arc::new(move |polled, wanted| Box::pin(ask(client.clone(), polled, wanted))),
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>, wanted: Wanted) -> Result<Vec<Changed>, HostError> {
    let seen: Vec<Seen> = polled.iter().map(|polled| Seen::of(&polled.seen)).collect();
    let rows = read_all(&client, &polled, &seen).await?;
    let gone = if wanted.contains(DELETED) { deleted(&client, &seen, &rows).await? } else { BTreeSet::new() };
    let newest = rows.iter().filter_map(stamp).max();
    let depth = if wanted.contains(DELETED) { DAY } else { OVERLAP };
    let mut changed = Vec::new();
    for (which, (polled, seen)) in polled.iter().zip(seen).enumerate() {
        let own: Vec<&Json> = rows.iter().filter(|row| same(row["ParentId"].as_str(), case(polled))).collect();
        let happened = seen.against(&own, linked(polled)).chain(seen.gone(&gone)).collect::<Vec<_>>();
        let told = happened.into_iter().filter_map(|happened| told(polled, &wanted, happened)).collect::<Vec<_>>();
        let kept = seen.next(&own, newest, depth);
        if kept != polled.seen || !told.is_empty() {
            changed.push(Changed { which, seen: kept, told });
        }
    }
    Ok(changed)
}

fn case(polled: &Polled) -> &str {
    polled.row.get("case").as_str().unwrap_or_default()
}

/// When the case got its thread.
fn linked(polled: &Polled) -> Option<Timestamp> {
    if let Value::Moment(at) = polled.row.get("since") { Some(*at) } else { None }
}

/// 15 and 18 characters name one record.
fn same(id: Option<&str>, other: &str) -> bool {
    id.and_then(|id| id.get(..15)).is_some_and(|id| other.get(..15) == Some(id))
}

/// What is new since the oldest moment up to which a case was seen; everything of cases that never had a comment.
async fn read_all(client: &Client, polled: &[Polled], seen: &[Seen]) -> Result<Vec<Json>, HostError> {
    let (known, new): (Vec<usize>, Vec<usize>) = (0..polled.len()).partition(|which| seen[*which].from.is_some());
    let since = known.iter().filter_map(|which| seen[*which].from).min();
    let ids = |places: Vec<usize>| places.into_iter().map(|which| case(&polled[which])).collect::<Vec<_>>();
    let mut rows = read(client, ids(known), since).await?;
    rows.extend(read(client, ids(new), None).await?);
    Ok(rows)
}

async fn read(client: &Client, cases: Vec<&str>, since: Option<Timestamp>) -> Result<Vec<Json>, HostError> {
    if cases.is_empty() {
        return Ok(vec![]);
    }
    let query = select_where_in(&FIELDS, "CaseComment", "ParentId", cases);
    let since = since.map(|since| format!(" AND SystemModstamp >= {}", datetime(since))).unwrap_or_default();
    client.query(&format!("{query}{since} ORDER BY CreatedDate, Id")).await
}

/// Those that are not there any more and lie in the recycle bin. One that went with its case, or into another case, was
/// deleted by nobody.
async fn deleted(client: &Client, seen: &[Seen], rows: &[Json]) -> Result<BTreeSet<String>, HostError> {
    let there: BTreeSet<&str> = rows.iter().filter_map(|row| row["Id"].as_str()).collect();
    let missing: Vec<&str> = seen.iter().flat_map(Seen::expected).filter(|id| !there.contains(id)).collect();
    let mut gone = BTreeSet::new();
    for ids in missing.chunks(200) {
        let query = select_where_in(&["Id", "IsDeleted", "Parent.IsDeleted"], "CaseComment", "Id", ids.iter().copied());
        let found = client.query_all(&query).await?;
        let alone = found.iter().filter(|row| row["IsDeleted"] == true && row["Parent"]["IsDeleted"] != true);
        gone.extend(alone.filter_map(|row| row["Id"].as_str().map(str::to_owned)));
    }
    Ok(gone)
}

fn told(polled: &Polled, wanted: &Wanted, happened: Happened) -> Option<Told> {
    let (kind, id, end) = match happened {
        Happened::Added(id) => (ADDED, id, "created".to_owned()),
        Happened::Published(id) => (ADDED, id, "published".to_owned()),
        Happened::Edited(id, stamp) => (EDITED, id, format!("edited:{stamp}")),
        Happened::Deleted(id) => (DELETED, id, "deleted".to_owned()),
    };
    let hint = Value::map([("comment", Value::text(id.as_str()))]);
    let what = format!("salesforce:comment:{id}:{end}");
    let told = || case_event(kind, what, case(polled), polled.row.get("thread").as_str(), hint);
    wanted.contains(kind).then(told)
}
