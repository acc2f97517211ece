//! `salesforce.get_record`: records of any object by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::records::by_id;
use crate::value::Value;

/// A record as it is now. It is asked again before a write.
pub fn get_record(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_record",
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
    .about("A record of any object by its id, with every field but long texts.")
    .needs("object", Type::Text, "the object, such as Task")
    .needs("id", Type::Id, "id of the record, 15 or 18 characters")
    .example("salesforce::get_record(#{ object: \"Asset\", id: case.AssetId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let object = asked.shared.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
    let shape = client.shape_of(&object).await?;
    by_id(&client, (&object, &shape), &[], &asked, |_| vec![]).await
}
