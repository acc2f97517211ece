//! `POST /services/oauth2/token`: client credentials, in the body or by HTTP Basic (sheet 2.2).

use jiff::Timestamp;
use serde_json::json;

use super::call::{self, Call};
use super::digest;
use super::reply::Reply;
use super::state::State;

/// The app record and the passwords of an org, which follow from its seed.
pub struct Secrets {
    pub client_id: String,
    pub client_secret: String,
    pub password: String,
    pub security_token: String,
}

impl Secrets {
    pub fn of(seed: u64) -> Secrets {
        let word = |what: &str| digest::hex(format!("{what}:{seed}").as_bytes());
        Secrets {
            client_id: format!("3MVG9{}", &word("client id")[..40]),
            client_secret: word("client secret").to_uppercase(),
            password: word("password")[..16].to_owned(),
            security_token: word("security token")[..24].to_owned(),
        }
    }
}

/// Gives out a token, or says why not; every refusal here is status 400.
pub fn token(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    if call.method != "POST" {
        return refused("invalid_request", "must use HTTP POST");
    }
    let form = call::pairs(&String::from_utf8_lossy(&call.body));
    let field = |name: &str| form.iter().chain(&call.query).find(|(n, _)| n == name).map(|(_, value)| value.clone());
    match field("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return refused("unsupported_grant_type", "grant type not supported"),
        None => return refused("invalid_request", "missing required parameter: grant_type"),
    }
    let (id, secret) = match basic(call) {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (field("client_id"), field("client_secret")),
    };
    let known = Secrets::of(state.seed);
    match (id, secret) {
        (None, _) => refused("invalid_request", "missing required parameter: client_id"),
        (Some(id), _) if id != known.client_id => refused("invalid_client_id", "client identifier invalid"),
        (_, None) => refused("invalid_request", "missing required parameter: client_secret"),
        (_, Some(secret)) if secret != known.client_secret => refused("invalid_client", "invalid client credentials"),
        _ => Reply::ok(granted(state, &known, base, now)),
    }
}

fn granted(state: &mut State, secrets: &Secrets, base: &str, now: Timestamp) -> serde_json::Value {
    let residents = &state.residents;
    let token = state.sessions.open(&residents.organization, state.seed, now);
    let id = format!("{base}/id/{}/{}", residents.organization, residents.integration);
    let issued_at = now.as_millisecond().to_string();
    let signature = digest::hmac(secrets.client_secret.as_bytes(), format!("{id}{issued_at}").as_bytes());
    json!({
        "access_token": token,
        "signature": digest::base64(&signature),
        "scope": "api",
        "instance_url": base,
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued_at,
    })
}

fn basic(call: &Call) -> Option<(String, String)> {
    let (scheme, coded) = call.header("authorization")?.split_once(' ')?;
    let plain = String::from_utf8(digest::from_base64(coded.trim())?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (call::decoded(id, true), call::decoded(secret, true)))
}

fn refused(error: &str, description: &str) -> Reply {
    Reply::with(400, json!({"error": error, "error_description": description}))
}
