//! `khoros.accept_solution`: marks a reply as the solution of its thread.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::Client;
use crate::value::Value;

use super::{id_of, one_by_one};

/// One call each; a reply that is the solution already stays it. A thread that is solved already refuses a second one (Khoros sheet 7.4).
pub fn accept_solution(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.accept_solution",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["reply".into()] },
            up_to: 1,
            // Whether it is the solution already.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(one_by_one(client.clone(), items, accept))),
        }),
    )
    .about("Marks a reply as the solution of its thread; a thread that has one may refuse another.")
    .needs("reply", Type::Id, "id of the reply")
    .example("khoros::accept_solution(#{ reply: \"103\" })")
}

async fn accept(client: &Client, item: &Item) -> Reply {
    let Some(reply) = id_of(item, "reply") else {
        let call = "khoros: POST /solutions_data";
        return Reply::Refused(HostError::new(FailureClass::Refused, call, "no reply is named"));
    };
    match client.get(&format!("messages/{reply}")).await {
        Ok(now) if now["is_solution"] == Json::Bool(true) => return Reply::AlreadyDone(Value::Nothing),
        Ok(_) => {}
        Err(error) => return host_error::reply(error.before_the_write()),
    }
    let accepted = client.post("solutions_data", json!({ "type": "solution_data", "message_id": reply })).await;
    accepted.map_or_else(host_error::reply, |_| Reply::Done(Value::Nothing))
}
