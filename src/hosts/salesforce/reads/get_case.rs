//! `salesforce.get_case`: cases by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::records::by_id;
use crate::value::Value;

/// A case as it is now. It is asked again before a write.
pub fn get_case(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_case",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "Id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A case by its id, with every field but long texts, its address and the name of its owner.")
    .needs("id", Type::Id, "id of the case, 15 or 18 characters")
    .example("salesforce::get_case(#{ id: case.ParentId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let ours = |record: &Json| {
        let id = record["Id"].as_str().unwrap_or_default();
        vec![("url", Value::text(client.page_url(id))), ("owner_name", record["Owner"]["Name"].as_str().into())]
    };
    let shape = client.shape(Object::Case).await?;
    by_id(&client, (Object::Case.name(), shape), &["Owner.Name"], &asked, ours).await
}
