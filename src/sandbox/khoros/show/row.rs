//! One object behind a row of an answer.

use serde_json::{Value, json};

use super::node::Node;
use super::plain::Plain;
use super::reader::Reader;
use super::small::{attachment, category, community, kudo, of_board, of_mark, rank, role};
use super::stub::{self as place, escaped};
use super::{message, note, user};
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::catalog::{Mail, Shape};
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::message::{Mark, Message};
use crate::sandbox::khoros::notes::Note;
use crate::sandbox::khoros::subscription::Subscription;

/// One object.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    Message(&'a Message),
    /// The root whose conversation it is.
    Conversation(&'a Message),
    Revision(&'a Message),
    MessageMetrics(&'a Message),
    UserContext(&'a Message),
    User(&'a Member),
    /// The author of a message that has none.
    Nobody,
    Avatar(&'a Member),
    Registration(&'a Member),
    UserMetrics(&'a Member),
    Rank(&'a str),
    Role(&'a str),
    Board(&'a Board),
    Category(&'a str),
    Community,
    Label(&'a Mark),
    Tag(&'a Mark),
    Kudo(&'a Message, u64),
    Node(Node<'a>),
    /// A message and the place of the file on it.
    Attachment(&'a Message, usize),
    MeToo(&'a Message, u64),
    Subscription(&'a Subscription),
    Note(Mail, &'a Note),
}

impl<'a> Row<'a> {
    /// The kind of object.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Message(_) => Shape::Message,
            Self::Conversation(_) => Shape::Conversation,
            Self::Revision(_) => Shape::Revision,
            Self::MessageMetrics(_) => Shape::MessageMetrics,
            Self::UserContext(_) => Shape::UserContext,
            Self::User(_) | Self::Nobody => Shape::User,
            Self::Avatar(_) => Shape::Avatar,
            Self::Registration(_) => Shape::Registration,
            Self::UserMetrics(_) => Shape::UserMetrics,
            Self::Rank(_) => Shape::Rank,
            Self::Role(_) => Shape::Role,
            Self::Board(_) => Shape::Board,
            Self::Category(_) => Shape::Category,
            Self::Community => Shape::Community,
            Self::Label(_) => Shape::Label,
            Self::Tag(_) => Shape::Tag,
            Self::Kudo(..) => Shape::Kudo,
            Self::Node(_) => Shape::Node,
            Self::Attachment(..) => Shape::Attachment,
            Self::MeToo(..) => Shape::MeToo,
            Self::Subscription(_) => Shape::Subscription,
            Self::Note(mail, _) => Shape::Note(*mail),
        }
    }

    /// The object that a field holds; nothing if there is none, such as the parent of a root.
    pub fn one(&self, reader: &Reader<'a>, field: &str) -> Option<Row<'a>> {
        match self {
            Self::Message(message) => message::one(message, reader, field),
            Self::Revision(message) => Some(author(reader, message.edited_by)),
            Self::User(member) => user::one(member, field),
            Self::Kudo(_, giver) if field == "user" => reader.view.community.members.get(*giver).map(Row::User),
            Self::Kudo(message, _) | Self::Attachment(message, _) => Some(Row::Message(message)),
            Self::Label(mark) | Self::Tag(mark) => Some(author(reader, mark.by)),
            Self::Subscription(subscription) => note::followed(subscription, reader, field),
            Self::Note(mail, one) => note::one(*mail, one, reader, field),
            Self::Node(Node::Board(board)) if field == "root_category" => Row::Board(board).one(reader, field),
            Self::Node(node) => node.parent(reader).map(Row::Node),
            Self::Role(_) => Some(Row::Node(Node::Community)),
            Self::Board(board) if field == "parent" => Some(Row::Node(Node::Category(&board.category))),
            Self::Board(board) if field == "root_category" => Some(Row::Category(root(&board.category, reader))),
            Self::Board(board) => Some(Row::Category(&board.category)),
            Self::Category(id) if field == "root_category" => Some(Row::Category(root(id, reader))),
            Self::Category(id) => reader.view.community.categories.get(*id)?.parent.as_deref().map(Row::Category),
            _ => None,
        }
    }

    /// The value of a plain field.
    pub fn value(&self, reader: &Reader<'a>, field: &str) -> Plain<'a> {
        match self {
            Self::Message(message) => message::value(message, reader, field),
            Self::Conversation(root) => message::conversation(root, reader, field),
            Self::Revision(message) => message::revision(message, field),
            Self::MessageMetrics(message) => Plain::from(message.views),
            Self::UserContext(message) => message::user_context(message, reader, field),
            Self::User(member) => user::value(member, reader, field),
            Self::Nobody => user::nobody(field),
            Self::Avatar(member) => Plain::from(format!("{}/avatars/{}/{field}.png", reader.base, member.id)),
            Self::Registration(member) => user::registration(member, field),
            Self::UserMetrics(member) => user::metric(member, reader, field),
            Self::Rank(name) => rank(name, field),
            Self::Role(name) => role(name, field),
            Self::Board(board) => of_board(board, reader, field),
            Self::Category(id) => category(id, reader, field),
            Self::Community => community(reader, field),
            Self::Label(mark) => of_mark("labels", mark, field),
            Self::Tag(mark) => of_mark("tags", mark, field),
            Self::Kudo(message, giver) => kudo(message, *giver, field),
            Self::Node(node) => node.value(reader, field),
            Self::Attachment(message, at) => attachment(message, *at, reader, field),
            Self::MeToo(message, by) => Plain::from(format!("{}_{by}", message.id)),
            Self::Subscription(one) if field == "id" => Plain::from(one.id.to_string()),
            Self::Subscription(one) => Plain::from(format!("/subscriptions/{}", one.id)),
            Self::Note(_, one) => note::value(one, reader, field),
        }
    }

    /// The result of a function over a sub-collection.
    pub fn function(&self, reader: &Reader<'a>, collection: &str) -> Value {
        match self {
            Self::Message(message) => message::function(message, collection),
            Self::User(member) => user::function(member, reader, collection),
            Self::Board(board) => message::count_in_board(reader, &board.id, collection == "topics"),
            Self::Category(id) => {
                json!(reader.view.community.boards.values().filter(|board| board.category == *id).count())
            }
            _ => json!(0),
        }
    }

    /// The query that stands where a sub-collection was not expanded.
    pub fn stub(&self, collection: &str) -> String {
        match self {
            Self::Message(message) => message::stub(message.id, collection),
            Self::User(member) => user::stub(member.id, collection),
            Self::Board(board) => place::of_board(&board.id, collection),
            Self::Category(id) => place::of_category(id, collection),
            Self::Node(node) => place::of_node(node, collection),
            Self::Community => place::of_node(&Node::Community, collection),
            Self::Role(name) => format!("SELECT * FROM users WHERE roles.id = '{}'", escaped(&format!("t:{name}"))),
            Self::Label(mark) => format!("SELECT * FROM messages WHERE labels.text = '{}'", escaped(&mark.text)),
            Self::Tag(mark) => format!("SELECT * FROM messages WHERE tags.text = '{}'", escaped(&mark.text)),
            // No other object has sub-collections.
            _ => String::new(),
        }
    }
}

/// The category above all others.
fn root<'a>(id: &'a str, reader: &Reader<'a>) -> &'a str {
    let up = |id: &&'a str| reader.view.community.categories.get(*id)?.parent.as_deref();
    // A tree that is a circle by mistake ends all the same.
    std::iter::successors(Some(id), up).take(32).last().unwrap_or(id)
}

/// The author with this id, as a row.
pub fn author<'a>(reader: &Reader<'a>, id: i64) -> Row<'a> {
    reader.view.community.author(id).map_or(Row::Nobody, Row::User)
}
