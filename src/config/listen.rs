//! `listen:`: where the service answers. The public address takes events, the other one is for operators alone.

use std::net::SocketAddr;

use crate::config::{Reading, Secret, codes};
use crate::problem::Problem;
use crate::rules::written;
use crate::rules::yaml::Node;

/// The keys of `listen:`.
pub const LISTEN_KEYS: &[&str] = &["public", "operators", "api_token"];

/// Two addresses, and what the API is known by.
#[derive(Clone, Debug)]
pub struct Listen {
    /// `/events`.
    pub public: SocketAddr,
    /// `/health`, `/ready`, `/metrics`, `/api`.
    pub operators: SocketAddr,
    /// Who knows it may use `/api`; without one nobody may.
    pub api_token: Option<Secret>,
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Listen { public: local(8080), operators: local(8081), api_token: None }
    }
}

pub(super) fn read(reading: &mut Reading, node: &Node) -> Listen {
    reading.known_keys(node, LISTEN_KEYS, "`listen`");
    let default = Listen::default();
    let listen = Listen {
        public: address(reading, node, "public").unwrap_or(default.public),
        operators: address(reading, node, "operators").unwrap_or(default.operators),
        api_token: node.get("api_token").and_then(|node| reading.keep(Secret::parse(node))),
    };
    // Without sign-in nobody but this machine may see how things stand.
    if let (false, Some(node)) = (listen.operators.ip().is_loopback(), node.get("operators")) {
        let what = "the operators' address is open to other machines, and nobody signs in there";
        reading.problems.push(
            Problem::new(codes::ADDRESS, &node.at, what).next(
                "`127.0.0.1:8081`; what collects metrics from elsewhere goes through a proxy that asks who it is",
            ),
        );
    }
    listen
}

fn address(reading: &mut Reading, node: &Node, key: &str) -> Option<SocketAddr> {
    let node = node.get(key)?;
    let text = reading.keep(written::text(node))?;
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let problem = Problem::new(codes::ADDRESS, &node.at, format!("`{key}` is not an address with a port"));
            reading.problems.push(problem.next("such as `127.0.0.1:8080`; port 0 takes a free one"));
            None
        }
    }
}
