//! What a rule may look at about a comment on a case, a record that asks for something, and the agent behind either.

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::salesforce::{AGENT_EVENTS, COMMENT_EVENTS, REQUEST_EVENTS};
use crate::names::EventKind;
use crate::value::Value;

/// All facts of comments, requests and agents.
pub fn facts() -> Vec<FactRow> {
    let comment = |(name, gives, about): (&str, Type, &'static str)| {
        read(&COMMENT_EVENTS, &format!("comment.{name}"), gives, about, "salesforce.get_comment", "event.comment", name)
    };
    let request = |(name, gives, about): (&str, Type, &'static str)| {
        read(&REQUEST_EVENTS, &format!("request.{name}"), gives, about, "salesforce.get_request", "event.request", name)
    };
    let agent = |(name, gives, about): (&str, Type, &'static str)| {
        read(&AGENT_EVENTS, &format!("agent.{name}"), gives, about, "salesforce.get_user", "agent_id", name)
    };
    let comments = [
        ("id", Type::Id, "id of the comment"),
        ("body", Type::Text, "its text"),
        ("is_published", Type::YesNo, "whether customers may see it"),
        ("at", Type::Moment, "when it was written"),
        ("author_id", Type::Id, "id of the user who wrote it"),
    ];
    let requests = [
        ("id", Type::Id, "id of the record"),
        ("recipient", Type::Text, "login of the member who is written to"),
        ("subject", Type::Text, "subject of the message"),
        ("body", Type::Text, "what is to be posted or sent"),
        ("author_id", Type::Id, "id of the user who made the record"),
    ];
    let agents = [("name", Type::Text, "name of the agent"), ("email", Type::Text, "e-mail of the agent in the org")];
    let mut rows: Vec<FactRow> = comments.into_iter().map(comment).collect();
    rows.extend(requests.into_iter().map(request));
    rows.extend(agents.into_iter().map(agent));
    rows.push(same(&COMMENT_EVENTS, "agent_id", "", "comment.author_id"));
    rows.push(same(&REQUEST_EVENTS, "agent_id", "", "request.author_id"));
    rows.push(same(&AGENT_EVENTS, "agent.id", "id of the agent in the org", "agent_id"));
    rows
}

fn kinds(on: &[&'static str]) -> Vec<EventKind> {
    on.iter().map(|kind| (*kind).into()).collect()
}

fn read(on: &[&'static str], fact: &str, gives: Type, about: &'static str, read: &str, id: &str, at: &str) -> FactRow {
    let source = Source::Answer { read: read.into(), args: vec![("id".into(), id.into())], at: at.into() };
    FactRow { fact: fact.into(), gives, about, on: kinds(on), source, follows: None, open: false }
}

/// A fact under another name.
fn same(on: &[&'static str], fact: &str, about: &'static str, of: &str) -> FactRow {
    let first = |values: &[Value]| values[0].clone();
    let source = Source::From { facts: vec![of.into()], work: first };
    FactRow { fact: fact.into(), gives: Type::Id, about, on: kinds(on), source, follows: None, open: false }
}
