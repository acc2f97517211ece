//! Session login and logout (sheet 2.2 to 2.4). Errors come at HTTP 200.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::super::Call;
use super::super::call::form;
use crate::sandbox::khoros::answer_v1::{V1Refusal, v1_value};
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::host::{Khoros, State as Inside};
use crate::sandbox::khoros::member::Member;

/// Login by form or query string: with a password, with an SSO token, or for another member with an administrator's key.
pub async fn login(State(khoros): State<Arc<Khoros>>, mut call: Call, body: Bytes) -> Response {
    // A body that is no form names no parameters.
    call.params.extend(form(&body));
    let now = khoros.now();
    let mut state = khoros.state();
    match admitted(&mut state, &call, now) {
        Ok(member) => {
            let key = state.sessions.open(member, now);
            state.tell(now);
            v1_value(call.format(), &key)
        }
        Err(refusal) => refusal.response(call.format(), state.switches.v1_message_language),
    }
}

fn admitted(state: &mut Inside, call: &Call, now: Timestamp) -> Result<u64, V1Refusal> {
    let open = |member: &&Member| !member.deleted && !member.banned;
    if let Some(token) = call.params.get("sso.authentication_token") {
        // Real tokens are encrypted for the community; here a member's SSO id stands for one (sheet 2.4).
        let member = state.community.members.by_sso_id(token).filter(open).ok_or(V1Refusal::LoginFailed)?.clone();
        visited(state, &member, now);
        return Ok(member.id);
    }
    let login = call.params.get("user.login").ok_or(V1Refusal::LoginFailed)?;
    let member = state.community.by_login(login).filter(open).ok_or(V1Refusal::LoginFailed)?.clone();
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
    state.events.add(Kind::UserSignOn, member.id);
    state.community.members.put(member);
}

/// Only administrators may log in as another member (sheet 2.3).
fn impersonated(state: &mut Inside, call: &Call, now: Timestamp) -> Result<(), V1Refusal> {
    let caller = state.caller(call, now).map_err(|_| V1Refusal::InvalidKey)?;
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
    match (state.caller(&call, now), &call.key) {
        (Ok(Some(member)), Some(key)) => {
            state.sessions.close(key);
            state.events.add(Kind::UserSignOff, member);
            state.tell(now);
            v1_value(call.format(), "success")
        }
        _ => V1Refusal::InvalidKey.response(call.format(), language),
    }
}
