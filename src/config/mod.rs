//! `casebridge.yaml`, the process's own file: hosts, logins, bridges and where state lies.
//!
//! Secrets never stand in it: they are named by environment variable or file, and read when a connection is made.
//! Every path in it is read from the folder that the file lies in, wherever the program is started.

mod address;
pub mod codes;
pub mod events;
pub mod failure_mails;
pub mod hosts;
pub mod khoros_login;
pub mod listen;
mod logins;
mod masked;
pub mod salesforce_login;
mod secret;
pub mod streams;

pub use events::{CommunityEvents, OrgEvents};
pub use failure_mails::FailureMails;
pub use hosts::{Community, Org};
pub use khoros_login::KhorosLogin;
pub use listen::Listen;
pub use masked::masked;
pub use salesforce_login::SalesforceLogin;
pub use secret::{Secret, SecretSource};
pub use streams::Stream;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::names::BridgeId;
use crate::problem::{Place, Problem, closest};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node, Shape, read};

/// The keys of the file.
pub const KEYS: &[&str] = &[
    "communities",
    "orgs",
    "bridges",
    "state",
    "listen",
    "allow_hosts",
    "allow_plain_http",
    "failure_mails",
    "mail_to",
];
pub const BRIDGE_KEYS: &[&str] = &["community", "org", "packs", "settings"];
pub const PACK_KEYS: &[&str] = &["path", "overlay"];
const PACK_LATER: &[&str] = &["allow_widen"];

/// The whole file.
#[derive(Debug, Default)]
pub struct Config {
    pub communities: BTreeMap<String, Community>,
    pub orgs: BTreeMap<String, Org>,
    pub bridges: BTreeMap<BridgeId, BridgeConfig>,
    /// The state folder, from the folder of the file.
    pub state: PathBuf,
    /// Where the service listens.
    pub listen: Listen,
    /// Hosts beyond those that are configured.
    pub allow_hosts: Vec<String>,
    /// Plain http to other machines; warns at every start.
    pub allow_plain_http: bool,
    /// Who hears of failures by mail (CON-7).
    pub failure_mails: Option<FailureMails>,
    /// The only addresses that rules write to.
    pub mail_to: Vec<String>,
    pub warnings: Vec<Problem>,
}

/// A community and an org with the packs between them.
#[derive(Debug)]
pub struct BridgeConfig {
    pub community: String,
    pub org: String,
    pub packs: Vec<PackConfig>,
    /// As written; checked against what the packs declare.
    pub settings: Node,
}

/// Where a pack lies, and what the customer changed in it; both from the folder of `casebridge.yaml`.
#[derive(Debug)]
pub struct PackConfig {
    pub name: String,
    pub path: PathBuf,
    /// The overlay's file, and where it is named.
    pub overlay: Option<(PathBuf, Place)>,
}

/// Reads the file's text; every Problem at once.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<Problem>> {
    let node = read(file, text)?;
    let mut reading = Reading { problems: vec![] };
    let config = reading.config(file, &node);
    let (warnings, problems): (Vec<_>, Vec<_>) = reading.problems.into_iter().partition(|problem| problem.warning);
    if problems.is_empty() {
        Ok(Config { warnings, ..config })
    } else {
        Err(problems.into_iter().chain(warnings).collect())
    }
}

/// A path as the file writes it, from the folder that the file lies in.
fn beside(file: &str, path: &str) -> PathBuf {
    Path::new(file).parent().unwrap_or(Path::new("")).join(path)
}

/// Collects Problems while the file is read.
struct Reading {
    problems: Vec<Problem>,
}

impl Reading {
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn config(&mut self, file: &str, node: &Node) -> Config {
        for (key, _) in node.entries() {
            match key.name.as_str() {
                name if KEYS.contains(&name) => {}
                _ => self.problems.push(written::unknown_key(key, KEYS, "casebridge.yaml")),
            }
        }
        let plain = self.plain_http(node);
        let communities = self.named(node, "communities", |this, key, node| hosts::community(this, key, node, plain));
        let orgs = self.named(node, "orgs", |this, key, node| hosts::org(this, key, node, plain));
        let bridges = self.named(node, "bridges", |this, key, node| this.bridge(key, node));
        if bridges.is_empty() && node.get("bridges").is_none() {
            let problem = Problem::new(codes::NO_BRIDGE, &Place::file(file), "there is no bridge");
            self.problems.push(problem.next("name a community, an org and packs under `bridges:`"));
        }
        self.check_names(node);
        let allow_hosts = node.get("allow_hosts").map(Node::items).unwrap_or_default();
        Config {
            communities,
            orgs,
            bridges: bridges.into_iter().map(|(name, bridge)| (BridgeId::from(name), bridge)).collect(),
            state: node.get("state").and_then(|node| self.state(node)).unwrap_or_else(|| beside(file, "state")),
            listen: node.get("listen").map_or_else(Listen::default, |node| listen::read(self, node)),
            allow_hosts: allow_hosts.iter().filter_map(Node::text).map(str::to_owned).collect(),
            allow_plain_http: plain,
            failure_mails: node.get("failure_mails").and_then(|node| failure_mails::read(self, node)),
            mail_to: failure_mails::mail_to(self, node),
            warnings: vec![],
        }
    }

    /// Whether other machines may be called without encryption; said at every start (CON-9).
    fn plain_http(&mut self, node: &Node) -> bool {
        let Some(node) = node.get("allow_plain_http") else { return false };
        let plain = self.keep(written::yes_no(node)).unwrap_or(false);
        if plain {
            let problem = Problem::new(codes::PLAIN_HTTP, &node.at, "hosts may be called without encryption");
            self.problems.push(problem.next("for trying things out only: remove it in production").warning());
        }
        plain
    }

    fn named<T>(
        &mut self,
        node: &Node,
        section: &str,
        read: impl Fn(&mut Self, &Key, &Node) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some(node) = node.get(section) else { return BTreeMap::new() };
        let entries = self.keep(written::map(node, &format!("`{section}`")).map(<[_]>::to_vec)).unwrap_or_default();
        entries.iter().filter_map(|(key, node)| Some((key.name.clone(), read(self, key, node)?))).collect()
    }

    fn bridge(&mut self, key: &Key, node: &Node) -> Option<BridgeConfig> {
        self.known_keys(node, BRIDGE_KEYS, "a bridge");
        let community = self.required(key, node, "community")?;
        let org = self.required(key, node, "org")?;
        let Some(listed) = node.get("packs") else {
            let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, format!("`{}` needs `packs`", key.name));
            self.problems.push(problem.next("`packs: { standard: { path: rules } }`"));
            return None;
        };
        let listed = self.keep(written::map(listed, "`packs`"))?;
        let packs: Vec<_> = listed.iter().map(|(key, node)| self.pack(key, node)).collect();
        let packs = packs.into_iter().collect::<Option<_>>()?;
        let none = || Node { at: key.at.clone(), shape: Shape::Map(vec![]) };
        Some(BridgeConfig { community, org, packs, settings: node.get("settings").cloned().unwrap_or_else(none) })
    }

    fn pack(&mut self, key: &Key, node: &Node) -> Option<PackConfig> {
        for (key, _) in node.entries().iter().filter(|(key, _)| !PACK_KEYS.contains(&key.name.as_str())) {
            let later = PACK_LATER.contains(&key.name.as_str());
            self.problems.push(if later {
                written::not_yet(key)
            } else {
                written::unknown_key(key, PACK_KEYS, "a pack")
            });
        }
        let overlay = match node.get("overlay") {
            Some(node) => Some((beside(&node.at.file, self.keep(written::text(node))?), node.at.clone())),
            None => None,
        };
        let path = beside(&key.at.file, &self.required(key, node, "path")?);
        Some(PackConfig { name: key.name.clone(), path, overlay })
    }

    /// Against what is written under `communities:` and `orgs:`; one that could not be read has Problems of its own.
    fn check_names(&mut self, node: &Node) {
        let bridges = node.get("bridges").map(Node::entries).unwrap_or_default();
        for (key, section) in [("community", "communities"), ("org", "orgs")] {
            let entries = node.get(section).map(Node::entries).unwrap_or_default();
            let known: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
            let named = bridges.iter().filter_map(|(_, bridge)| bridge.get(key));
            for node in named.filter(|node| node.text().is_some_and(|name| !known.contains(&name))) {
                let name = node.text().unwrap_or_default();
                let problem = Problem::new(codes::UNKNOWN_HOST, &node.at, format!("there is no `{section}.{name}`"));
                self.problems.push(match closest(name, &known) {
                    Some(near) => problem.next(format!("did you mean `{near}`?")),
                    None => problem.next(format!("describe it under `{section}:`")),
                });
            }
        }
    }

    fn state(&mut self, node: &Node) -> Option<PathBuf> {
        match node.get("sled").or(Some(node)).and_then(Node::text) {
            Some(path) => Some(beside(&node.at.file, path)),
            None => {
                self.problems.push(
                    Problem::new("wrong-shape", &node.at, "`state` names a folder").next("`state: { sled: state }`"),
                );
                None
            }
        }
    }

    fn known_keys(&mut self, node: &Node, keys: &[&str], of: &str) {
        for (key, _) in node.entries().iter().filter(|(key, _)| !keys.contains(&key.name.as_str())) {
            self.problems.push(written::unknown_key(key, keys, of));
        }
    }

    fn required(&mut self, key: &Key, node: &Node, name: &str) -> Option<String> {
        match node.get(name) {
            Some(node) => self.keep(written::text(node).map(str::to_owned)),
            None => self.missing(key, name, &format!("add `{name}: …` below it")),
        }
    }

    fn missing<T>(&mut self, key: &Key, name: &str, next: &str) -> Option<T> {
        let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, format!("`{}` needs `{name}`", key.name));
        self.problems.push(problem.next(next));
        None
    }

    fn optional(&mut self, node: &Node, name: &str) -> Option<String> {
        self.keep(written::text(node.get(name)?).map(str::to_owned))
    }
}
