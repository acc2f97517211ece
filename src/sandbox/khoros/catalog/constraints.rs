//! What WHERE and ORDER BY may name, as seen to work (sheet 4.5 to 4.7, 6.4).

use super::Shape;
use super::bare::BARE;
use crate::sandbox::khoros::liql::Op;

impl Shape {
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
            // But for the first two they are seen in our own stubs only.
            Self::Category => &[
                ("id", &[Op::Eq]),
                ("view_href", &[Op::Eq]),
                ("parent_category.id", &[Op::Eq]),
                ("ancestor_categories.id", &[Op::Eq]),
                ("descendant_categories.id", &[Op::Eq]),
            ],
            Self::Label | Self::Tag => &[("messages.id", &[Op::Eq])],
            Self::Kudo => &[("message.id", &[Op::Eq]), ("user.id", &[Op::Eq]), ("message.author.id", &[Op::Eq])],
            Self::Attachment | Self::MeToo | Self::Revision => &[("message.id", &[Op::Eq])],
            Self::Node => &[
                ("id", &[Op::Eq]),
                ("parent.id", &[Op::Eq]),
                ("ancestors.id", &[Op::Eq]),
                ("descendants.id", &[Op::Eq]),
                ("depth", &[Op::Eq]),
                ("node_type", &[Op::Eq]),
                ("conversation_style", &[Op::Eq, Op::In]),
            ],
            Self::Role => &[("users.id", &[Op::Eq]), ("id", &[Op::Eq]), ("node.id", &[Op::Eq])],
            Self::Subscription => &[("subscriber.id", &[Op::Eq]), ("target.id", &[Op::Eq]), ("target.type", &[Op::Eq])],
            Self::Note(_) => &[("id", &[Op::Eq])],
            Self::Bare(at) => match BARE[at].required {
                ["messages.id"] => &[("messages.id", &[Op::Eq])],
                ["messages.id", "owner.id"] => &[("messages.id", &[Op::Eq]), ("owner.id", &[Op::Eq])],
                ["message.id"] => &[("message.id", &[Op::Eq, Op::In])],
                ["owner.id"] => &[("owner.id", &[Op::Eq])],
                ["message.board.id", "scope"] => &[("message.board.id", &[Op::Eq]), ("scope", &[Op::Eq])],
                _ => match BARE[at].name {
                    "reviews" => &[("author.id", &[Op::Eq])],
                    "badges" => &[("users.id", &[Op::Eq])],
                    _ => &[],
                },
            },
            _ => &[],
        }
    }

    /// Constraints of which a query must have one (sheet 4.5); none if it may do without.
    pub fn required(self) -> &'static [&'static str] {
        match self {
            Self::Label | Self::Tag => &["messages.id"],
            Self::Kudo => &["message.id", "user.id", "message.author.id"],
            Self::Attachment | Self::MeToo | Self::Revision => &["message.id"],
            Self::Bare(at) => BARE[at].required,
            _ => &[],
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
            Self::Node => &["depth", "position"],
            _ => &[],
        }
    }
}

const MESSAGE_WHERE: &[(&str, &[Op])] = &[
    ("id", &[Op::Eq, Op::In]),
    ("board.id", &[Op::Eq, Op::Ne, Op::In]),
    ("category.id", &[Op::Eq]),
    ("category.name", &[Op::Eq]),
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
    ("ratings.avg(value)", &[Op::Gt, Op::Ge]),
    ("participants.id", &[Op::Eq]),
    ("occasion_data.start_time", &[Op::Gt]),
    ("visibility_scope", &[Op::Eq]),
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
    ("followers.id", &[Op::Eq]),
    ("following.id", &[Op::Eq]),
];
