//! The app record behind `client_id`, and the passwords of the org's account.

use super::super::call::Call;
use super::super::digest;
use super::super::session::Sessions;
use super::form::{self, Form};
use super::jwt::JwtKey;
use crate::sandbox::logins::Logins;

/// The app of the `sf` command line, which every org knows and which has no secret.
const COMMAND_LINE: &str = "PlatformCLI";

/// The app record and the passwords of an org: as given, or as they follow from its seed.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub username: String,
    pub password: String,
    pub security_token: String,
    pub client_id: String,
    pub client_secret: String,
    /// What assertions must be signed with; without it their signature is not looked at.
    pub jwt_key: Option<JwtKey>,
}

impl Secrets {
    pub fn of(seed: u64, given: &Logins) -> Result<Secrets, String> {
        let word = |what: &str| digest::hex(format!("{what}:{seed}").as_bytes());
        let or = |given: &Option<String>, made: &dyn Fn() -> String| given.clone().unwrap_or_else(made);
        Ok(Secrets {
            username: or(&given.salesforce_username, &|| "integration@acme.test".into()),
            password: or(&given.salesforce_password, &|| word("password")[..16].to_owned()),
            security_token: or(&given.salesforce_security_token, &|| word("security token")[..24].to_owned()),
            client_id: or(&given.salesforce_client_id, &|| format!("3MVG9{}", &word("client id")[..40])),
            client_secret: or(&given.salesforce_client_secret, &|| word("client secret").to_uppercase()),
            jwt_key: given.salesforce_jwt_key.as_deref().map(JwtKey::read).transpose()?,
        })
    }

    /// Whether an app of this name may ask for consent.
    pub fn knows_app(&self, client_id: &str) -> bool {
        client_id == self.client_id || client_id == COMMAND_LINE
    }

    /// Whether this is what a client sends: the password with the token behind it, or alone from a trusted network.
    pub fn password_fits(&self, sent: &str, trusted: bool) -> bool {
        let rest = sent.strip_prefix(self.password.as_str());
        rest.is_some_and(|rest| rest == self.security_token || (trusted && rest.is_empty()))
    }

    /// User names are compared without regard to case (sheet 13.4).
    pub fn is_user(&self, username: &str) -> bool {
        username.to_lowercase() == self.username.to_lowercase()
    }
}

/// Which app a call to the token endpoint comes from.
pub struct Client {
    pub id: String,
    pub proved: bool,
}

/// The app, from the form or from HTTP Basic; a secret that is sent must be right.
pub fn client(call: &Call, form: &Form, secrets: &Secrets) -> Result<Client, form::Error> {
    // By RFC 6749 both parts are percent-encoded; simple-salesforce sends them as they are (sheet 2.2).
    for decode in [false, true] {
        if let Some((id, secret)) = form::basic(call, decode)
            && id == secrets.client_id
            && secret == secrets.client_secret
        {
            return Ok(Client { id, proved: true });
        }
    }
    let in_header = form::basic(call, false);
    let (id, secret) = match &in_header {
        Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
        None => (form.get("client_id"), form.get("client_secret")),
    };
    let id = id.ok_or(("invalid_request", "missing required parameter: client_id"))?;
    if !secrets.knows_app(id) {
        return Err(("invalid_client_id", "client identifier invalid"));
    }
    match secret.filter(|secret| !secret.is_empty()) {
        None => Ok(Client { id: id.into(), proved: false }),
        Some(secret) if id == secrets.client_id && secret == secrets.client_secret => {
            Ok(Client { id: id.into(), proved: true })
        }
        Some(_) if id == COMMAND_LINE => Ok(Client { id: id.into(), proved: false }),
        Some(_) => Err(("invalid_client", "invalid client credentials")),
    }
}

/// The token that a call names in its header or, where that is allowed, in its address.
pub fn presented(call: &Call) -> Option<String> {
    let header = call.bearer().map(str::to_owned);
    header.or_else(|| ["oauth_token", "access_token"].iter().find_map(|name| call.parameter(name)).map(str::to_owned))
}

/// Whether a token lives; looking at it is using it.
pub fn lives(sessions: &mut Sessions, token: Option<String>, now: jiff::Timestamp, ttl_min: u32) -> bool {
    token.is_some_and(|token| sessions.touch(&token, now, ttl_min))
}
