//! `mail.send_mail`: a mail to somebody of our own side.
//!
//! Each address gets a mail of its own, so that one that is refused keeps nobody else from theirs. SMTP cannot be asked
//! whether a mail came through: one whose answer was lost is a person's.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::hosts::host_error;
use crate::hosts::mail::Mailing;
use crate::names::Digest;
use crate::run::Why;
use crate::value::Value;

/// Where a person adds an address.
const UNDER: &str = "`mail_to` in casebridge.yaml";

/// Sends, one conversation each.
pub fn send_mail(mailing: &Mailing) -> HostFunction {
    let own = mailing.clone();
    let function = HostFunction::new(
        "mail.send_mail",
        Call::Write(WriteCall {
            kind: Write::Says { source: None, target: vec!["to".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Person,
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(send_all(own.clone(), items))),
        }),
    )
    .about("Sends a mail to people of our own side; each address gets one.")
    .needs("to", Type::Texts, "addresses, or one; only those under `mail_to` in casebridge.yaml")
    .needs("subject", Type::Text, "the subject, on one line")
    .needs("body", Type::Text, "the mail, as plain text")
    .each("to")
    .example(r#"mail::send_mail(#{ to: ["lead@acme.example"], subject: "A case is still new", body: case.url })"#);
    match &mailing.to {
        Some(to) => function.only("to", to.clone(), UNDER),
        None => function,
    }
}

async fn send_all(mailing: Mailing, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(send(&mailing, item).await);
    }
    replies
}

async fn send(mailing: &Mailing, item: &Item) -> Reply {
    let text = |name: &str| item.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let to = text("to").trim();
    if to.is_empty() {
        return Reply::No(Why::new("nobody", "there is no address to write to"));
    }
    if !mailing.to.iter().flat_map(|to| to.iter()).any(|known| known.eq_ignore_ascii_case(to)) {
        return Reply::Parked(Why::new("not_allowed", format!("`{to}` is not under {UNDER}")));
    }
    let Some(sender) = &mailing.sender else {
        return Reply::No(Why::new("sandbox", "with --sandbox mail goes to a server on this machine alone"));
    };
    let id = Digest::of(item.key.as_str());
    match sender.send(&[to.to_owned()], text("subject"), text("body"), Some(id.as_str())).await {
        Ok(()) => Reply::Done(Value::map([("to", Value::text(to))])),
        Err(error) => host_error::reply(error),
    }
}
