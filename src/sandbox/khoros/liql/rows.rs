//! The rows that a query may be about: all of a collection, or what its tests narrow it to without a look at the rest.

use std::collections::BTreeSet;

use super::ast::{Literal, Op, Query, Test};
use super::walk::{Order, Place, Walk};
use crate::sandbox::khoros::catalog::Shape;
use crate::sandbox::khoros::index::{key, under};
use crate::sandbox::khoros::member::{Member, RANKS};
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::show::{Node, Reader, Row};

/// Rows one by one, so that a page need not see them all.
pub type Rows<'a> = Box<dyn Iterator<Item = Row<'a>> + 'a>;

/// What can pass, and the walk that it comes from, if it comes from one; all else comes in the order of ids.
pub struct Gathered<'a> {
    pub rows: Rows<'a>,
    pub walk: Option<Walk>,
}

/// All rows that can pass, or those of a walk that come after a place.
pub fn gather<'a>(shape: Shape, query: &Query, reader: &Reader<'a>, after: Option<Place>) -> Gathered<'a> {
    let ids = match shape {
        Shape::Message => narrowed(query, reader),
        Shape::User => members(query, reader),
        _ => return Gathered { rows: Box::new(others(shape, query, reader).into_iter()), walk: None },
    };
    let reader = *reader;
    let row = move |id: u64| match shape {
        Shape::Message => reader.message(id).map(Row::Message),
        _ => reader.caller.and_then(|_| reader.view.community.members.get(id)).map(Row::User),
    };
    match ids {
        Some(ids) => Gathered { rows: Box::new(ids.into_iter().filter_map(row)), walk: None },
        None => {
            let walk = Walk::of(shape, query, reader.switches);
            Gathered { rows: walked(shape, walk, reader, after), walk: walk.asked.then_some(walk) }
        }
    }
}

/// Anonymous readers get no members, without an error (sheet 6.4).
fn walked<'a>(shape: Shape, walk: Walk, reader: Reader<'a>, after: Option<Place>) -> Rows<'a> {
    let community = reader.view.community;
    let (first, last) = walk.ids(after);
    match (shape, walk.order) {
        (Shape::Message, Order::Id) => {
            let rows = community.messages.shown_between(first, last);
            let rows = rows.filter(move |message| reader.may_read(message)).map(Row::Message);
            if walk.descending { Box::new(rows.rev()) } else { Box::new(rows) }
        }
        (Shape::Message, order) => {
            let index = &community.messages.index;
            let places = if order == Order::Active { &index.active } else { &index.posted };
            Box::new(walk.along(places, after).filter_map(move |id| reader.message(id)).map(Row::Message))
        }
        (_, _) if reader.caller.is_none() => Box::new(std::iter::empty()),
        (_, Order::Visited) => {
            let ids = walk.along(&community.members.visited, after);
            Box::new(ids.filter_map(|id| community.members.get(id)).map(Row::User))
        }
        _ => {
            let rows = community.members.between(first, last).map(Row::User);
            if walk.descending { Box::new(rows.rev()) } else { Box::new(rows) }
        }
    }
}

/// Tests that gathering has fulfilled: their paths are not fields of a row.
pub fn is_gathered(shape: Shape, test: &Test) -> bool {
    match shape {
        Shape::Label | Shape::Tag | Shape::Attachment | Shape::MeToo | Shape::Revision => true,
        Shape::Kudo | Shape::Bare(_) => true,
        Shape::Role => test.path == "users.id",
        Shape::User => {
            matches!(&*test.path, "roles.id" | "messages_contributed.id" | "followers.id" | "following.id")
                || is_self(test)
        }
        _ => false,
    }
}

fn is_self(test: &Test) -> bool {
    test.path == "id" && test.literals == [Literal::Text("self".into())]
}

/// The test under AND that asks for one of some values at a path.
fn asked<'q>(query: &'q Query, path: &str) -> Option<&'q Test> {
    query.musts().into_iter().find(|test| test.path == path && matches!(test.op, Op::Eq | Op::In))
}

/// The ids that a test under AND asks for.
fn wanted(query: &Query, path: &str) -> Option<BTreeSet<u64>> {
    Some(asked(query, path)?.literals.iter().filter_map(number).collect())
}

fn number(literal: &Literal) -> Option<u64> {
    match literal {
        Literal::Int(int) => u64::try_from(*int).ok(),
        Literal::Text(text) => text.parse().ok(),
        Literal::Bool(_) => None,
    }
}

/// The messages that one test under AND leaves, by id.
fn narrowed(query: &Query, reader: &Reader<'_>) -> Option<BTreeSet<u64>> {
    let store = &reader.view.community.messages;
    let in_threads = |topics: BTreeSet<u64>| topics.into_iter().flat_map(|topic| store.topic_ids(topic)).collect();
    let topic_of = |id: u64| store.any(id).map(|message| message.topic);
    let by_key = |places, keys: Vec<i64>| keys.into_iter().flat_map(|key| under(places, key)).collect();
    let texts = |test: &Test| -> Vec<i64> { test.literals.iter().filter_map(text).map(key).collect() };
    let author = |test: &Test| test.literals.iter().filter_map(integer).collect();
    let login = |test: &Test| -> Vec<i64> {
        let members = test.literals.iter().filter_map(text).filter_map(|l| reader.view.community.by_login(l));
        members.filter_map(|member| i64::try_from(member.id).ok()).collect()
    };
    let index = &store.index;
    wanted(query, "id")
        .or_else(|| wanted(query, "topic.id").map(in_threads))
        .or_else(|| wanted(query, "parent.id").map(|ids| in_threads(ids.into_iter().filter_map(topic_of).collect())))
        .or_else(|| asked(query, "labels.text").map(|test| by_key(&index.marks, texts(test))))
        .or_else(|| asked(query, "tags.text").map(|test| by_key(&index.marks, texts(test))))
        .or_else(|| asked(query, "author.id").map(|test| by_key(&index.authors, author(test))))
        .or_else(|| asked(query, "author.login").map(|test| by_key(&index.authors, login(test))))
}

fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

fn integer(literal: &Literal) -> Option<i64> {
    match literal {
        Literal::Int(int) => Some(*int),
        Literal::Text(text) => text.parse().ok(),
        Literal::Bool(_) => None,
    }
}

/// The members that the tests under AND leave, by id.
fn members(query: &Query, reader: &Reader<'_>) -> Option<BTreeSet<u64>> {
    let roster = &reader.view.community.members;
    let ids = |members: &mut dyn Iterator<Item = &Member>| members.map(|member| member.id).collect::<BTreeSet<_>>();
    let mut left: Option<BTreeSet<u64>> = None;
    for test in query.musts().into_iter().filter(|test| matches!(test.op, Op::Eq | Op::In)) {
        let first = text(&test.literals[0]).unwrap_or_default();
        let found = match &*test.path {
            "id" if is_self(test) => reader.caller.map(|caller| caller.id).into_iter().collect(),
            "id" => test.literals.iter().filter_map(number).collect(),
            "login" | "email" | "sso_id" if !first.is_empty() => ids(&mut roster.named(first)),
            "roles.name" => ids(&mut roster.with_role(first)),
            "roles.id" => ids(&mut roster.with_role(first.strip_prefix("t:").unwrap_or_default())),
            // Nobody follows anybody here.
            "followers.id" | "following.id" => BTreeSet::new(),
            "messages_contributed.id" => contributors(number(&test.literals[0]), reader),
            _ => continue,
        };
        left = Some(match left {
            Some(left) => left.intersection(&found).copied().collect(),
            None => found,
        });
    }
    left
}

fn contributors(message: Option<u64>, reader: &Reader<'_>) -> BTreeSet<u64> {
    let message = message.and_then(|id| reader.message(id));
    let ids = message.into_iter().flat_map(|message| [message.author, message.edited_by]);
    ids.filter_map(|id| u64::try_from(id).ok()).collect()
}

fn others<'a>(shape: Shape, query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let community = reader.view.community;
    match shape {
        Shape::Board => community.boards.values().filter(|board| reader.sees(board)).map(Row::Board).collect(),
        Shape::Category => community.category_ids().into_iter().map(Row::Category).collect(),
        Shape::Node => Node::all(reader).map(Row::Node).collect(),
        Shape::Community => vec![Row::Community],
        Shape::Rank => RANKS.into_iter().map(Row::Rank).collect(),
        Shape::Role => roles(query, reader),
        Shape::Note(kind) => reader.notes(kind),
        Shape::Subscription => reader.subscriptions(),
        Shape::Label => of_message(query, reader, "messages.id", |m| m.labels.iter().map(Row::Label).collect()),
        Shape::Tag => of_message(query, reader, "messages.id", |m| m.tags.iter().map(Row::Tag).collect()),
        Shape::Revision => of_message(query, reader, "message.id", |m| vec![Row::Revision(m)]),
        Shape::Attachment => of_message(query, reader, "message.id", |m| {
            (0..m.rare.attachments.len()).map(|at| Row::Attachment(m, at)).collect()
        }),
        Shape::MeToo => {
            of_message(query, reader, "message.id", |m| m.rare.me_toos.iter().map(|by| Row::MeToo(m, *by)).collect())
        }
        Shape::Kudo => kudos(query, reader),
        _ => Vec::new(),
    }
}

/// Kudos on a message, by a member, or for what a member wrote (sheet 4.5, 6.1).
fn kudos<'a>(query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let index = &reader.view.community.messages.index;
    let keys = |path| asked(query, path).map(|test| test.literals.iter().filter_map(integer).collect::<Vec<_>>());
    let (givers, authors) = (keys("user.id"), keys("message.author.id"));
    let by_key = |places, keys: &Vec<i64>| keys.iter().flat_map(|key| under(places, *key)).collect::<BTreeSet<_>>();
    let ids = wanted(query, "message.id")
        .or_else(|| givers.as_ref().map(|keys| by_key(&index.givers, keys)))
        .or_else(|| authors.as_ref().map(|keys| by_key(&index.authors, keys)));
    let messages = ids.unwrap_or_default().into_iter().filter_map(|id| reader.message(id));
    let messages = messages.filter(|m| authors.as_ref().is_none_or(|keys| keys.contains(&m.author)));
    let all = messages.flat_map(|m| m.kudos.keys().map(move |by| (m, *by)));
    let by = |by: u64| givers.as_ref().is_none_or(|keys| i64::try_from(by).is_ok_and(|by| keys.contains(&by)));
    all.filter(|(_, giver)| by(*giver)).map(|(message, giver)| Row::Kudo(message, giver)).collect()
}

fn roles<'a>(query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    let roster = &reader.view.community.members;
    let names: BTreeSet<&str> = match wanted(query, "users.id") {
        Some(ids) => {
            ids.into_iter().filter_map(|id| roster.get(id)).flat_map(|m| m.roles.iter().map(|r| &**r)).collect()
        }
        None => roster.roles().collect(),
    };
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
