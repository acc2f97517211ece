//! The fields of messages (sheet 5.1, 5.2).

use jiff::civil::Weekday;
use serde_json::{Value, json};

use super::plain::Plain;
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
pub fn value<'a>(message: &'a Message, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(message.id.to_string()),
        "href" => Plain::from(format!("/messages/{}", message.id)),
        "view_href" => Plain::from(view_href(message, reader)),
        "subject" => Plain::from(&*message.subject),
        "body" => Plain::from(&*message.body),
        "search_snippet" => Plain::from(snippet(&message.body)),
        "post_time" | "last_publish_time" => Plain::from(written(message.post_time)),
        "post_time_friendly" => Plain::from(friendly(message.post_time)),
        "depth" => Plain::from(message.depth),
        "read_only" => Plain::from(message.read_only),
        "language" => Plain::from(&*message.rare.language),
        "can_accept_solution" => Plain::from(can_accept(message, reader)),
        "is_solution" => Plain::from(message.solution.is_some()),
        "solution_data" => solution_data(message, reader),
        "moderation_status" => Plain::from(&*message.moderation_status),
        "is_escalated" => is_escalated(message, reader),
        "message_type" => Plain::from(message_type(message, reader)),
        "context_id" => Plain::from(&*message.rare.context_id),
        "context_url" => Plain::from(&*message.rare.context_url),
        // No other value than `archived` is known.
        "visibility_scope" => {
            if message.archived {
                Plain::from("archived")
            } else {
                Plain::Null
            }
        }
        "moderation_approval_date" => message.rare.approved.map_or(Plain::Null, |at| Plain::from(written(at))),
        "popularity" => Plain::from(json!(0.0)),
        "teaser" => Plain::from(&*message.rare.teaser),
        "status" => status(message),
        "edit_frozen"
        | "placeholder"
        | "excluded_from_kudos_leaderboards"
        | "is_promoted"
        | "manual_sort"
        | "winner" => Plain::from(false),
        "is_answer" => Plain::from(message.solution.is_some()),
        "board_relative_id" => Plain::from(message.id),
        "seo_title" | "seo_description" | "canonical_url" | "device_id" => Plain::from(""),
        custom if custom.starts_with("c_") => {
            message.rare.custom.get(custom).map_or(Plain::Null, |value| Plain::from(&**value))
        }
        _ => Plain::Null,
    }
}

/// The status of an idea (sheet 5.1); only its key is known here.
fn status(message: &Message) -> Plain<'static> {
    let key = &message.rare.status;
    match key.is_empty() {
        true => Plain::Null,
        false => json!({ "type": "message_status", "key": key, "name": key, "completed": key == "completed" }).into(),
    }
}

/// Whether the reader may accept this reply: the thread's author and administrators may (inferred).
pub fn can_accept(message: &Message, reader: &Reader<'_>) -> bool {
    let community = reader.view.community;
    let root = community.messages.live(message.topic).map_or(-1, |root| root.author);
    let owns = reader.caller.is_some_and(|caller| i64::try_from(caller.id) == Ok(root));
    let fits = community.boards.get(&*message.board).is_some_and(|board| board.has_solutions());
    message.depth > 0 && fits && message.solution.is_none() && (owns || reader.admin)
}

fn view_href(message: &Message, reader: &Reader<'_>) -> String {
    let board = reader.view.community.boards.get(&*message.board);
    let code = match (message.depth, board) {
        (0, Some(board)) => board.topic_code(),
        (0, None) => "td-p",
        (_, Some(board)) if board.style == "blog" => "bc-p",
        _ => "m-p",
    };
    let id = message.id.to_string();
    let title = board.map_or_else(String::new, |board| slug(&board.title));
    let subject = slug(&reader.view.root(message).subject);
    let href = [reader.base, "/t5/", &title, "/", &subject, "/", code, "/", &id];
    if message.depth > 0 { [&href[..], &["#M", &id]].concat().concat() } else { href.concat() }
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

/// The day of the week; `strftime` would take longer than most of a row.
fn friendly(at: jiff::Timestamp) -> &'static str {
    match jiff::tz::offset(-8).to_datetime(at).weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn solution_data(message: &Message, reader: &Reader<'_>) -> Plain<'static> {
    match &message.solution {
        None => json!({}).into(),
        Some(accepted) => json!({
            "type": "solution_data", "message_id": message.id.to_string(), "time": written(accepted.time),
            "accepter": super::place::member(author(reader, accepted.by), reader),
        })
        .into(),
    }
}

/// Read by one who may not view escalations it is unknown (sheet 5.1, inferred; switch).
fn is_escalated(message: &Message, reader: &Reader<'_>) -> Plain<'static> {
    let hidden = reader.switches.is_escalated_unprivileged == Unprivileged::Null && !reader.admin;
    if hidden { Plain::Null } else { Plain::from(message.is_escalated) }
}

fn message_type(message: &Message, reader: &Reader<'_>) -> String {
    let style = reader.view.community.boards.get(&*message.board).map_or("forum", |board| &*board.style);
    let place = if message.depth == 0 { "topic" } else { "reply" };
    format!("{style}_{place}_message")
}

/// The fields of a conversation, of which the root knows.
pub fn conversation<'a>(root: &'a Message, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(root.topic.to_string()),
        "view_href" => Plain::from(view_href(root, reader)),
        "style" | "thread_style" => Plain::from(style(root, reader)),
        "messages_count" => Plain::from(root.conversation.messages),
        "solved" => Plain::from(root.conversation.solved),
        "featured" => Plain::from(false),
        "last_post_time" => Plain::from(written(root.conversation.last_post)),
        "last_post_time_friendly" => Plain::from(friendly(root.conversation.last_post)),
        _ => Plain::Null,
    }
}

/// The interaction style of the board that a message is in.
pub fn style<'a>(message: &Message, reader: &Reader<'a>) -> &'a str {
    reader.view.community.boards.get(&*message.board).map_or("forum", |board| &board.style)
}

/// The fields of the current revision.
pub fn revision(message: &Message, field: &str) -> Plain<'static> {
    match field {
        "id" => Plain::from(format!("{}_{}", message.id, message.revision)),
        "revision_num" => Plain::from(message.revision),
        "last_edit_time" => Plain::from(written(message.edited)),
        _ => Plain::Null,
    }
}

/// What the reader may do with a message.
pub fn user_context(message: &Message, reader: &Reader<'_>, field: &str) -> Plain<'static> {
    let signed_in = reader.caller.is_some();
    let owns = reader.caller.is_some_and(|caller| i64::try_from(caller.id) == Ok(message.author));
    Plain::from(match field {
        "kudo" => reader.caller.is_some_and(|caller| message.kudos.contains_key(&caller.id)),
        "read" => true,
        "can_reply" => signed_in && !reader.view.root(message).read_only,
        "can_kudo" => signed_in && !owns,
        "can_edit" => owns || reader.admin,
        "can_tag" => signed_in,
        "me_too" => reader.caller.is_some_and(|caller| message.rare.me_toos.contains(&caller.id)),
        "is_subscribed" => reader.follows(message.id),
        "can_reject_solution" => message.solution.is_some() && reader.admin,
        "can_accept_solution" => can_accept(message, reader),
        _ => reader.admin,
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
