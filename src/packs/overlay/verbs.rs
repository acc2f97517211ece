//! What `set`, `add`, `replace` and `disable` do to the tree of a pack.

use super::address::{Last, Walk, part, walk};
use super::tree::{create, node_mut, place_of, put};
use crate::packs::codes;
use crate::packs::compile;
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{criteria, written};

/// What came of a change.
pub(super) type Changed = Result<(), Vec<Problem>>;

/// Gives one key a value, whether or not the pack wrote it.
pub fn set(root: &mut Node, key: &Key, value: &Node) -> Changed {
    let walk = known_section(root, key)?;
    if walk.is_there() && walk.depth <= 2 {
        let section = if walk.depth == 1 { "a section" } else { "a named thing" };
        let what = format!("`set` gives one key a value, and `{}` is {section} as a whole", key.name);
        let next = if walk.depth == 1 { "name the key in it" } else { "`replace:` changes the whole of it" };
        return Err(vec![Problem::new(codes::TOO_WIDE, &key.at, what).next(next)]);
    }
    if walk.is_there() {
        put(root, &walk, key, value);
        return Ok(());
    }
    if walk.depth < 2 {
        return Err(vec![walk.unknown(root, &key.at, "a new thing stands under `add:`")]);
    }
    create(root, &walk, key, value)
}

/// Changes a whole named thing, list or key that is there.
pub fn replace(root: &mut Node, key: &Key, value: &Node) -> Changed {
    let walk = known_section(root, key)?;
    if !walk.is_there() {
        return Err(vec![walk.unknown(root, &key.at, "a new thing stands under `add:`")]);
    }
    not_a_section(&walk, key)?;
    put(root, &walk, key, value);
    Ok(())
}

/// Adds a named thing, a row or key of a map, or lines at the end of a list.
pub fn add(root: &mut Node, key: &Key, value: &Node) -> Changed {
    let walk = known_section(root, key)?;
    if !walk.is_there() {
        // A new thing has one name more than what is there.
        if walk.depth == 0 || (walk.depth == 1 && walk.rest().contains('.')) {
            return Err(vec![walk.unknown(root, &key.at, "add the whole of it first")]);
        }
        return create(root, &walk, key, value);
    }
    not_a_section(&walk, key)?;
    let first = place_of(root, &walk.path);
    let is_rule = walk.depth == 2 && compile::RULES.contains(&walk.section());
    let node = node_mut(root, &walk.path);
    let problems = match (&mut node.shape, &value.shape) {
        (Shape::List(items), _) => add_items(items, walk.lines, key, value),
        (Shape::Map(entries), Shape::Map(more)) if !is_rule => add_entries(entries, key, more),
        _ => vec![there_already(&key.name, &key.at, &first)],
    };
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Turns a rule off, or takes a named line away.
pub fn disable(root: &mut Node, key: &Key) -> Changed {
    let walk = known_section(root, key)?;
    if !walk.is_there() {
        return Err(vec![walk.unknown(root, &key.at, "leave it out of this list")]);
    }
    let is_rule = walk.depth == 2 && compile::RULES.contains(&walk.section());
    if is_rule {
        let off = Node { at: key.at.clone(), shape: Shape::Scalar { text: "false".into(), quoted: false } };
        if let Shape::Map(entries) = &mut node_mut(root, &walk.path).shape {
            entries.retain(|(key, _)| key.name != "enabled");
            entries.push((Key { name: "enabled".into(), at: key.at.clone() }, off));
        }
        return Ok(());
    }
    if let ([path @ .., item, _], Last::Line | Last::Meets) = (walk.path.as_slice(), walk.last) {
        if let Shape::List(items) = &mut node_mut(root, path).shape {
            items.remove(*item);
        }
        return Ok(());
    }
    let what = format!("`{}` is neither a rule nor a named line", key.name);
    let problem = Problem::new(codes::NOT_DISABLED, &key.at, what);
    Err(vec![match walk.last {
        Last::Number => problem
            .because("a number means another line when the pack adds one")
            .next("`replace:` the list that it stands in"),
        _ => problem.next("`set:` gives a key another value, `replace:` a whole thing"),
    }])
}

/// Follows an address; its section is one of this version.
fn known_section<'a>(root: &Node, key: &'a Key) -> Result<Walk<'a>, Vec<Problem>> {
    if key.name.split('.').any(str::is_empty) {
        let problem = Problem::new(codes::UNKNOWN_ADDRESS, &key.at, format!("`{}` is not an address", key.name));
        return Err(vec![
            problem.next("names with one dot between them, such as `escalations.unanswered-support.order`"),
        ]);
    }
    if let Some(setting) = key.name.strip_prefix("settings.") {
        let what = format!("a setting has no address in an overlay: `{}`", key.name);
        let problem = Problem::new(codes::UNKNOWN_ADDRESS, &key.at, what);
        return Err(vec![problem.next(format!("`settings: {{ {setting}: … }}` of the bridge in casebridge.yaml"))]);
    }
    let walk = walk(root, &key.name);
    let section = walk.section();
    let new_in_it = walk.depth == 1 && !walk.is_there() && !compile::SECTIONS.contains(&section);
    if new_in_it || (walk.depth == 0 && compile::LATER.contains(&section)) {
        let section = Key { name: section.to_owned(), at: part(&key.at, &key.name, 0, section) };
        return Err(vec![written::not_yet(&section)]);
    }
    Ok(walk)
}

fn not_a_section(walk: &Walk, key: &Key) -> Changed {
    if walk.depth > 1 {
        return Ok(());
    }
    let problem = Problem::new(codes::TOO_WIDE, &key.at, format!("`{}` is a section as a whole", key.name));
    Err(vec![problem.next(format!("name the thing in it: `{}.NAME: …`", key.name))])
}

fn add_items(items: &mut Vec<Node>, lines: bool, key: &Key, value: &Node) -> Vec<Problem> {
    let more = match &value.shape {
        Shape::List(more) => more.clone(),
        _ => vec![value.clone()],
    };
    let mut problems = Vec::new();
    for item in more {
        let named = |item: &Node| match item.entries() {
            [(key, _)] if lines && !criteria::GROUPS.contains(&key.name.as_str()) && key.name != "meets" => {
                Some(key.clone())
            }
            _ => None,
        };
        let name = named(&item);
        let first = items.iter().filter_map(named).find(|first| name.as_ref().is_some_and(|n| n.name == first.name));
        match (name, first) {
            (Some(name), Some(first)) => {
                problems.push(there_already(&format!("{}.{}", key.name, name.name), &name.at, &first.at));
            }
            _ => items.push(item),
        }
    }
    problems
}

fn add_entries(entries: &mut Vec<(Key, Node)>, key: &Key, more: &[(Key, Node)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (own, value) in more {
        match entries.iter().find(|(first, _)| first.name == own.name) {
            Some((first, _)) => {
                problems.push(there_already(&format!("{}.{}", key.name, own.name), &own.at, &first.at));
            }
            None => entries.push((own.clone(), value.clone())),
        }
    }
    problems
}

fn there_already(address: &str, at: &Place, first: &Place) -> Problem {
    let problem = Problem::new(codes::THERE_ALREADY, at, format!("`{address}` is there already"));
    problem.also(first).next("`set:` or `replace:` changes it; or give yours another name")
}
