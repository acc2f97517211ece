//! What becomes of tokens: revoke, introspect, and the discovery document (sheet 2.3).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::reply::Reply;
use super::super::state::State;
use super::app::client;
use super::form::{Form, refused};

/// Ends a session, or a whole grant with all its sessions.
pub fn revoke(state: &mut State, call: &Call) -> Reply {
    let form = Form::of(call);
    let Some(token) = form.get("token").filter(|token| !token.is_empty()) else {
        return refused(("invalid_request", "missing required parameter: token"));
    };
    if state.sessions.revoke(token) {
        Reply { status: 200, ..Reply::empty() }
    } else {
        refused(("invalid_token", "invalid token"))
    }
}

/// Tells an app about a token; asking is not using it.
pub fn introspect(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    let form = Form::of(call);
    match client(call, &form, &state.secrets) {
        Err(error) => return refused(error),
        Ok(client) if !client.proved => return refused(("invalid_client", "invalid client credentials")),
        Ok(_) => {}
    }
    let Some(token) = form.get("token") else {
        return refused(("invalid_request", "missing required parameter: token"));
    };
    Reply::ok(told(state, token, base, now))
}

fn told(state: &State, token: &str, base: &str, now: Timestamp) -> Value {
    let sub = format!("{base}/id/{}/{}", state.residents.organization, state.residents.integration);
    let ttl = state.switches.session_ttl_min;
    if let Some(session) = state.sessions.peek(token, now, ttl) {
        let issued = session.opened.as_second();
        return json!({
            "active": true, "scope": session.holder.scope, "client_id": session.holder.client,
            "username": state.secrets.username, "sub": sub, "token_type": "access_token",
            "exp": session.last_used.as_second() + i64::from(ttl) * 60, "iat": issued, "nbf": issued,
        });
    }
    match state.sessions.grant_of(token) {
        Some(grant) => json!({
            "active": true, "scope": grant.scope, "client_id": grant.client, "username": state.secrets.username,
            "sub": sub, "token_type": "refresh_token",
        }),
        None => json!({"active": false}),
    }
}

pub fn discovery(base: &str) -> Reply {
    let place = |name: &str| format!("{base}/services/oauth2/{name}");
    Reply::ok(json!({
        "issuer": base,
        "authorization_endpoint": place("authorize"),
        "token_endpoint": place("token"),
        "revocation_endpoint": place("revoke"),
        "introspection_endpoint": place("introspect"),
        "userinfo_endpoint": place("userinfo"),
        "scopes_supported": ["api", "refresh_token", "offline_access", "openid", "id", "full", "web"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }))
}
