//! `salesforce.find_queues`: the queues with a name or a developer name.

use std::sync::Arc;

use crate::catalog::{HostFunction, Type};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_name::{self, Named};

const NAMED: Named =
    Named { object: "Group", fields: &["Id", "Name", "DeveloperName"], names: &["Name", "DeveloperName"], key: "name" };

/// Queues by name, in any case. Used again for an hour.
pub fn find_queues(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("salesforce.find_queues", by_name::read(client, &NAMED, |_| "Type = 'Queue'".to_owned()))
        .about("The queues with a name or developer name, in any case: of each its id and both names.")
        .needs("name", Type::Text, "name or developer name")
        .example("salesforce::find_queues(#{ name: \"German Support\" })")
}
