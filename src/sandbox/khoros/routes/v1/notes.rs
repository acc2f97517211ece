//! Sends private messages (sheet 8).

use super::users::by_name;
use super::{Element, Found, V1};
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::flood::Act;
use crate::sandbox::khoros::notes::Note;

/// `postoffice/notes/send`, as the caller.
pub fn send(call: V1<'_, '_>) -> Found {
    call.need_post()?;
    let sender = call.desk.caller.ok_or(V1Refusal::NotAllowed)?;
    if !call.desk.state.switches.private_notes {
        return Err(V1Refusal::NotAllowed);
    }
    let recipient = call.param("notes.recipient").ok_or(V1Refusal::Unexpected)?;
    let hops: Vec<&str> = recipient.split('/').filter(|hop| !hop.is_empty() && *hop != "users").collect();
    let [by, text] = hops.as_slice() else { return Err(V1Refusal::NoSuch("user")) };
    let recipient = by_name(&call, by, text)?.id;
    let text = |name: &str| call.param(name).unwrap_or_default().to_owned();
    let (subject, body) = (text("notes.subject"), text("notes.note"));
    if subject.trim().is_empty() {
        return Err(V1Refusal::Unexpected);
    }
    call.desk.admit(Act::Note).map_err(|_| V1Refusal::Flood)?;
    let (sent, notes) = (call.desk.now, &mut call.desk.state.community.notes);
    let id = notes.len() as u64 + 1;
    notes.push_back(Note { id, sender, recipient, subject, body, sent, read: false });
    call.desk.wrote("send note", Kind::SendPrivateMessage, id);
    Ok(("value", Element::text("success")))
}
