//! What WHERE and ORDER BY compare, without building the JSON of a row.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

use super::ast::{Cond, Literal, Op, Test};
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::host::TENANT;
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::show::{Node, Plain, Reader, Row, email};
use crate::sandbox::khoros::subscription::{Subscription, Target};
use crate::sandbox::khoros::switches::{DateLiteral, Switches};

/// A value that can be compared.
#[derive(Debug, PartialEq)]
pub enum Atom<'a> {
    /// Ids of messages and members are numbers that are written as text.
    Id(i64),
    Int(i64),
    Bool(bool),
    Text(Cow<'a, str>),
    Texts(Vec<&'a str>),
    Owned(Vec<String>),
    Nothing,
}

/// Whether a row passes the condition.
pub fn passes<'a>(cond: &Cond, row: Row<'a>, reader: &Reader<'a>) -> bool {
    match cond {
        Cond::All(all) => all.iter().all(|cond| passes(cond, row, reader)),
        Cond::Any(any) => any.iter().any(|cond| passes(cond, row, reader)),
        Cond::Test(test) => {
            let atom = atom(row, reader, &test.path);
            test.literals.iter().any(|literal| holds(&atom, test, literal, reader.switches))
        }
    }
}

fn holds(atom: &Atom<'_>, test: &Test, literal: &Literal, switches: &Switches) -> bool {
    match atom {
        Atom::Texts(texts) => texts.iter().any(|text| holds(&Atom::Text((*text).into()), test, literal, switches)),
        Atom::Owned(texts) => texts.iter().any(|text| holds(&Atom::Text(text.into()), test, literal, switches)),
        Atom::Text(text) if test.op == Op::Matches => matches(text, literal),
        atom => match compared(atom, literal, switches) {
            None => test.op == Op::Ne,
            Some(ordering) => fulfils(test.op, ordering),
        },
    }
}

fn fulfils(op: Op, ordering: Ordering) -> bool {
    match op {
        Op::Eq | Op::In => ordering.is_eq(),
        Op::Ne => ordering.is_ne(),
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
        Op::Matches => false,
    }
}

fn compared(atom: &Atom<'_>, literal: &Literal, switches: &Switches) -> Option<Ordering> {
    match (atom, literal) {
        (Atom::Id(id), Literal::Int(other)) => Some(id.cmp(other)),
        (Atom::Id(id), Literal::Text(text)) => text.parse().ok().map(|other| id.cmp(&other)),
        (Atom::Int(int), Literal::Int(other)) => Some(int.cmp(other)),
        // Only moments are numbers that may be compared with text.
        (Atom::Int(int), text) => time_literal(text, switches).map(|other| int.cmp(&other)),
        (Atom::Bool(bool), Literal::Bool(other)) => Some(bool.cmp(other)),
        // The id of a member in a list is text, and may be asked for by number.
        (Atom::Text(text), Literal::Int(other)) => text.parse().ok().map(|id: i64| id.cmp(other)),
        (Atom::Text(text), Literal::Text(other)) => Some(text.as_ref().cmp(other)),
        _ => None,
    }
}

/// Full text: every word occurs, in any case.
fn matches(text: &str, literal: &Literal) -> bool {
    let Literal::Text(wanted) = literal else { return false };
    let text = text.to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// A moment in WHERE, in milliseconds, if it is written as this community wants it.
pub fn time_literal(literal: &Literal, switches: &Switches) -> Option<i64> {
    match (switches.date_literal, literal) {
        (DateLiteral::EpochMs, Literal::Int(ms)) => Some(*ms),
        (DateLiteral::Iso, Literal::Text(text)) => text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond),
        _ => None,
    }
}

/// The value at a path that `check.rs` admits to WHERE or ORDER BY.
pub fn atom<'a>(row: Row<'a>, reader: &Reader<'a>, path: &str) -> Atom<'a> {
    match row {
        Row::Message(message) => of_message(message, reader, path),
        Row::User(member) => of_user(member, reader, path),
        Row::Board(board) if path == "ancestor_categories.id" => {
            Atom::Texts(categories(&board.category, reader).collect())
        }
        Row::Board(board) if path == "parent_category.id" => Atom::Text(board.category.as_str().into()),
        Row::Category(id) => of_category(id, reader, path),
        Row::Role(_) if path == "node.id" => Atom::Text(Node::Community.id().into()),
        // Rows of the others are cut to the required constraint when they are gathered.
        Row::Label(_) | Row::Tag(_) | Row::Kudo(..) | Row::Attachment(..) | Row::MeToo(..) => Atom::Nothing,
        Row::Node(node) if path == "parent.id" => {
            node.parent(reader).map_or(Atom::Nothing, |above| Atom::Text(above.id().into()))
        }
        Row::Node(node) if path == "ancestors.id" => Atom::Owned(node.ancestors(reader)),
        Row::Node(node) if path == "descendants.id" => Atom::Owned(below(&node, reader)),
        Row::Subscription(subscription) => of_subscription(subscription, path),
        row => match row.value(reader, path) {
            Plain::Text(text) => Atom::Text(text),
            Plain::Count(number) => count(number),
            _ => Atom::Nothing,
        },
    }
}

fn id<'a>(id: u64) -> Atom<'a> {
    i64::try_from(id).map_or(Atom::Nothing, Atom::Id)
}

fn count<'a>(count: u64) -> Atom<'a> {
    i64::try_from(count).map_or(Atom::Nothing, Atom::Int)
}

fn text(text: &str) -> Atom<'_> {
    Atom::Text(text.into())
}

/// The ids of a board and of everything above it.
fn above<'a>(board: &'a Board, reader: &Reader<'a>) -> Vec<&'a str> {
    let up = |node: &Node<'a>| node.parent(reader);
    // A tree that is a circle by mistake ends all the same.
    let ids = std::iter::successors(Some(Node::Board(board)), up).take(32).map(|node| match node {
        Node::Board(board) => &*board.id,
        Node::Category(id) => id,
        Node::Community => TENANT,
    });
    ids.collect()
}

/// A category and those above it.
fn categories<'a>(id: &'a str, reader: &Reader<'a>) -> impl Iterator<Item = &'a str> {
    let all = &reader.view.community.categories;
    // A tree that is a circle by mistake ends all the same.
    std::iter::successors(Some(id), |id| all.get(*id)?.parent.as_deref()).take(32)
}

fn of_category<'a>(id: &'a str, reader: &Reader<'a>, path: &str) -> Atom<'a> {
    let inside = |other: &&'a str| *other != id && categories(other, reader).any(|above| above == id);
    match path {
        "parent_category.id" => categories(id, reader).nth(1).map_or(Atom::Nothing, text),
        "ancestor_categories.id" => Atom::Texts(categories(id, reader).skip(1).collect()),
        "descendant_categories.id" => {
            Atom::Texts(reader.view.community.category_ids().into_iter().filter(inside).collect())
        }
        "id" => text(id),
        path => match Row::Category(id).value(reader, path) {
            Plain::Text(text) => Atom::Text(text),
            _ => Atom::Nothing,
        },
    }
}

/// The typed ids of all nodes under one.
fn below<'a>(node: &Node<'a>, reader: &Reader<'a>) -> Vec<String> {
    let own = node.id();
    let under = Node::all(reader).filter(|other| other.ancestors(reader).contains(&own));
    under.map(|other| other.id()).collect()
}

fn of_message<'a>(message: &'a Message, reader: &Reader<'a>, path: &str) -> Atom<'a> {
    let board = || reader.view.community.boards.get(&*message.board);
    match path {
        "id" => id(message.id),
        "depth" => Atom::Int(i64::from(message.depth)),
        "board.id" => text(&message.board),
        "participants.id" => Atom::Owned(participants(message, reader)),
        "category.name" => {
            board().map_or(Atom::Nothing, |board| text(reader.view.community.category_title(&board.category)))
        }
        "category.id" => board().map_or(Atom::Nothing, |board| text(&board.category)),
        "ancestors.id" => Atom::Texts(board().map(|board| above(board, reader)).unwrap_or_default()),
        "post_time" | "last_publish_time" => Atom::Int(message.post_time.as_millisecond()),
        "topic.id" => id(message.topic),
        "parent.id" => message.parent.map_or(Atom::Nothing, id),
        "author.id" => Atom::Id(message.author),
        "author.login" => {
            reader.view.community.author(message.author).map_or(Atom::Nothing, |author| text(&author.login))
        }
        "is_solution" => Atom::Bool(message.solution.is_some()),
        "replies.count(*)" => count(message.replies),
        "kudos.sum(weight)" => count(message.kudos.len() as u64),
        "metrics.views" => count(message.views),
        "labels.text" => Atom::Texts(message.labels.iter().map(|mark| &*mark.text).collect()),
        "tags.text" => Atom::Texts(message.tags.iter().map(|mark| &*mark.text).collect()),
        "visibility_scope" if message.archived => text("archived"),
        "subject" => text(&message.subject),
        "body" => text(&message.body),
        "conversation.style" => board().map_or(Atom::Nothing, |board| text(&board.style)),
        "conversation.solved" => Atom::Bool(reader.view.root(message).conversation.solved),
        "conversation.featured" => Atom::Bool(false),
        "conversation.last_post_time" => Atom::Int(reader.view.root(message).conversation.last_post.as_millisecond()),
        _ => Atom::Nothing,
    }
}

/// Everybody who wrote in the thread (inferred; the name is all that is known).
fn participants(message: &Message, reader: &Reader<'_>) -> Vec<String> {
    let ids = reader.view.community.messages.topic_ids(message.topic).into_iter();
    ids.filter_map(|id| reader.message(id)).map(|message| message.author.to_string()).collect()
}

fn of_subscription<'a>(subscription: &Subscription, path: &str) -> Atom<'a> {
    match (path, &subscription.target) {
        ("subscriber.id", _) => id(subscription.subscriber),
        ("target.id", Target::Message(message)) => id(*message),
        ("target.id", Target::Board(board)) => Atom::Text(board.clone().into()),
        ("target.type", Target::Message(_)) => text("message"),
        ("target.type", Target::Board(_)) => text("board"),
        _ => Atom::Nothing,
    }
}

fn of_user<'a>(member: &'a Member, reader: &Reader<'a>, path: &str) -> Atom<'a> {
    match path {
        "id" => id(member.id),
        "login" => text(&member.login),
        // An address that the reader may not see cannot be found either.
        "email" => text(email(member, reader)),
        "first_name" => text(&member.first_name),
        "last_name" => text(&member.last_name),
        "sso_id" => text(&member.sso_id),
        "online_status" => text(reader.online_status(member)),
        "registration_data.status" => text("fully-registered"),
        "last_visit_time" => Atom::Int(member.last_visit.as_millisecond()),
        "roles.name" => Atom::Texts(member.roles.iter().map(|role| &**role).collect()),
        _ => Atom::Nothing,
    }
}

/// The order of two values in ORDER BY; nothing comes first.
pub fn order(one: &Atom<'_>, other: &Atom<'_>) -> Ordering {
    match (one, other) {
        (Atom::Id(one), Atom::Id(other)) | (Atom::Int(one), Atom::Int(other)) => one.cmp(other),
        (Atom::Bool(one), Atom::Bool(other)) => one.cmp(other),
        (Atom::Text(one), Atom::Text(other)) => one.cmp(other),
        (Atom::Nothing, Atom::Nothing) => Ordering::Equal,
        (Atom::Nothing, _) => Ordering::Less,
        (_, Atom::Nothing) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}
