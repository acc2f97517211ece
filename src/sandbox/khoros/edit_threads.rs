//! Entries about threads, replies and solutions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::attachment::Attachment;
use super::edit::{Edit, Id, set};
use super::events::Kind;
use super::message::{Mark, Message, Rare};

/// An entry of `threads` or `replies`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    id: Option<Id>,
    board: Option<String>,
    /// Replies only: the thread, or with `parent` the message that is answered.
    thread: Option<Id>,
    parent: Option<Id>,
    subject: Option<String>,
    body: Option<String>,
    /// The body so many times over: long ones stay readable in a scene file.
    #[serde(default = "once")]
    repeat_body: usize,
    /// A login; empty for nobody.
    author: Option<String>,
    age: Option<String>,
    post_time: Option<Timestamp>,
    labels: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    /// Logins of those who gave kudos.
    kudos: Option<Vec<String>>,
    views: Option<u64>,
    read_only: Option<bool>,
    is_escalated: Option<bool>,
    moderation_status: Option<String>,
    /// When a moderator approved it, or how long ago.
    approved: Option<String>,
    archived: Option<bool>,
    language: Option<String>,
    /// Logins of those who have the same problem.
    me_toos: Option<Vec<String>>,
    attachments: Option<Vec<Attachment>>,
    custom: Option<BTreeMap<String, String>>,
    /// The key of an idea's status.
    status: Option<String>,
    context_id: Option<String>,
    context_url: Option<String>,
    deleted: Option<bool>,
    #[serde(default)]
    undeleted: bool,
    merged_into: Option<Id>,
    /// Replies only: it and what is below it become a thread of their own.
    #[serde(default)]
    split: bool,
    /// The search index takes it up at once, whatever the lag.
    #[serde(default)]
    indexed: bool,
}

fn once() -> usize {
    1
}

/// Adds, changes, removes or merges a thread.
pub fn thread(edit: &mut Edit<'_>, entry: Entry) -> Result<String, String> {
    if let Some(message) = known(edit, &entry)? {
        return change(edit, message, entry);
    }
    let board = entry.board.as_deref().ok_or("a new thread needs a `board`")?;
    check_board(edit, board)?;
    if entry.subject.is_none() {
        return Err("a new thread needs a `subject`".into());
    }
    let author = edit.author(entry.author.as_deref().ok_or("a new thread needs an `author`")?)?;
    let id = fresh_id(edit, &entry)?;
    let message = Message::new(id, &board.into(), author, when(edit, &entry)?);
    add(edit, message, entry)
}

/// Adds, changes or removes a reply.
pub fn reply(edit: &mut Edit<'_>, entry: Entry) -> Result<String, String> {
    if let Some(message) = known(edit, &entry)? {
        return change(edit, message, entry);
    }
    let above = entry.parent.as_ref().or(entry.thread.as_ref()).ok_or("a new reply needs a `thread`")?.number()?;
    let parent = edit.community.messages.live(above).cloned().ok_or_else(|| format!("there is no message {above}"))?;
    let author = edit.author(entry.author.as_deref().ok_or("a new reply needs an `author`")?)?;
    let at = when(edit, &entry)?;
    let id = fresh_id(edit, &entry)?;
    add(edit, Message::reply_to(&parent, id, author, at), entry)
}

/// An entry of `solutions`: accepts a reply, or with `deleted` takes that back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solution {
    reply: Id,
    /// Login of who accepts; the thread's author if not given.
    by: Option<String>,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    indexed: bool,
}

/// Accepts a reply or takes that back.
pub fn solution(edit: &mut Edit<'_>, entry: Solution) -> Result<String, String> {
    let id = entry.reply.number()?;
    let reply = edit.community.messages.live(id).ok_or_else(|| format!("there is no reply {id}"))?;
    if reply.depth == 0 {
        return Err(format!("message {id} is no reply"));
    }
    let topic = reply.topic;
    let root = edit.community.messages.live(topic).map_or(-1, |root| root.author);
    let by = entry.by.as_deref().map_or(Ok(root), |login| edit.author(login))?;
    match entry.deleted {
        true => edit.community.revoke(id, edit.now),
        false => edit.community.accept(id, by, edit.now),
    }
    edit.happened.push((Kind::MessageUpdate, id));
    if entry.indexed {
        show_thread(edit, topic);
    }
    Ok(id.to_string())
}

fn known(edit: &Edit<'_>, entry: &Entry) -> Result<Option<Message>, String> {
    let id = entry.id.as_ref().map(Id::number).transpose()?;
    Ok(id.and_then(|id| edit.community.messages.any(id)).cloned())
}

fn fresh_id(edit: &mut Edit<'_>, entry: &Entry) -> Result<u64, String> {
    match &entry.id {
        None => Ok(edit.community.next_message()),
        Some(id) => {
            let id = id.number()?;
            edit.community.took_message(id);
            Ok(id)
        }
    }
}

fn when(edit: &Edit<'_>, entry: &Entry) -> Result<Timestamp, String> {
    match (&entry.age, entry.post_time) {
        (Some(age), _) => edit.moment(age),
        (None, Some(at)) => Ok(at),
        (None, None) => Ok(edit.now),
    }
}

fn add(edit: &mut Edit<'_>, mut message: Message, entry: Entry) -> Result<String, String> {
    let show = entry.indexed.then_some(message.topic);
    overwrite(edit, &mut message, entry)?;
    let id = message.id;
    if message.depth == 0 {
        edit.happened.push((Kind::MessageRootPublished, id));
    }
    edit.happened.push((Kind::MessageCreate, id));
    edit.community.save(message, edit.now);
    show.into_iter().for_each(|topic| show_thread(edit, topic));
    Ok(id.to_string())
}

fn change(edit: &mut Edit<'_>, mut message: Message, entry: Entry) -> Result<String, String> {
    let (id, topic, now) = (message.id, message.topic, edit.now);
    let show = entry.indexed;
    if entry.age.is_some() || entry.post_time.is_some() {
        message.post_time = when(edit, &entry)?;
    }
    if entry.subject.is_some() || entry.body.is_some() {
        message.revision += 1;
        message.edited = now;
        message.edited_by = message.author;
    }
    if let Some(into) = &entry.merged_into {
        merge(edit, &message, into.number()?)?;
        edit.happened.push((Kind::MessageMove, id));
        return Ok(id.to_string());
    }
    if entry.split {
        if message.depth == 0 {
            return Err(format!("message {id} is no reply"));
        }
        edit.community.split(id, now);
        edit.happened.push((Kind::MessageMove, id));
        return Ok(id.to_string());
    }
    if let Some(board) = &entry.board {
        check_board(edit, board)?;
        edit.community.move_thread(topic, board, now);
        edit.happened.push((Kind::MessageMove, id));
    }
    let escalated = entry.is_escalated == Some(true) && !message.is_escalated;
    let deleted = if entry.undeleted { Some(false) } else { entry.deleted };
    overwrite(edit, &mut message, Entry { deleted: None, ..entry })?;
    edit.community.save(message, now);
    edit.happened.push((if deleted == Some(true) { Kind::MessageDelete } else { Kind::MessageUpdate }, id));
    if escalated {
        edit.happened.push((Kind::EscalateThread, id));
    }
    deleted.into_iter().for_each(|deleted| edit.community.set_deleted(id, deleted, now));
    if show {
        show_thread(edit, topic);
    }
    Ok(id.to_string())
}

fn check_board(edit: &Edit<'_>, board: &str) -> Result<(), String> {
    match edit.community.boards.contains_key(board) {
        true => Ok(()),
        false => Err(format!("there is no board `{board}`")),
    }
}

fn merge(edit: &mut Edit<'_>, thread: &Message, into: u64) -> Result<(), String> {
    let target = edit.community.messages.live(into).filter(|message| message.depth == 0 && message.id != thread.id);
    let board = target.ok_or_else(|| format!("there is no other thread {into}"))?.board.clone();
    if thread.depth > 0 {
        return Err(format!("message {} is no thread", thread.id));
    }
    edit.community.move_thread(thread.id, &board, edit.now);
    edit.community.merge(thread.id, into, edit.now);
    Ok(())
}

fn overwrite(edit: &Edit<'_>, message: &mut Message, entry: Entry) -> Result<(), String> {
    let (by, time) = (message.author, edit.now.max(message.post_time));
    let marks =
        |texts: Option<Vec<String>>| texts.map(|all| all.into_iter().map(|text| Mark { text, time, by }).collect());
    let givers =
        |logins: Vec<String>| logins.iter().map(|login| giver(edit, login)).collect::<Result<BTreeSet<_>, _>>();
    set(&mut message.board, entry.board.map(Into::into));
    set(&mut message.subject, entry.subject.map(Into::into));
    set(&mut message.body, entry.body.map(|body| body.repeat(entry.repeat_body).into()));
    set(&mut message.labels, marks(entry.labels));
    set(&mut message.tags, marks(entry.tags));
    if let Some(ids) = entry.kudos.map(givers).transpose()? {
        let given = |id: u64| (id, message.kudos.get(&id).copied().unwrap_or(time));
        message.kudos = ids.into_iter().map(given).collect();
    }
    set(&mut message.archived, entry.archived);
    set(&mut message.views, entry.views);
    set(&mut message.read_only, entry.read_only);
    set(&mut message.is_escalated, entry.is_escalated);
    set(&mut message.moderation_status, entry.moderation_status.map(Into::into));
    set(&mut message.deleted, entry.deleted);
    let rare = Rare {
        approved: entry.approved.map(|when| edit.moment(&when)).transpose()?.or(message.rare.approved),
        language: entry.language.unwrap_or_else(|| message.rare.language.clone()),
        me_toos: entry.me_toos.map_or_else(|| Ok(message.rare.me_toos.clone()), givers)?,
        attachments: entry.attachments.unwrap_or_else(|| message.rare.attachments.clone()),
        custom: entry.custom.unwrap_or_else(|| message.rare.custom.clone()),
        context_id: entry.context_id.unwrap_or_else(|| message.rare.context_id.clone()),
        context_url: entry.context_url.unwrap_or_else(|| message.rare.context_url.clone()),
        teaser: message.rare.teaser.clone(),
        status: entry.status.unwrap_or_else(|| message.rare.status.clone()),
    };
    if rare != *message.rare {
        message.rare = rare.into();
    }
    Ok(())
}

fn giver(edit: &Edit<'_>, login: &str) -> Result<u64, String> {
    edit.community.by_login(login).map(|member| member.id).ok_or_else(|| format!("no member has the login `{login}`"))
}

fn show_thread(edit: &mut Edit<'_>, topic: u64) {
    let ids = edit.community.messages.topic_ids(topic);
    ids.into_iter().for_each(|id| edit.community.messages.show_now(id));
}
