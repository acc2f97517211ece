//! Labels, tags and kudos on messages (sheet 7.5).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::Call;
use super::body::{MarkData, data};
use super::messages::{check_label, get, own};
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::flood::Act;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::message::{Mark, Message};
use crate::sandbox::khoros::show::{Item, Row};

/// `POST …/labels`, by the author or an administrator; a label that is there already stays.
pub async fn add_label(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let mut message = own(desk, &id)?;
        let mark = mark(desk, &body)?;
        check_label(desk, &message.board, &mark.text)?;
        Message::mark(&mut message.labels, mark.clone());
        let number = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("add label", Kind::MessageUpdate, number);
        Ok(Data::of(&Item::whole(Row::Label(&mark), &desk.reader(false))))
    })
}

/// `DELETE …/labels/{text}`, if the switch says that it exists.
pub async fn remove_label(
    State(khoros): State<Arc<Khoros>>,
    Path((id, text)): Path<(String, String)>,
    call: Call,
) -> Response {
    khoros.v2(&call, |desk| {
        if !desk.state.switches.delete_label {
            return Err(Refusal::invalid("labels cannot be removed by this call"));
        }
        let mut message = own(desk, &id)?;
        message.labels.retain(|label| label.text != text);
        let number = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("remove label", Kind::MessageUpdate, number);
        Ok(json!({}))
    })
}

/// `POST …/tags`, by any member; a tag that is there already stays.
pub async fn add_tag(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let mut message = get(desk, &id)?;
        let mark = mark(desk, &body)?;
        desk.admit(Act::Tag)?;
        Message::mark(&mut message.tags, mark.clone());
        let number = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("add tag", Kind::MessageUpdate, number);
        Ok(Data::of(&Item::whole(Row::Tag(&mark), &desk.reader(false))))
    })
}

/// `POST …/kudos`
pub async fn give_kudo(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        desk.admit(Act::Kudo)?;
        let giver = desk.member()?.id;
        let mut message = get(desk, &id)?;
        message.kudos.entry(giver).or_insert(desk.now);
        let shown = message.clone();
        let number = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("give kudo", Kind::MessageUpdate, number);
        Ok(Data::of(&Item::whole(Row::Kudo(&shown, giver), &desk.reader(false))))
    })
}

/// `DELETE …/kudos`
pub async fn take_kudo(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let giver = desk.member()?.id;
        let mut message = get(desk, &id)?;
        message.kudos.remove(&giver);
        let number = message.id;
        desk.state.community.save(message, desk.now);
        desk.wrote("take kudo", Kind::MessageUpdate, number);
        Ok(Value::Object(serde_json::Map::new()))
    })
}

fn mark(desk: &Desk<'_>, body: &[u8]) -> Result<Mark, Refusal> {
    let by = i64::try_from(desk.member()?.id).unwrap_or(-1);
    let text = data::<MarkData>(body)?.text;
    match text.trim().is_empty() {
        true => Err(Refusal::invalid("`text` is empty")),
        false => Ok(Mark { text, time: desk.now, by }),
    }
}
