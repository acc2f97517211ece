//! `salesforce.find_our_comment`: whether a comment whose answer was lost is on its case, by its marker (Salesforce
//! sheet 15): a comment takes no external id.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::marker;
use crate::value::Value;

/// Our comments on a case, by the key of the action that wrote them.
pub fn find_our_comment(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_our_comment",
        Call::Read(ReadCall {
            key: "key".into(),
            up_to: 200,
            row: "key".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("A comment of ours on a case, known by its marker.")
    .needs("key", Type::Id, "the key of the action that writes it")
    .needs("case", Type::Id, "id of the case")
    .example("salesforce::find_our_comment(#{ key: \"says:acme:salesforce.comment_on_case:khoros:message:105:0\", case: case.Id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let case = asked.shared.get("case").and_then(Value::as_str).unwrap_or_default();
    let query = select_where_in(&["Id", "CommentBody"], "CaseComment", "ParentId", [case]);
    let comments = client.query(&format!("{query} ORDER BY CreatedDate DESC")).await?;
    let bears = |comment: &&Json, key: &str| marker::is_of(comment["CommentBody"].as_str().unwrap_or_default(), key);
    let row = |key: &str| {
        let comment = comments.iter().find(|comment| bears(comment, key))?;
        Some(Value::map([("key", Value::text(key)), ("Id", Value::from_json(&comment["Id"]))]))
    };
    Ok(Rows { rows: asked.keys.iter().filter_map(Value::as_str).filter_map(row).collect(), newest: None })
}
