//! Which fields each kind of object has, which of them `SELECT *` and a bare mention show, and what WHERE and ORDER BY
//! may name (sheet 4.6, 4.7, 5 and 6). What is not here fails the whole query, as at the real host.

use super::liql::Op;

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
}

/// The fields of one kind of object.
pub struct Fields {
    /// The value of `type`.
    pub kind: &'static str,
    pub values: &'static [&'static str],
    /// Objects inside.
    pub ones: &'static [(&'static str, Shape)],
    /// Sub-collections and the functions over them.
    pub many: &'static [(&'static str, &'static [&'static str])],
    /// Fields that `SELECT *` leaves out.
    pub not_in_star: &'static [&'static str],
    /// What is shown where another object names this one.
    pub brief: &'static [&'static str],
}

impl Fields {
    /// The object that this field holds.
    pub fn one(&self, name: &str) -> Option<Shape> {
        self.ones.iter().find(|(one, _)| *one == name).map(|(_, shape)| *shape)
    }

    fn functions(&self, name: &str) -> Option<&'static [&'static str]> {
        self.many.iter().find(|(many, _)| *many == name).map(|(_, functions)| *functions)
    }

    /// What `SELECT *` shows.
    pub fn star(&self) -> impl Iterator<Item = &'static str> {
        let ones = self.ones.iter().map(|(name, _)| *name);
        let many = self.many.iter().map(|(name, _)| *name);
        self.values.iter().copied().chain(ones).chain(many).filter(|name| !self.not_in_star.contains(name))
    }
}

/// Whether SELECT may name this path.
pub fn has(shape: Shape, path: &str) -> bool {
    let fields = shape.fields();
    match path.split_once('.') {
        None => fields.values.contains(&path) || fields.one(path).is_some() || fields.functions(path).is_some(),
        Some((head, rest)) => match fields.one(head) {
            Some(one) => has(one, rest),
            None => fields.functions(head).is_some_and(|functions| functions.contains(&rest)),
        },
    }
}

const COUNT: &[&str] = &["count(*)"];
const WEIGHT: &[&str] = &["sum(weight)"];
const REFERENCE: &[&str] = &["id", "href", "view_href"];

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
            _ => return None,
        })
    }

    /// Its fields.
    pub fn fields(self) -> &'static Fields {
        match self {
            Self::Message => &MESSAGE,
            Self::User => &USER,
            Self::Board => &BOARD,
            Self::Category => &CATEGORY,
            Self::Community => &COMMUNITY,
            Self::Conversation => &CONVERSATION,
            Self::Revision => &REVISION,
            Self::MessageMetrics => &MESSAGE_METRICS,
            Self::UserContext => &USER_CONTEXT,
            Self::Rank => &RANK,
            Self::Role => &ROLE,
            Self::Avatar => &AVATAR,
            Self::Registration => &REGISTRATION,
            Self::UserMetrics => &USER_METRICS,
            Self::Label => &LABEL,
            Self::Tag => &TAG,
            Self::Kudo => &KUDO,
        }
    }

    /// What WHERE may name, with the operators seen to work (sheet 4.6, 6.4).
    pub fn constraints(self) -> &'static [(&'static str, &'static [Op])] {
        match self {
            Self::Message => MESSAGE_WHERE,
            Self::User => USER_WHERE,
            Self::Board => &[
                ("id", &[Op::Eq]),
                ("view_href", &[Op::Eq]),
                ("parent_category.id", &[Op::Eq]),
                ("ancestor_categories.id", &[Op::Eq]),
            ],
            Self::Category => &[("id", &[Op::Eq]), ("view_href", &[Op::Eq])],
            Self::Label | Self::Tag => &[("messages.id", &[Op::Eq])],
            Self::Kudo => &[("message.id", &[Op::Eq]), ("user.id", &[Op::Eq])],
            Self::Role => &[("users.id", &[Op::Eq]), ("id", &[Op::Eq])],
            _ => &[],
        }
    }

    /// The constraint without which a query of this collection is refused (sheet 4.5).
    pub fn required(self) -> Option<&'static str> {
        match self {
            Self::Label | Self::Tag => Some("messages.id"),
            Self::Kudo => Some("message.id"),
            _ => None,
        }
    }

    /// What ORDER BY may name (sheet 4.7).
    pub fn orders(self) -> &'static [&'static str] {
        match self {
            Self::Message => &[
                "id",
                "post_time",
                "last_publish_time",
                "conversation.last_post_time",
                "metrics.views",
                "kudos.sum(weight)",
                "replies.count(*)",
                "is_solution",
            ],
            Self::User => &["id", "last_visit_time"],
            _ => &[],
        }
    }
}

const MESSAGE_WHERE: &[(&str, &[Op])] = &[
    ("id", &[Op::Eq, Op::In]),
    ("board.id", &[Op::Eq, Op::Ne, Op::In]),
    ("category.id", &[Op::Eq]),
    ("ancestors.id", &[Op::Eq]),
    ("depth", &[Op::Eq, Op::Gt]),
    ("conversation.style", &[Op::Eq, Op::In]),
    ("conversation.solved", &[Op::Eq]),
    ("conversation.featured", &[Op::Eq]),
    ("conversation.last_post_time", &[Op::Gt, Op::Lt]),
    ("replies.count(*)", &[Op::Eq, Op::Gt]),
    ("post_time", &[Op::Gt, Op::Ge, Op::Lt, Op::Le]),
    ("author.id", &[Op::Eq]),
    ("author.login", &[Op::Eq]),
    ("topic.id", &[Op::Eq]),
    ("parent.id", &[Op::Eq, Op::In]),
    ("is_solution", &[Op::Eq]),
    ("labels.text", &[Op::Eq, Op::Matches]),
    ("tags.text", &[Op::Eq, Op::In, Op::Matches]),
    ("subject", &[Op::Matches]),
    ("body", &[Op::Matches]),
    ("kudos.sum(weight)", &[Op::Gt]),
];

const USER_WHERE: &[(&str, &[Op])] = &[
    ("id", &[Op::Eq, Op::In, Op::Ge, Op::Le, Op::Gt, Op::Lt]),
    ("login", &[Op::Eq]),
    ("email", &[Op::Eq]),
    ("first_name", &[Op::Eq]),
    ("last_name", &[Op::Eq]),
    ("sso_id", &[Op::Eq]),
    ("online_status", &[Op::Eq]),
    ("registration_data.status", &[Op::Eq]),
    ("roles.id", &[Op::Eq]),
    ("roles.name", &[Op::Eq]),
    ("messages_contributed.id", &[Op::Eq]),
];

const MESSAGE: Fields = Fields {
    kind: "message",
    values: &[
        "id",
        "href",
        "view_href",
        "subject",
        "search_snippet",
        "body",
        "teaser",
        "post_time",
        "post_time_friendly",
        "last_publish_time",
        "depth",
        "read_only",
        "edit_frozen",
        "language",
        "can_accept_solution",
        "placeholder",
        "is_solution",
        "solution_data",
        "moderation_status",
        "is_escalated",
        "message_type",
        "context_id",
        "context_url",
        "popularity",
        "excluded_from_kudos_leaderboards",
        "is_promoted",
    ],
    ones: &[
        ("author", Shape::User),
        ("board", Shape::Board),
        ("conversation", Shape::Conversation),
        ("topic", Shape::Message),
        ("parent", Shape::Message),
        ("current_revision", Shape::Revision),
        ("metrics", Shape::MessageMetrics),
        ("user_context", Shape::UserContext),
    ],
    many: &[
        ("kudos", WEIGHT),
        ("replies", COUNT),
        ("labels", COUNT),
        ("tags", COUNT),
        ("images", COUNT),
        ("videos", &[]),
        ("attachments", &[]),
        ("ratings", &["avg(value)"]),
        ("custom_tags", &[]),
        ("contributors", &[]),
        ("me_toos", &[]),
    ],
    not_in_star: &["parent", "is_escalated", "context_id", "context_url"],
    brief: REFERENCE,
};

const USER: Fields = Fields {
    kind: "user",
    values: &[
        "id",
        "href",
        "view_href",
        "sso_id",
        "login",
        "email",
        "first_name",
        "last_name",
        "biography",
        "location",
        "web_page_url",
        "language",
        "online_status",
        "banned",
        "deleted",
        "last_visit_time",
    ],
    ones: &[
        ("rank", Shape::Rank),
        ("avatar", Shape::Avatar),
        ("registration_data", Shape::Registration),
        ("metrics", Shape::UserMetrics),
    ],
    many: &[
        ("roles", COUNT),
        ("messages", COUNT),
        ("topics", COUNT),
        ("solutions_authored", COUNT),
        ("kudos_given", WEIGHT),
        ("kudos_received", WEIGHT),
        ("followers", COUNT),
        ("following", COUNT),
        ("images", COUNT),
        ("albums", COUNT),
        ("videos", COUNT),
    ],
    not_in_star: &[],
    brief: &["id", "href", "view_href", "login"],
};

const BOARD: Fields = Fields {
    kind: "board",
    values: &[
        "id",
        "href",
        "view_href",
        "title",
        "short_title",
        "description",
        "conversation_style",
        "node_type",
        "depth",
        "hidden",
        "language",
        "allowed_labels",
    ],
    ones: &[("parent_category", Shape::Category), ("root_category", Shape::Category)],
    many: &[("messages", COUNT), ("topics", COUNT)],
    not_in_star: &[],
    brief: REFERENCE,
};

const CATEGORY: Fields = Fields {
    kind: "category",
    values: &[
        "id",
        "href",
        "view_href",
        "title",
        "short_title",
        "description",
        "node_type",
        "depth",
        "hidden",
        "language",
    ],
    ones: &[],
    many: &[("boards", COUNT)],
    not_in_star: &[],
    brief: REFERENCE,
};

const COMMUNITY: Fields = Fields {
    kind: "community",
    values: &["id", "title", "short_title", "description", "node_type", "language", "view_href"],
    ones: &[],
    many: &[],
    not_in_star: &[],
    brief: &["id"],
};

const CONVERSATION: Fields = Fields {
    kind: "conversation",
    values: &[
        "id",
        "view_href",
        "style",
        "thread_style",
        "messages_count",
        "solved",
        "featured",
        "last_post_time",
        "last_post_time_friendly",
    ],
    ones: &[],
    many: &[],
    not_in_star: &[],
    brief: &[
        "id",
        "view_href",
        "style",
        "thread_style",
        "messages_count",
        "solved",
        "last_post_time",
        "last_post_time_friendly",
    ],
};

const REVISION: Fields = Fields {
    kind: "revision",
    values: &["id", "revision_num", "last_edit_time"],
    ones: &[("last_edit_author", Shape::User)],
    many: &[],
    not_in_star: &[],
    brief: &["id", "revision_num", "last_edit_author", "last_edit_time"],
};

const MESSAGE_METRICS: Fields = plain("message_metrics", &["views"]);

const USER_CONTEXT: Fields = plain(
    "user_context",
    &["kudo", "read", "can_reply", "can_kudo", "can_edit", "can_delete", "can_tag", "can_accept_solution"],
);

const RANK: Fields = Fields { brief: &["id", "name", "position", "bold", "color"], ..plain("rank", RANK_FIELDS) };
const RANK_FIELDS: &[&str] =
    &["id", "name", "position", "bold", "color", "formula_enabled", "kudos_weight", "rank_status"];

const ROLE: Fields = plain("role", &["id", "href", "name", "node_type", "role_status"]);

const AVATAR: Fields = plain("avatar", &["profile", "message", "inline", "favicon", "print"]);

const REGISTRATION: Fields = plain("registration_data", &["registration_time", "status"]);

const USER_METRICS: Fields = plain(
    "user_metrics",
    &[
        "logins",
        "minutes_online",
        "posts",
        "private_messages_received",
        "private_messages_sent",
        "page_views",
        "messages_read",
    ],
);

const LABEL: Fields = plain("label", &["id", "href", "text", "time"]);
const TAG: Fields = plain("tag", &["id", "href", "text", "time"]);

const KUDO: Fields = Fields {
    ones: &[("user", Shape::User), ("message", Shape::Message)],
    ..plain("kudo", &["id", "href", "weight", "time"])
};

/// An object of plain values, always shown whole.
const fn plain(kind: &'static str, values: &'static [&'static str]) -> Fields {
    Fields { kind, values, ones: &[], many: &[], not_in_star: &[], brief: values }
}
