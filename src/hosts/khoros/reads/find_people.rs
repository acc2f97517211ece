//! `khoros.find_people`: all people with an e-mail.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::rows;
use crate::value::Value;

use super::texts;

/// People by e-mail: there may be several. The search of the older API is the one that finds them all (Khoros sheet 6.5).
pub fn find_people(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_people",
        Call::Read(ReadCall {
            key: "email".into(),
            up_to: 25,
            row: "email".into(),
            gives: Gives::List,
            fold: Fold::AnyCase,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("All people of the community who have an e-mail, in any case.")
    .needs("email", Type::Text, "the e-mail")
    .example("khoros::find_people(#{ email: agent.email })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut ids: Vec<String> = Vec::new();
    for email in texts(&asked.keys) {
        let found = client.get_v1("search/users", &[("q", &format!("email:{}", email.trim()))]).await?;
        ids.extend(found_ids(&found));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for ids in ids.chunks(25) {
        let those = |query: crate::hosts::khoros::liql::Liql| query.is_one_of("id", ids.iter().map(String::as_str));
        found.extend(client.search_fields(&rows::PERSON, "users", those).await?);
    }
    Ok(Rows { rows: found.iter().map(|row| trimmed(rows::person(&client, row))).collect(), newest: None })
}

/// The ids in an answer of the older API; one user may stand without a list.
fn found_ids(found: &Json) -> Vec<String> {
    let users = &found["users"]["user"];
    let users: Vec<&Json> = users.as_array().map_or_else(|| vec![users], |users| users.iter().collect());
    let id = |user: &Json| rows::id(&user["id"]["$"]).as_str().map(str::to_owned);
    users.into_iter().filter_map(id).collect()
}

/// What the older search finds may have blanks around it.
fn trimmed(mut person: Value) -> Value {
    if let Value::Map(parts) = &mut person
        && let Some(email) = parts.get("email").and_then(Value::as_str).map(|email| email.trim().to_owned())
    {
        parts.insert("email".into(), Value::text(email));
    }
    person
}
