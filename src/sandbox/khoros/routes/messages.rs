//! Posts, edits and deletes messages (sheet 7.1 to 7.3).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::Call;
use super::body::{FileData, MessageData, data};
use super::payload::{Part, Payload};
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::attachment::{Attachment, Content};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::flood::Act;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::message::{Mark, Message};
use crate::sandbox::khoros::show::{Item, Row};

/// Statuses of moderation that may be set (sheet 5.1).
const STATUSES: [&str; 6] =
    ["unmoderated", "approved", "rejected", "marked_undecided", "marked_approved", "marked_rejected"];

/// `POST /api/2.0/messages`: a topic, or with `parent` a reply.
pub async fn create(State(khoros): State<Arc<Khoros>>, call: Call, payload: Payload) -> Response {
    khoros.v2(&call, |desk| {
        let author = i64::try_from(desk.member()?.id).unwrap_or(-1);
        let wanted: MessageData = data(&payload.json)?;
        let mut message = match &wanted.parent {
            Some(parent) => reply(desk, &parent.id(), author)?,
            None => topic(desk, &wanted, author)?,
        };
        fill(desk, &mut message, wanted, &payload.files)?;
        desk.admit(Act::Post)?;
        let id = desk.add_message(message);
        shown(desk, id)
    })
}

/// `PUT /api/2.0/messages/{id}`
pub async fn edit(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, payload: Payload) -> Response {
    khoros.v2(&call, |desk| {
        let mut message = own(desk, &id)?;
        let wanted: MessageData = data(&payload.json)?;
        if (wanted.moderation_status.is_some() || wanted.read_only.is_some()) && !desk.member()?.is_admin() {
            return Err(Refusal::not_authorized());
        }
        if wanted.subject.is_some() || wanted.body.is_some() {
            message.revision += 1;
            message.edited = desk.now;
            message.edited_by = i64::try_from(desk.member()?.id).unwrap_or(-1);
        }
        fill(desk, &mut message, wanted, &payload.files)?;
        let id = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("edit message", Kind::MessageUpdate, id);
        shown(desk, id)
    })
}

/// `DELETE /api/2.0/messages/{id}`; its replies go with it.
pub async fn delete(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let message = own(desk, &id)?;
        desk.state.community.set_deleted(message.id, true, desk.now);
        desk.wrote("delete message", Kind::MessageDelete, message.id);
        Ok(json!({}))
    })
}

/// The message with this id, for anybody who may read it.
pub fn get(desk: &Desk<'_>, id: &str) -> Result<Message, Refusal> {
    let message = id.parse().ok().and_then(|number| desk.reader(false).message(number));
    message.cloned().ok_or_else(|| Refusal::not_found("message", id))
}

/// The message with this id, for its author and for administrators.
pub fn own(desk: &Desk<'_>, id: &str) -> Result<Message, Refusal> {
    let message = get(desk, id)?;
    let member = desk.member()?;
    match member.is_admin() || i64::try_from(member.id) == Ok(message.author) {
        true => Ok(message),
        false => Err(Refusal::not_authorized()),
    }
}

/// A label that the board knows.
pub fn check_label(desk: &Desk<'_>, board: &str, text: &str) -> Result<(), Refusal> {
    let allowed = desk.state.community.boards.get(board).and_then(|board| board.allowed_labels.as_ref());
    match allowed.is_none_or(|allowed| allowed.iter().any(|label| label == text)) {
        true => Ok(()),
        false => Err(Refusal::label_not_allowed()),
    }
}

fn shown(desk: &Desk<'_>, id: u64) -> Result<Data, Refusal> {
    let reader = desk.reader(false);
    let message = reader.view.message(id).ok_or_else(|| Refusal::not_found("message", &id.to_string()))?;
    Ok(Data::of(&Item::whole(Row::Message(message), &reader)))
}

fn topic(desk: &Desk<'_>, wanted: &MessageData, author: i64) -> Result<Message, Refusal> {
    let board = wanted.board.as_ref().ok_or_else(|| Refusal::invalid("`board.id` is missing"))?.id();
    let known = desk.state.community.boards.get(&board).filter(|board| desk.reader(false).sees(board));
    let board = known.ok_or_else(|| Refusal::not_found("board", &board))?.id.as_str().into();
    match wanted.subject.as_deref().is_some_and(|subject| !subject.trim().is_empty()) {
        true => Ok(Message::new(0, &board, author, desk.now)),
        false => Err(Refusal::invalid("`subject` is missing")),
    }
}

fn reply(desk: &Desk<'_>, parent: &str, author: i64) -> Result<Message, Refusal> {
    let parent = get(desk, parent)?;
    let locked = desk.state.community.messages.live(parent.topic).is_some_and(|root| root.read_only);
    match locked && !desk.member()?.is_admin() {
        true => Err(Refusal::not_authorized()),
        false => Ok(Message::reply_to(&parent, 0, author, desk.now)),
    }
}

/// Overwrites what the body names. A full list of labels or tags takes the place of the old one (sheet 7.5).
fn fill(desk: &Desk<'_>, message: &mut Message, wanted: MessageData, files: &[Part]) -> Result<(), Refusal> {
    let (by, time) = (message.author, desk.now);
    let marks = |texts: Vec<String>, there: &[Mark]| -> Vec<Mark> {
        let mark =
            |text: String| there.iter().find(|mark| mark.text == text).cloned().unwrap_or(Mark { text, time, by });
        texts.into_iter().map(mark).collect()
    };
    if let Some(labels) = wanted.labels {
        let labels = labels.texts();
        labels.iter().try_for_each(|label| check_label(desk, &message.board, label))?;
        message.labels = marks(labels, &message.labels);
    }
    if let Some(tags) = wanted.tags {
        message.tags = marks(tags.texts(), &message.tags);
    }
    if let Some(status) = wanted.moderation_status {
        let known = STATUSES.contains(&&*status);
        message.moderation_status =
            if known { status.into() } else { return Err(Refusal::invalid("unknown `moderation_status`")) };
    }
    message.subject = wanted.subject.map_or_else(|| message.subject.clone(), Into::into);
    message.body = wanted.body.map_or_else(|| message.body.clone(), Into::into);
    message.read_only = wanted.read_only.unwrap_or(message.read_only);
    wanted.teaser.into_iter().for_each(|text| message.rare_mut().teaser = text);
    wanted.status.into_iter().for_each(|status| message.rare_mut().status = status.key);
    wanted.context_id.into_iter().for_each(|text| message.rare_mut().context_id = text);
    wanted.context_url.into_iter().for_each(|text| message.rare_mut().context_url = text);
    let named = wanted.attachments.into_iter().chain(wanted.attachments_to_add).flat_map(super::body::Files::all);
    named.into_iter().try_for_each(|file| attach(message, file, files))
}

fn attach(message: &mut Message, file: FileData, files: &[Part]) -> Result<(), Refusal> {
    let part = files.iter().find(|part| part.field == file.field);
    let part = part.ok_or_else(|| Refusal::invalid("a part of the form is missing"))?;
    let filename = file.filename.unwrap_or_else(|| part.filename.clone());
    if filename.ends_with(".exe") {
        return Err(Refusal::bad_extension());
    }
    let content = Some(Content(part.bytes.clone()));
    let (content_type, filesize) = (part.content_type.clone(), part.bytes.len() as u64);
    message.rare_mut().attachments.push(Attachment { filename, content_type, filesize, content });
    Ok(())
}
