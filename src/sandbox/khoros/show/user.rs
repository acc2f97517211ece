//! The fields of members (sheet 6.1, 6.2).

use serde_json::{Value, json};

use super::plain::Plain;
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
pub fn value<'a>(member: &'a Member, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(member.id.to_string()),
        "href" => Plain::from(format!("/users/{}", member.id)),
        "view_href" => Plain::from(format!("{}/t5/user/viewprofilepage/user-id/{}", reader.base, member.id)),
        "login" => Plain::from(&*member.login),
        "email" => Plain::from(email(member, reader)),
        "first_name" => Plain::from(&*member.first_name),
        "last_name" => Plain::from(&*member.last_name),
        "sso_id" => Plain::from(&*member.sso_id),
        "biography" => Plain::from(&*member.biography),
        "location" => Plain::from(&*member.location),
        "language" => Plain::from("en"),
        "online_status" => Plain::from(reader.online_status(member)),
        "banned" => Plain::from(member.banned),
        "deleted" => Plain::from(member.deleted),
        "last_visit_time" => Plain::from(written(member.last_visit)),
        "join_date" => Plain::from(written(member.registered)),
        "kudos_weight" => Plain::Count(1),
        "bonus_points" => Plain::Count(0),
        "email_excluded" | "is_owner" | "friendly_date_enabled" => Plain::from(false),
        "personal_data" | "mailbox" | "settings" | "cover_image" => Plain::Null,
        "web_page_url" => Plain::from(member.custom.get("web_page_url").map_or("", |url| url)),
        custom if custom.starts_with("c_") => {
            member.custom.get(custom).map_or(Plain::Null, |value| Plain::from(&**value))
        }
        _ => Plain::from(""),
    }
}

/// Members see their own address, administrators see all; to others it is empty (sheet 6.4).
pub fn email<'m>(member: &'m Member, reader: &Reader<'_>) -> &'m str {
    let own = reader.caller.is_some_and(|caller| caller.id == member.id && !caller.is_admin());
    let visible = own || (reader.admin && reader.switches.email_visible);
    if visible { &member.email } else { "" }
}

/// The author of a message that has none (sheet 1.3).
pub fn nobody(field: &str) -> Plain<'static> {
    match field {
        "id" => Plain::from("-1"),
        "href" => Plain::from("/users/-1"),
        "login" => Plain::from("Deleted"),
        "deleted" => Plain::from(true),
        "banned" => Plain::from(false),
        _ => Plain::from(""),
    }
}

pub fn registration(member: &Member, field: &str) -> Plain<'static> {
    match field {
        "registration_time" => Plain::from(written(member.registered)),
        "status" => Plain::from("fully-registered"),
        "confirm_email_status" => Plain::from("confirmed"),
        _ => Plain::Null,
    }
}

/// A metric; posts are counted unless the scene set them.
pub fn metric(member: &Member, reader: &Reader<'_>, field: &str) -> Plain<'static> {
    match (member.metrics.get(field), field) {
        (Some(count), _) => Plain::from(*count),
        (None, "posts") => function(member, reader, "messages").into(),
        (None, _) => Plain::Count(0),
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
        // The rest is inferred; what nothing here fills gives no rows.
        "threads_participated" => format!("SELECT * FROM messages WHERE participants.id = '{id}' AND depth = 0"),
        "public_images" => format!("SELECT * FROM images WHERE owner.id = '{id}'"),
        "reviews" => format!("SELECT * FROM reviews WHERE author.id = '{id}'"),
        "user_badges" => format!("SELECT * FROM badges WHERE users.id = '{id}'"),
        // Every member belongs to every node.
        "nodes" => "SELECT * FROM nodes".into(),
        _ => format!("SELECT * FROM {collection} WHERE owner.id = '{id}'"),
    }
}
