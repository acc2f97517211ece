//! Messages and threads by v1 (sheet 7.5, 9).

use super::objects::message as element;
use super::users::by_name;
use super::{Element, Found, V1, count, value};
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::flood::Act;
use crate::sandbox::khoros::message::{Mark, Message};

fn find<'c>(call: &'c V1<'_, '_>, id: &str) -> Result<&'c Message, V1Refusal> {
    let found = id.parse().ok().and_then(|id| call.reader().message(id).map(|message| message.id));
    found.and_then(|id| call.desk.state.community.messages.live(id)).ok_or(V1Refusal::NoSuch("message"))
}

/// Everything under `messages/id/{n}`.
pub fn message(call: V1<'_, '_>, id: &str, hops: &[&str]) -> Found {
    let message = find(&call, id)?;
    let community = &call.desk.state.community;
    match hops {
        [] => Ok(("message", element(community, message))),
        ["replies", "count"] => count(usize::try_from(message.replies).unwrap_or(usize::MAX)),
        ["solutions", "solution"] => value(Element::bool(message.solution.is_some())),
        ["kudos", "count"] => count(message.kudos.len()),
        ["kudos", "givers"] => {
            let givers = message.kudos.keys().filter_map(|id| community.members.get(*id));
            Ok((
                "users",
                Element::List(
                    "user",
                    givers.map(|giver| super::objects::user(giver, call.sees_email_of(giver))).collect(),
                ),
            ))
        }
        ["metadata", "key", key] => value(Element::text(metadata(message, key))),
        ["metadata", "key", key, "set"] => set_metadata(call, id, key),
        ["message_status", "set"] => set_status(call, id),
        ["reply"] => reply(call, id),
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn metadata<'m>(message: &'m Message, key: &str) -> &'m str {
    match key {
        "context_id" | "message.context_id" => &message.rare.context_id,
        "context_url" | "message.context_url" => &message.rare.context_url,
        key => message.rare.custom.get(key).map_or("", |value| value),
    }
}

/// Sets metadata, by the author or an administrator.
fn set_metadata(mut call: V1<'_, '_>, id: &str, key: &str) -> Found {
    let text = call.param("value").unwrap_or_default().to_owned();
    let mut message = editable(&call, id)?;
    match key {
        "context_id" | "message.context_id" => message.rare_mut().context_id = text,
        "context_url" | "message.context_url" => message.rare_mut().context_url = text,
        key => drop(message.rare_mut().custom.insert(key.to_owned(), text)),
    }
    save(&mut call, message, "set metadata");
    value(Element::text("success"))
}

fn set_status(mut call: V1<'_, '_>, id: &str) -> Found {
    let status = call.param("message.status").ok_or(V1Refusal::Unexpected)?;
    let status = status.rsplit('/').next().unwrap_or_default().to_owned();
    let mut message = editable(&call, id)?;
    message.rare_mut().status = status;
    save(&mut call, message, "edit message");
    value(Element::text("success"))
}

fn editable(call: &V1<'_, '_>, id: &str) -> Result<Message, V1Refusal> {
    call.need_post()?;
    let message = find(call, id)?;
    let own = call.desk.caller.is_some_and(|caller| i64::try_from(caller) == Ok(message.author));
    if own || call.is_admin() { Ok(message.clone()) } else { Err(V1Refusal::NotAllowed) }
}

fn save(call: &mut V1<'_, '_>, message: Message, kind: &str) {
    let (id, now) = (message.id, call.desk.now);
    call.desk.state.community.save(message, now);
    call.desk.wrote(kind, Kind::MessageUpdate, id);
}

/// Everything under `threads/id/{n}`. Who may not view escalations is refused.
pub fn thread(call: &V1<'_, '_>, id: &str, hops: &[&str]) -> Found {
    let root = find(call, id)?;
    match hops {
        ["escalations", "count"] => {
            call.need_admin()?;
            count(usize::from(root.is_escalated))
        }
        ["messages", "count"] => count(usize::try_from(root.conversation.messages).unwrap_or(usize::MAX)),
        ["messages"] | ["messages", "linear"] => {
            let ids = call.desk.state.community.messages.topic_ids(root.id);
            let all: Vec<&Message> = ids.into_iter().filter_map(|id| call.reader().message(id)).collect();
            Ok(messages(call, all))
        }
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn messages(call: &V1<'_, '_>, all: Vec<&Message>) -> (&'static str, Element) {
    let shown = call.page(all).into_iter().map(|message| element(&call.desk.state.community, message)).collect();
    ("messages", Element::List("message", shown))
}

/// `search/messages?solved=false&sort_by=-topicPostDate`: topics, newest first with the minus.
pub fn search(call: &V1<'_, '_>, board: Option<&str>) -> Found {
    let solved = call.param("solved").map(|text| text == "true");
    let reader = call.reader();
    let store = &reader.view.community.messages;
    let topics = store.index.posted.iter().filter_map(|(_, id)| reader.message(*id)).filter(|m| m.depth == 0);
    let wanted = |m: &&Message| {
        board.is_none_or(|board| *board == *m.board) && solved.is_none_or(|solved| m.conversation.solved == solved)
    };
    let mut found: Vec<&Message> = topics.filter(wanted).collect();
    if call.param("sort_by").is_some_and(|key| key.starts_with('-')) {
        found.reverse();
    }
    Ok(messages(call, found))
}

/// `boards/id/{board}/messages/post`
pub fn post(call: V1<'_, '_>, board: &str) -> Found {
    let author = author(&call)?;
    let known = call.desk.state.community.boards.get(board).filter(|board| call.reader().sees(board));
    let board = known.ok_or(V1Refusal::NoSuch("board"))?.id.as_str().into();
    if call.param("message.subject").is_none_or(|subject| subject.trim().is_empty()) {
        return Err(V1Refusal::Unexpected);
    }
    let message = Message::new(0, &board, author, call.desk.now);
    add(call, message)
}

fn reply(call: V1<'_, '_>, id: &str) -> Found {
    let author = author(&call)?;
    let parent = find(&call, id)?;
    let locked = call.desk.state.community.messages.live(parent.topic).is_some_and(|root| root.read_only);
    if locked && !call.is_admin() {
        return Err(V1Refusal::NotAllowed);
    }
    let message = Message::reply_to(parent, 0, author, call.desk.now);
    add(call, message)
}

/// The caller, or for administrators whom `message.author` names (sheet 2.3, 7.7).
fn author(call: &V1<'_, '_>) -> Result<i64, V1Refusal> {
    call.need_post()?;
    let caller = call.desk.caller.ok_or(V1Refusal::NotAllowed)?;
    let id = match call.param("message.author") {
        None => caller,
        Some(author) => {
            call.need_admin()?;
            let hops: Vec<&str> = author.split('/').filter(|hop| !hop.is_empty() && *hop != "users").collect();
            let [by, text] = hops.as_slice() else { return Err(V1Refusal::NoSuch("user")) };
            by_name(call, by, text)?.id
        }
    };
    Ok(i64::try_from(id).unwrap_or(-1))
}

fn add(call: V1<'_, '_>, mut message: Message) -> Found {
    call.desk.admit(Act::Post).map_err(|_| V1Refusal::Flood)?;
    let text = |name: &str| call.param(name).map(str::to_owned);
    let (subject, body, teaser) = (text("message.subject"), text("message.body"), text("message.teaser"));
    let (labels, tags) = (text("label.labels"), text("tag.add"));
    let (by, time) = (message.author, call.desk.now);
    let marks = |texts: Option<String>| -> Vec<Mark> {
        let texts = texts.unwrap_or_default();
        let each = texts.split(',').map(str::trim).filter(|text| !text.is_empty());
        each.map(|text| Mark { text: text.to_owned(), time, by }).collect()
    };
    (message.labels, message.tags) = (marks(labels), marks(tags));
    message.subject = subject.map_or(message.subject, Into::into);
    message.body = body.unwrap_or_default().into();
    teaser.into_iter().for_each(|teaser| message.rare_mut().teaser = teaser);
    let id = call.desk.add_message(message);
    let message = call.desk.state.community.messages.live(id).ok_or(V1Refusal::Unexpected)?;
    Ok(("message", element(&call.desk.state.community, message)))
}
