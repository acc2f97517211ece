//! `khoros.send_private_message`: a message into a member's inbox, as the first of a list who can (PM-1).
//!
//! The older API sends it and names no id (Khoros sheet 8), so nobody can tell whether one whose answer was lost is there.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::others::{Act, CANNOT_SPEAK};
use crate::hosts::khoros::{Client, rows, safe_html};
use crate::run::Why;
use crate::value::Value;

const CALL: &str = "khoros: POST /postoffice/notes/send";

/// Sends, one call each.
pub fn send_private_message(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.send_private_message",
        Call::Write(WriteCall {
            kind: Write::Says { source: Some("source".into()), target: vec!["to".into()] },
            up_to: 1,
            // Who the member is.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Person,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(send_all(client.clone(), items))),
        }),
    )
    .about("Sends a private message to a member as the first of some members who can.")
    .needs("to", Type::Text, "login of the member")
    .needs("subject", Type::Text, "the subject; the community takes 43 characters")
    .needs("body", Type::Html, "the message")
    .needs("as", Type::Texts, "logins, in order: the first who can speak")
    .may("source", Type::Id, "what is said with it: sent once, whoever asks")
    .may("nobody", Type::Text, "park (default) or drop, when nobody can speak")
    .example("khoros::send_private_message(#{ to: \"ana\", subject: \"Your case\", body: \"<p>It is closed</p>\", \"as\": [\"support-team\"] })")
}

async fn send_all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(send(&client, item).await);
    }
    replies
}

fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    item.args.get(name).and_then(Value::as_str).unwrap_or_default()
}

async fn send(client: &Client, item: &Item) -> Reply {
    let recipient = match recipient(client, text(item, "to")).await {
        Ok(Some(id)) => id,
        Ok(None) => {
            let why = format!("nobody in the community is called `{}`, or the account is closed", text(item, "to"));
            return Reply::Parked(Why::new("no_recipient", why));
        }
        Err(error) => return host_error::reply(error.before_the_write()),
    };
    let mut passed = Vec::new();
    for login in super::post_reply::speakers(item) {
        if !client.is_own(&login)
            && let Err(wait) = client.others.admit(&login, Act::Note, client.now())
        {
            let waits = FailureClass::Temporary { after: Some(wait) };
            return Reply::Again(HostError::new(waits, CALL, format!("{login} wrote a lot just now")));
        }
        match client.form_as(&login, "postoffice/notes/send", form(item, &recipient)).await {
            Ok(_) => {
                return Reply::Done(Value::map([("by", Value::text(login)), ("to", Value::text(text(item, "to")))]));
            }
            Err(error) if error.code.as_deref() == Some(CANNOT_SPEAK) => passed.push(error.to_string()),
            Err(error) => return host_error::reply(error),
        }
    }
    let why = if passed.is_empty() { "nobody is named who has an account".into() } else { passed.join("; ") };
    let why = Why::new("nobody_can_speak", why);
    if text(item, "nobody") == "drop" { Reply::No(why) } else { Reply::Parked(why) }
}

/// The id of an account that is open.
async fn recipient(client: &Client, login: &str) -> Result<Option<String>, HostError> {
    let by_login = |query: Liql| query.test("login", "=", Literal::Text(login));
    let found = client.search_fields(&["id", "login", "deleted"], "users", by_login).await?;
    let open = found.iter().find(|person| person["deleted"].as_bool() != Some(true));
    Ok(open.and_then(|person| rows::id(&person["id"]).as_str().map(str::to_owned)))
}

fn form(item: &Item, recipient: &str) -> Vec<(String, String)> {
    let body = item.args.get("body").map(safe_html).unwrap_or_default();
    vec![
        ("notes.recipient".into(), format!("/users/id/{recipient}")),
        ("notes.subject".into(), text(item, "subject").to_owned()),
        ("notes.note".into(), body.as_str().unwrap_or_default().to_owned()),
    ]
}
