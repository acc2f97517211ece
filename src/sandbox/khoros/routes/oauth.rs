//! The OAuth calls (sheet 2.5): consent, code for tokens, refresh.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
            let fields = [
                ("code", &*code),
                ("state", param("state")),
                ("user-id", &id),
                ("proxy-host", host(&call)),
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

fn host(call: &Call) -> &str {
    call.base.split_once("://").map_or("", |(_, host)| host)
}

#[derive(Deserialize)]
struct ByJwt {
    jwt: String,
    #[serde(rename = "clientID")]
    client_id: String,
    #[serde(rename = "redirectUri", default)]
    redirect_uri: String,
    #[serde(default)]
    state: String,
}

/// `POST …/auth/authorize`: a code for the member whom a JWT names (sheet 2.5). How it is signed is not known, so
/// nobody checks it here; that its subject is an SSO id or a login is inferred.
pub async fn authorize_by_jwt(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let asked: ByJwt = bare(&body)?;
        if asked.client_id != desk.state.oauth.client_id {
            return Err(Refusal::no_grant("unknown client"));
        }
        let subject = subject(&asked.jwt).ok_or_else(|| Refusal::no_grant("the JWT names no subject"))?;
        let members = &desk.state.community.members;
        let member = members.by_sso_id(&subject).or_else(|| members.by_login(&subject));
        let id = member.ok_or_else(|| Refusal::no_grant("nobody has this subject"))?.id;
        let code = desk.state.oauth.code(id, &asked.redirect_uri, desk.now);
        Ok(json!({
            "code": code, "state": asked.state, "user-id": id.to_string(), "proxy-host": host(&call),
            "tenant-id": TENANT,
        }))
    })
}

/// Whom a JWT is about.
fn subject(jwt: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["sub"].as_str().map(str::to_owned)
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
        let rotates = desk.state.switches.refresh_rotation;
        desk.state.oauth.refreshed(&asked.refresh_token, rotates, desk.now)
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
        if asked.grant_type == "client_credentials" {
            // Off in every community unless the vendor turns it on, and then good for anonymous reads only (sheet 2.6).
            return Err(Refusal::not_configured(&asked.grant_type));
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
fn wrapped(envelope: Envelope, data: Value) -> Vec<u8> {
    let wrapped = match envelope {
        Envelope::Flat => return success(data.into()),
        Envelope::Response => {
            json!({ "response": { "httpCode": 200, "message": "OK", "status": "success", "data": data } })
        }
        Envelope::Nested => json!({ "data": { "status": "success", "message": "OK", "http_code": 200, "data": data } }),
    };
    wrapped.to_string().into()
}

fn uuid(member: u64) -> String {
    let digest = Sha256::digest(format!("user {member}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
