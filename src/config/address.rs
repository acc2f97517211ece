//! Addresses in `casebridge.yaml`: http or https, and encrypted unless they stay on this machine.
//!
//! Taking credentials out and deciding what may be called is the hosts' room's.

use crate::config::{Reading, codes};
use crate::problem::{Place, Problem};
use crate::rules::yaml::Node;

/// https, unless it stays on this machine or is allowed (CON-2, CON-9). The address itself is not repeated.
pub(super) fn check_address(reading: &mut Reading, node: &Node, address: &str, plain_http: bool) {
    let at = Place { width: 1, ..node.at.clone() };
    match parts(address) {
        None => {
            let problem = Problem::new(codes::ADDRESS, &at, "this is not an address");
            reading.problems.push(problem.next("`https://community.acme.example`"));
        }
        Some((Scheme::Http, host)) if !plain_http && !is_local(host) => {
            let problem = Problem::new(codes::PLAIN_HTTP, &at, "this host would be called without encryption");
            reading.problems.push(problem.next("write https, or `allow_plain_http: true`, which warns at every start"));
        }
        Some(_) => {}
    }
}

enum Scheme {
    Http,
    Https,
}

/// Scheme and host; none where it is no address of http or https.
fn parts(address: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    // An `@` in the path is no end of credentials, and URL parsers take `\` for `/`.
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host_and_port = authority.rsplit('@').next()?;
    let host = host_and_port.rsplit_once(':').map_or(host_and_port, |(host, _)| host);
    (!host.is_empty()).then_some((scheme, host))
}

/// The whole host is compared: `localhost.evil.example` is somewhere else.
fn is_local(host: &str) -> bool {
    host == "127.0.0.1" || host.eq_ignore_ascii_case("localhost")
}
