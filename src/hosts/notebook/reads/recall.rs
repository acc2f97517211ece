//! `notebook.recall`: what a rule remembered with `notebook.remember`.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::ports::Store;
use crate::value::Value;

use super::look_up;

/// A remembered value: a row with `about`, `name` and `value`.
pub fn recall(store: &Arc<dyn Store>, bridge: &BridgeId) -> HostFunction {
    let (store, bridge) = (store.clone(), bridge.clone());
    let find = move |asked: Asked| -> Result<Rows, HostError> {
        let name = asked.shared.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut rows = Vec::new();
        for about in asked.keys.iter().filter_map(Value::as_str) {
            let value = look_up(&*store, "recall", &keys::note(&bridge, about, name))?;
            if !value.is_nothing() {
                rows.push(Value::map([("about", about.into()), ("name", name.into()), ("value", value)]));
            }
        }
        Ok(Rows { rows, newest: None })
    };
    HostFunction::new(
        "notebook.recall",
        Call::Read(ReadCall {
            key: "about".into(),
            up_to: 1000,
            row: "about".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| {
                let found = find(asked);
                Box::pin(async { found })
            }),
        }),
    )
    .about("What was remembered about something under a name; its `value`.")
    .needs("about", Type::Id, "what it is about, such as the id of a thread")
    .needs("name", Type::Text, "the name it was remembered under")
    .example("notebook::recall(#{ about: thread.id, name: \"asked_at\" }).value")
}
