//! The fields of boards, categories, ranks, roles and of what hangs on messages (sheet 5.3, 5.4).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::plain::Plain;
use super::reader::Reader;
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::host::TENANT;
use crate::sandbox::khoros::member::RANKS;
use crate::sandbox::khoros::message::{Mark, Message};

/// The address piece that a title becomes.
pub fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    let (mut words, mut inside) = (0, false);
    // Byte by byte: what is no ASCII parts words too, and each row has several of these.
    for byte in title.bytes() {
        let letter = byte.is_ascii_alphanumeric();
        if letter && !inside {
            words += 1;
            if words > 8 {
                break;
            }
            slug.push_str(if slug.is_empty() { "" } else { "-" });
        }
        if letter {
            slug.push(char::from(byte));
        }
        inside = letter;
    }
    slug
}

/// The fields of a board (sheet 5.3).
pub fn of_board<'a>(board: &'a Board, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(&*board.id),
        "href" => Plain::from(format!("/boards/{}", board.id)),
        "view_href" => Plain::from(format!("{}/t5/{}/{}/{}", reader.base, slug(&board.title), board.code(), board.id)),
        "title" | "short_title" => Plain::from(&*board.title),
        "description" => Plain::from(&*board.description),
        "conversation_style" => Plain::from(&*board.style),
        "node_type" => Plain::from("board"),
        "depth" => Plain::Count(2),
        "hidden" => Plain::from(false),
        "language" => Plain::from("en"),
        // The shape of this list is inferred.
        "allowed_labels" => Plain::from(json!(board.allowed_labels.clone().unwrap_or_default())),
        _ => Plain::Null,
    }
}

/// The fields of a category.
pub fn category<'a>(id: &'a str, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(id),
        "title" | "short_title" => Plain::from(reader.view.community.category_title(id)),
        "href" => Plain::from(format!("/categories/{id}")),
        "view_href" => Plain::from(format!("{}/t5/{}/ct-p/{id}", reader.base, slug(id))),
        "node_type" => Plain::from("category"),
        "depth" => Plain::Count(1),
        "hidden" => Plain::from(false),
        "language" => Plain::from("en"),
        "description" => Plain::from(""),
        "views" => Plain::Count(0),
        _ => Plain::Null,
    }
}

/// The fields of the community.
pub fn community<'a>(reader: &Reader<'a>, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(TENANT),
        "title" | "short_title" => Plain::from("Sandbox"),
        "node_type" => Plain::from("community"),
        "language" => Plain::from("en"),
        "view_href" => Plain::from(reader.base),
        "description" => Plain::from(""),
        "attachment_max_per_message" => Plain::Count(10),
        "attachment_file_types" => Plain::from("gif,jpg,png,pdf,txt,zip"),
        _ => Plain::Null,
    }
}

/// The fields of a rank (sheet 5.4).
pub fn rank<'a>(name: &'a str, field: &str) -> Plain<'a> {
    let position = RANKS.iter().position(|rank| *rank == name).unwrap_or(RANKS.len()) + 1;
    match field {
        "id" => Plain::from(position.to_string()),
        "name" => Plain::from(name),
        "position" => Plain::from(position),
        "bold" => Plain::from(position >= 4),
        "color" => Plain::from("333333"),
        "formula_enabled" => Plain::from(position <= 3),
        "kudos_weight" => Plain::Count(1),
        "formula" | "icon_left" | "icon_topic" => Plain::from(""),
        "rank_status" => Plain::from("active"),
        _ => Plain::Null,
    }
}

/// The fields of a role.
pub fn role<'a>(name: &'a str, field: &str) -> Plain<'a> {
    match field {
        "id" => Plain::from(format!("t:{name}")),
        "href" => Plain::from(format!("/roles/t:{name}")),
        "name" => Plain::from(name),
        "node_type" => Plain::from("community"),
        "role_status" => Plain::from("active"),
        _ => Plain::Null,
    }
}

/// The fields of a label or a tag.
pub fn of_mark<'a>(collection: &str, mark: &'a Mark, field: &str) -> Plain<'a> {
    match field {
        "id" | "text" => Plain::from(&*mark.text),
        "href" => Plain::from(format!("/{collection}/{}", mark.text)),
        "time" => Plain::from(written(mark.time)),
        _ => Plain::Null,
    }
}

/// What an address does not take as it is, of the name of a file.
const OF_A_NAME: AsciiSet = NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The fields of a file on a message.
pub fn attachment<'a>(message: &'a Message, at: usize, reader: &Reader<'a>, field: &str) -> Plain<'a> {
    let Some(file) = message.rare.attachments.get(at) else { return Plain::Null };
    let id = format!("{}_{}", message.id, at + 1);
    match field {
        "id" => Plain::from(id),
        "href" => Plain::from(format!("/attachments/{id}")),
        "url" => {
            let name = utf8_percent_encode(&file.filename, &OF_A_NAME);
            Plain::from(format!("{}/t5/attachments/{id}/{name}", reader.base))
        }
        "filename" => Plain::from(&*file.filename),
        "content_type" => Plain::from(&*file.content_type),
        "filesize" => Plain::from(file.filesize),
        "position" => Plain::from(at + 1),
        _ => Plain::Null,
    }
}

/// The fields of kudos.
pub fn kudo(message: &Message, giver: u64, field: &str) -> Plain<'static> {
    match field {
        "id" => Plain::from(format!("{}_{giver}", message.id)),
        "href" => Plain::from(format!("/kudos/{}_{giver}", message.id)),
        "weight" => Plain::Count(1),
        "time" => message.kudos.get(&giver).map_or(Plain::Null, |time| Plain::from(written(*time))),
        _ => Plain::Null,
    }
}
