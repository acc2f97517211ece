//! The fields of members, their ranks and roles (sheet 5.4, 6.2).

use super::{COUNT, Fields, Shape, WEIGHT, plain};

pub static USER: Fields = Fields {
    kind: "user",
    values: "id href view_href sso_id login email first_name last_name biography location web_page_url \
             language online_status banned deleted last_visit_time",
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
    not_in_star: "",
    brief: "id href view_href login",
};

pub static RANK: Fields = Fields { brief: "id name position bold color", ..plain("rank", RANK_FIELDS) };

const RANK_FIELDS: &str = "id name position bold color formula_enabled kudos_weight rank_status";

pub static ROLE: Fields = plain("role", "id href name node_type role_status");

pub static AVATAR: Fields = plain("avatar", "profile message inline favicon print");

pub static REGISTRATION: Fields = plain("registration_data", "registration_time status");

pub static USER_METRICS: Fields = plain(
    "user_metrics",
    "logins minutes_online posts private_messages_received private_messages_sent page_views \
    messages_read",
);
