//! The fields of members, their ranks and roles (sheet 5.4, 6.2).

use std::sync::{LazyLock, OnceLock};

use super::{COUNT, Fields, Shape, WEIGHT, plain};

pub static USER: LazyLock<Fields> = LazyLock::new(|| Fields {
    kind: "user",
    values: "id href view_href sso_id login email first_name last_name biography location web_page_url \
             language online_status banned deleted last_visit_time join_date personal_info_privacy \
             email_address_privacy online_status_privacy kudos_weight email_excluded bonus_points is_owner \
             personal_data cover_image mailbox date_pattern friendly_date_enabled settings",
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
        ("public_images", COUNT),
        ("albums", COUNT),
        ("videos", COUNT),
        ("threads_participated", &[]),
        ("reviews", &[]),
        ("user_badges", &[]),
        ("nodes", &[]),
    ],
    not_in_star: &[
        "join_date",
        "personal_info_privacy",
        "email_address_privacy",
        "online_status_privacy",
        "kudos_weight",
        "email_excluded",
        "bonus_points",
        "is_owner",
        "personal_data",
        "cover_image",
        "mailbox",
        "date_pattern",
        "friendly_date_enabled",
        "settings",
        "public_images",
        "threads_participated",
        "reviews",
        "user_badges",
        "nodes",
    ],
    brief: "id href view_href login",
    lists: OnceLock::new(),
});

pub static RANK: LazyLock<Fields> =
    LazyLock::new(|| Fields { brief: "id name position bold color", ..plain("rank", RANK_FIELDS) });

const RANK_FIELDS: &str = "id name position bold color formula formula_enabled icon_left icon_topic kudos_weight \
                           rank_status roles_granted roles_removed simple_criteria";

pub static ROLE: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("node", Shape::Node)],
    many: &[("users", &[])],
    ..plain("role", "id href name node_type board category role_status")
});

pub static AVATAR: LazyLock<Fields> = LazyLock::new(|| plain("avatar", "profile message inline favicon print"));

pub static REGISTRATION: LazyLock<Fields> = LazyLock::new(|| {
    plain(
        "registration_data",
        "registration_time status registration_access_level confirm_email_status sso_registration_fields",
    )
});

pub static USER_METRICS: LazyLock<Fields> = LazyLock::new(|| Fields {
    not_in_star: &["average_message_rating", "average_rating"],
    brief: USER_METRICS_SHOWN,
    ..plain(
        "user_metrics",
        "logins minutes_online posts private_messages_received private_messages_sent page_views \
         messages_read average_message_rating average_rating",
    )
});

const USER_METRICS_SHOWN: &str =
    "logins minutes_online posts private_messages_received private_messages_sent page_views messages_read";
