//! Which case each thread of our community has, by the external ids of all cases. Those that were merged away or lie in
//! the recycle bin are among them: their threads have a case, and get no second one (CLO-6).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{LinkedCase, Links, LinksPage, Standing};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::merged::{MASTER, left};
use crate::hosts::salesforce::reads::case_made;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::soql::{Quoted, select_where_in};
use crate::hosts::salesforce::thread_key::thread_of;

/// How many cases are on a page.
const PAGE: usize = 1000;

/// The links of an org's cases.
pub fn links(client: &Arc<Client>, tenant: &Arc<str>) -> Links {
    let (client, tenant) = (client.clone(), tenant.clone());
    Links {
        host: "salesforce",
        made_by: "salesforce.create_case".into(),
        get: "notebook.get_link".into(),
        find: "notebook.find_links".into(),
        link: "notebook.link".into(),
        call: Arc::new(move |cursor| Box::pin(page(client.clone(), tenant.clone(), cursor))),
    }
}

/// One page in the order of ids; the cursor is the last of them.
async fn page(client: Arc<Client>, tenant: Arc<str>, cursor: Option<String>) -> Result<LinksPage, HostError> {
    let (object, key) = (Object::Case.name(), client.settings().thread_key_field.as_str());
    let behind = cursor.map(|last| format!(" AND Id > {}", Quoted(&last))).unwrap_or_default();
    let query = format!(
        "SELECT Id,CaseNumber,IsDeleted,{MASTER},{key} FROM {object} WHERE {key} != null{behind} ORDER BY Id LIMIT {PAGE}"
    );
    let records = client.query_all(&query).await?;
    let last = records.last().filter(|_| records.len() == PAGE);
    let next = last.and_then(|record| record["Id"].as_str()).map(str::to_owned);
    let masters = masters(&client, &records).await?;
    let cases: Vec<LinkedCase> =
        records.iter().filter_map(|record| linked(&client, &tenant, &masters, record)).collect();
    Ok(LinksPage { others: records.len() - cases.len(), cases, next })
}

/// The records that are left of those that were merged away, by the ids of these.
async fn masters(client: &Client, records: &[Json]) -> Result<BTreeMap<String, Json>, HostError> {
    let object = Object::Case.name();
    let merged = records.iter().filter(|record| record[MASTER].is_string());
    let left = left(client, object, merged.filter_map(|record| record["Id"].as_str())).await?;
    if left.is_empty() {
        return Ok(BTreeMap::new());
    }
    let query = select_where_in(&["Id", "CaseNumber"], object, "Id", left.values().map(String::as_str));
    let found = client.query_all(&query).await?;
    let of = |id: &str| found.iter().find(|record| record["Id"] == id).cloned();
    Ok(left.iter().filter_map(|(merged, id)| Some((merged.clone(), of(id)?))).collect())
}

fn linked(client: &Client, tenant: &str, masters: &BTreeMap<String, Json>, record: &Json) -> Option<LinkedCase> {
    let thread = thread_of(tenant, record[&client.settings().thread_key_field].as_str()?)?;
    let (thread, generation) = thread.split_once(':').unwrap_or((thread, "1"));
    let id = record["Id"].as_str()?;
    let (standing, record) = match masters.get(id) {
        Some(master) => (Standing::Merged, master),
        None if record["IsDeleted"] == true => (Standing::Deleted, record),
        None => (Standing::There, record),
    };
    Some(LinkedCase {
        thread: thread.to_owned(),
        generation: generation.parse().ok()?,
        standing,
        case: record["Id"].as_str()?.to_owned(),
        made: case_made(client, record, false)?,
    })
}
