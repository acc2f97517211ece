//! `notebook.remember`: keeps a value for later rules.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Type, Write};
use crate::facts::Args;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::value::Value;

/// Keeps a value about something under a name; an absent value forgets it.
pub fn remember(bridge: &BridgeId) -> HostFunction {
    let bridge = bridge.clone();
    let records = move |args: &Args, _| {
        let arg = |name: &str| args.get(name).and_then(Value::as_str).unwrap_or_default();
        vec![(keys::note(&bridge, arg("about"), arg("name")), args.get("value").cloned().unwrap_or_default())]
    };
    HostFunction::new(
        "notebook.remember",
        Call::Note { kind: Write::Sets { target: vec!["about".into(), "name".into()] }, call: Arc::new(records) },
    )
    .about("Keeps a value about something under a name; without a value, forgets it.")
    .needs("about", Type::Id, "what it is about, such as the id of a thread")
    .needs("name", Type::Text, "the name to remember it under")
    .may("value", Type::Any, "the value")
    .example("notebook::remember(#{ about: thread.id, name: \"asked_at\", value: now })")
}
