//! `salesforce.find_record_types`: the active record types of an object with a name or a developer name.

use std::sync::Arc;

use crate::catalog::{Asked, HostFunction, Type};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_name::{self, Named};
use crate::hosts::salesforce::soql::Quoted;
use crate::value::Value;

const NAMED: Named = Named {
    object: "RecordType",
    fields: &["Id", "Name", "DeveloperName", "SobjectType"],
    names: &["Name", "DeveloperName"],
    key: "name",
};

/// Record types by name, in any case. Used again for an hour.
pub fn find_record_types(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("salesforce.find_record_types", by_name::read(client, &NAMED, only))
        .about("The active record types of an object with a name or developer name, in any case.")
        .needs("object", Type::Text, "the object, such as Case")
        .needs("name", Type::Text, "name or developer name")
        .example("salesforce::find_record_types(#{ object: \"Case\", name: \"Community\" })")
}

fn only(asked: &Asked) -> String {
    let object = asked.shared.get("object").and_then(Value::as_str).unwrap_or_default();
    format!("IsActive = true AND SobjectType = {}", Quoted(object))
}
