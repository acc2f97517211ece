//! `khoros.find_staff`: everybody who has one of some roles, so that whole threads can be judged without asking for
//! the roles of each who wrote in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::value::Value;

/// The ids of the people with one of these roles: one row with the list `ids`; no call where no role is named.
pub fn find_staff(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_staff",
        Call::Read(ReadCall {
            key: "roles".into(),
            up_to: 1,
            row: "roles".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The ids of all people who have one of some roles.")
    .needs("roles", Type::Texts, "names of roles")
    .example("khoros::find_staff(#{ roles: settings.staff_roles })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for key in asked.keys {
        let roles = if let Value::List(roles) = &key { roles.clone() } else { vec![key.clone()] };
        let mut ids = BTreeSet::new();
        for role in roles.iter().filter_map(Value::as_str) {
            let query = Liql::select(&["id"], "users").test("roles.name", "=", Literal::Text(role));
            let people = client.search_all(&query).await?;
            ids.extend(people.iter().filter_map(|row| rows::id(&row["id"]).as_str().map(str::to_owned)));
        }
        let ids = ids.into_iter().map(Value::text).collect();
        found.push(Value::map([("roles", key), ("ids", Value::List(ids))]));
    }
    Ok(Rows { rows: found, newest: None })
}
