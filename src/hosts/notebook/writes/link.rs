//! `notebook.link`: a thread and its case belong together.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Type, Write};
use crate::facts::Args;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::value::Value;

/// Links a thread and a case, to be found from both sides. The case's external id stays the link's truth. What was said
/// before `since` was not said to each other.
pub fn link(bridge: &BridgeId) -> HostFunction {
    let bridge = bridge.clone();
    let records = move |args: &Args, at| {
        let arg = |name: &str| args.get(name).and_then(Value::as_str).unwrap_or_default();
        let (thread, case) = (arg("thread"), arg("case"));
        let link =
            Value::map([("thread", Value::text(thread)), ("case", Value::text(case)), ("since", Value::Moment(at))]);
        vec![(keys::of_thread(&bridge, thread), link.clone()), (keys::of_case(&bridge, case), link)]
    };
    HostFunction::new(
        "notebook.link",
        Call::Note { kind: Write::Sets { target: vec!["thread".into(), "case".into()] }, call: Arc::new(records) },
    )
    .about("Links a thread and its case. Comments that are older than the link are not posted in the thread.")
    .needs("thread", Type::Id, "id of the thread")
    .needs("case", Type::Id, "id of the case")
    .example("notebook::link(#{ thread: thread.id, case: case.Id })")
}
