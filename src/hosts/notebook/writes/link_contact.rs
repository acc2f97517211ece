//! `salesforce.link_contact`: a member and a contact are one person. The link is kept in our notebook, where the next
//! case of the member finds it whatever e-mail either of them has by then.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Type, Write};
use crate::facts::Args;
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::value::Value;

/// Links a member and a contact; an earlier link of the member is replaced.
pub fn link_contact(bridge: &BridgeId) -> HostFunction {
    let bridge = bridge.clone();
    let records = move |args: &Args, _| {
        let arg = |name: &str| args.get(name).and_then(Value::as_str).unwrap_or_default();
        let (login, contact) = (arg("login"), arg("contact"));
        let link = Value::map([("login", Value::text(login)), ("contact", Value::text(contact))]);
        vec![(keys::of_member(&bridge, login), link)]
    };
    HostFunction::new(
        "salesforce.link_contact",
        Call::Note { kind: Write::Sets { target: vec!["login".into(), "contact".into()] }, call: Arc::new(records) },
    )
    .about("Links a member and a contact, for the cases to come; e-mails do not matter for them any more.")
    .needs("login", Type::Text, "login of the member")
    .needs("contact", Type::Id, "id of the contact")
    .example("salesforce::link_contact(#{ login: thread.author.login, contact: contact.Id })")
}
