//! The whole community as data, for checkers: the lists of a scene file, complete, in a stable order.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::board::{Board, Category};
use super::community::Community;
use super::member::Member;
use super::message::{Mark, Message};

/// Everything in the community. Read back as a scene it gives the same community.
pub fn world(community: &Community) -> Value {
    let all = || community.messages.all();
    json!({
        "categories": community.categories.values().map(category).collect::<Vec<_>>(),
        "boards": community.boards.values().map(board).collect::<Vec<_>>(),
        "members": community.members.values().map(member).collect::<Vec<_>>(),
        "threads": all().filter(|m| m.depth == 0).map(|m| message(community, m)).collect::<Vec<_>>(),
        "replies": all().filter(|m| m.depth > 0).map(|m| message(community, m)).collect::<Vec<_>>(),
        "solutions": all().filter_map(|m| solution(community, m)).collect::<Vec<_>>(),
    })
}

fn board(board: &Board) -> Value {
    let mut entry = json!({
        "id": board.id, "title": board.title, "style": board.style,
        "category": board.category, "description": board.description,
        "members_only": board.members_only, "moderated": board.moderated,
    });
    if let Some(labels) = &board.allowed_labels {
        entry["allowed_labels"] = json!(labels);
    }
    entry
}

fn category(category: &Category) -> Value {
    let mut entry = json!({ "id": category.id, "title": category.title });
    if let Some(parent) = &category.parent {
        entry["parent"] = json!(parent);
    }
    entry
}

/// Passwords stay here.
fn member(member: &Member) -> Value {
    json!({
        "id": member.id.to_string(), "login": member.login, "email": member.email,
        "first_name": member.first_name, "last_name": member.last_name, "sso_id": member.sso_id,
        "biography": member.biography, "location": member.location, "rank": &*member.rank, "roles": member.roles,
        "registered": member.registered.to_string(), "last_visit": member.last_visit.to_string(),
        "metrics": member.metrics, "banned": member.banned, "deleted": member.deleted,
        "custom": member.custom,
    })
}

fn message(community: &Community, message: &Message) -> Value {
    let texts = |marks: &[Mark]| marks.iter().map(|mark| mark.text.clone()).collect::<Vec<_>>();
    let logins = |ids: &BTreeSet<u64>| {
        let members = ids.iter().filter_map(|id| community.members.get(*id));
        members.map(|member| member.login.clone()).collect::<Vec<_>>()
    };
    let rare = &*message.rare;
    let mut entry = json!({
        "id": message.id.to_string(), "board": &*message.board, "subject": &*message.subject, "body": &*message.body,
        "author": login(community, message.author), "post_time": message.post_time.to_string(),
        "labels": texts(&message.labels), "tags": texts(&message.tags), "kudos": logins(&message.kudos.keys().copied().collect()), "views": message.views,
        "read_only": message.read_only, "is_escalated": message.is_escalated,
        "moderation_status": &*message.moderation_status, "context_id": rare.context_id,
        "context_url": rare.context_url, "status": rare.status, "deleted": message.deleted, "archived": message.archived,
        "language": rare.language, "me_toos": logins(&rare.me_toos), "attachments": rare.attachments,
        "custom": rare.custom,
    });
    if let Some(approved) = rare.approved {
        entry["approved"] = json!(approved.to_string());
    }
    if let Some(parent) = message.parent {
        entry["thread"] = json!(message.topic.to_string());
        entry["parent"] = json!(parent.to_string());
    }
    entry
}

fn solution(community: &Community, message: &Message) -> Option<Value> {
    let accepted = message.solution.as_ref().filter(|_| !message.deleted)?;
    Some(json!({ "reply": message.id.to_string(), "by": login(community, accepted.by) }))
}

fn login(community: &Community, author: i64) -> &str {
    community.author(author).map_or("", |member| &*member.login)
}
