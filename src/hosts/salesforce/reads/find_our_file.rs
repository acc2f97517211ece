//! `salesforce.find_our_file`: whether a copy whose answer was lost is in its case.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::{Client, files};
use crate::value::Value;

/// Our copies of files in a case.
pub fn find_our_file(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_our_file",
        Call::Read(ReadCall {
            key: "file".into(),
            up_to: 200,
            row: "file".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("Our copy of a file in a case, known by its marker.")
    .needs("file", Type::Id, "id of the file in the community")
    .needs("case", Type::Id, "id of the case")
    .example("salesforce::find_our_file(#{ file: \"105_1\", case: case.Id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let case = asked.shared.get("case").and_then(Value::as_str).unwrap_or_default();
    let wanted: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let found = files::find_ours(&client, case, &wanted).await?;
    let row = |(file, copy): (String, Value)| {
        let parts = ["Id", "url", "created"].map(|part| (part, copy.get(part).clone()));
        Value::map(parts.into_iter().chain([("file", Value::text(file))]))
    };
    Ok(Rows { rows: found.into_iter().map(row).collect(), newest: None })
}
