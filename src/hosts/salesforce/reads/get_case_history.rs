//! `salesforce.get_case_history`: what the history of a case tells, of many at once.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::history::{of_cases, times_reopened};
use crate::value::Value;

const CLOSING: &str = "SELECT ApiName, MasterLabel FROM CaseStatus WHERE IsClosed = true";

/// How often a case was opened again.
pub fn get_case_history(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.get_case_history",
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
    .about("What the org's history of a case tells: how often it was opened again. Nothing where it keeps no history of statuses.")
    .needs("case", Type::Id, "id of the case, 15 or 18 characters")
    .example("salesforce::get_case_history(#{ case: case.Id })")
}

async fn get(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let cases: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).collect();
    let entries = of_cases(&client, &cases).await?;
    let statuses = client.query(CLOSING).await?;
    let names = statuses.iter().flat_map(|status| [&status["ApiName"], &status["MasterLabel"]]);
    let closing: Vec<String> = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let row = |(case, entries): (&String, &Vec<_>)| {
        let times = times_reopened(entries, &closing)?;
        Some(Value::map([("case", Value::text(case.as_str())), ("times_reopened", times.into())]))
    };
    Ok(Rows { rows: entries.iter().filter_map(row).collect(), newest: None })
}
