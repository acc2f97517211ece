//! Posts, edits and deletes messages (sheet 7.1 to 7.3).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::Call;
use super::body::{MarkData, MessageData, MessageEdit, data};
use crate::sandbox::khoros::answer::Refusal;
use crate::sandbox::khoros::flood::Act;
use crate::sandbox::khoros::host::{Desk, Khoros};
use crate::sandbox::khoros::message::{Mark, Message};
use crate::sandbox::khoros::show::{Row, object};

/// `POST /api/2.0/messages`: a topic, or with `parent` a reply.
pub async fn create(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let author = i64::try_from(desk.member()?.id).unwrap_or(-1);
        let wanted: MessageData = data(&body)?;
        let mut message = match &wanted.parent {
            Some(parent) => reply(desk, &parent.id(), author)?,
            None => topic(desk, &wanted, author)?,
        };
        desk.admit(Act::Post)?;
        fill(desk, &mut message, wanted)?;
        // The id is taken last, so that a refused post leaves no gap.
        message.id = desk.state.community.next_message();
        if message.parent.is_none() {
            message.topic = message.id;
        }
        let id = message.id;
        desk.state.community.save(message, desk.now);
        desk.count("create message");
        shown(desk, id)
    })
}

/// `PUT /api/2.0/messages/{id}`
pub async fn edit(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let mut message = own(desk, &id)?;
        let wanted: MessageEdit = data(&body)?;
        if (wanted.moderation_status.is_some() || wanted.read_only.is_some()) && !desk.member()?.is_admin() {
            return Err(Refusal::not_authorized());
        }
        if wanted.subject.is_some() || wanted.body.is_some() {
            message.revision += 1;
            message.edited = desk.now;
            message.edited_by = i64::try_from(desk.member()?.id).unwrap_or(-1);
        }
        message.subject = wanted.subject.map_or(message.subject, Into::into);
        message.body = wanted.body.map_or(message.body, Into::into);
        message.read_only = wanted.read_only.unwrap_or(message.read_only);
        message.moderation_status = wanted.moderation_status.map_or(message.moderation_status, Into::into);
        let id = message.id;
        desk.state.community.save(message, desk.now);
        desk.count("edit message");
        shown(desk, id)
    })
}

/// `DELETE /api/2.0/messages/{id}`; its replies go with it.
pub async fn delete(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let message = own(desk, &id)?;
        desk.state.community.set_deleted(message.id, true, desk.now);
        desk.count("delete message");
        Ok(json!({}))
    })
}

/// The message with this id, for anybody.
pub fn get(desk: &Desk<'_>, id: &str) -> Result<Message, Refusal> {
    let message = id.parse().ok().and_then(|number| desk.state.community.messages.live(number));
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

fn shown(desk: &Desk<'_>, id: u64) -> Result<Value, Refusal> {
    let reader = desk.reader(false);
    let message = reader.view.message(id).ok_or_else(|| Refusal::not_found("message", &id.to_string()))?;
    Ok(object(Row::Message(message), &reader))
}

fn topic(desk: &Desk<'_>, wanted: &MessageData, author: i64) -> Result<Message, Refusal> {
    let board = wanted.board.as_ref().ok_or_else(|| Refusal::invalid("`board.id` is missing"))?.id();
    if !desk.state.community.boards.contains_key(&board) {
        return Err(Refusal::not_found("board", &board));
    }
    match wanted.subject.as_deref().is_some_and(|subject| !subject.trim().is_empty()) {
        true => Ok(Message::new(0, &board.as_str().into(), author, desk.now)),
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

fn fill(desk: &Desk<'_>, message: &mut Message, wanted: MessageData) -> Result<(), Refusal> {
    for label in &wanted.labels {
        check_label(desk, &message.board, &label.text)?;
    }
    let (by, time) = (message.author, desk.now);
    let marks = |all: Vec<MarkData>| all.into_iter().map(|mark| Mark { text: mark.text, time, by }).collect();
    message.labels = marks(wanted.labels);
    message.tags = marks(wanted.tags);
    message.subject = wanted.subject.map_or_else(|| message.subject.clone(), Into::into);
    message.body = wanted.body.unwrap_or_default().into();
    message.read_only = wanted.read_only;
    if wanted.context_id.is_some() || wanted.context_url.is_some() {
        message.rare_mut().context_id = wanted.context_id.unwrap_or_default();
        message.rare_mut().context_url = wanted.context_url.unwrap_or_default();
    }
    Ok(())
}
