//! `khoros.find_people`: all people with an e-mail.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;
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
    .example("khoros::find_people(#{ email: \"zoe@acme.example\" })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mut found: BTreeMap<String, Json> = BTreeMap::new();
    for email in texts(&asked.keys) {
        let answer = client.get_v1("search/users", &[("q", &format!("email:{}", email.trim()))]).await?;
        found.extend(users(&answer));
    }
    let ids: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut people: BTreeMap<String, Value> = BTreeMap::new();
    for ids in ids.chunks(25) {
        let those = |query: Liql| query.is_one_of("id", ids.iter().copied());
        for row in client.search_fields(&rows::PERSON, "users", those).await? {
            people.extend(rows::id(&row["id"]).as_str().map(|id| (id.to_owned(), rows::person(&client, &row))));
        }
    }
    let person = |(id, user): (&String, &Json)| with_email(people.remove(id), id, user);
    Ok(Rows { rows: found.iter().map(person).collect(), newest: None })
}

/// The users in an answer of the older API, by id; one may stand without a list.
fn users(answer: &Json) -> Vec<(String, Json)> {
    let users = &answer["users"]["user"];
    let users: Vec<&Json> = users.as_array().map_or_else(|| vec![users], |users| users.iter().collect());
    let by_id = |user: &&Json| Some((rows::id(&user["id"]["$"]).as_str()?.to_owned(), (*user).clone()));
    users.iter().filter_map(by_id).collect()
}

/// A person with the address by which they were found, without blanks around it. Whom the index does not show yet counts
/// as well, so that two accounts are never taken for one.
fn with_email(person: Option<Value>, id: &str, user: &Json) -> Value {
    let part = |name: &str| rows::text(&user[name]["$"]);
    let bare = || {
        Value::map([
            ("id", Value::text(id)),
            ("login", part("login")),
            ("deleted", user["deleted"]["$"].as_bool().into()),
        ])
    };
    let mut person = person.unwrap_or_else(bare);
    if let Value::Map(parts) = &mut person {
        let shown = Some(part("email")).filter(|email| !email.is_nothing()).or_else(|| parts.get("email").cloned());
        parts.insert("email".into(), shown.unwrap_or_default().as_str().map(str::trim).into());
    }
    person
}
