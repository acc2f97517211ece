//! `salesforce.find_case_of_thread`: which case a thread has in the org, by the external id. That id is the link's
//! truth; our notebook is its copy.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::reads::case_made;
use crate::hosts::salesforce::soql::select_where_in;
use crate::hosts::salesforce::thread_key::{thread_key, thread_of};
use crate::value::Value;

/// The first case of a thread, or the n-th of `thread:n`; also asked when the answer to a create was lost.
pub fn find_case_of_thread(client: &Arc<Client>, tenant: &Arc<str>) -> HostFunction {
    let (client, tenant) = (client.clone(), tenant.clone());
    HostFunction::new(
        "salesforce.find_case_of_thread",
        Call::Read(ReadCall {
            key: "thread".into(),
            up_to: 200,
            row: "thread".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), tenant.clone(), asked))),
        }),
    )
    .about("The case that was opened for a thread, whoever opened it: its id, number and address.")
    .needs("thread", Type::Id, "id of the thread")
    .example("salesforce::find_case_of_thread(#{ thread: thread.id })")
}

async fn find(client: Arc<Client>, tenant: Arc<str>, asked: Asked) -> Result<Rows, HostError> {
    let threads = asked.keys.iter().filter_map(Value::as_str);
    let keys: Vec<String> = threads.map(|thread| thread_key(&tenant, thread, 1)).collect();
    let found = cases_by_key(&client, keys.iter().map(String::as_str)).await?;
    Ok(Rows {
        rows: found.iter().filter_map(|(key, record)| row(&client, &tenant, key, record)).collect(),
        newest: None,
    })
}

fn row(client: &Client, tenant: &str, key: &str, record: &Json) -> Option<Value> {
    let Value::Map(mut row) = case_made(client, record, false)? else { return None };
    row.insert("thread".into(), Value::text(thread_of(tenant, key)?));
    Some(Value::Map(row))
}

/// Cases by external id, each with it in lower case, oldest first; one query.
pub async fn cases_by_key<'a>(
    client: &Client,
    keys: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<(String, Json)>, HostError> {
    let field = client.settings().thread_key_field.as_str();
    let query = select_where_in(&["Id", "CaseNumber", field], "Case", field, keys);
    let records = client.query(&format!("{query} ORDER BY CreatedDate, Id")).await?;
    let keyed = records.into_iter().filter_map(|record| Some((record[field].as_str()?.to_lowercase(), record)));
    Ok(keyed.collect())
}
