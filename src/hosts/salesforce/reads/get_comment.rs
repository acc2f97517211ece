//! `salesforce.get_comment`: comments by id, many at once, with their texts.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::marker;
use crate::value::Value;

const FIELDS: [&str; 6] = ["Id", "ParentId", "CommentBody", "IsPublished", "CreatedDate", "CreatedById"];

/// A comment as it is now.
pub fn get_comment(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_comment",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 200,
            row: "id".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("A comment on a case by its id: text, whether it is published, when and by whom it was written.")
    .needs("id", Type::Id, "id of the comment, 15 or 18 characters")
    .example("salesforce::get_comment(#{ id: \"00a000000000001AAA\" })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let ids = asked.keys.iter().filter_map(Value::as_str);
    let found = client.query(&select_where_in(&FIELDS, "CaseComment", "Id", ids)).await?;
    Ok(Rows { rows: found.iter().map(row).collect(), newest: None })
}

fn row(comment: &Json) -> Value {
    let text = |name: &str| Value::from_json(&comment[name]);
    let at = comment["CreatedDate"].as_str().and_then(|text| text.parse().ok()).map_or(Value::Nothing, Value::Moment);
    Value::map([
        ("id", text("Id")),
        ("case", text("ParentId")),
        // What quotes a text of ours is not ours.
        ("body", comment["CommentBody"].as_str().map(marker::without).as_deref().into()),
        ("is_published", text("IsPublished")),
        ("at", at),
        ("author_id", text("CreatedById")),
    ])
}
