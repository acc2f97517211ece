//! `salesforce.get_case`: cases by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::records::by_id;
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
    by_id(&client, (Object::Case.name(), shape), &[OWNER], &asked, |record| own(&client, &tenant, record)).await
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
