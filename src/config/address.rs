//! Addresses in `casebridge.yaml`: http or https, and encrypted unless they stay on this machine.
//!
//! Taking credentials out and deciding what may be called is the hosts' room's.

use url::Url;

use crate::config::{Reading, codes};
use crate::problem::{Place, Problem};
use crate::rules::yaml::Node;

/// https, unless it stays on this machine or is allowed (CON-2, CON-9). The address itself is not repeated.
pub(super) fn check_address(reading: &mut Reading, node: &Node, address: &str, plain_http: bool) {
    let at = Place { width: 1, ..node.at.clone() };
    match url(address) {
        None => {
            let problem = Problem::new(codes::ADDRESS, &at, "this is not an address");
            reading.problems.push(problem.next("`https://community.acme.example`"));
        }
        Some(url) if url.scheme() == "http" && !plain_http && !is_local(&url) => {
            let problem = Problem::new(codes::PLAIN_HTTP, &at, "this host would be called without encryption");
            reading.problems.push(problem.next("write https, or `allow_plain_http: true`, which warns at every start"));
        }
        Some(url) if url.query().is_some() || url.fragment().is_some() => {
            let problem = Problem::new(codes::ADDRESS, &at, "an address of a host has no `?` or `#` part");
            reading.problems.push(problem.next("`https://community.acme.example`"));
        }
        Some(_) => {}
    }
}

/// Where the browser comes back to after consent: an address with a path, on this machine or encrypted.
pub(super) fn check_redirect(reading: &mut Reading, node: Option<&Node>) {
    let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    let fits = |url: &Url| (url.scheme() == "https" || is_local(url)) && url.fragment().is_none();
    if url(text).as_ref().is_none_or(|url| !fits(url)) {
        let problem = Problem::new(codes::ADDRESS, &node.at, "the browser cannot come back to this address");
        let next = "`http://127.0.0.1:8400/callback`, or an https address that leads to casebridge";
        reading.problems.push(problem.next(next));
    }
}

/// Whether a user name stands in an address.
pub(super) fn has_credentials(address: &str) -> bool {
    url(address).is_some_and(|url| !url.username().is_empty())
}

/// An address of http or https.
fn url(address: &str) -> Option<Url> {
    Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// The whole host is compared: `localhost.evil.example` is somewhere else.
fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
}
