//! The fields of messages and of what hangs on them (sheet 5.1, 5.2, 5.4).

use std::sync::{LazyLock, OnceLock};

use super::{COUNT, Fields, REFERENCE, Shape, WEIGHT, plain};

pub static MESSAGE: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "message",
    values: "id href view_href subject search_snippet body teaser post_time post_time_friendly \
             last_publish_time depth read_only edit_frozen language can_accept_solution placeholder \
             is_solution solution_data moderation_status is_escalated message_type context_id context_url \
             visibility_scope moderation_approval_date status board_relative_id is_answer manual_sort device_id \
             latest_version content_workflow seo_title seo_description canonical_url cover_image occasion_data winner \
             popularity excluded_from_kudos_leaderboards is_promoted",
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
        ("tkb_helpfulness_ratings", &[]),
    ],
    not_in_star: &[
        "parent",
        "is_escalated",
        "context_id",
        "context_url",
        "visibility_scope",
        "moderation_approval_date",
        "status",
        "board_relative_id",
        "is_answer",
        "manual_sort",
        "device_id",
        "latest_version",
        "content_workflow",
        "seo_title",
        "seo_description",
        "canonical_url",
        "cover_image",
        "occasion_data",
        "winner",
        "tkb_helpfulness_ratings",
    ],
    brief: REFERENCE,
    lists: OnceLock::new(),
});

pub static CONVERSATION: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "conversation",
    values: "id view_href style thread_style messages_count solved featured last_post_time \
             last_post_time_friendly",
    ones: &[],
    many: &[],
    not_in_star: &[],
    brief: "id view_href style thread_style messages_count solved last_post_time last_post_time_friendly",
    lists: OnceLock::new(),
});

pub static REVISION: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "revision",
    values: "id revision_num last_edit_time",
    ones: &[("last_edit_author", Shape::User)],
    many: &[],
    not_in_star: &[],
    brief: "id revision_num last_edit_author last_edit_time",
    lists: OnceLock::new(),
});

pub static MESSAGE_METRICS: LazyLock<Fields> = LazyLock::new(|| plain("message_metrics", "views"));

pub static USER_CONTEXT: LazyLock<Fields> = LazyLock::new(|| {
    plain(
        "user_context",
        "kudo read me_too is_subscribed can_reply can_kudo can_edit can_delete can_tag can_approve can_reject \
     can_accept_solution can_reject_solution can_promote can_nominate can_schedule",
    )
});

pub static LABEL: LazyLock<Fields> = LazyLock::new(|| mark("label"));

pub static TAG: LazyLock<Fields> = LazyLock::new(|| mark("tag"));

fn mark(kind: &'static str) -> Fields {
    Fields { ones: &[("user", Shape::User)], many: &[("messages", &[])], ..plain(kind, "id href text time") }
}

pub static ATTACHMENT: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("message", Shape::Message)],
    ..plain("attachment", "id href content_type filename filesize position url")
});

/// Its fields are not documented; rows are counted.
pub static ME_TOO: LazyLock<Fields> = LazyLock::new(|| plain("me_too", "id"));

pub static KUDO: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("user", Shape::User), ("message", Shape::Message)],
    ..plain("kudo", "id href weight time")
});

pub static SUBSCRIPTION: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("subscriber", Shape::User), ("target", Shape::Message)],
    ..plain("subscription", "id href")
});
