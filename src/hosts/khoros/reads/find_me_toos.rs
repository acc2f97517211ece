//! `khoros.find_me_toos`: how many people have the problem of a thread too.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::value::Value;

use super::texts;

/// How many said "me too": one row with the number `count`.
pub fn find_me_toos(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_me_toos",
        Call::Read(ReadCall {
            key: "thread".into(),
            up_to: 1,
            row: "thread".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("How many people said that they have the problem of a thread too.")
    .needs("thread", Type::Id, "id of the thread")
    .example("khoros::find_me_toos(#{ thread: thread.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for thread in texts(&asked.keys) {
        // The fields of a "me too" are not documented; counting needs none.
        let query = Liql::select(&["count(*)"], "me_toos").test("message.id", "=", Literal::Text(thread));
        let count = client.count(&query).await?;
        found.push(Value::map([("thread", Value::text(thread)), ("count", count.into())]));
    }
    Ok(Rows { rows: found, newest: None })
}
