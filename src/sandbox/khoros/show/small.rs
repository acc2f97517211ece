//! The fields of boards, categories, ranks, roles and of what hangs on messages (sheet 5.3, 5.4).

use serde_json::{Value, json};

use super::reader::Reader;
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::host::TENANT;
use crate::sandbox::khoros::member::RANKS;
use crate::sandbox::khoros::message::{Mark, Message};

/// The address piece that a title becomes.
pub fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(8).collect::<Vec<_>>().join("-")
}

/// The fields of a board (sheet 5.3).
pub fn of_board(board: &Board, reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => json!(board.id),
        "href" => Value::from(format!("/boards/{}", board.id)),
        "view_href" => Value::from(format!("{}/t5/{}/{}/{}", reader.base, slug(&board.title), board.code(), board.id)),
        "title" | "short_title" => json!(board.title),
        "description" => json!(board.description),
        "conversation_style" => json!(board.style),
        "node_type" => json!("board"),
        "depth" => json!(2),
        "hidden" => json!(false),
        "language" => json!("en"),
        // The shape of this list is inferred.
        "allowed_labels" => json!(board.allowed_labels.clone().unwrap_or_default()),
        _ => Value::Null,
    }
}

/// The fields of a category.
pub fn category(id: &str, reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => json!(id),
        "title" | "short_title" => {
            json!(reader.view.community.categories.get(id).map_or(id, |category| &category.title))
        }
        "href" => Value::from(format!("/categories/{id}")),
        "view_href" => Value::from(format!("{}/t5/{}/ct-p/{id}", reader.base, slug(id))),
        "node_type" => json!("category"),
        "depth" => json!(1),
        "hidden" => json!(false),
        "language" => json!("en"),
        "description" => json!(""),
        "views" => json!(0),
        _ => Value::Null,
    }
}

/// The fields of the community.
pub fn community(reader: &Reader<'_>, field: &str) -> Value {
    match field {
        "id" => json!(TENANT),
        "title" | "short_title" => json!("Sandbox"),
        "node_type" => json!("community"),
        "language" => json!("en"),
        "view_href" => json!(reader.base),
        "description" => json!(""),
        "attachment_max_per_message" => json!(10),
        "attachment_file_types" => json!("gif,jpg,png,pdf,txt,zip"),
        _ => Value::Null,
    }
}

/// The fields of a rank (sheet 5.4).
pub fn rank(name: &str, field: &str) -> Value {
    let position = RANKS.iter().position(|rank| *rank == name).unwrap_or(RANKS.len()) + 1;
    match field {
        "id" => json!(position.to_string()),
        "name" => json!(name),
        "position" => json!(position),
        "bold" => json!(position >= 4),
        "color" => json!("333333"),
        "formula_enabled" => json!(position <= 3),
        "kudos_weight" => json!(1),
        "formula" | "icon_left" | "icon_topic" => json!(""),
        "rank_status" => json!("active"),
        _ => Value::Null,
    }
}

/// The fields of a role.
pub fn role(name: &str, field: &str) -> Value {
    match field {
        "id" => Value::from(format!("t:{name}")),
        "href" => Value::from(format!("/roles/t:{name}")),
        "name" => json!(name),
        "node_type" => json!("community"),
        "role_status" => json!("active"),
        _ => Value::Null,
    }
}

/// The fields of a label or a tag.
pub fn of_mark(collection: &str, mark: &Mark, field: &str) -> Value {
    match field {
        "id" | "text" => json!(mark.text),
        "href" => Value::from(format!("/{collection}/{}", mark.text)),
        "time" => Value::from(written(mark.time)),
        _ => Value::Null,
    }
}

/// The fields of a file on a message.
pub fn attachment(message: &Message, at: usize, reader: &Reader<'_>, field: &str) -> Value {
    let Some(file) = message.rare.attachments.get(at) else { return Value::Null };
    let id = format!("{}_{}", message.id, at + 1);
    match field {
        "id" => json!(id),
        "href" => Value::from(format!("/attachments/{id}")),
        "url" => Value::from(format!("{}/t5/attachments/{id}/{}", reader.base, file.filename)),
        "filename" => json!(file.filename),
        "content_type" => json!(file.content_type),
        "filesize" => json!(file.filesize),
        "position" => json!(at + 1),
        _ => Value::Null,
    }
}

/// The fields of kudos.
pub fn kudo(message: &Message, giver: u64, field: &str) -> Value {
    match field {
        "id" => Value::from(format!("{}_{giver}", message.id)),
        "href" => Value::from(format!("/kudos/{}_{giver}", message.id)),
        "weight" => json!(1),
        "time" => Value::from(written(message.post_time)),
        _ => Value::Null,
    }
}
