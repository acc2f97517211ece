//! The fields of messages (sheet 5.1, 5.2).

use serde_json::{Value, json};

use super::reader::Reader;
use super::row::{Row, author};
use super::small::slug;
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::switches::Unprivileged;

/// The objects inside.
pub fn one<'a>(message: &'a Message, reader: &Reader<'a>, field: &str) -> Option<Row<'a>> {
    Some(match field {
        "author" => author(reader, message.author),
        "board" => Row::Board(reader.view.community.boards.get(&*message.board)?),
        "conversation" => Row::Conversation(reader.view.root(message)),
        "topic" => Row::Message(reader.view.root(message)),
        "parent" => Row::Message(reader.view.message(message.parent?)?),
        "current_revision" => Row::Revision(message),
        "metrics" => Row::MessageMetrics(message),
        "user_context" => Row::UserContext(message),
        _ => return None,
    })
}

/// The plain fields.
pub fn value(message: &Message, reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => Value::from(message.id.to_string()),
        "href" => Value::from(format!("/messages/{}", message.id)),
        "view_href" => Value::from(view_href(message, reader)),
        "subject" => json!(&*message.subject),
        "body" => json!(&*message.body),
        "search_snippet" => Value::from(snippet(&message.body)),
        "post_time" | "last_publish_time" => Value::from(written(message.post_time)),
        "post_time_friendly" => Value::from(friendly(message.post_time)),
        "depth" => json!(message.depth),
        "read_only" => json!(message.read_only),
        "language" => json!(message.rare.language),
        "can_accept_solution" => json!(can_accept(message, reader)),
        "is_solution" => json!(message.solution.is_some()),
        "solution_data" => solution_data(message, reader),
        "moderation_status" => json!(&*message.moderation_status),
        "is_escalated" => is_escalated(message, reader),
        "message_type" => Value::from(message_type(message, reader)),
        "context_id" => json!(message.rare.context_id),
        "context_url" => json!(message.rare.context_url),
        // No other value than `archived` is known.
        "visibility_scope" => {
            if message.archived {
                json!("archived")
            } else {
                Value::Null
            }
        }
        "moderation_approval_date" => message.rare.approved.map_or(Value::Null, |at| Value::from(written(at))),
        "popularity" => json!(0.0),
        "teaser" => json!(message.rare.teaser),
        "status" => status(message),
        "edit_frozen"
        | "placeholder"
        | "excluded_from_kudos_leaderboards"
        | "is_promoted"
        | "manual_sort"
        | "winner" => {
            json!(false)
        }
        "is_answer" => json!(message.solution.is_some()),
        "board_relative_id" => json!(message.id),
        "seo_title" | "seo_description" | "canonical_url" | "device_id" => json!(""),
        custom if custom.starts_with("c_") => message.rare.custom.get(custom).map_or(Value::Null, |value| json!(value)),
        _ => Value::Null,
    }
}

/// The status of an idea (sheet 5.1); only its key is known here.
fn status(message: &Message) -> Value {
    let key = &message.rare.status;
    match key.is_empty() {
        true => Value::Null,
        false => json!({ "type": "message_status", "key": key, "name": key, "completed": key == "completed" }),
    }
}

/// Whether the reader may accept this reply: the thread's author and administrators may (inferred).
pub fn can_accept(message: &Message, reader: &Reader<'_>) -> bool {
    let community = reader.view.community;
    let root = community.messages.live(message.topic).map_or(-1, |root| root.author);
    let owns = reader.caller.is_some_and(|caller| i64::try_from(caller.id) == Ok(root));
    let fits = community.boards.get(&*message.board).is_some_and(|board| board.has_solutions());
    message.depth > 0 && fits && message.solution.is_none() && (owns || reader.is_admin())
}

fn view_href(message: &Message, reader: &Reader<'_>) -> String {
    let board = reader.view.community.boards.get(&*message.board);
    let title = board.map_or_else(String::new, |board| slug(&board.title));
    let id = message.id;
    let code = match (message.depth, board) {
        (0, Some(board)) => board.topic_code(),
        (0, None) => "td-p",
        (_, Some(board)) if board.style == "blog" => "bc-p",
        _ => "m-p",
    };
    let anchor = if message.depth > 0 { format!("#M{id}") } else { String::new() };
    format!("{}/t5/{title}/{}/{code}/{id}{anchor}", reader.base, slug(&reader.view.root(message).subject))
}

/// Plain-ish text of the beginning.
fn snippet(body: &str) -> String {
    let mut inside_tag = false;
    let plain = body.chars().take(1000).filter(|c| match c {
        '<' => {
            inside_tag = true;
            false
        }
        '>' => !std::mem::replace(&mut inside_tag, false),
        _ => !inside_tag,
    });
    plain.take(200).collect()
}

fn friendly(at: jiff::Timestamp) -> String {
    jiff::tz::offset(-8).to_datetime(at).strftime("%A").to_string()
}

fn solution_data(message: &Message, reader: &Reader<'_>) -> Value {
    match &message.solution {
        None => json!({}),
        Some(accepted) => json!({
            "type": "solution_data", "message_id": message.id.to_string(), "time": written(accepted.time),
            "accepter": super::place::show(author(reader, accepted.by), reader, &["id".into(), "login".into()]),
        }),
    }
}

/// Read by one who may not view escalations it is unknown (sheet 5.1, inferred; switch).
fn is_escalated(message: &Message, reader: &Reader<'_>) -> Value {
    let hidden = reader.switches.is_escalated_unprivileged == Unprivileged::Null && !reader.is_admin();
    if hidden { Value::Null } else { json!(message.is_escalated) }
}

fn message_type(message: &Message, reader: &Reader<'_>) -> String {
    let style = reader.view.community.boards.get(&*message.board).map_or("forum", |board| &*board.style);
    let place = if message.depth == 0 { "topic" } else { "reply" };
    format!("{style}_{place}_message")
}

/// The fields of a conversation, of which the root knows.
pub fn conversation(root: &Message, reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => json!(root.topic.to_string()),
        "view_href" => Value::from(view_href(root, reader)),
        "style" | "thread_style" => json!(style(root, reader)),
        "messages_count" => json!(root.conversation.messages),
        "solved" => json!(root.conversation.solved),
        "featured" => json!(false),
        "last_post_time" => Value::from(written(root.conversation.last_post)),
        "last_post_time_friendly" => Value::from(friendly(root.conversation.last_post)),
        _ => Value::Null,
    }
}

/// The interaction style of the board that a message is in.
pub fn style<'a>(message: &Message, reader: &Reader<'a>) -> &'a str {
    reader.view.community.boards.get(&*message.board).map_or("forum", |board| &board.style)
}

/// The fields of the current revision.
pub fn revision(message: &Message, field: &str) -> Value {
    match field {
        "id" => Value::from(format!("{}_{}", message.id, message.revision)),
        "revision_num" => json!(message.revision),
        "last_edit_time" => Value::from(written(message.edited)),
        _ => Value::Null,
    }
}

/// What the reader may do with a message.
pub fn user_context(message: &Message, reader: &Reader<'_>, field: &str) -> Value {
    let signed_in = reader.caller.is_some();
    let owns = reader.caller.is_some_and(|caller| i64::try_from(caller.id) == Ok(message.author));
    json!(match field {
        "kudo" => reader.caller.is_some_and(|caller| message.kudos.contains(&caller.id)),
        "read" => true,
        "can_reply" => signed_in && !reader.view.root(message).read_only,
        "can_kudo" => signed_in && !owns,
        "can_edit" => owns || reader.is_admin(),
        "can_tag" => signed_in,
        "me_too" => reader.caller.is_some_and(|caller| message.rare.me_toos.contains(&caller.id)),
        "is_subscribed" => reader.follows(message.id),
        "can_reject_solution" => message.solution.is_some() && reader.is_admin(),
        "can_accept_solution" => can_accept(message, reader),
        _ => reader.is_admin(),
    })
}

/// Counts and sums over sub-collections.
pub fn function(message: &Message, collection: &str) -> Value {
    match collection {
        "kudos" => json!(message.kudos.len()),
        "replies" => json!(message.replies),
        "labels" => json!(message.labels.len()),
        "tags" => json!(message.tags.len()),
        _ => json!(0),
    }
}

/// Messages, or topics only, in a board.
pub fn count_in_board(reader: &Reader<'_>, board: &str, topics: bool) -> Value {
    let messages = reader.view.community.messages.shown_between(0, u64::MAX);
    json!(messages.filter(|m| &*m.board == board && (m.depth == 0 || !topics)).count())
}

/// The query of an unexpanded sub-collection (sheet 5.1).
pub fn stub(id: u64, collection: &str) -> String {
    match collection {
        "replies" => format!("SELECT * FROM messages WHERE parent.id = '{id}'"),
        "contributors" => format!("SELECT * FROM users WHERE messages_contributed.id = '{id}'"),
        "labels" | "tags" | "images" | "videos" | "custom_tags" => {
            format!("SELECT * FROM {collection} WHERE messages.id = '{id}'")
        }
        _ => format!("SELECT * FROM {collection} WHERE message.id = '{id}'"),
    }
}
