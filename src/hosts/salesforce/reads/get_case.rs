//! `salesforce.get_case`: cases by id, many at once, with all their fields but long texts.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::history::{is_by_others, of_cases};
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::records::{select, whole};
use crate::hosts::salesforce::thread_key::thread_of;
use crate::value::Value;

/// A case as it is now. It is asked again before a write.
pub fn get_case(client: &Arc<Client>, tenant: &Arc<str>) -> HostFunction {
    let (client, tenant) = (client.clone(), tenant.clone());
    HostFunction::new(
        "salesforce.get_case",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "Id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), tenant.clone(), asked))),
        }),
    )
    .about("A case by its id, with every field but long texts, its address and the name of its owner.")
    .needs("id", Type::Id, "id of the case, 15 or 18 characters")
    .example("salesforce::get_case(#{ id: case.ParentId })")
}

async fn get(client: Arc<Client>, tenant: Arc<str>, asked: Asked) -> Result<Rows, HostError> {
    let shape = client.shape(Object::Case).await?;
    let fields: Vec<&str> = shape.names().chain([OWNER]).collect();
    let ids: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let records = select(&client, Object::Case.name(), &fields, &ids).await?;
    let touched = touched_since_closed(&client, &records).await?;
    let row = |record: &Json| {
        let id = record["Id"].as_str().unwrap_or_default();
        let more = [("others_changed", if touched.contains(id) { true.into() } else { Value::Nothing })];
        whole(shape, record, own(&client, &tenant, record).into_iter().chain(more).collect())
    };
    Ok(Rows { rows: records.iter().map(row).collect(), newest: None })
}

/// Of the cases that seem to be closed by who made them, those that another changed since: a comment of ours on a case
/// makes us the last who changed it. Where the org keeps no history, the last one counts.
async fn touched_since_closed(client: &Client, records: &[Json]) -> Result<BTreeSet<String>, HostError> {
    let seems_ours = |record: &&Json| record["IsClosed"] == true && record["CreatedById"] == record["LastModifiedById"];
    let closed: Vec<&Json> = records.iter().filter(seems_ours).collect();
    let id = |record: &Json| record["Id"].as_str().unwrap_or_default().to_owned();
    let ids: Vec<String> = closed.iter().map(|record| id(record)).collect();
    let entries = of_cases(client, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let is_touched = |record: &&&Json| {
        let since = record["ClosedDate"].as_str().and_then(|text| text.parse().ok());
        let entries = entries.get(&id(record)).map(Vec::as_slice).unwrap_or_default();
        since.is_some_and(|since| is_by_others(entries, &record["CreatedById"], since))
    };
    Ok(closed.iter().filter(is_touched).map(|record| id(record)).collect())
}

/// A field of another record that is read with a case.
pub const OWNER: &str = "Owner.Name";

/// What a case has beside its fields; its thread is known by the external id.
pub fn own(client: &Client, tenant: &str, record: &Json) -> Vec<(&'static str, Value)> {
    let id = record["Id"].as_str().unwrap_or_default();
    let key = record[&client.settings().thread_key_field].as_str();
    let thread = key.and_then(|key| thread_of(tenant, key)).and_then(|thread| thread.split(':').next());
    vec![
        ("url", Value::text(client.page_url(id))),
        ("owner_name", record["Owner"]["Name"].as_str().into()),
        ("thread", thread.into()),
    ]
}
