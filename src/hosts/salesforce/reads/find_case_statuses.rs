//! `salesforce.find_case_statuses`: the statuses of cases, and whether they count as closed.

use std::sync::Arc;

use crate::catalog::{HostFunction, Type};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_name::{self, Named};

const NAMED: Named = Named {
    object: "CaseStatus",
    fields: &["ApiName", "MasterLabel", "IsClosed"],
    names: &["ApiName", "MasterLabel"],
    key: "name",
};

/// Statuses by name, in any case. Used again for an hour.
pub fn find_case_statuses(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("salesforce.find_case_statuses", by_name::read(client, &NAMED, |_| "ApiName != null".to_owned()))
        .about("The statuses of cases with a name or label, in any case: of each whether the org counts it as closed.")
        .needs("name", Type::Text, "name or label")
        .example("salesforce::find_case_statuses(#{ name: case.Status })")
}
