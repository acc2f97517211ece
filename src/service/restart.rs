//! Which changes of `casebridge.yaml` a running service cannot take: everything but the packs and settings of bridges.

use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node, Shape};
use crate::service::codes;

/// What is read anew while the service runs, under each bridge.
const LIVE: &[&str] = &["packs", "settings"];

/// The keys that differ from those that the service started with; `file` is where both stand.
pub fn needs_restart(started: &Node, now: &Node, file: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    differing(&[], Some(started), Some(now), &Place::file(file), &mut problems);
    problems
}

fn differing(path: &[&str], old: Option<&Node>, new: Option<&Node>, at: &Place, problems: &mut Vec<Problem>) {
    if matches!(path, ["bridges", _, key] if LIVE.contains(key)) {
        return;
    }
    match (old.map(|node| &node.shape), new.map(|node| &node.shape)) {
        (Some(Shape::Map(old)), Some(Shape::Map(new))) => {
            let value = |entries: &'_ [(Key, Node)], name: &str| entries.iter().position(|(key, _)| key.name == name);
            for (key, node) in new {
                let before = value(old, &key.name).map(|n| &old[n].1);
                differing(&[path, &[key.name.as_str()]].concat(), before, Some(node), &key.at, problems);
            }
            for (key, node) in old.iter().filter(|(key, _)| value(new, &key.name).is_none()) {
                differing(&[path, &[key.name.as_str()]].concat(), Some(node), None, at, problems);
            }
        }
        (old, new) if is_same(old, new) => {}
        _ => {
            // The values are not repeated: an address may hold a login.
            let what = format!("a change of `{}` needs a restart", path.join("."));
            let problem = Problem::new(codes::NEEDS_RESTART, at, what);
            problems.push(problem.next("restart casebridge, or take the change back; until then what runs stays"));
        }
    }
}

/// The same values, wherever they stand.
fn is_same(old: Option<&Shape>, new: Option<&Shape>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(Shape::Scalar { text: a, .. }), Some(Shape::Scalar { text: b, .. })) => a == b,
        (Some(Shape::List(a)), Some(Shape::List(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(Some(&a.shape), Some(&b.shape)))
        }
        (Some(Shape::Map(a)), Some(Shape::Map(b))) => {
            let same = |(a, b): (&(Key, Node), &(Key, Node))| {
                a.0.name == b.0.name && is_same(Some(&a.1.shape), Some(&b.1.shape))
            };
            a.len() == b.len() && a.iter().zip(b).all(same)
        }
        _ => false,
    }
}
