//! `communities:` and `orgs:`: where the hosts are and who signs in.

use secrecy::SecretString;

use crate::config::address::check_address;
use crate::config::events::{self, CommunityEvents, OrgEvents};
use crate::config::{Reading, Secret, Stream, codes, streams};
use crate::names::is_api_name;
use crate::problem::{Place, Problem};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};

pub const COMMUNITY_KEYS: &[&str] =
    &["base_url", "context_name", "proxy_enabled", "tenant_id", "login", "pace", "events"];
pub const ORG_KEYS: &[&str] =
    &["login_url", "login", "api_version", "thread_key_field", "auto_assign", "events", "streams"];
/// The keys of `login: { session: … }`.
pub const SESSION_KEYS: &[&str] = &["user", "password"];
/// The keys of `login: { client_credentials: … }`.
pub const CLIENT_KEYS: &[&str] = &["client_id", "client_secret"];

/// The version of Salesforce's API, and the external id field of a case, unless the file says otherwise.
pub const DEFAULT_API_VERSION: &str = "v65.0";
pub const DEFAULT_THREAD_KEY_FIELD: &str = "Community_Thread_Key__c";

/// A Khoros community.
#[derive(Debug)]
pub struct Community {
    /// Where the file names it.
    pub at: Place,
    /// May hold HT credentials, so it is a secret until it is taken apart.
    pub base_url: SecretString,
    pub context_name: String,
    pub proxy_enabled: bool,
    pub tenant_id: String,
    pub user: String,
    pub password: Secret,
    /// Requests a second to begin with.
    pub pace: f64,
    pub events: CommunityEvents,
}

/// A Salesforce org.
#[derive(Debug)]
pub struct Org {
    /// Where the file names it.
    pub at: Place,
    pub login_url: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub api_version: String,
    pub thread_key_field: String,
    pub auto_assign: bool,
    pub events: OrgEvents,
    /// The channels that we listen to.
    pub streams: Vec<Stream>,
}

/// A value that becomes part of an address or of a query as it is written, so only these characters may be in it.
struct Plain {
    key: &'static str,
    default: &'static str,
    code: &'static str,
    is: &'static str,
    is_one: fn(&str) -> bool,
}

const CONTEXT_NAME: Plain = Plain {
    key: "context_name",
    default: "t5",
    code: codes::CONTEXT_NAME,
    is: "the first part of the path of the community's pages, such as `t5` or `t5/s`",
    is_one: |text| text.split('/').all(|part| is_segment(part) || part.is_empty()),
};
const API_VERSION: Plain = Plain {
    key: "api_version",
    default: DEFAULT_API_VERSION,
    code: codes::API_VERSION,
    is: "a version of Salesforce's API, such as `v65.0`",
    is_one: |text| {
        let number = text.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0"));
        number.is_some_and(|number| (1..4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
    },
};
const THREAD_KEY_FIELD: Plain = Plain {
    key: "thread_key_field",
    default: DEFAULT_THREAD_KEY_FIELD,
    code: codes::FIELD_NAME,
    is: "the API name of a field, such as `Community_Thread_Key__c`",
    is_one: is_api_name,
};

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The value under a key, or its default.
fn checked(reading: &mut Reading, node: &Node, plain: &Plain) -> String {
    let Some(node) = node.get(plain.key) else { return plain.default.to_owned() };
    let text = reading.keep(written::text(node)).unwrap_or(plain.default);
    if !(plain.is_one)(text) {
        let what = format!("`{}` is not {}", plain.key, plain.is.split(',').next().unwrap_or_default());
        reading.problems.push(Problem::new(plain.code, &node.at, what).next(format!("write {}", plain.is)));
    }
    text.to_owned()
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
    let context_name = checked(reading, node, &CONTEXT_NAME);
    Some(Community {
        at: key.at.clone(),
        base_url: base_url?.into(),
        context_name,
        proxy_enabled: node.get("proxy_enabled").and_then(|node| reading.keep(written::yes_no(node))).unwrap_or(true),
        tenant_id: tenant_id?,
        user: user?,
        password: password?,
        pace,
        events: events::of_community(reading, node),
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
    let (api_version, thread_key_field) =
        (checked(reading, node, &API_VERSION), checked(reading, node, &THREAD_KEY_FIELD));
    let streams = streams::read(reading, node, &api_version);
    Some(Org {
        at: key.at.clone(),
        login_url: login_url?,
        client_id: client_id?,
        client_secret: client_secret?,
        api_version,
        thread_key_field,
        auto_assign: node.get("auto_assign").and_then(|node| reading.keep(written::yes_no(node))).unwrap_or(true),
        events: events::of_org(reading, node),
        streams,
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

pub(super) fn secret(reading: &mut Reading, key: &Key, node: &Node, name: &str) -> Option<Secret> {
    match node.get(name) {
        Some(node) => reading.keep(Secret::parse(node)),
        None => {
            let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, format!("`{}` needs `{name}`", key.name));
            reading.problems.push(problem.next(format!("`{name}: {{ env: NAME }}` or `{name}: {{ file: PATH }}`")));
            None
        }
    }
}
