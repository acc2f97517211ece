//! The rows that a query may be about: all of a collection, or what its tests narrow it to without a look at the rest.

use std::collections::BTreeSet;

use super::ast::{Literal, Op, Query, Test};
use crate::sandbox::khoros::catalog::Shape;
use crate::sandbox::khoros::member::RANKS;
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::show::{Node, Reader, Row};

/// All rows that can pass, in the order of their ids.
pub fn gather<'a>(shape: Shape, query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let community = reader.view.community;
    match shape {
        Shape::Message => messages(query, reader),
        Shape::User => users(query, reader),
        Shape::Board => community.boards.values().filter(|board| reader.sees(board)).map(Row::Board).collect(),
        Shape::Category => community.category_ids().into_iter().map(Row::Category).collect(),
        Shape::Node => nodes(reader),
        Shape::Attachment => of_message(query, reader, "message.id", |m| {
            (0..m.attachments.len()).map(|at| Row::Attachment(m, at)).collect()
        }),
        Shape::MeToo => {
            of_message(query, reader, "message.id", |m| m.me_toos.iter().map(|by| Row::MeToo(m, *by)).collect())
        }
        Shape::Community => vec![Row::Community],
        Shape::Rank => RANKS.into_iter().map(Row::Rank).collect(),
        Shape::Role => roles(query, reader),
        Shape::Label => of_message(query, reader, "messages.id", |m| m.labels.iter().map(Row::Label).collect()),
        Shape::Tag => of_message(query, reader, "messages.id", |m| m.tags.iter().map(Row::Tag).collect()),
        Shape::Kudo => {
            of_message(query, reader, "message.id", |m| m.kudos.iter().map(|by| Row::Kudo(m, *by)).collect())
        }
        _ => Vec::new(),
    }
}

/// Tests that `gather` has fulfilled: their paths are not fields of a row.
pub fn is_gathered(shape: Shape, test: &Test) -> bool {
    match shape {
        Shape::Label | Shape::Tag | Shape::Attachment | Shape::MeToo => true,
        Shape::Kudo => test.path == "message.id",
        Shape::Role => test.path == "users.id",
        Shape::User => matches!(&*test.path, "roles.id" | "messages_contributed.id") || is_self(test),
        _ => false,
    }
}

fn is_self(test: &Test) -> bool {
    test.path == "id" && test.literals == [Literal::Text("self".into())]
}

/// The ids that a test under AND asks for.
fn wanted(query: &Query, path: &str) -> Option<BTreeSet<u64>> {
    let is_wanted = |test: &&&Test| test.path == path && matches!(test.op, Op::Eq | Op::In);
    let musts = query.musts();
    let test = musts.iter().find(is_wanted)?;
    Some(test.literals.iter().filter_map(number).collect())
}

fn number(literal: &Literal) -> Option<u64> {
    match literal {
        Literal::Int(int) => u64::try_from(*int).ok(),
        Literal::Text(text) => text.parse().ok(),
        Literal::Bool(_) => None,
    }
}

fn messages<'a>(query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let store = &reader.view.community.messages;
    let in_threads = |topics: BTreeSet<u64>| -> BTreeSet<u64> {
        topics.into_iter().flat_map(|topic| store.topic_ids(topic)).collect()
    };
    let topic_of = |id: u64| store.any(id).map(|message| message.topic);
    let ids = wanted(query, "id")
        .or_else(|| wanted(query, "topic.id").map(in_threads))
        .or_else(|| wanted(query, "parent.id").map(|ids| in_threads(ids.into_iter().filter_map(topic_of).collect())));
    let shown = |id: u64| reader.message(id).map(Row::Message);
    match ids {
        Some(ids) => ids.into_iter().filter_map(shown).collect(),
        None => store.ids().filter_map(shown).collect(),
    }
}

fn nodes<'a>(reader: &Reader<'a>) -> Vec<Row<'a>> {
    let community = reader.view.community;
    let boards = community.boards.values().filter(|board| reader.sees(board)).map(Node::Board);
    let categories = community.category_ids().into_iter().map(Node::Category);
    std::iter::once(Node::Community).chain(categories).chain(boards).map(Row::Node).collect()
}

/// Anonymous readers get no members, without an error (sheet 6.4).
fn users<'a>(query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let Some(caller) = reader.caller else { return Vec::new() };
    let musts = query.musts();
    let mut members: Vec<_> = reader.view.community.members.values().collect();
    for test in &musts {
        let literal = &test.literals[0];
        match &*test.path {
            "id" if is_self(test) => members.retain(|member| member.id == caller.id),
            "roles.id" => members.retain(|member| member.roles.iter().any(|role| names_role(literal, role))),
            "messages_contributed.id" => {
                let by: BTreeSet<i64> = contributors(number(literal), reader);
                members.retain(|member| i64::try_from(member.id).is_ok_and(|id| by.contains(&id)));
            }
            _ => {}
        }
    }
    members.into_iter().map(Row::User).collect()
}

fn names_role(literal: &Literal, role: &str) -> bool {
    matches!(literal, Literal::Text(id) if id.strip_prefix("t:") == Some(role))
}

fn contributors(message: Option<u64>, reader: &Reader<'_>) -> BTreeSet<i64> {
    let message = message.and_then(|id| reader.view.message(id));
    message.map(|message| BTreeSet::from([message.author, message.edited_by])).unwrap_or_default()
}

fn roles<'a>(query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let of = wanted(query, "users.id");
    let members = reader.view.community.members.values();
    let asked = members.filter(|member| of.as_ref().is_none_or(|ids| ids.contains(&member.id)));
    let names: BTreeSet<&str> = asked.flat_map(|member| member.roles.iter().map(|role| &**role)).collect();
    names.into_iter().map(Row::Role).collect()
}

fn of_message<'a>(
    query: &Query,
    reader: &Reader<'a>,
    path: &str,
    rows: impl Fn(&'a Message) -> Vec<Row<'a>>,
) -> Vec<Row<'a>> {
    let ids = wanted(query, path).unwrap_or_default();
    ids.into_iter().filter_map(|id| reader.message(id)).flat_map(rows).collect()
}
