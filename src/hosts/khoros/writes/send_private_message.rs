//! `khoros.send_private_message`: a message into a member's inbox, as the first of a list who can (PM-1).
//!
//! The older API sends it and names no id (Khoros sheet 8), so nobody can tell whether one whose answer was lost is there.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use crate::catalog::{Call, HostFunction, Item, Measure, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::failure::HostError;
use crate::hosts::host_error;
use crate::hosts::khoros::others::{Act, CANNOT_SPEAK};
use crate::hosts::khoros::why_not::{WhyNot, why_not};
use crate::hosts::khoros::{Client, post_body};
use crate::run::Why;
use crate::speaker::silent;
use crate::value::Value;

use super::one_by_one;
use super::post_reply::{named, speakers};

/// Characters of a subject, as a reader counts them: an emoji is one (PM-1).
const SUBJECT: usize = 43;

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
            call: Arc::new(move |items| Box::pin(one_by_one(client.clone(), items, send))),
        }),
    )
    .about("Sends a private message to a member as the first of some members who can.")
    .needs("to", Type::Text, "login of the member")
    .needs("subject", Type::Text, "the subject; the community takes 43 characters")
    .needs("body", Type::Html, "the message")
    .needs("as", Type::Texts, "logins, in order: the first who can speak")
    .may("source", Type::Id, "what is said with it: sent once, whoever asks")
    .limit("subject", Measure::Graphemes(SUBJECT))
    .may("nobody", Type::Text, "park (default) or drop, when nobody can speak")
    .example("khoros::send_private_message(#{ to: \"ana\", subject: \"Your case\", body: \"<p>It is closed</p>\", \"as\": [\"support-team\"] })")
}

fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    item.args.get(name).and_then(Value::as_str).unwrap_or_default()
}

async fn send(client: &Client, item: &Item) -> Reply {
    let characters = text(item, "subject").graphemes(true).count();
    if characters == 0 || characters > SUBJECT {
        let why = format!("the subject has {characters} characters, a private message takes 1 to {SUBJECT}");
        return Reply::No(Why::new("subject_length", why));
    }
    if post_body::is_empty(item) {
        return Reply::No(Why::new("nothing_to_send", "the message is empty"));
    }
    let recipient = match recipient(client, text(item, "to")).await {
        Ok(Ok(id)) => id,
        Ok(Err(why)) => return Reply::Parked(Why::new("no_recipient", why)),
        Err(error) => return host_error::reply(error.before_the_write()),
    };
    let mut passed: Vec<(String, HostError)> = Vec::new();
    for login in speakers(item) {
        if let Err(wait) = client.admit(&login, Act::Note) {
            return Reply::Again(wait);
        }
        match client.form_as(&login, "postoffice/notes/send", form(item, &recipient)).await {
            Ok(_) => return Reply::Done(sent(item, &login, &passed)),
            Err(error) if error.code.as_deref() == Some(CANNOT_SPEAK) => passed.push((login, error)),
            Err(error) => return not_taken(error),
        }
    }
    let why = Why::new("nobody_can_speak", named(&passed));
    if text(item, "nobody") == "drop" { Reply::No(why) } else { Reply::Parked(why) }
}

fn sent(item: &Item, login: &str, passed: &[(String, HostError)]) -> Value {
    let passed = passed.iter().map(|(login, why)| {
        Value::map([("login", Value::text(login.as_str())), ("why", Value::text(why.to_string()))])
    });
    Value::map([
        ("by", Value::text(login)),
        ("to", Value::text(text(item, "to"))),
        ("passed", Value::List(passed.collect())),
    ])
}

/// Messages that are off, for the community or between these two, stay so (Khoros sheet 8); who wrote it does not matter
/// then, so nobody else is tried: an answer would go to the wrong inbox.
fn not_taken(error: HostError) -> Reply {
    match why_not(&error) {
        Some(WhyNot::NoRight | WhyNot::Gone) => Reply::No(Why::new("not_delivered", error.to_string())),
        _ => host_error::reply(error),
    }
}

/// The id of an account that can read it, or why there is none.
async fn recipient(client: &Client, login: &str) -> Result<Result<String, String>, HostError> {
    let Some(member) = client.find_member(login).await? else {
        return Ok(Err(format!("nobody in the community is called `{login}`")));
    };
    Ok(match (silent(&member), member.get("id").as_str()) {
        (Some(why), _) => Err(why),
        (None, id) => Ok(id.unwrap_or_default().to_owned()),
    })
}

fn form(item: &Item, recipient: &str) -> Vec<(String, String)> {
    vec![
        ("notes.recipient".into(), format!("/users/id/{recipient}")),
        ("notes.subject".into(), text(item, "subject").to_owned()),
        ("notes.note".into(), post_body::written(item)),
    ]
}
