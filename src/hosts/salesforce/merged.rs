//! Records by id that may have been merged away: the one that is left answers for them (F-056; Salesforce sheet 10.1).

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::{Asked, Rows};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::RecordShape;
use crate::hosts::salesforce::records::{select, whole};
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

/// Where a row holds the id that was asked for; its `Id` is that of the record that is left.
pub const ASKED: &str = "asked";

/// Says which record one was merged into.
pub const MASTER: &str = "MasterRecordId";

/// The one that is left may have been merged away as well.
const STEPS: usize = 5;

/// The records with these ids, or those that they were merged into.
pub async fn by_id(client: &Client, (object, shape): (&str, &RecordShape), asked: &Asked) -> Result<Rows, HostError> {
    let fields: Vec<&str> = shape.names().collect();
    // What is looked for under an id, at first that id itself.
    let mut wanted: BTreeMap<&str, String> =
        asked.keys.iter().filter_map(Value::as_str).map(|id| (id, id.to_owned())).collect();
    let mut rows = Vec::new();
    for _ in 0..STEPS {
        let ids: Vec<&str> = wanted.values().map(String::as_str).collect();
        let found = select(client, object, &fields, &ids).await?;
        wanted.retain(|asked, id| match found.iter().find(|record| same(record["Id"].as_str(), id)) {
            Some(record) => {
                rows.push(whole(shape, record, vec![(ASKED, Value::text(*asked))]));
                false
            }
            None => true,
        });
        if !shape.names().any(|name| name == MASTER) {
            break;
        }
        follow(client, object, &mut wanted).await?;
        if wanted.is_empty() {
            break;
        }
    }
    Ok(Rows { rows, newest: None })
}

/// Puts those in their places that the missing ones were merged into; what is simply gone is looked for no more.
async fn follow(client: &Client, object: &str, wanted: &mut BTreeMap<&str, String>) -> Result<(), HostError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let missing = select_where_in(&["Id", MASTER], object, "Id", wanted.values().map(String::as_str));
    let merged = client.query_all(&format!("{missing} AND {MASTER} != null")).await?;
    let master = |id: &str| {
        let row = merged.iter().find(|row: &&Json| same(row["Id"].as_str(), id))?;
        row[MASTER].as_str().map(str::to_owned)
    };
    wanted.retain(|_, id| match master(id) {
        Some(master) => {
            *id = master;
            true
        }
        None => false,
    });
    Ok(())
}

/// What is left of records that were merged away, by their ids.
pub async fn left<'a>(
    client: &Client,
    object: &str,
    merged: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, HostError> {
    let merged: Vec<&str> = merged.collect();
    let mut wanted: BTreeMap<&str, String> = merged.iter().map(|id| (*id, (*id).to_owned())).collect();
    let mut left = BTreeMap::new();
    for _ in 0..STEPS {
        follow(client, object, &mut wanted).await?;
        left.extend(wanted.iter().map(|(id, master)| ((*id).to_owned(), master.clone())));
    }
    Ok(left)
}

/// 15 and 18 characters name one record.
fn same(id: Option<&str>, other: &str) -> bool {
    id.and_then(|id| id.get(..15)).is_some_and(|id| other.get(..15) == Some(id))
}
