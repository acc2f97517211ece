//! `khoros.find_person`: people by id, many at once.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;
use crate::hosts::khoros::rows;

use super::texts;

/// A person by id. Used again for an hour; by e-mail, login or SSO id is to come.
pub fn find_person(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_person",
        Call::Read(ReadCall {
            key: "id".into(),
            up_to: 25,
            row: "id".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("A person of the community: names, e-mail, rank, when they registered and last came.")
    .needs("id", Type::Id, "id of the person")
    .example("khoros::find_person(#{ id: thread.author.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let (nobody, people): (Vec<&str>, Vec<&str>) = texts(&asked.keys).partition(|id| *id == rows::NOBODY);
    let mut found: Vec<_> = nobody.iter().map(|_| rows::nobody()).collect();
    if !people.is_empty() {
        let those = |query: Liql| query.is_one_of("id", people.iter().copied());
        found.extend(
            client.search_fields(&rows::PERSON, "users", those).await?.iter().map(|row| rows::person(&client, row)),
        );
    }
    Ok(Rows { rows: found, newest: None })
}
