//! `salesforce.get_account`: accounts by id, many at once, with all their fields but long texts.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::merged::{ASKED, by_id};
use crate::hosts::salesforce::record_shape::Object;

/// An account by its id, with every field but long texts. Used again for an hour.
pub fn get_account(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_account",
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
    .about("An account by its id, with every field but long texts. One that was merged away is the one that is left.")
    .needs("id", Type::Id, "id of the account, 15 or 18 characters")
    .example("salesforce::get_account(#{ id: case.AccountId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let shape = client.shape(Object::Account).await?;
    by_id(&client, (Object::Account.name(), shape), &asked).await
}
