//! What a rule may look at about the contact of a thread's author, and the contact's account: every field as the org
//! spells it.
//!
//! A link in our notebook wins, as long as its contact is there; else the author's e-mail decides. Of several contacts
//! with one e-mail none is taken (ESC-9). `linked`, `mail` and `same_mail` are steps on the way: no event has such a
//! noun, so rules cannot name them.

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::THREAD_EVENTS;
use crate::hosts::salesforce::CASE_EVENTS;
use crate::names::EventKind;
use crate::value::Value;

/// All facts of contacts and accounts.
pub fn facts() -> Vec<FactRow> {
    vec![
        read("linked.contact", "", "notebook.get_contact", ("login", "thread.author.login"), "contact"),
        read("linked.Id", "", "salesforce.get_contact", ("id", "linked.contact"), "Id"),
        from("mail", "", Type::Text, "thread.author.email", mail),
        read("same_mail", "", "salesforce.find_contacts", ("Email", "mail"), ""),
        from(
            "contact.state",
            "linked: the one that our notebook links, else the only one with the author's e-mail; none; several: with one \
             e-mail, and none is taken",
            Type::Text,
            "same_mail",
            state,
        ),
        from("contact.Id", "id of the contact; absent when there is none, or several", Type::Id, "same_mail", id),
        whole(read(
            "contact",
            "the contact of the author, with every field as Salesforce spells it; absent when there is none, or several",
            "salesforce.get_contact",
            ("id", "contact.Id"),
            "",
        )),
        whole(read(
            "account",
            "the account of the contact, with every field as Salesforce spells it",
            "salesforce.get_account",
            ("id", "contact.AccountId"),
            "",
        )),
        of_a_case(whole(read(
            "contact",
            "the contact of the case",
            "salesforce.get_contact",
            ("id", "case.ContactId"),
            "",
        ))),
        of_a_case(whole(read(
            "account",
            "the account of the case",
            "salesforce.get_account",
            ("id", "case.AccountId"),
            "",
        ))),
    ]
}

fn of(kinds: &[&str]) -> Vec<EventKind> {
    kinds.iter().map(|kind| (*kind).into()).collect()
}

/// Where the event is about a case, its fields say whose it is.
fn of_a_case(row: FactRow) -> FactRow {
    FactRow { on: of(&CASE_EVENTS), ..row }
}

fn read(fact: &str, about: &'static str, read: &str, arg: (&str, &str), at: &str) -> FactRow {
    let source = Source::Answer { read: read.into(), args: vec![(arg.0.into(), arg.1.into())], at: at.into() };
    FactRow { fact: fact.into(), gives: Type::Any, about, on: of(&THREAD_EVENTS), source, follows: None, open: false }
}

/// A noun with every field.
fn whole(row: FactRow) -> FactRow {
    FactRow { open: true, ..row }
}

/// Worked out from the linked contact, if there is one, and one thing more. An author always has a login.
fn from(fact: &str, about: &'static str, gives: Type, more: &str, work: fn(&[Value]) -> Value) -> FactRow {
    let facts = vec!["thread.author.login".into(), "linked.Id".into(), more.into()];
    let source = Source::From { facts, work };
    FactRow { fact: fact.into(), gives, about, on: of(&THREAD_EVENTS), source, follows: None, open: false }
}

/// The e-mail to look for; none where a link says who it is.
fn mail(values: &[Value]) -> Value {
    match &values[1..] {
        [Value::Nothing, Value::Text(mail)] if !mail.trim().is_empty() => Value::text(mail.trim()),
        _ => Value::Nothing,
    }
}

fn state(values: &[Value]) -> Value {
    match (&values[1], same_mail(values)) {
        (Value::Nothing, []) => "none".into(),
        (Value::Nothing, [_, _, ..]) => "several".into(),
        _ => "linked".into(),
    }
}

fn id(values: &[Value]) -> Value {
    match (&values[1], same_mail(values)) {
        (Value::Nothing, [one]) => one.get("Id").clone(),
        (linked, _) => linked.clone(),
    }
}

fn same_mail(values: &[Value]) -> &[Value] {
    if let Value::List(contacts) = &values[2] { contacts } else { &[] }
}
