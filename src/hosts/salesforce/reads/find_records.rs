//! `salesforce.find_records`: records of any object whose fields have certain values, many questions in one query.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_fields::{WHERE, by_fields, refused};
use crate::hosts::salesforce::soql::is_name;
use crate::value::Value;

/// Records by the values of their fields, oldest first. Used again for an hour.
pub fn find_records(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_records",
        Call::Read(ReadCall {
            key: WHERE.into(),
            up_to: 20,
            row: WHERE.into(),
            gives: Gives::List,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about(
        "The records of an object whose fields have these values, oldest first, each with its id and one more field.",
    )
    .needs("object", Type::Text, "the object, such as Asset")
    .needs("where", Type::Any, "field and the value that it must have, for each; or these beside `object`")
    .may("take", Type::Text, "the field that is given beside the id; default Id")
    .example("salesforce::find_records(#{ object: \"Contact\", Email: thread.author.email, take: \"AccountId\" })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let shared = |name: &str| asked.shared.get(name).and_then(Value::as_str);
    let (object, take) = (shared("object").unwrap_or_default(), shared("take").unwrap_or("Id"));
    if let Some(name) = [object, take].into_iter().find(|name| !is_name(name)) {
        return Err(refused(format!("`{name}` is not a name of an object or field")));
    }
    let shape = client.shape_of(object).await?;
    let row = |record: &Json| ["Id", take].map(|name| (name.to_owned(), shape.value(name, &record[name]))).to_vec();
    by_fields(&client, (object, &shape), &["Id", take], &asked.keys, row).await
}
