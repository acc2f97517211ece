//! `pack.yaml`: what a pack is called, its version, and the settings that it declares.

use crate::packs::checks::{self, Check};
use crate::packs::{codes as pack_codes, declared};
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Node, read};
use crate::rules::{codes, written};
use crate::settings::Declared;

/// The keys of `pack.yaml`.
pub const KEYS: &[&str] = &["pack", "version", "about", "settings", "checks", "requires"];
const LATER: &[&str] = &["renamed", "widens_portal", "may_write"];
/// What `check --online` and `pack build` look at.
pub const REQUIRES: &[&str] = &["engine", "packs", "functions", "fields", "rights"];

/// A pack as its manifest describes it.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    pub pack: String,
    pub version: String,
    pub about: String,
    pub settings: Vec<Declared>,
    pub checks: Vec<Check>,
}

/// Reads a manifest; what is wrong is kept in `problems`.
pub fn manifest(file: &str, text: &str, problems: &mut Vec<Problem>) -> Manifest {
    let node = match read(file, text) {
        Ok(node) => node,
        Err(found) => {
            problems.extend(found);
            return Manifest::default();
        }
    };
    for (key, _) in node.entries() {
        match key.name.as_str() {
            name if KEYS.contains(&name) => {}
            name if LATER.contains(&name) => problems.push(written::not_yet(key)),
            _ => problems.push(written::unknown_key(key, KEYS, "`pack.yaml`")),
        }
    }
    for (key, _) in node.get("requires").map(Node::entries).unwrap_or_default() {
        if !REQUIRES.contains(&key.name.as_str()) {
            problems.push(written::unknown_key(key, REQUIRES, "`requires`"));
        }
    }
    let mut required = |name: &str| match node.get(name).and_then(Node::text) {
        Some(text) => text.to_owned(),
        None => {
            problems.push(
                Problem::new(codes::MISSING_KEY, &Place::file(file), format!("`pack.yaml` needs `{name}`"))
                    .next(next(name)),
            );
            String::new()
        }
    };
    let (pack, version, about) = (required("pack"), required("version"), required("about"));
    if let Some(node) = node.get("version").filter(|_| self::version(&version).is_none()) {
        let problem = Problem::new(pack_codes::VERSION, &node.at, format!("`{version}` is not a version"));
        problems.push(problem.next("three numbers, such as `1.4.0`"));
    }
    let settings = node.get("settings").map(|node| settings(node, problems)).unwrap_or_default();
    let checks = node.get("checks").map(|node| checks::checks(node, problems)).unwrap_or_default();
    Manifest { pack, version, about, settings, checks }
}

fn settings(node: &Node, problems: &mut Vec<Problem>) -> Vec<Declared> {
    let entries = written::map(node, "`settings`").unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    });
    let mut settings = Vec::new();
    for (key, value) in entries {
        match declared::declared(key, value) {
            Ok(setting) => settings.push(setting),
            Err(found) => problems.extend(found),
        }
    }
    settings
}

fn next(key: &str) -> &'static str {
    match key {
        "pack" => "`pack: acme/support-bridge`",
        "version" => "`version: 1.0.0`",
        _ => "`about: One sentence that says what the pack does`",
    }
}

/// The three numbers of a version.
pub fn version(text: &str) -> Option<[u32; 3]> {
    let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}
