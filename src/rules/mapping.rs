//! `mappings:` and `set:`: which field gets which value. A key with a capital, or one that ends in `__c`, is a field.
//!
//! One field is `field.rs`'; what a field holds is `field_type.rs`'.

use std::sync::Arc;

use crate::names::{Name, is_field};
use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Fields, Scope};
use crate::rules::field::field;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{FieldRow, codes, contact, written};

/// What a mapping fills unless it says `to`.
const CASE: &str = "Case";

/// The keys of a mapping that are no fields.
pub const OURS: &[&str] = &["to", "extends", "leave_out", "about"];

/// A mapping by name, with what it extends; `set` goes on top.
pub fn fields(compiling: &mut Compiling, with: &Node, set: Option<&Node>, scope: &Scope) -> Option<Fields> {
    let name = compiling.keep(written::text(with).map(str::to_owned))?;
    let rows = named(compiling, &name, with, scope, &mut vec![]);
    let set = set.and_then(|set| compiling.keep(written::map(set, "`set`").map(<[_]>::to_vec))).unwrap_or_default();
    let is_known = rows.is_some();
    let object = compiling.mapping_nodes.get(&name).map(|(_, node)| object(compiling, &name, node));
    let object = object.unwrap_or_else(|| CASE.into());
    let rows = put_all(compiling, rows.unwrap_or_default(), &set, "`set`", (&object, scope));
    is_known.then(|| Arc::new(rows))
}

/// Fields that are written where they are used (`of`), in the forms of a mapping.
pub fn inline(compiling: &mut Compiling, node: &Node, of: &str, object: &Name, scope: &Scope) -> Option<Fields> {
    let entries = compiling.keep(written::map(node, of).map(<[_]>::to_vec))?;
    let rows = put_all(compiling, vec![], &entries, of, (object, scope));
    (rows.len() == entries.len()).then(|| Arc::new(rows))
}

/// The rows of a mapping; `seen` finds a circle of `extends`.
pub fn named(
    compiling: &mut Compiling,
    name: &str,
    at: &Node,
    scope: &Scope,
    seen: &mut Vec<String>,
) -> Option<Vec<FieldRow>> {
    let Some((_, node)) = compiling.mapping_nodes.get(name).cloned() else {
        compiling.problem(unknown_mapping(compiling, name, at));
        return None;
    };
    compiling.mapped.insert(name.to_owned());
    if seen.contains(&name.to_owned()) {
        let problem = Problem::new(codes::CIRCLE, &at.at, format!("`mappings.{name}` extends itself"));
        compiling.problem(problem.because(seen.join(" extends ")).next("leave one `extends` out"));
        return None;
    }
    seen.push(name.to_owned());
    let entries = compiling.keep(written::map(&node, "a mapping").map(<[_]>::to_vec))?;
    let mut rows = base(compiling, &node, scope, seen);
    leave_out(compiling, &node, &mut rows);
    let own: Vec<(Key, Node)> = entries.into_iter().filter(|(key, _)| !OURS.contains(&key.name.as_str())).collect();
    let object = object(compiling, name, &node);
    rows.iter_mut().for_each(|row| row.object = object.clone());
    Some(put_all(compiling, rows, &own, "a mapping", (&object, scope)))
}

/// The object that a mapping fills: its own `to`, that of the mapping it extends, else a case.
fn object(compiling: &Compiling, name: &str, node: &Node) -> Name {
    let (mut node, mut left) = (Some(node), compiling.mapping_nodes.len());
    while let Some(mapping) = node.filter(|_| left > 0) {
        if let Some(object) = mapping.get("to").and_then(Node::text) {
            return object.into();
        }
        let base = mapping.get("extends").and_then(Node::text);
        node = base.and_then(|base| compiling.mapping_nodes.get(base)).map(|(_, node)| node);
        left -= 1;
    }
    if name == contact::MAPPING { "Contact".into() } else { CASE.into() }
}

/// What `extends` brings along; nothing when that is wrong, which is said, and the rest is read all the same.
fn base(compiling: &mut Compiling, node: &Node, scope: &Scope, seen: &mut Vec<String>) -> Vec<FieldRow> {
    let Some(base) = node.get("extends") else { return vec![] };
    let name = compiling.keep(written::text(base).map(str::to_owned));
    name.and_then(|name| named(compiling, &name, base, scope, seen)).unwrap_or_default()
}

/// The fields of a mapping as written, with those of what it extends, for a step that puts its own on top.
pub fn entries(compiling: &mut Compiling, name: &Node) -> Vec<(Key, Node)> {
    let mut wanted = name.text().unwrap_or_default().to_owned();
    let mut found: Vec<(Key, Node)> = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    for _ in 0..=compiling.mapping_nodes.len() {
        let Some((_, node)) = compiling.mapping_nodes.get(&wanted).cloned() else {
            compiling.problem(unknown_mapping(compiling, &wanted, name));
            break;
        };
        compiling.mapped.insert(wanted.clone());
        let fields = node.entries().iter().filter(|(key, _)| !OURS.contains(&key.name.as_str()));
        let kept = fields.filter(|(key, _)| !left_out.contains(&key.name)).cloned();
        found = on_top(kept.collect(), found);
        let names = node.get("leave_out").map(|list| list.items().to_vec()).unwrap_or_default();
        left_out.extend(names.iter().filter_map(Node::text).map(str::to_owned));
        match node.get("extends").and_then(Node::text) {
            Some(base) => wanted = base.to_owned(),
            None => break,
        }
    }
    found
}

/// Fields, and others that count more.
pub fn on_top(mut fields: Vec<(Key, Node)>, top: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    fields.retain(|(key, _)| !top.iter().any(|(other, _)| other.name == key.name));
    fields.extend(top);
    fields
}

fn leave_out(compiling: &mut Compiling, node: &Node, rows: &mut Vec<FieldRow>) {
    let Some(list) = node.get("leave_out") else { return };
    for item in compiling.keep(written::list(list, "`leave_out`").map(<[Node]>::to_vec)).unwrap_or_default() {
        let name = item.text().unwrap_or_default();
        let names: Vec<&str> = rows.iter().map(|row| row.field.as_str()).collect();
        if !names.contains(&name) {
            let what = format!("`{name}` is not among the fields that this mapping extends");
            let problem = Problem::new(codes::UNKNOWN_FIELD, &item.at, what);
            compiling.problem(match closest(name, &names) {
                Some(near) => problem.next(format!("did you mean `{near}`?")),
                None => problem.next("leave it out of this list"),
            });
        }
        rows.retain(|row| row.field.as_str() != name);
    }
}

/// Puts fields on top: a field that is there already gets the new value in its old place.
fn put_all(
    compiling: &mut Compiling,
    mut rows: Vec<FieldRow>,
    entries: &[(Key, Node)],
    of: &str,
    (object, scope): (&Name, &Scope),
) -> Vec<FieldRow> {
    for (key, node) in entries {
        if !is_field(&key.name) {
            let problem = written::unknown_key(key, OURS, of);
            compiling.problem(problem.because("a field begins with a capital or ends in `__c`"));
            continue;
        }
        let Some(row) = field(compiling, object, key, node, scope) else { continue };
        match rows.iter_mut().find(|known| known.field == row.field) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
    rows
}

fn unknown_mapping(compiling: &Compiling, name: &str, at: &Node) -> Problem {
    let names: Vec<&str> = compiling.mapping_nodes.keys().map(String::as_str).collect();
    let problem = Problem::new(codes::UNKNOWN_MAPPING, &at.at, format!("there is no mapping `{name}`"));
    match closest(name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("write it under `mappings:`"),
    }
}

/// A single expression where a list of lines may stand.
pub fn as_lines(node: &Node) -> Node {
    match node.shape {
        Shape::List(_) => node.clone(),
        _ => Node { at: node.at.clone(), shape: Shape::List(vec![node.clone()]) },
    }
}
