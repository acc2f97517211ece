//! `salesforce.find_published_comments`: the comments on a case that customers may see, of many cases at once.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::{datetime, select_where_in};
use crate::marker;
use crate::value::Value;

const FIELDS: [&str; 3] = ["Id", "ParentId", "CommentBody"];

/// Published comments by their case, in the order in which they were written. Ours are not among them.
pub fn find_published_comments(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_published_comments",
        Call::Read(ReadCall {
            key: "case".into(),
            up_to: 200,
            row: "case".into(),
            gives: Gives::List,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about(
        "The published comments on a case since a moment, in their order, each with its `id`. Ours are not among them.",
    )
    .needs("case", Type::Id, "id of the case, 15 or 18 characters")
    .needs("since", Type::Moment, "those that were written before it are left out")
    .example("salesforce::find_published_comments(#{ case: case.Id, since: case.CreatedDate }).len()")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let cases = asked.keys.iter().filter_map(Value::as_str);
    let query = select_where_in(&FIELDS, "CaseComment", "ParentId", cases);
    let since = match asked.shared.get("since") {
        Some(Value::Moment(since)) => format!(" AND CreatedDate >= {}", datetime(*since)),
        _ => String::new(),
    };
    let found = client.query(&format!("{query}{since} AND IsPublished = true ORDER BY CreatedDate, Id")).await?;
    let is_theirs = |comment: &&Json| !marker::is_ours(comment["CommentBody"].as_str().unwrap_or_default());
    Ok(Rows { rows: found.iter().filter(is_theirs).map(row).collect(), newest: None })
}

fn row(comment: &Json) -> Value {
    Value::map([("case", Value::from_json(&comment["ParentId"])), ("id", Value::from_json(&comment["Id"]))])
}
