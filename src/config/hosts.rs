//! `communities:` and `orgs:`: where the hosts are and who signs in.

use secrecy::SecretString;

use crate::config::address::check_address;
use crate::config::{Reading, Secret};
use crate::problem::Problem;
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};

pub const COMMUNITY_KEYS: &[&str] = &["base_url", "context_name", "proxy_enabled", "tenant_id", "login", "pace"];
pub const ORG_KEYS: &[&str] = &["login_url", "login", "api_version", "thread_key_field", "auto_assign"];
/// The keys of `login: { session: … }`.
pub const SESSION_KEYS: &[&str] = &["user", "password"];
/// The keys of `login: { client_credentials: … }`.
pub const CLIENT_KEYS: &[&str] = &["client_id", "client_secret"];

/// A Khoros community.
#[derive(Debug)]
pub struct Community {
    /// May hold HT credentials, so it is a secret until it is taken apart.
    pub base_url: SecretString,
    pub context_name: String,
    pub proxy_enabled: bool,
    pub tenant_id: String,
    pub user: String,
    pub password: Secret,
    /// Requests a second to begin with.
    pub pace: f64,
}

/// A Salesforce org.
#[derive(Debug)]
pub struct Org {
    pub login_url: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub api_version: String,
    pub thread_key_field: String,
    pub auto_assign: bool,
}

/// Requests a second that a community is given to begin with.
const PACE: f64 = 4.0;

pub(super) fn community(reading: &mut Reading, key: &Key, node: &Node, plain_http: bool) -> Option<Community> {
    reading.known_keys(node, COMMUNITY_KEYS, "a community");
    let base_url = address(reading, key, node, "base_url", plain_http);
    let tenant_id = reading.required(key, node, "tenant_id");
    let pace = pace(reading, node);
    let login = login(reading, key, node, "session", &["oauth", "sso_token"], SESSION_KEYS)?;
    let (user, password) = (reading.required(key, &login, "user"), secret(reading, key, &login, "password"));
    Some(Community {
        base_url: base_url?.into(),
        context_name: node.get("context_name").and_then(Node::text).unwrap_or("t5").to_owned(),
        proxy_enabled: node.get("proxy_enabled").and_then(|node| reading.keep(written::yes_no(node))).unwrap_or(true),
        tenant_id: tenant_id?,
        user: user?,
        password: password?,
        pace,
    })
}

/// The address under a key, checked.
fn address(reading: &mut Reading, key: &Key, node: &Node, name: &str, plain_http: bool) -> Option<String> {
    let address = reading.required(key, node, name)?;
    check_address(reading, node.get(name)?, &address, plain_http);
    Some(address)
}

fn pace(reading: &mut Reading, node: &Node) -> f64 {
    let Some(node) = node.get("pace") else { return PACE };
    let pace = node.text().and_then(|text| text.parse().ok()).filter(|pace: &f64| pace.is_finite() && *pace > 0.0);
    pace.unwrap_or_else(|| {
        let problem = Problem::new(rule_codes::NUMBER, &node.at, "`pace` is not a number above zero");
        reading.problems.push(problem.next("requests a second, such as `4`"));
        PACE
    })
}

pub(super) fn org(reading: &mut Reading, key: &Key, node: &Node, plain_http: bool) -> Option<Org> {
    reading.known_keys(node, ORG_KEYS, "an org");
    let login_url = address(reading, key, node, "login_url", plain_http);
    let later = ["jwt", "refresh_token", "password"];
    let login = login(reading, key, node, "client_credentials", &later, CLIENT_KEYS)?;
    let (client_id, client_secret) =
        (reading.required(key, &login, "client_id"), secret(reading, key, &login, "client_secret"));
    let text = |name: &str, default: &str| node.get(name).and_then(Node::text).unwrap_or(default).to_owned();
    Some(Org {
        login_url: login_url?,
        client_id: client_id?,
        client_secret: client_secret?,
        api_version: text("api_version", "v65.0"),
        thread_key_field: text("thread_key_field", "Community_Thread_Key__c"),
        auto_assign: node.get("auto_assign").and_then(|node| reading.keep(written::yes_no(node))).unwrap_or(true),
    })
}

/// The one kind of login that this version knows.
fn login(reading: &mut Reading, key: &Key, node: &Node, kind: &str, later: &[&str], keys: &[&str]) -> Option<Node> {
    // An empty one and a bare text name no kind either.
    let Some(login) = node.get("login").filter(|login| !login.entries().is_empty()) else {
        let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, format!("`{}` needs `login`", key.name));
        reading.problems.push(problem.next(format!("`login: {{ {kind}: {{ … }} }}`")));
        return None;
    };
    for (key, _) in login.entries().iter().filter(|(key, _)| key.name != kind) {
        let known = later.contains(&key.name.as_str());
        reading.problems.push(if known {
            written::not_yet(key)
        } else {
            written::unknown_key(key, &[kind], "`login`")
        });
    }
    let login = login.get(kind)?.clone();
    reading.known_keys(&login, keys, &format!("`{kind}`"));
    Some(login)
}

fn secret(reading: &mut Reading, key: &Key, node: &Node, name: &str) -> Option<Secret> {
    match node.get(name) {
        Some(node) => reading.keep(Secret::parse(node)),
        None => {
            let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, format!("`{}` needs `{name}`", key.name));
            reading.problems.push(problem.next(format!("`{name}: {{ env: NAME }}` or `{name}: {{ file: PATH }}`")));
            None
        }
    }
}
