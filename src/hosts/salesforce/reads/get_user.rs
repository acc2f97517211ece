//! `salesforce.get_user`: users of the org by id, many at once.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

/// A user by id. Used again for an hour.
pub fn get_user(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_user",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A user of the org by id: name, e-mail, whether active.")
    .needs("id", Type::Id, "id of the user, 15 or 18 characters")
    .example("salesforce::get_user(#{ id: case.OwnerId })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let ids = asked.keys.iter().filter_map(Value::as_str);
    let query = select_where_in(&["Id", "Name", "Email", "IsActive"], "User", "Id", ids);
    Ok(Rows { rows: client.query(&query).await?.iter().map(row).collect(), newest: None })
}

fn row(user: &Json) -> Value {
    let text = |name: &str| Value::from_json(&user[name]);
    Value::map([("id", text("Id")), ("name", text("Name")), ("email", text("Email")), ("is_active", text("IsActive"))])
}
