//! Spam, archives and boards (sheet 7.3, 5.3): what administrators do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Call;
use super::body::{Mention, bare, data, text_id};
use super::messages::get;
use super::payload::Payload;
use super::people::need_admin;
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::show::{Item, Row};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModerationData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Spam,
    NotSpam,
}

/// `PUT /api/2.0/messages/{id}/moderation_data`: spam is shown to nobody but moderators (inferred).
pub async fn spam(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        need_admin(desk)?;
        let mut message = get(desk, &id)?;
        let wanted: ModerationData = data(&body)?;
        let status = match wanted.action {
            Action::Spam => "marked_rejected",
            Action::NotSpam => "approved",
        };
        message.moderation_status = status.into();
        save(desk, message, "moderate message");
        Ok(json!({ "type": "moderation_data" }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveData {
    #[serde(rename = "messageId")]
    message_id: Value,
    #[serde(default, rename = "suggestedUrl")]
    _suggested_url: IgnoredAny,
    #[serde(default, rename = "boardId")]
    board_id: Option<String>,
}

/// `POST /api/2.0/archives/archive`
pub async fn archive(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    archived(&khoros, &call, &body, true)
}

/// `POST /api/2.0/archives/unarchive`
pub async fn unarchive(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    archived(&khoros, &call, &body, false)
}

fn archived(khoros: &Khoros, call: &Call, body: &[u8], archive: bool) -> Response {
    khoros.v2(call, |desk| {
        need_admin(desk)?;
        let wanted: Vec<ArchiveData> = bare(body)?;
        let found: Result<Vec<_>, _> = wanted.iter().map(|one| get(desk, &text_id(&one.message_id))).collect();
        let mut answer = Vec::new();
        for (mut message, one) in found?.into_iter().zip(wanted) {
            message.archived = archive;
            let (id, topic) = (message.id, message.topic);
            save(desk, message, if archive { "archive message" } else { "unarchive message" });
            if let Some(board) = one.board_id.filter(|board| desk.state.community.boards.contains_key(board)) {
                desk.state.community.move_thread(topic, &board, desk.now);
            }
            answer.push(json!({ "msgUid": id, "archivalStatus": if archive { "ARCHIVING" } else { "UNARCHIVING" } }));
        }
        Ok(json!(answer))
    })
}

fn save(desk: &mut Desk<'_>, message: Message, kind: &str) {
    let id = message.id;
    desk.state.community.save(message, desk.now);
    desk.wrote(kind, Kind::MessageUpdate, id);
}

#[derive(Deserialize)]
struct BoardData {
    id: String,
    title: String,
    conversation_style: Option<String>,
    description: Option<String>,
    parent_category: Option<Mention>,
    allowed_labels: Option<String>,
}

/// `POST /api/2.0/boards`. A board has many settings (sheet 5.3); those that mean nothing here are taken and forgotten.
pub async fn create_board(State(khoros): State<Arc<Khoros>>, call: Call, payload: Payload) -> Response {
    khoros.v2(&call, |desk| {
        need_admin(desk)?;
        let wanted: BoardData = data(&payload.json)?;
        if desk.state.community.boards.contains_key(&wanted.id) {
            return Err(Refusal::exists("board"));
        }
        let labels = |texts: String| texts.split(',').map(|text| text.trim().to_owned()).collect();
        let board = Board {
            id: wanted.id.clone(),
            title: wanted.title,
            style: wanted.conversation_style.unwrap_or_else(|| "forum".into()),
            category: wanted.parent_category.map_or_else(|| "main".into(), |category| category.id()),
            description: wanted.description.unwrap_or_default(),
            allowed_labels: wanted.allowed_labels.map(labels),
            members_only: false,
            moderated: false,
            settings: BTreeMap::new(),
        };
        desk.state.community.boards.insert(wanted.id.clone(), board);
        desk.count("create board");
        let reader = desk.reader(false);
        let board =
            reader.view.community.boards.get(&wanted.id).ok_or_else(|| Refusal::not_found("board", &wanted.id))?;
        Ok(Data::of(&Item::whole(Row::Board(board), &reader)))
    })
}
