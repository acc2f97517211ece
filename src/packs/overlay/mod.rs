//! A customer's changes to a pack, by address: applied to the tree of its files before anything is compiled.
//!
//! What an overlay wrote keeps the place where it stands there, so every later Problem points at the right file.
//! The wider verb goes first (`replace`, `add`, `set`, `disable`), so that none undoes another unseen. Finding an
//! address is `address.rs`', what each verb does `verbs.rs`', writing into the tree `tree.rs`'.

mod address;
mod tree;
mod verbs;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::packs::codes;
use crate::packs::compile::Sections;
use crate::packs::manifest::{Manifest, version};
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node, read};
use crate::rules::{codes as rule_codes, written};

/// The keys of an overlay file.
pub const KEYS: &[&str] = &["overlay", "made_for", "set", "add", "replace", "disable"];
const LATER: &[&str] = &["pin"];

/// An overlay's file, as written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OverlaySource {
    /// As a person names it.
    pub file: String,
    pub text: String,
}

/// One thing that an overlay changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `set`, `add`, `replace` or `disable`.
    pub verb: &'static str,
    pub address: String,
    /// Where the overlay says so.
    pub at: Place,
}

/// Changes what a pack holds; what is wrong is kept in `problems`.
pub fn apply(
    overlay: &OverlaySource,
    pack: &Manifest,
    sections: &mut Sections,
    problems: &mut Vec<Problem>,
) -> Vec<Change> {
    let node = match read(&overlay.file, &overlay.text) {
        Ok(node) => node,
        Err(found) => {
            problems.extend(found);
            return vec![];
        }
    };
    check_keys(&node, problems);
    let is_for_it = is_for(&overlay.file, &node, pack, problems);
    problems.extend(made_for(&overlay.file, &node, pack));
    if !is_for_it {
        return vec![];
    }
    let mut root = sections.to_tree();
    address::spread_lines(&mut root);
    let mut changes = vec![];
    for (verb, key, value) in in_order(&node, problems) {
        let changed = match verb {
            "replace" => verbs::replace(&mut root, &key, value),
            "add" => verbs::add(&mut root, &key, value),
            "set" => verbs::set(&mut root, &key, value),
            _ => verbs::disable(&mut root, &key),
        };
        match changed {
            Ok(()) => changes.push(Change { verb, address: key.name, at: key.at }),
            Err(found) => problems.extend(found),
        }
    }
    sections.put_tree(root);
    changes
}

fn check_keys(node: &Node, problems: &mut Vec<Problem>) {
    for (key, _) in node.entries() {
        match key.name.as_str() {
            name if KEYS.contains(&name) => {}
            name if LATER.contains(&name) => problems.push(written::not_yet(key)),
            _ => problems.push(written::unknown_key(key, KEYS, "an overlay")),
        }
    }
}

/// Whether it is written for this pack; without its name it is taken to be, so that the rest is said too.
fn is_for(file: &str, node: &Node, pack: &Manifest, problems: &mut Vec<Problem>) -> bool {
    let Some(name) = node.get("overlay") else {
        let what = "an overlay needs `overlay`: the name of the pack that it changes";
        let problem = Problem::new(rule_codes::MISSING_KEY, &Place::file(file), what);
        problems.push(problem.next(format!("`overlay: {}`", pack.pack)));
        return true;
    };
    // A manifest that could not be read has said so.
    if pack.pack.is_empty() || name.text() == Some(&pack.pack) {
        return true;
    }
    let what = format!("this overlay is for `{}`, and it lies on `{}`", name.text().unwrap_or(name.kind()), pack.pack);
    let problem = Problem::new(codes::OTHER_PACK, &name.at, what);
    problems
        .push(problem.next(format!("`overlay: {}`, or name the file beside the path of the other pack", pack.pack)));
    false
}

/// A newer pack of the same major version takes the overlay as it is.
fn made_for(file: &str, node: &Node, pack: &Manifest) -> Option<Problem> {
    let here = version(&pack.version)?;
    let Some(written) = node.get("made_for") else {
        let what = "an overlay needs `made_for`: the version of the pack that it was written against";
        let problem = Problem::new(rule_codes::MISSING_KEY, &Place::file(file), what);
        return Some(problem.next(format!("`made_for: {}`", pack.version)));
    };
    let text = written.text().unwrap_or(written.kind());
    let Some(there) = version(text) else {
        let problem = Problem::new(codes::VERSION, &written.at, format!("`{text}` is not a version"));
        return Some(problem.next(format!("three numbers: `made_for: {}`", pack.version)));
    };
    let what = format!("this overlay was written for {} {text}, and {} is installed", pack.pack, pack.version);
    let problem = Problem::new(codes::MADE_FOR, &written.at, what);
    match () {
        () if there > here => Some(
            problem
                .because("the pack is older")
                .next(format!("install {text}, or look at each address and write `made_for: {}`", pack.version)),
        ),
        () if there[0] < here[0] => Some(
            problem
                .because("a new first number may mean other things by the same names")
                .next(format!("look at each change, then write `made_for: {}`", pack.version))
                .warning(),
        ),
        () => None,
    }
}

/// Every change in the order in which it is made; an address that two of them name is a Problem with both places.
fn in_order<'a>(node: &'a Node, problems: &mut Vec<Problem>) -> Vec<(&'static str, Key, &'a Node)> {
    let mut changes = Vec::new();
    for verb in ["replace", "add", "set"] {
        let entries = node.get(verb).map_or(Ok(&[][..]), |node| written::map(node, &format!("`{verb}`")));
        match entries {
            Ok(entries) => changes.extend(entries.iter().map(|(key, value)| (verb, key.clone(), value))),
            Err(problem) => problems.push(problem),
        }
    }
    let items = node.get("disable").map_or(Ok(&[][..]), |node| written::list(node, "`disable`"));
    for item in items.unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    }) {
        match written::text(item) {
            Ok(address) => changes.push(("disable", Key { name: address.to_owned(), at: item.at.clone() }, item)),
            Err(problem) => problems.push(problem),
        }
    }
    let mut seen: BTreeMap<String, Place> = BTreeMap::new();
    changes.retain(|(_, key, _)| {
        let first = seen.get(&key.name).cloned();
        seen.entry(key.name.clone()).or_insert_with(|| key.at.clone());
        problems.extend(first.as_ref().map(|first| twice(key, first)));
        first.is_none()
    });
    changes
}

fn twice(key: &Key, first: &Place) -> Problem {
    let problem = Problem::new(codes::CHANGED_TWICE, &key.at, format!("`{}` is changed twice", key.name));
    problem.also(first).next("keep one of the two")
}
