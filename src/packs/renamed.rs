//! `renamed:` of `pack.yaml`: settings that had another name in an earlier version. The old one still works, with a
//! warning.

use crate::names::Name;
use crate::packs::codes;
use crate::problem::{Place, Problem, closest};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node, Shape};
use crate::settings::Declared;

/// What may be renamed.
pub const KEYS: &[&str] = &["settings"];

/// One name that is another now.
#[derive(Clone, Debug)]
pub struct Renamed {
    old: Name,
    new: Name,
    at: Place,
}

/// Reads `renamed:`; what is wrong is kept in `problems`.
pub fn renamed(node: &Node, problems: &mut Vec<Problem>) -> Vec<Renamed> {
    let mut found = Vec::new();
    for (key, names) in entries(node, "`renamed`", problems) {
        if !KEYS.contains(&key.name.as_str()) {
            problems.push(written::unknown_key(key, KEYS, "`renamed`"));
            continue;
        }
        for (old, new) in entries(names, "`renamed.settings`", problems) {
            match written::text(new) {
                Ok(new) => found.push(Renamed { old: old.name.as_str().into(), new: new.into(), at: old.at.clone() }),
                Err(problem) => problems.push(problem),
            }
        }
    }
    found
}

fn entries<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> &'a [(Key, Node)] {
    written::map(node, what).unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    })
}

/// New names that nobody declares, and old ones that somebody does.
pub fn check(renamed: &[Renamed], declared: &[Declared]) -> Vec<Problem> {
    let names: Vec<&str> = declared.iter().map(|setting| setting.name.as_str()).collect();
    let wrong = |Renamed { old, new, at }: &Renamed| {
        if names.contains(&old.as_str()) {
            let problem = Problem::new(codes::UNKNOWN_SETTING, at, format!("`settings.{old}` is still declared"));
            return Some(problem.because("what is renamed has one name").next("leave one of them out"));
        }
        let is_there = names.contains(&new.as_str());
        let what = format!("`{old}` is called `{new}` now, and nobody declares that");
        let problem = (!is_there).then(|| Problem::new(codes::UNKNOWN_SETTING, at, what))?;
        Some(match closest(new.as_str(), &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("declare it under `settings:`"),
        })
    };
    renamed.iter().filter_map(wrong).collect()
}

/// What the customer wrote, under the names of today.
pub fn apply(given: &Node, renamed: &[Renamed], problems: &mut Vec<Problem>) -> Node {
    let Shape::Map(entries) = &given.shape else { return given.clone() };
    let today = |(key, node): &(Key, Node)| {
        let Some(Renamed { old, new, .. }) = renamed.iter().find(|renamed| renamed.old.as_str() == key.name) else {
            return (key.clone(), node.clone());
        };
        let next = format!("write `{new}`");
        problems.push(match given.entries().iter().find(|(key, _)| key.name == new.as_str()) {
            Some((twice, _)) => {
                let what = format!("`{old}` and `{new}` are one setting");
                Problem::new(rule_codes::NAMED_TWICE, &key.at, what).also(&twice.at).next("leave one of them out")
            }
            None => {
                Problem::new(codes::RENAMED, &key.at, format!("`{old}` is called `{new}` now")).next(next).warning()
            }
        });
        (Key { name: new.to_string(), at: key.at.clone() }, node.clone())
    };
    Node { at: given.at.clone(), shape: Shape::Map(entries.iter().map(today).collect()) }
}
