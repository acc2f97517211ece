//! `khoros.find_roles`: the roles that a person has.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::texts;

/// The names of a person's roles: one row with the list `names`.
pub fn find_roles(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_roles",
        Call::Read(ReadCall {
            key: "person".into(),
            up_to: 1,
            row: "person".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The names of the roles that a person has.")
    .needs("person", Type::Id, "id of the person")
    .example("khoros::find_roles(#{ person: thread.author.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found = Vec::new();
    for person in texts(&asked.keys) {
        let query = Liql::select(&["id", "name"], "roles").test("users.id", "=", Literal::Text(person));
        let roles = client.search_all(&query).await?;
        let names = roles.iter().map(|row| rows::text(&row["name"])).filter(|name| !name.is_nothing()).collect();
        found.push(Value::map([("person", Value::text(person)), ("names", Value::List(names))]));
    }
    Ok(Rows { rows: found, newest: None })
}
