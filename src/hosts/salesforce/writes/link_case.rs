//! `salesforce.link_case`: a case belongs to a thread from now on. Its external id says so, which is the link's truth.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::collection::each;
use crate::hosts::salesforce::record_shape::Object;
use crate::hosts::salesforce::thread_key::thread_key;
use crate::value::Value;

use super::taken;

const CALL: &str = "salesforce: PATCH /composite/sobjects";

/// Links cases, 200 in one call. Nobody else writes the external id.
pub fn link_case(client: &Arc<Client>, tenant: &Arc<str>) -> HostFunction {
    let (client, tenant) = (client.clone(), tenant.clone());
    HostFunction::new(
        "salesforce.link_case",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["case".into()] },
            up_to: 200,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(link(client.clone(), tenant.clone(), items))),
        }),
    )
    .about("Has a case belong to another thread, such as the one that its thread was merged into.")
    .needs("case", Type::Id, "id of the case")
    .needs("thread", Type::Id, "id of the thread")
    .example("salesforce::link_case(#{ case: case.Id, thread: \"42\" })")
}

async fn link(client: Arc<Client>, tenant: Arc<str>, items: Vec<Item>) -> Vec<Reply> {
    let records: Vec<Json> = items.iter().map(|item| record(&client, &tenant, item)).collect();
    let results = each(&records, |records| client.update(records)).await;
    results.into_iter().map(|result| result.map_or_else(host_error::reply, |result| taken(CALL, &result))).collect()
}

fn record(client: &Client, tenant: &str, item: &Item) -> Json {
    let arg = |name: &str| item.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let field = &client.settings().thread_key_field;
    let object = Object::Case.name();
    json!({ "attributes": { "type": object }, "id": arg("case"), (field.as_str()): thread_key(tenant, arg("thread"), 1) })
}
