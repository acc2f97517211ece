//! The v1 calls: session login and logout (sheet 2.2, 2.3), members by e-mail (sheet 6.5). Errors come at HTTP 200.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::Call;
use crate::sandbox::khoros::answer::{Format, V1Refusal, escaped, v1_success, v1_value};
use crate::sandbox::khoros::host::{Khoros, State as Inside};
use crate::sandbox::khoros::member::Member;

/// Login by form or query string: with a password, or for another member with an administrator's key.
pub async fn login(State(khoros): State<Arc<Khoros>>, mut call: Call, body: Bytes) -> Response {
    // A body that is no form names no parameters.
    let form: HashMap<String, String> = form(&body);
    call.params.extend(form);
    let now = khoros.now();
    let mut state = khoros.state();
    match admitted(&mut state, &call, now) {
        Ok(member) => {
            let key = state.sessions.open(member, now);
            v1_value(call.format(), &key)
        }
        Err(refusal) => refusal.response(call.format(), state.switches.v1_message_language),
    }
}

fn admitted(state: &mut Inside, call: &Call, now: Timestamp) -> Result<u64, V1Refusal> {
    let login = call.params.get("user.login").ok_or(V1Refusal::LoginFailed)?;
    let member = state.community.by_login(login).filter(|member| !member.deleted && !member.banned);
    let member = member.ok_or(V1Refusal::LoginFailed)?.clone();
    match call.params.get("user.password") {
        Some(password) if member.password.as_ref() == Some(password) => visited(state, &member, now),
        Some(_) => return Err(V1Refusal::LoginFailed),
        None => impersonated(state, call, now)?,
    }
    Ok(member.id)
}

fn visited(state: &mut Inside, member: &Member, now: Timestamp) {
    let mut member = member.clone();
    member.last_visit = now;
    *member.metrics.entry("logins".into()).or_default() += 1;
    state.community.members.put(member);
}

/// Only administrators may log in as another member (sheet 2.3).
fn impersonated(state: &mut Inside, call: &Call, now: Timestamp) -> Result<(), V1Refusal> {
    let caller = state.caller(call.key.as_deref(), now).map_err(|_| V1Refusal::InvalidKey)?;
    let caller = caller.and_then(|id| state.community.members.get(id));
    match caller.is_some_and(Member::is_admin) {
        true => Ok(()),
        false => Err(V1Refusal::LoginFailed),
    }
}

/// Ends the caller's session.
pub async fn logout(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    let now = khoros.now();
    let mut state = khoros.state();
    let language = state.switches.v1_message_language;
    match (state.caller(call.key.as_deref(), now), &call.key) {
        (Ok(Some(_)), Some(key)) => {
            state.sessions.close(key);
            v1_value(call.format(), "success")
        }
        _ => V1Refusal::InvalidKey.response(call.format(), language),
    }
}

/// `search/users?q=email:…`. Who may not see addresses finds nobody.
pub async fn search_users(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    let now = khoros.now();
    let mut state = khoros.state();
    let language = state.switches.v1_message_language;
    let Ok(caller) = state.caller(call.key.as_deref(), now) else {
        return V1Refusal::InvalidKey.response(call.format(), language);
    };
    let Some(email) = call.params.get("q").and_then(|query| query.strip_prefix("email:")) else {
        return V1Refusal::UnknownPath.response(call.format(), language);
    };
    let caller = caller.and_then(|id| state.community.members.get(id));
    let sees = caller.is_some_and(Member::is_admin) && state.switches.email_visible;
    let has_it = |member: &&Member| sees && !member.deleted && member.email.eq_ignore_ascii_case(email.trim());
    let found: Vec<&Member> = state.community.members.values().filter(has_it).collect();
    users(call.format(), &found)
}

fn users(format: Format, found: &[&Member]) -> Response {
    let users: Vec<_> = found
        .iter()
        .map(|member| {
            json!({
                "type": "user", "href": format!("/users/id/{}", member.id), "id": { "type": "int", "$": member.id },
                "login": { "type": "string", "$": member.login }, "email": { "type": "string", "$": member.email },
                "deleted": { "type": "boolean", "$": member.deleted },
            })
        })
        .collect();
    let list = if users.is_empty() { json!({}) } else { json!({ "user": users }) };
    let xml: String = found.iter().map(|member| user_xml(member)).collect();
    v1_success(format, &format!(r#""users":{list}"#), &format!("<users>{xml}</users>"))
}

fn user_xml(member: &Member) -> String {
    format!(
        r#"<user type="user" href="/users/id/{id}"><id type="int">{id}</id><login type="string">{login}</login><email type="string">{email}</email></user>"#,
        id = member.id,
        login = escaped(&member.login),
        email = escaped(&member.email)
    )
}

/// Any other v1 path.
pub async fn unknown(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    let language = khoros.state().switches.v1_message_language;
    V1Refusal::UnknownPath.response(call.format(), language)
}

fn form(body: &[u8]) -> HashMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let uri = format!("/?{text}").parse();
    let params = uri.ok().and_then(|uri| axum::extract::Query::try_from_uri(&uri).ok());
    params.map(|axum::extract::Query(params)| params).unwrap_or_default()
}
