//! `salesforce.find_users`: the active users with an e-mail or user name.

use std::sync::Arc;

use crate::catalog::{HostFunction, Type};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_name::{self, Named};

const NAMED: Named =
    Named { object: "User", fields: &["Id", "Name", "Username", "Email"], names: &["Email", "Username"], key: "email" };

/// Users by e-mail or user name, in any case. Used again for an hour; several may have one e-mail (Salesforce sheet 10.3).
pub fn find_users(client: &Arc<Client>) -> HostFunction {
    HostFunction::new("salesforce.find_users", by_name::read(client, &NAMED, |_| "IsActive = true".to_owned()))
        .about("The active users with an e-mail or user name, in any case: of each its id, name, user name and e-mail.")
        .needs("email", Type::Text, "e-mail or user name")
        .example("salesforce::find_users(#{ email: \"zoe@acme.example\" })")
}
