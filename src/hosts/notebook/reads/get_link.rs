//! `notebook.get_link`: the case of a thread, by our copy of the link.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::ports::Store;
use crate::value::Value;

use super::look_up;

/// The link of a thread. It is looked up again before a write; that costs no call.
pub fn get_link(store: &Arc<dyn Store>, bridge: &BridgeId) -> HostFunction {
    let (store, bridge) = (store.clone(), bridge.clone());
    let find = move |asked: Asked| -> Result<Rows, HostError> {
        let mut rows = Vec::new();
        for thread in asked.keys.iter().filter_map(Value::as_str) {
            let link = look_up(&*store, "get_link", &keys::of_thread(&bridge, thread))?;
            if !link.is_nothing() {
                rows.push(link);
            }
        }
        Ok(Rows { rows, newest: None })
    };
    HostFunction::new(
        "notebook.get_link",
        Call::Read(ReadCall {
            key: "thread".into(),
            up_to: 1000,
            row: "thread".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| {
                let found = find(asked);
                Box::pin(async { found })
            }),
        }),
    )
    .about("The case that is linked to a thread.")
    .needs("thread", Type::Id, "id of the thread")
    .example("notebook::get_link(#{ thread: thread.id }).case")
}
