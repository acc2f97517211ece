//! The fields of boards, categories, nodes and the community (sheet 5.3).

use std::sync::{LazyLock, OnceLock};

use super::{COUNT, Fields, REFERENCE, Shape};

pub static BOARD: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "board",
    values: "id href view_href title short_title description conversation_style node_type depth hidden \
             language allowed_labels announcements available_statuses comments_enabled creation_date date_pattern \
             image_privacy media_type message_activity nested one_entry_per_contest one_kudo_per_contest position \
             posting_date_start posting_date_end rating require_thread_root_label skin user_context \
             voting_date_start voting_date_end winner_announced_date",
    ones: &[("parent_category", Shape::Category), ("root_category", Shape::Category), ("parent", Shape::Node)],
    many: &[("messages", COUNT), ("topics", COUNT)],
    not_in_star: &[
        "announcements",
        "available_statuses",
        "comments_enabled",
        "creation_date",
        "date_pattern",
        "image_privacy",
        "media_type",
        "message_activity",
        "nested",
        "one_entry_per_contest",
        "one_kudo_per_contest",
        "position",
        "posting_date_start",
        "posting_date_end",
        "rating",
        "require_thread_root_label",
        "skin",
        "user_context",
        "voting_date_start",
        "voting_date_end",
        "winner_announced_date",
        "parent",
    ],
    brief: REFERENCE,
    lists: OnceLock::new(),
});

pub static CATEGORY: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "category",
    values: "id href view_href title short_title description node_type depth hidden language creation_date position \
             skin user_context views",
    ones: &[("parent_category", Shape::Category), ("root_category", Shape::Category)],
    many: &[
        ("boards", COUNT),
        ("messages", &[]),
        ("topics", &[]),
        ("ancestor_categories", &[]),
        ("child_categories", &[]),
        ("descendant_categories", &[]),
    ],
    not_in_star: &[],
    brief: REFERENCE,
    lists: OnceLock::new(),
});

/// Boards, categories and the community, with typed ids such as `board:support` (sheet 1.3).
pub static NODE: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "node",
    values: "id href view_href title short_title node_type depth hidden conversation_style description position \
             creation_date join_date user_context views",
    ones: &[("parent", Shape::Node), ("root_category", Shape::Category)],
    many: &[
        ("ancestors", &[]),
        ("children", &[]),
        ("descendants", &[]),
        ("messages", &[]),
        ("topics", &[]),
        ("members", &[]),
        ("roles", &[]),
    ],
    not_in_star: &[],
    brief: REFERENCE,
    lists: OnceLock::new(),
});

pub static COMMUNITY: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "community",
    values: "id title short_title description node_type language view_href date_pattern feature_context user_context \
             webui announcements attachment_max_per_message attachment_file_types enable_sso email_confirmation_required_to_post",
    ones: &[],
    many: &[("ancestors", &[])],
    not_in_star: &["ancestors", "announcements"],
    brief: "id",
    lists: OnceLock::new(),
});
