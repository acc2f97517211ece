//! `khoros.find_person_counts`: what the community counts of people as it is now, many people at once.

use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::texts;

const FIELDS: [&str; 3] = ["id", "kudos_received.sum(weight)", "solutions_authored.count(*)"];

/// The kudos that a person received and the solutions that they wrote. Never used again: they are live.
pub fn find_person_counts(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_person_counts",
        Call::Read(ReadCall {
            key: "person".into(),
            up_to: 25,
            row: "person".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The kudos that a person received and the accepted solutions that they wrote, as they are now.")
    .needs("person", Type::Id, "id of the person")
    .example("khoros::find_person_counts(#{ person: thread.author.id })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let query = Liql::select(&FIELDS, "users").is_one_of("id", texts(&asked.keys));
    let found = client.search_all(&query).await?;
    let row = |row: &serde_json::Value| {
        Value::map([
            ("person", rows::id(&row["id"])),
            ("kudos", row["kudos_received"]["sum"]["weight"].as_i64().into()),
            ("solutions", row["solutions_authored"]["count"].as_i64().into()),
        ])
    };
    Ok(Rows { rows: found.iter().map(row).collect(), newest: None })
}
