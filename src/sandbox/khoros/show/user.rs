//! The fields of members (sheet 6.1, 6.2).

use serde_json::{Value, json};

use super::reader::Reader;
use super::row::Row;
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::index::under;
use crate::sandbox::khoros::member::Member;

/// The objects inside.
pub fn one<'a>(member: &'a Member, field: &str) -> Option<Row<'a>> {
    Some(match field {
        "rank" => Row::Rank(&member.rank),
        "avatar" => Row::Avatar(member),
        "registration_data" => Row::Registration(member),
        "metrics" => Row::UserMetrics(member),
        _ => return None,
    })
}

/// The plain fields.
pub fn value(member: &Member, reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => json!(member.id.to_string()),
        "href" => Value::from(format!("/users/{}", member.id)),
        "view_href" => Value::from(format!("{}/t5/user/viewprofilepage/user-id/{}", reader.base, member.id)),
        "login" => json!(member.login),
        "email" => json!(email(member, reader)),
        "first_name" => json!(member.first_name),
        "last_name" => json!(member.last_name),
        "sso_id" => json!(member.sso_id),
        "biography" => json!(member.biography),
        "location" => json!(member.location),
        "language" => json!("en"),
        "online_status" => json!(reader.online_status(member)),
        "banned" => json!(member.banned),
        "deleted" => json!(member.deleted),
        "last_visit_time" => Value::from(written(member.last_visit)),
        "join_date" => Value::from(written(member.registered)),
        "kudos_weight" => json!(1),
        "bonus_points" => json!(0),
        "email_excluded" | "is_owner" | "friendly_date_enabled" => json!(false),
        "personal_data" | "mailbox" | "settings" | "cover_image" => Value::Null,
        "web_page_url" => json!(member.custom.get("web_page_url").cloned().unwrap_or_default()),
        custom if custom.starts_with("c_") => member.custom.get(custom).map_or(Value::Null, |value| json!(value)),
        _ => json!(""),
    }
}

/// Members see their own address, administrators see all; to others it is empty (sheet 6.4).
pub fn email<'m>(member: &'m Member, reader: &Reader<'_>) -> &'m str {
    let own = reader.caller.is_some_and(|caller| caller.id == member.id && !caller.is_admin());
    let visible = own || (reader.is_admin() && reader.switches.email_visible);
    if visible { &member.email } else { "" }
}

/// The author of a message that has none (sheet 1.3).
pub fn nobody(field: &str) -> Value {
    match field {
        "id" => json!("-1"),
        "href" => json!("/users/-1"),
        "login" => json!("Deleted"),
        "deleted" => json!(true),
        "banned" => json!(false),
        _ => json!(""),
    }
}

pub fn registration(member: &Member, field: &str) -> Value {
    match field {
        "registration_time" => Value::from(written(member.registered)),
        "status" => json!("fully-registered"),
        "confirm_email_status" => json!("confirmed"),
        _ => Value::Null,
    }
}

/// A metric; posts are counted unless the scene set them.
pub fn metric(member: &Member, reader: &Reader<'_>, field: &str) -> Value {
    match (member.metrics.get(field), field) {
        (Some(count), _) => json!(count),
        (None, "posts") => function(member, reader, "messages"),
        (None, _) => json!(0),
    }
}

/// Counts and sums over sub-collections.
pub fn function(member: &Member, reader: &Reader<'_>, collection: &str) -> Value {
    let own = i64::try_from(member.id).unwrap_or(-1);
    let store = &reader.view.community.messages;
    let mine = || under(&store.index.authors, own).filter_map(|id| store.shown(id));
    json!(match collection {
        "roles" => member.roles.len(),
        "messages" => mine().count(),
        "topics" => mine().filter(|message| message.depth == 0).count(),
        "solutions_authored" => mine().filter(|message| message.solution.is_some()).count(),
        "kudos_received" => mine().map(|message| message.kudos.len()).sum(),
        "kudos_given" => under(&store.index.givers, own).count(),
        _ => 0,
    })
}

/// The query of an unexpanded sub-collection (sheet 6.1).
pub fn stub(id: u64, collection: &str) -> String {
    match collection {
        "roles" => format!("SELECT * FROM roles WHERE users.id = '{id}'"),
        "kudos_received" => format!("SELECT * FROM kudos WHERE message.author.id = '{id}'"),
        "kudos_given" => format!("SELECT * FROM kudos WHERE user.id = '{id}'"),
        "solutions_authored" => format!("SELECT * FROM messages WHERE author.id = '{id}' AND is_solution = true"),
        "topics" => format!("SELECT * FROM messages WHERE author.id = '{id}' AND depth = 0"),
        "messages" => format!("SELECT * FROM messages WHERE author.id = '{id}'"),
        "followers" | "following" => format!("SELECT * FROM users WHERE {collection}.id = '{id}'"),
        _ => format!("SELECT * FROM {collection} WHERE owner.id = '{id}'"),
    }
}
