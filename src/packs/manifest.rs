//! `pack.yaml`: what a pack is called, its version, and the settings that it declares.

use crate::packs::{codes, settings};
use crate::problem::{Place, Problem};
use crate::rules::written;
use crate::rules::yaml::{Node, read};
use crate::settings::Declared;

const KEYS: &[&str] = &["pack", "version", "about", "settings"];
const LATER: &[&str] = &["requires", "checks", "renamed", "widens_portal", "may_write"];

/// A pack as its manifest describes it.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    pub pack: String,
    pub version: String,
    pub about: String,
    pub settings: Vec<Declared>,
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
    let mut required = |name: &str| match node.get(name).and_then(Node::text) {
        Some(text) => text.to_owned(),
        None => {
            problems.push(Problem::new("missing-key", &Place::file(file), format!("`pack.yaml` needs `{name}`")));
            String::new()
        }
    };
    let (pack, version, about) = (required("pack"), required("version"), required("about"));
    if let Some(node) = node.get("version").filter(|_| !is_version(&version)) {
        let problem = Problem::new(codes::VERSION, &node.at, format!("`{version}` is not a version"));
        problems.push(problem.next("three numbers, such as `1.4.0`"));
    }
    let mut declared = Vec::new();
    for (key, value) in node.get("settings").map(Node::entries).unwrap_or_default() {
        match settings::declared(key, value) {
            Ok(setting) => declared.push(setting),
            Err(found) => problems.extend(found),
        }
    }
    Manifest { pack, version, about, settings: declared }
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}
