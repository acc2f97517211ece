//! `salesforce.get_contact`: contacts by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::merged::{ASKED, by_id};
use crate::hosts::salesforce::record_shape::Object;

/// A contact by its id, with every field but long texts. Used again for an hour.
pub fn get_contact(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_contact",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: ASKED.into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A contact by its id, with every field but long texts. One that was merged away is the one that is left.")
    .needs("id", Type::Id, "id of the contact, 15 or 18 characters")
    .example("salesforce::get_contact(#{ id: case.ContactId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let shape = client.shape(Object::Contact).await?;
    by_id(&client, (Object::Contact.name(), shape), &asked).await
}
