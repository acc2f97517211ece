//! How an org is signed in to: `client_credentials` and `jwt` first, `refresh_token`, and `password` for migration.

use crate::config::address::{check_address, check_redirect};
use crate::config::{Reading, Secret, codes};
use crate::problem::Problem;
use crate::rules::codes as rule_codes;
use crate::rules::yaml::{Key, Node};

/// The keys of `login: { client_credentials: … }`.
pub const CLIENT_KEYS: &[&str] = &["client_id", "client_secret"];
/// The keys of `login: { jwt: … }`.
pub const JWT_KEYS: &[&str] = &["client_id", "user", "key", "audience"];
/// The keys of `login: { refresh_token: … }`.
pub const REFRESH_KEYS: &[&str] = &["client_id", "client_secret", "refresh_token", "redirect_url"];
/// The keys of `login: { password: … }`.
pub const PASSWORD_KEYS: &[&str] = &["user", "password", "security_token", "soap_url"];
/// The kinds of login, with the keys of each.
pub const KINDS: &[(&str, &[&str])] = &[
    ("client_credentials", CLIENT_KEYS),
    ("jwt", JWT_KEYS),
    ("refresh_token", REFRESH_KEYS),
    ("password", PASSWORD_KEYS),
];
/// What each kind can do without.
pub const OPTIONAL: &[&str] = &["audience", "refresh_token", "redirect_url", "security_token", "soap_url"];

/// Who signs in to an org, and how (Salesforce sheet 2.1, 2.2).
#[derive(Debug)]
pub enum SalesforceLogin {
    ClientCredentials {
        client_id: String,
        client_secret: Secret,
    },
    Jwt {
        client_id: String,
        user: String,
        /// The private key, PEM.
        key: Secret,
        /// Whom the assertion is for, where it does not follow from the address.
        audience: Option<String>,
    },
    RefreshToken {
        client_id: String,
        client_secret: Option<Secret>,
        /// The first one; later ones are kept with the state.
        refresh_token: Option<Secret>,
        /// Where `connect authorize` gets the first one by itself.
        redirect_url: Option<String>,
    },
    /// For migration only: it ends in 2027 (CON-6).
    Password {
        user: String,
        password: Secret,
        security_token: Option<Secret>,
        soap_url: Option<String>,
    },
}

/// Reads it; what is missing is said by key.
pub(super) fn read(reading: &mut Reading, key: &Key, node: &Node, plain_http: bool) -> Option<SalesforceLogin> {
    let (kind, login) = reading.login(key, node, KINDS, &[])?;
    match kind {
        "client_credentials" => {
            let client_id = reading.required(key, &login, "client_id");
            let client_secret = reading.secret(key, &login, "client_secret");
            Some(SalesforceLogin::ClientCredentials { client_id: client_id?, client_secret: client_secret? })
        }
        "jwt" => {
            let (client_id, user) = (reading.required(key, &login, "client_id"), reading.required(key, &login, "user"));
            let secret = reading.secret(key, &login, "key");
            let audience = reading.optional(&login, "audience");
            Some(SalesforceLogin::Jwt { client_id: client_id?, user: user?, key: secret?, audience })
        }
        "refresh_token" => refresh_token(reading, key, &login),
        _ => password(reading, key, &login, plain_http),
    }
}

fn refresh_token(reading: &mut Reading, key: &Key, login: &Node) -> Option<SalesforceLogin> {
    let client_id = reading.required(key, login, "client_id");
    let client_secret = reading.optional_secret(login, "client_secret");
    let refresh_token = reading.optional_secret(login, "refresh_token");
    let redirect_url = reading.optional(login, "redirect_url");
    check_redirect(reading, login.get("redirect_url"));
    if login.get("refresh_token").is_none() && redirect_url.is_none() {
        let what = format!("`{}` needs `refresh_token`", key.name);
        let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, what);
        let next =
            "`refresh_token: { env: NAME }`, or `redirect_url: …`, with which `connect authorize` gets the first one";
        reading.problems.push(problem.next(next));
    }
    Some(SalesforceLogin::RefreshToken { client_id: client_id?, client_secret, refresh_token, redirect_url })
}

fn password(reading: &mut Reading, key: &Key, login: &Node, plain_http: bool) -> Option<SalesforceLogin> {
    let (user, password) = (reading.required(key, login, "user"), reading.secret(key, login, "password"));
    let security_token = reading.optional_secret(login, "security_token");
    let soap_url = reading.optional(login, "soap_url");
    if let (Some(node), Some(url)) = (login.get("soap_url"), &soap_url) {
        check_address(reading, node, url, plain_http);
    }
    let what = "signing in with user, password and security token is for migration only";
    let because = "Salesforce ends SOAP login() on 1 June 2027, and API 65.0 is without it";
    let ends = Problem::new(codes::LOGIN_THAT_ENDS, &login.at, what).because(because);
    reading.problems.push(ends.next("make an app in the org and write `client_credentials` or `jwt`").warning());
    Some(SalesforceLogin::Password { user: user?, password: password?, security_token, soap_url })
}
