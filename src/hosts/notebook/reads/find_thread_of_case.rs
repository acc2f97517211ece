//! `notebook.find_thread_of_case`: the thread of a case, by our copy of the link.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::ports::Store;
use crate::value::Value;

use super::look_up;

/// The link of a case. It is looked up again before a write; that costs no call.
pub fn find_thread_of_case(store: &Arc<dyn Store>, bridge: &BridgeId) -> HostFunction {
    let (store, bridge) = (store.clone(), bridge.clone());
    let find = move |asked: Asked| -> Result<Rows, HostError> {
        let mut rows = Vec::new();
        for case in asked.keys.iter().filter_map(Value::as_str) {
            let link = look_up(&*store, "find_thread_of_case", &keys::of_case(&bridge, case))?;
            if !link.is_nothing() {
                rows.push(link);
            }
        }
        Ok(Rows { rows, newest: None })
    };
    HostFunction::new(
        "notebook.find_thread_of_case",
        Call::Read(ReadCall {
            key: "case".into(),
            up_to: 1000,
            row: "case".into(),
            gives: Gives::One,
            fold: Fold::SalesforceId,
            fresh: true,
            call: Arc::new(move |asked| {
                let found = find(asked);
                Box::pin(async { found })
            }),
        }),
    )
    .about("The thread that is linked to a case.")
    .needs("case", Type::Id, "id of the case, 15 or 18 characters")
    .example("notebook::find_thread_of_case(#{ case: case.Id }).thread")
}
