//! Our comments on a case, by what they say: each ends in the marker of its key, which `salesforce.comment_on_case` leaves.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::{Item, Reply};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::marker;
use crate::names::BridgeId;
use crate::plan::key;
use crate::run::Why;
use crate::value::Value;

/// What writes them.
const COMMENT: &str = "salesforce.comment_on_case";
const FIELDS: [&str; 6] = ["Id", "CommentBody", "IsPublished", "CreatedById", "LastModifiedById", "CreatedDate"];
/// No text has more parts.
const PARTS: usize = 500;

/// A comment as it is now.
pub struct OurComment {
    pub id: String,
    pub body: String,
    pub is_published: bool,
    /// Somebody else changed it since.
    pub by_another: bool,
}

impl OurComment {
    /// By which it is known again.
    pub fn marker(&self) -> &str {
        marker::at_end(&self.body).unwrap_or_default()
    }

    fn read(row: &Json) -> Self {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        OurComment {
            id: text("Id"),
            body: text("CommentBody"),
            is_published: row["IsPublished"] == true,
            by_another: row["LastModifiedById"] != row["CreatedById"],
        }
    }
}

/// The comments that say a source, which an item has under `name`, on its `case` or an `earlier` one: none, one, or the
/// parts of a long text in order.
pub async fn find(client: &Client, bridge: &BridgeId, item: &Item, name: &str) -> Result<Vec<OurComment>, HostError> {
    let arg = |name: &str| item.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let cases = [arg("case"), arg("earlier")].into_iter().filter(|case| !case.is_empty());
    let rows = client.query(&select_where_in(&FIELDS, "CaseComment", "ParentId", cases)).await?;
    let us = client.us().await?;
    // Who copies a comment of ours copies its marker.
    let is_ours = |row: &&Json| us.is_none_or(|us| row["CreatedById"] == us);
    let mut rows: Vec<&Json> = rows.iter().filter(is_ours).collect();
    rows.sort_by_key(|row| (row["CreatedDate"].to_string(), row["Id"].to_string()));
    let mut ours: BTreeMap<String, OurComment> = BTreeMap::new();
    for comment in rows.into_iter().map(OurComment::read).filter(|comment| marker::is_ours(&comment.body)) {
        ours.entry(comment.marker().to_owned()).or_insert(comment);
    }
    // Any part may be gone.
    let markers = (0..PARTS).map(|part| marker::of(key::of_said(bridge, &COMMENT.into(), arg(name), part).as_str()));
    Ok(markers.filter_map(|marker| ours.remove(&marker)).collect())
}

/// What the org refuses whoever writes without Modify All on Cases (Salesforce sheet 10.2).
pub fn is_no_right(error: &HostError) -> bool {
    error.code.as_deref().is_some_and(|code| code.starts_with("INSUFFICIENT_ACCESS"))
}

/// Not done and never to be, for whoever may let something else follow.
pub fn no_right(error: &HostError) -> Reply {
    Reply::No(Why::new("no_right", error.to_string()))
}
