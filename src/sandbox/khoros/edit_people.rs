//! Entries about boards and members.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::board::{Board, Category};
use super::edit::{Edit, Id, set};
use super::events::Kind;
use super::member::Member;

/// An entry of `boards`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardEntry {
    id: String,
    title: Option<String>,
    style: Option<String>,
    category: Option<String>,
    description: Option<String>,
    /// The only labels that may be set.
    allowed_labels: Option<Vec<String>>,
    /// Only members who are signed in see it.
    members_only: Option<bool>,
    /// Posts of those who do not administrate are held until somebody approves them.
    moderated: Option<bool>,
    #[serde(default)]
    deleted: bool,
}

/// Adds, changes or removes a board.
pub fn board(edit: &mut Edit<'_>, entry: BoardEntry) -> Result<String, String> {
    if entry.deleted {
        edit.community.boards.remove(&entry.id);
        return Ok(entry.id);
    }
    let fresh = || Board {
        id: entry.id.clone(),
        title: entry.id.clone(),
        style: "forum".into(),
        category: "main".into(),
        description: String::new(),
        allowed_labels: None,
        members_only: false,
        moderated: false,
        settings: BTreeMap::new(),
    };
    let board = edit.community.boards.entry(entry.id.clone()).or_insert_with(fresh);
    set(&mut board.title, entry.title);
    set(&mut board.style, entry.style);
    set(&mut board.category, entry.category);
    set(&mut board.description, entry.description);
    set(&mut board.allowed_labels, entry.allowed_labels.map(Some));
    set(&mut board.members_only, entry.members_only);
    set(&mut board.moderated, entry.moderated);
    Ok(entry.id)
}

/// An entry of `categories`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    id: String,
    title: Option<String>,
    /// The category that it stands in.
    parent: Option<String>,
}

/// Adds or changes a category.
pub fn category(edit: &mut Edit<'_>, entry: CategoryEntry) -> Result<String, String> {
    let fresh = || Category { id: entry.id.clone(), title: entry.id.clone(), parent: None };
    let category = edit.community.categories.entry(entry.id.clone()).or_insert_with(fresh);
    set(&mut category.title, entry.title);
    set(&mut category.parent, entry.parent.map(Some));
    Ok(entry.id)
}

/// An entry of `members`. A known `id`, or without an id a known `login`, changes that member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberEntry {
    id: Option<Id>,
    login: Option<String>,
    email: Option<String>,
    password: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    sso_id: Option<String>,
    biography: Option<String>,
    location: Option<String>,
    rank: Option<String>,
    roles: Option<BTreeSet<String>>,
    /// How long ago, or when.
    registered: Option<String>,
    /// How long ago, or when.
    last_visit: Option<String>,
    metrics: Option<BTreeMap<String, u64>>,
    banned: Option<bool>,
    deleted: Option<bool>,
    custom: Option<BTreeMap<String, String>>,
}

/// Adds or changes a member.
pub fn member(edit: &mut Edit<'_>, entry: MemberEntry) -> Result<String, String> {
    let given = entry.id.as_ref().map(Id::number).transpose()?;
    let same_login = entry.login.as_deref().and_then(|login| edit.community.by_login(login)).map(|member| member.id);
    let id = match given.or(same_login) {
        Some(id) => id,
        None => edit.community.next_member(),
    };
    if same_login.is_some_and(|other| other != id) {
        return Err(format!("the login `{}` is taken", entry.login.unwrap_or_default()));
    }
    let mut member = match edit.community.members.get(id) {
        Some(member) => member.clone(),
        None => Member::new(id, entry.login.as_deref().ok_or("a new member needs a `login`")?, edit.now),
    };
    if let Some(when) = &entry.registered {
        member.registered = edit.moment(when)?;
    }
    if let Some(when) = &entry.last_visit {
        member.last_visit = edit.moment(when)?;
    }
    overwrite(&mut member, entry);
    let known = edit.community.members.get(id).is_some();
    edit.happened.push((if known { Kind::UserUpdate } else { Kind::UserCreate }, id));
    edit.community.took_member(id);
    edit.community.members.put(member);
    Ok(id.to_string())
}

fn overwrite(member: &mut Member, entry: MemberEntry) {
    set(&mut member.login, entry.login);
    set(&mut member.email, entry.email);
    set(&mut member.password, entry.password.map(Some));
    set(&mut member.first_name, entry.first_name);
    set(&mut member.last_name, entry.last_name);
    set(&mut member.sso_id, entry.sso_id);
    set(&mut member.biography, entry.biography);
    set(&mut member.location, entry.location);
    set(&mut member.rank, entry.rank.map(Into::into));
    set(&mut member.roles, entry.roles);
    set(&mut member.metrics, entry.metrics);
    set(&mut member.banned, entry.banned);
    set(&mut member.deleted, entry.deleted);
    set(&mut member.custom, entry.custom);
}
