//! Which fields each kind of object has, which of them `SELECT *` and a bare mention show, and what WHERE and ORDER BY
//! may name (sheet 4.6, 4.7, 5 and 6). What is not here fails the whole query, as at the real host.

mod bare;
mod messages;
mod notes;
mod people;
mod places;

mod constraints;

use std::sync::OnceLock;

pub use notes::Mail;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Message,
    User,
    Board,
    Category,
    Community,
    Conversation,
    Revision,
    MessageMetrics,
    UserContext,
    Rank,
    Role,
    Avatar,
    Registration,
    UserMetrics,
    Label,
    Tag,
    Kudo,
    Node,
    Attachment,
    MeToo,
    Subscription,
    Note(Mail),
    /// A collection that nothing fills, by its place in `bare.rs`.
    Bare(usize),
}

/// The fields of one kind of object.
#[derive(Debug)]
pub struct Fields {
    /// The value of `type`.
    pub kind: &'static str,
    /// Plain fields, between spaces.
    pub values: &'static str,
    /// Objects inside.
    pub ones: &'static [(&'static str, Shape)],
    /// Sub-collections and the functions over them.
    pub many: &'static [(&'static str, &'static [&'static str])],
    /// Fields that `SELECT *` leaves out.
    pub not_in_star: &'static [&'static str],
    /// What is shown where another object names this one.
    pub brief: &'static str,
    lists: OnceLock<Lists>,
}

/// Whether a field is a plain value, an object inside, or a sub-collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holds {
    Value,
    One,
    Many,
}

/// Worked out once, because every row asks for them.
#[derive(Debug)]
struct Lists {
    star: Vec<(&'static str, Holds)>,
    brief: Vec<(&'static str, Holds)>,
}

impl Fields {
    /// The object that this field holds.
    pub fn one(&self, name: &str) -> Option<Shape> {
        self.ones.iter().find(|(one, _)| *one == name).map(|(_, shape)| *shape)
    }

    fn functions(&self, name: &str) -> Option<&'static [&'static str]> {
        self.many.iter().find(|(many, _)| *many == name).map(|(_, functions)| *functions)
    }

    /// What a field is; one that is not here is taken for a value.
    pub fn holds(&self, name: &str) -> Holds {
        match (self.one(name), self.functions(name)) {
            (Some(_), _) => Holds::One,
            (None, Some(_)) => Holds::Many,
            (None, None) => Holds::Value,
        }
    }

    /// What `SELECT *` shows.
    pub fn star(&self) -> &[(&'static str, Holds)] {
        &self.lists().star
    }

    /// What is shown where another object names this one.
    pub fn in_brief(&self) -> &[(&'static str, Holds)] {
        &self.lists().brief
    }

    fn lists(&self) -> &Lists {
        self.lists.get_or_init(|| {
            let ones = self.ones.iter().map(|(name, _)| *name);
            let many = self.many.iter().map(|(name, _)| *name);
            let all = self.values.split(' ').chain(ones).chain(many);
            let named = |name: &'static str| (name, self.holds(name));
            Lists {
                star: all.filter(|name| !self.not_in_star.contains(name)).map(named).collect(),
                brief: self.brief.split(' ').map(named).collect(),
            }
        })
    }
}

/// Whether SELECT may name this path.
pub fn has(shape: Shape, path: &str) -> bool {
    let fields = shape.fields();
    match path.split_once('.') {
        None => {
            fields.values.split(' ').any(|value| value == path)
                || fields.one(path).is_some()
                || fields.functions(path).is_some()
        }
        Some((head, rest)) => match fields.one(head) {
            Some(one) => has(one, rest),
            None => fields.functions(head).is_some_and(|functions| functions.contains(&rest)),
        },
    }
}

impl Shape {
    /// The kind of object that a collection holds.
    pub fn of_collection(name: &str) -> Option<Self> {
        Some(match name {
            "messages" => Self::Message,
            "users" => Self::User,
            "boards" => Self::Board,
            "categories" => Self::Category,
            "communities" => Self::Community,
            "labels" => Self::Label,
            "tags" => Self::Tag,
            "kudos" => Self::Kudo,
            "roles" => Self::Role,
            "ranks" => Self::Rank,
            "nodes" => Self::Node,
            "attachments" => Self::Attachment,
            "me_toos" => Self::MeToo,
            "revisions" => Self::Revision,
            "subscriptions" => Self::Subscription,
            "inbox_notes" => Self::Note(Mail::Inbox),
            "outbox_notes" => Self::Note(Mail::Outbox),
            "notes_threads" => Self::Note(Mail::Thread),
            "threaded_notes" => Self::Note(Mail::Threaded),
            _ => return bare::of_collection(name).map(Self::Bare),
        })
    }

    /// Its fields.
    pub fn fields(self) -> &'static Fields {
        match self {
            Self::Message => &messages::MESSAGE,
            Self::User => &people::USER,
            Self::Board => &places::BOARD,
            Self::Category => &places::CATEGORY,
            Self::Community => &places::COMMUNITY,
            Self::Conversation => &messages::CONVERSATION,
            Self::Revision => &messages::REVISION,
            Self::MessageMetrics => &messages::MESSAGE_METRICS,
            Self::UserContext => &messages::USER_CONTEXT,
            Self::Rank => &people::RANK,
            Self::Role => &people::ROLE,
            Self::Avatar => &people::AVATAR,
            Self::Registration => &people::REGISTRATION,
            Self::UserMetrics => &people::USER_METRICS,
            Self::Label => &messages::LABEL,
            Self::Tag => &messages::TAG,
            Self::Kudo => &messages::KUDO,
            Self::Node => &places::NODE,
            Self::Attachment => &messages::ATTACHMENT,
            Self::MeToo => &messages::ME_TOO,
            Self::Subscription => &messages::SUBSCRIPTION,
            Self::Note(mail) => mail.fields(),
            Self::Bare(at) => &bare::BARE[at].fields,
        }
    }
}

const COUNT: &[&str] = &["count(*)"];
const WEIGHT: &[&str] = &["sum(weight)"];
const REFERENCE: &str = "id href view_href";

/// An object of plain values, always shown whole.
fn plain(kind: &'static str, values: &'static str) -> Fields {
    Fields { kind, values, ones: &[], many: &[], not_in_star: &[], brief: values, lists: OnceLock::new() }
}
