//! Records that an admin set up and rules name: queues, record types, statuses, users. Asked by the names that people
//! know them by, many names at once.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, ReadCall, Rows};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::Quoted;
use crate::value::Value;

/// How many names one query takes: each stands in it once for every field that may hold it.
const UP_TO: usize = 25;

/// One kind of such records.
pub struct Named {
    pub object: &'static str,
    pub fields: &'static [&'static str],
    /// The fields whose value is a name.
    pub names: &'static [&'static str],
    /// The parameter that takes a name.
    pub key: &'static str,
}

/// The read of such records; `only` says what else must hold, as SOQL. Used again for an hour.
pub fn read(client: &Arc<Client>, named: &'static Named, only: fn(&Asked) -> String) -> Call {
    let client = client.clone();
    Call::Read(ReadCall {
        key: named.key.into(),
        up_to: UP_TO,
        row: named.key.into(),
        gives: Gives::List,
        fold: Fold::AnyCase,
        fresh: false,
        call: Arc::new(move |asked| {
            let client = client.clone();
            Box::pin(async move { by_name(&client, named, &only(&asked), &asked).await })
        }),
    })
}

/// The records that bear the names, in any case. A row holds the name that was asked for.
async fn by_name(client: &Client, named: &Named, only: &str, asked: &Asked) -> Result<Rows, HostError> {
    let names: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).map(str::trim).collect();
    let listed = names.iter().map(|name| Quoted(name).to_string()).collect::<Vec<_>>().join(",");
    let bears: Vec<String> = named.names.iter().map(|field| format!("{field} IN ({listed})")).collect();
    let (fields, object) = (named.fields.join(","), named.object);
    let query = format!("SELECT {fields} FROM {object} WHERE {only} AND ({}) ORDER BY Id", bears.join(" OR "));
    let records = client.query(&query).await?;
    let row = |record: &Json, name: &str| {
        let fields = named.fields.iter().map(|field| (*field, Value::from_json(&record[field])));
        Value::map(fields.chain([(named.key, Value::text(name))]))
    };
    let is_it = |record: &Json, name: &str| {
        let bears = |field: &&str| record[field].as_str().is_some_and(|own| own.to_lowercase() == name.to_lowercase());
        named.names.iter().any(bears)
    };
    let of =
        |name: &&str| records.iter().filter(|record| is_it(record, name)).map(|record| row(record, name)).collect();
    Ok(Rows { rows: names.iter().flat_map(|name| -> Vec<Value> { of(name) }).collect(), newest: None })
}
