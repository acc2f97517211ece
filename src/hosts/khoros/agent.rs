//! What a rule may look at about the agent who wrote a comment: their accounts in the community (`speaker.rs`).

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::salesforce::AGENT_EVENTS;
use crate::speaker::{Speaker, for_agent};
use crate::value::Value;

const ACCOUNTS: &str = "how many accounts have the agent's e-mail";

/// The agent's accounts; the agent's e-mail is the org's.
pub fn facts() -> Vec<FactRow> {
    let people = Source::Answer {
        read: "khoros.find_people".into(),
        args: vec![("email".into(), "agent.email".into())],
        at: "".into(),
    };
    vec![
        row("agent_people", Type::List, "", people, false),
        row("agent.accounts", Type::Number, ACCOUNTS, worked_out(count), false),
        row("agent.account", Type::Any, "the account that speaks for the agent: a person", worked_out(account), true),
        row(
            "agent.speaker",
            Type::Text,
            "login of the one account that can speak for the agent",
            worked_out(login),
            false,
        ),
        row(
            "agent.silent",
            Type::Text,
            "why no account speaks for the agent; all candidates are named",
            worked_out(silent),
            false,
        ),
    ]
}

fn row(fact: &str, gives: Type, about: &'static str, source: Source, open: bool) -> FactRow {
    let on = AGENT_EVENTS.iter().map(|kind| (*kind).into()).collect();
    FactRow { fact: fact.into(), gives, about, on, source, follows: None, open }
}

fn worked_out(work: fn(&[Value]) -> Value) -> Source {
    // An agent without an e-mail has no account: the first of these is never absent.
    Source::From { facts: vec!["event.kind".into(), "agent.email".into(), "agent_people".into()], work }
}

fn count(values: &[Value]) -> Value {
    Value::Int(people(values).len() as i64)
}

fn account(values: &[Value]) -> Value {
    match for_agent(values[1].as_str(), people(values)) {
        Speaker::Account(person) => person,
        Speaker::Nobody(_) => Value::Nothing,
    }
}

fn login(values: &[Value]) -> Value {
    account(values).get("login").clone()
}

fn silent(values: &[Value]) -> Value {
    match for_agent(values[1].as_str(), people(values)) {
        Speaker::Account(_) => Value::Nothing,
        Speaker::Nobody(why) => Value::text(why),
    }
}

fn people(values: &[Value]) -> &[Value] {
    if let Value::List(people) = &values[2] { people } else { &[] }
}
