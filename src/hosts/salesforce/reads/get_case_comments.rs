//! `salesforce.get_case_comments`: when agents last wrote a comment on a case, of many cases at once.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::{Quoted, select_where_in};
use crate::value::Value;

const FIELDS: [&str; 2] = ["ParentId", "MAX(CreatedDate) newest"];

/// The newest comment of agents.
pub fn get_case_comments(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_case_comments",
        Call::Read(ReadCall {
            key: "case".into(),
            up_to: 200,
            row: "case".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(get(client.clone(), asked))),
        }),
    )
    .about("When an agent, a user of the org other than we, last wrote a comment on a case. Nothing where none did.")
    .needs("case", Type::Id, "id of the case, 15 or 18 characters")
    .example("salesforce::get_case_comments(#{ case: case.Id })")
}

/// An org that does not tell who we are cannot tell agents from us.
async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let Some(us) = client.us().await? else { return Ok(Rows::default()) };
    let cases = asked.keys.iter().filter_map(Value::as_str);
    let query = select_where_in(&FIELDS, "CaseComment", "ParentId", cases);
    let agents = format!("CreatedBy.UserType = 'Standard' AND CreatedById != {}", Quoted(us));
    let found = client.query(&format!("{query} AND {agents} GROUP BY ParentId")).await?;
    Ok(Rows { rows: found.iter().map(row).collect(), newest: None })
}

fn row(newest: &Json) -> Value {
    let at = newest["newest"].as_str().and_then(|text| text.parse().ok()).map_or(Value::Nothing, Value::Moment);
    Value::map([("case", Value::from_json(&newest["ParentId"])), ("last_agent_comment_at", at)])
}
