//! `notebook.get_contact`: the contact of a member, where one was linked.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::ports::Store;
use crate::value::Value;

use super::look_up;

/// The link of a member. It is looked up again before a write; that costs no call.
pub fn get_contact(store: &Arc<dyn Store>, bridge: &BridgeId) -> HostFunction {
    let (store, bridge) = (store.clone(), bridge.clone());
    let find = move |asked: Asked| -> Result<Rows, HostError> {
        let mut rows = Vec::new();
        for login in asked.keys.iter().filter_map(Value::as_str) {
            let link = look_up(&*store, "get_contact", &keys::of_member(&bridge, login))?;
            if !link.is_nothing() {
                rows.push(link);
            }
        }
        Ok(Rows { rows, newest: None })
    };
    HostFunction::new(
        "notebook.get_contact",
        Call::Read(ReadCall {
            key: "login".into(),
            up_to: 1000,
            row: "login".into(),
            gives: Gives::One,
            fold: Fold::AnyCase,
            fresh: true,
            call: Arc::new(move |asked| {
                let found = find(asked);
                Box::pin(async { found })
            }),
        }),
    )
    .about("The contact that is linked to a member.")
    .needs("login", Type::Text, "login of the member")
    .example("notebook::get_contact(#{ login: thread.author.login }).contact")
}
