//! `communities:` and `orgs:`: where the hosts are and who signs in.

use secrecy::SecretString;

use crate::config::address::{check_address, has_credentials};
use crate::config::events::{self, CommunityEvents, OrgEvents};
use crate::config::khoros_login::{self, KhorosLogin};
use crate::config::salesforce_login::{self, SalesforceLogin};
use crate::config::{Reading, codes};
use crate::names::is_api_name;
use crate::problem::{Place, Problem};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};

pub const COMMUNITY_KEYS: &[&str] =
    &["base_url", "product", "context_name", "proxy_enabled", "tenant_id", "login", "pace", "events"];
pub const ORG_KEYS: &[&str] = &["login_url", "login", "api_version", "thread_key_field", "auto_assign", "events"];
/// The two products that a community runs on.
pub const PRODUCTS: &[(&str, bool)] = &[("classic", false), ("aurora", true)];

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
    pub login: KhorosLogin,
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
    pub login: SalesforceLogin,
    pub api_version: String,
    pub thread_key_field: String,
    pub auto_assign: bool,
    pub events: OrgEvents,
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
    let proxy_enabled = proxy(reading, node);
    let context_name = checked(reading, node, &CONTEXT_NAME);
    let login = khoros_login::read(reading, key, node)?;
    let base_url = base_url?;
    if matches!(login, KhorosLogin::OAuth { .. }) && has_credentials(&base_url) {
        let at = node.get("base_url").map_or(&key.at, |node| &node.at);
        let at = Place { width: 1, ..at.clone() };
        let what = "HT credentials in `base_url` and an `oauth` login do not go together";
        let problem = Problem::new(codes::GATE_AND_OAUTH, &at, what);
        let problem = problem.because("both stand in the same header of a call");
        reading
            .problems
            .push(problem.next("`login: { session: … }` while the web server in front asks for a password"));
    }
    Some(Community {
        at: key.at.clone(),
        base_url: base_url.into(),
        context_name,
        proxy_enabled,
        tenant_id: tenant_id?,
        login,
        pace,
        events: events::of_community(reading, node),
    })
}

/// Always on for Aurora (CON-2).
fn proxy(reading: &mut Reading, node: &Node) -> bool {
    let aurora = node.get("product").and_then(|node| reading.keep(written::word(node, PRODUCTS))).unwrap_or(false);
    let Some(written) = node.get("proxy_enabled") else { return true };
    let on = reading.keep(written::yes_no(written)).unwrap_or(true);
    if aurora && !on {
        let what = "an Aurora community is called through its proxy only";
        let problem = Problem::new(codes::AURORA_WITHOUT_PROXY, &written.at, what);
        reading.problems.push(problem.next("leave `proxy_enabled` out, or write `proxy_enabled: true`"));
    }
    on
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
    let login = salesforce_login::read(reading, key, node, plain_http)?;
    let (api_version, thread_key_field) =
        (checked(reading, node, &API_VERSION), checked(reading, node, &THREAD_KEY_FIELD));
    Some(Org {
        at: key.at.clone(),
        login_url: login_url?,
        login,
        api_version,
        thread_key_field,
        auto_assign: node.get("auto_assign").and_then(|node| reading.keep(written::yes_no(node))).unwrap_or(true),
        events: events::of_org(reading, node),
    })
}
