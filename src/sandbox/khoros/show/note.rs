//! The fields of private messages and of subscriptions (sheet 5.4, 5.5).

use serde_json::{Value, json};

use super::plain::Plain;
use super::reader::Reader;
use super::row::Row;
use crate::sandbox::khoros::catalog::Mail;
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::notes::Note;
use crate::sandbox::khoros::subscription::{Subscription, Target};

impl<'a> Reader<'a> {
    /// The caller's own mail, oldest first; nobody reads another member's (sheet 5.5).
    pub fn notes(&self, mail: Mail) -> Vec<Row<'a>> {
        let Some(caller) = self.caller else { return Vec::new() };
        let mine = |note: &&Note| match mail {
            Mail::Inbox => note.recipient == caller.id,
            Mail::Outbox => note.sender == caller.id,
            Mail::Thread | Mail::Threaded => note.recipient == caller.id || note.sender == caller.id,
        };
        self.view.community.notes.iter().filter(mine).map(|note| Row::Note(mail, note)).collect()
    }

    /// Whether the caller follows this message.
    pub fn follows(&self, message: u64) -> bool {
        let Some(caller) = self.caller else { return false };
        let target = Target::Message(message);
        self.view.community.subscriptions.values().any(|one| one.subscriber == caller.id && one.target == target)
    }

    /// What the caller follows (sheet 4.5).
    pub fn subscriptions(&self) -> Vec<Row<'a>> {
        let Some(caller) = self.caller else { return Vec::new() };
        let all = self.view.community.subscriptions.values();
        all.filter(|one| one.subscriber == caller.id).map(Row::Subscription).collect()
    }
}

/// The objects inside a note. Every note opens a thread of its own (inferred: how replies are sent is not known).
pub fn one<'a>(mail: Mail, note: &'a Note, reader: &Reader<'a>, field: &str) -> Option<Row<'a>> {
    let members = &reader.view.community.members;
    match (mail, field) {
        (Mail::Thread, _) => Some(Row::Note(Mail::Threaded, note)),
        (Mail::Inbox | Mail::Threaded, "sender") | (Mail::Outbox, "user") => members.get(note.sender).map(Row::User),
        _ => None,
    }
}

/// The plain fields of a note.
pub fn value<'a>(note: &'a Note, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(note.id.to_string()),
        "subject" => Plain::from(&*note.subject),
        "body" => Plain::from(&*note.body),
        "is_read" => Plain::from(note.read),
        "received_time" | "sent_time" | "updated_time" => Plain::from(written(note.sent)),
        "thread_type" => Plain::from("note"),
        // How a list of recipients looks is inferred.
        "recipients" => {
            let member = reader.view.community.members.get(note.recipient).map(Row::User);
            let items: Vec<Value> = member.into_iter().map(|row| super::place::member(row, reader)).collect();
            json!({ "list_item_type": "user", "size": items.len(), "items": items }).into()
        }
        _ => Plain::Null,
    }
}

/// The objects inside a subscription.
pub fn followed<'a>(subscription: &'a Subscription, reader: &Reader<'a>, field: &str) -> Option<Row<'a>> {
    let community = reader.view.community;
    match (field, &subscription.target) {
        ("subscriber", _) => community.members.get(subscription.subscriber).map(Row::User),
        (_, Target::Message(id)) => reader.message(*id).map(Row::Message),
        (_, Target::Board(id)) => community.boards.get(id).map(Row::Board),
    }
}
