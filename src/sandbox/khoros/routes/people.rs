//! Creates, changes and deletes members, and signs them out (sheet 2.7, 7.8).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Call;
use super::body::{bare, data, text_id};
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::show::{Item, Row};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    login: Option<String>,
    email: Option<String>,
    password: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    biography: Option<String>,
    location: Option<String>,
    sso_id: Option<String>,
    web_page_url: Option<String>,
    roles_to_add: Option<Vec<String>>,
    roles_to_remove: Option<Vec<String>>,
    #[serde(default, rename = "cover_image")]
    _cover_image: IgnoredAny,
    #[serde(default, rename = "avatar")]
    _avatar: IgnoredAny,
}

/// `POST /api/2.0/users`, by administrators.
pub async fn create(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        need_admin(desk)?;
        let wanted: UserData = data(&body)?;
        let login = wanted.login.clone().filter(|login| !login.trim().is_empty());
        let login = login.ok_or_else(|| Refusal::invalid("`login` is missing"))?;
        if wanted.email.as_deref().is_none_or(|email| !email.contains('@')) {
            return Err(Refusal::invalid("`email` is missing"));
        }
        check_free(desk, &wanted, None)?;
        let id = desk.state.community.next_member();
        let mut member = Member::new(id, &login, desk.now);
        fill(&mut member, wanted);
        desk.state.community.members.put(member);
        desk.wrote("create user", Kind::UserCreate, id);
        desk.state.events.add(Kind::UserRegistered, id);
        shown(desk, id)
    })
}

/// `PUT /api/2.0/users/{id}`, by the member and by administrators; roles by administrators only.
pub async fn edit(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let mut member = get(desk, &id)?.clone();
        let wanted: UserData = data(&body)?;
        let roles = wanted.roles_to_add.is_some() || wanted.roles_to_remove.is_some();
        if desk.member()?.id != member.id || roles {
            need_admin(desk)?;
        }
        // The SSO id cannot be changed by REST (sheet 7.8).
        if wanted.sso_id.as_ref().is_some_and(|sso_id| *sso_id != member.sso_id) {
            return Err(Refusal::invalid("`sso_id` cannot be changed"));
        }
        check_free(desk, &wanted, Some(member.id))?;
        fill(&mut member, wanted);
        let id = member.id;
        desk.state.community.members.put(member);
        desk.wrote("edit user", Kind::UserUpdate, id);
        shown(desk, id)
    })
}

/// `DELETE /api/2.0/users/{id}`: the row stays and says that it is deleted (sheet 16.3).
pub async fn delete(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        need_admin(desk)?;
        if !desk.state.switches.delete_users {
            return Err(Refusal::not_configured("user.delete"));
        }
        let member = Member { deleted: true, ..get(desk, &id)?.clone() };
        let id = member.id;
        desk.state.community.members.put(member);
        desk.state.sessions.close_member(id);
        desk.wrote("delete user", Kind::UserUpdate, id);
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signout {
    id: Option<Value>,
    sso_id: Option<Value>,
    /// The mobile form (sheet 2.7): `deviceId`, of the caller.
    data: Option<IgnoredAny>,
}

/// `POST /api/2.0/auth/signout`: ends all sessions of the caller, or of another member for administrators.
pub async fn signout(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let caller = desk.member()?.id;
        let wanted: Signout = bare(&body)?;
        let of = match (&wanted.id, &wanted.sso_id, &wanted.data) {
            (Some(id), ..) => get(desk, &text_id(id))?.id,
            (None, Some(sso_id), _) => {
                let found = desk.state.community.members.by_sso_id(&text_id(sso_id));
                found.ok_or_else(|| Refusal::not_found("user", "with this sso_id"))?.id
            }
            (None, None, Some(_)) => caller,
            (None, None, None) => return Err(Refusal::invalid("`id` or `sso_id` is missing")),
        };
        if of != caller {
            need_admin(desk)?;
        }
        desk.state.sessions.close_member(of);
        desk.state.oauth.close(Some(of));
        desk.state.events.add(Kind::UserSignOff, of);
        Ok(json!({ "signed_off_all_sessions": true }))
    })
}

/// Refuses a call that only administrators may make.
pub fn need_admin(desk: &Desk<'_>) -> Result<(), Refusal> {
    if desk.member()?.is_admin() { Ok(()) } else { Err(Refusal::not_authorized()) }
}

fn get<'d>(desk: &'d Desk<'_>, id: &str) -> Result<&'d Member, Refusal> {
    let number = if id == "self" { desk.caller } else { id.parse().ok() };
    number.and_then(|id| desk.state.community.members.get(id)).ok_or_else(|| Refusal::not_found("user", id))
}

fn check_free(desk: &Desk<'_>, wanted: &UserData, own: Option<u64>) -> Result<(), Refusal> {
    let roster = &desk.state.community.members;
    let other = |member: &Member| Some(member.id) != own;
    if wanted.login.as_deref().and_then(|login| roster.by_login(login)).is_some_and(other) {
        return Err(Refusal::exists("login"));
    }
    let address = wanted.email.as_deref().filter(|email| !email.is_empty());
    match address.is_some_and(|email| roster.by_email(email).any(|member| other(member) && !member.deleted)) {
        true => Err(Refusal::exists("email")),
        false => Ok(()),
    }
}

fn fill(member: &mut Member, wanted: UserData) {
    let set = |field: &mut String, text: Option<String>| text.into_iter().for_each(|text| *field = text);
    set(&mut member.login, wanted.login);
    set(&mut member.email, wanted.email);
    set(&mut member.first_name, wanted.first_name);
    set(&mut member.last_name, wanted.last_name);
    set(&mut member.biography, wanted.biography);
    set(&mut member.location, wanted.location);
    set(&mut member.sso_id, wanted.sso_id);
    member.password = wanted.password.or_else(|| member.password.take());
    if let Some(url) = wanted.web_page_url {
        member.custom.insert("web_page_url".into(), url);
    }
    // Roles of a single board or category are not kept; `t:` is the whole community (sheet 1.3).
    let name = |role: String| role.strip_prefix("t:").map_or_else(|| role.clone(), str::to_owned);
    member.roles.extend(wanted.roles_to_add.into_iter().flatten().map(name));
    for role in wanted.roles_to_remove.into_iter().flatten().map(name) {
        member.roles.remove(&role);
    }
}

fn shown(desk: &Desk<'_>, id: u64) -> Result<Data, Refusal> {
    let member = get(desk, &id.to_string())?;
    Ok(Data::of(&Item::whole(Row::User(member), &desk.reader(false))))
}
