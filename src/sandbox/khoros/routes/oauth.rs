//! The OAuth calls (sheet 2.5): consent, code for tokens, refresh.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::Call;
use super::body::bare;
use crate::sandbox::khoros::answer::{Refusal, page, raw, success};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::{Khoros, TENANT};
use crate::sandbox::khoros::oauth::{EXPIRES_IN, Tokens};
use crate::sandbox::khoros::switches::Envelope;

/// `GET /auth/oauth2/authorize`: consent is implicit for whoever is signed in, and else for `oauth_user`.
pub async fn authorize(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    let now = khoros.now();
    let mut state = khoros.state();
    let param = |name: &str| call.params.get(name).map(String::as_str).unwrap_or_default();
    let Ok(mut back) = param("redirect_uri").parse::<Url>() else {
        return page(StatusCode::BAD_REQUEST, "redirect_uri is missing");
    };
    let known = param("client_id") == state.oauth.client_id && param("response_type") == "code";
    let signed_in = state.caller(&call, now).ok().flatten();
    let member = signed_in.or_else(|| state.community.by_login(&state.switches.oauth_user).map(|member| member.id));
    match member.filter(|_| known) {
        Some(member) => {
            let code = state.oauth.code(member, param("redirect_uri"), now);
            let id = member.to_string();
            let host = call.base.trim_start_matches("http://");
            let fields = [
                ("code", &*code),
                ("state", param("state")),
                ("user-id", &id),
                ("proxy-host", host),
                ("tenant-id", TENANT),
            ];
            back.query_pairs_mut().extend_pairs(fields);
        }
        None => {
            let (error, why) = match known {
                true => ("access_denied", "nobody is signed in"),
                false => ("invalid_client", "unknown client_id or response_type"),
            };
            let fields = [("error", error), ("error_description", why), ("error_uri", ""), ("state", param("state"))];
            back.query_pairs_mut().extend_pairs(fields);
        }
    }
    match HeaderValue::from_str(back.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => page(StatusCode::BAD_REQUEST, "redirect_uri is no address"),
    }
}

/// Some clients send more than is needed, so what is unknown is let pass here.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    refresh_token: String,
}

/// `POST …/auth/accessToken`
pub async fn access_token(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    answered(&khoros, &call, &body, "authorization_code", |desk, asked| {
        desk.state.oauth.exchange(&asked.code, &asked.redirect_uri, desk.now)
    })
}

/// `POST …/auth/refreshToken`
pub async fn refresh_token(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    answered(&khoros, &call, &body, "refresh_token", |desk, asked| {
        desk.state.oauth.refreshed(&asked.refresh_token, desk.now)
    })
}

fn answered(
    khoros: &Khoros,
    call: &Call,
    body: &[u8],
    grant_type: &str,
    grant: impl FnOnce(&mut Desk<'_>, &Asked) -> Option<Tokens>,
) -> Response {
    let mut envelope = Envelope::Flat;
    let mut given = Value::Null;
    let response = khoros.v2(call, |desk| {
        envelope = desk.state.switches.oauth_envelope;
        let asked: Asked = bare(body)?;
        let app = &desk.state.oauth;
        let client = call.client_id.as_deref().unwrap_or(&asked.client_id);
        if [client, &asked.client_id, &asked.client_secret] != [&*app.client_id, &app.client_id, &app.client_secret] {
            return Err(Refusal::no_grant("unknown client or wrong secret"));
        }
        if asked.grant_type != grant_type {
            return Err(Refusal::invalid("wrong `grant_type`"));
        }
        let tokens = grant(desk, &asked).ok_or_else(|| Refusal::no_grant("unknown, used or expired"))?;
        given = json!({
            "access_token": tokens.access, "refresh_token": tokens.refresh, "expires_in": EXPIRES_IN,
            "userId": tokens.member.to_string(), "lithiumUserId": uuid(tokens.member), "token_type": "bearer",
        });
        Ok(Value::Null)
    });
    if given.is_null() { response } else { raw(wrapped(envelope, given)) }
}

/// The three ways in which token answers were seen (sheet 2.5).
fn wrapped(envelope: Envelope, data: Value) -> String {
    let wrapped = match envelope {
        Envelope::Flat => return success(&data.into()),
        Envelope::Response => {
            json!({ "response": { "httpCode": 200, "message": "OK", "status": "success", "data": data } })
        }
        Envelope::Nested => json!({ "data": { "status": "success", "message": "OK", "http_code": 200, "data": data } }),
    };
    wrapped.to_string()
}

fn uuid(member: u64) -> String {
    let digest = Sha256::digest(format!("user {member}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
