//! Collections that exist (sheet 4.5) but that nothing here fills: queries of them are checked and give no rows.

use std::sync::LazyLock;

use super::{Fields, plain};

/// A collection without rows.
#[derive(Debug)]
pub struct Bare {
    pub name: &'static str,
    pub fields: Fields,
    /// The constraint without which a query is refused.
    pub required: &'static [&'static str],
}

/// The place of a collection in the table.
pub fn of_collection(name: &str) -> Option<usize> {
    BARE.iter().position(|bare| bare.name == name)
}

fn bare(name: &'static str, kind: &'static str, fields: &'static str) -> Bare {
    Bare { name, fields: plain(kind, fields), required: &[] }
}

fn under(required: &'static [&'static str], bare: Bare) -> Bare {
    Bare { name: bare.name, fields: bare.fields, required }
}

const OF_MESSAGES: &[&str] = &["messages.id"];
const OF_MESSAGES_OR_A_MEMBER: &[&str] = &["messages.id", "owner.id"];
const OF_A_MESSAGE: &[&str] = &["message.id"];

pub static BARE: LazyLock<Vec<Bare>> = LazyLock::new(|| {
    vec![
        under(OF_MESSAGES_OR_A_MEMBER, bare("images", "image", "id href title description")),
        under(OF_MESSAGES_OR_A_MEMBER, bare("videos", "video", "id href title")),
        under(OF_MESSAGES, bare("custom_tags", "custom_tag", "id href text possible_values message_scope")),
        under(OF_A_MESSAGE, bare("ratings", "rating", "id time value")),
        under(OF_A_MESSAGE, bare("tkb_helpfulness_ratings", "tkb_helpfulness_rating", "id time value")),
        under(OF_A_MESSAGE, bare("rsvps", "rsvp", "id")),
        under(&["owner.id"], bare("albums", "album", "id href title description privacy_level")),
        under(&["message.board.id", "scope"], bare("floated_messages", "floated_message", "id href scope")),
        bare("bookmarks", "bookmark", "id href"),
        bare("grouphubs", "grouphub", "id href view_href title short_title description"),
        bare("membership_requests", "membership_request", "id href"),
        bare("metrics", "metrics", "id href value"),
        bare("notification_feeds", "notification_feed", "id href"),
        bare("product_categories", "product_category", "id href title"),
        bare("products", "product", "id href title"),
        bare("review_comments", "review_comment", "id href"),
        bare("review_dimensions", "review_dimension", "id href"),
        bare("review_ratings", "review_rating", "id href"),
        bare("reviews", "review", "id href"),
        bare("abuse_reports", "abuse_report", "body"),
        bare("badges", "badge", "id title description icon_url"),
        bare("settings", "settings", "id"),
        bare("app_sdk_settings", "app_sdk_settings", "id"),
        bare("message_draft_history", "message_draft_history", "id"),
    ]
});
