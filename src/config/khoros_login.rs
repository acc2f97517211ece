//! How a community is signed in to: `login: { session: … }` or `login: { oauth: … }`.

use crate::config::{Reading, Secret, address::check_redirect};
use crate::rules::yaml::{Key, Node};

/// The keys of `login: { session: … }`.
pub const SESSION_KEYS: &[&str] = &["user", "password"];
/// The keys of `login: { oauth: … }`.
pub const OAUTH_KEYS: &[&str] = &["client_id", "client_secret", "redirect_url"];
/// The kinds of login, with the keys of each.
pub const KINDS: &[(&str, &[&str])] = &[("session", SESSION_KEYS), ("oauth", OAUTH_KEYS)];
const LATER: &[&str] = &["sso_token"];

/// Who signs in to a community, and how.
#[derive(Debug)]
pub enum KhorosLogin {
    /// Version 4.3 of the vendor's connector (CON-5).
    Session { user: String, password: Secret },
    /// Version 4.4: a person consents once, then the tokens renew themselves (CON-1).
    OAuth { client_id: String, client_secret: Secret, redirect_url: String },
}

/// Reads it; what is missing is said by key.
pub(super) fn read(reading: &mut Reading, key: &Key, node: &Node) -> Option<KhorosLogin> {
    let (kind, login) = reading.login(key, node, KINDS, LATER)?;
    Some(match kind {
        "session" => {
            let (user, password) = (reading.required(key, &login, "user"), reading.secret(key, &login, "password"));
            KhorosLogin::Session { user: user?, password: password? }
        }
        _ => {
            let client_id = reading.required(key, &login, "client_id");
            let client_secret = reading.secret(key, &login, "client_secret");
            let redirect_url = reading.required(key, &login, "redirect_url");
            check_redirect(reading, login.get("redirect_url"));
            KhorosLogin::OAuth { client_id: client_id?, client_secret: client_secret?, redirect_url: redirect_url? }
        }
    })
}
