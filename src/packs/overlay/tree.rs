//! Reaching into the tree of a pack by positions, and putting there what an overlay wrote.

use super::address::{Last, Walk, part};
use super::verbs::Changed;
use crate::packs::codes;
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node, Shape};

/// Puts a value in the place of what is there; both then stand in the overlay.
pub(super) fn put(root: &mut Node, walk: &Walk, key: &Key, value: &Node) {
    if let Some((last, parent)) = walk.path.split_last()
        && let Shape::Map(entries) = &mut node_mut(root, parent).shape
    {
        entries[*last].0.at = key.at.clone();
    }
    *node_mut(root, &walk.path) = value.clone();
}

/// Writes what is not there yet, with the maps that it stands in.
pub(super) fn create(root: &mut Node, walk: &Walk, key: &Key, value: &Node) -> Changed {
    let known = walk.known().to_owned();
    match &node_at(root, &walk.path).shape {
        Shape::Map(_) => {}
        Shape::List(_) => return Err(vec![walk.unknown(root, &key.at, "`add:` puts entries at the end of a list")]),
        Shape::Scalar { .. } if walk.last == Last::Meets => return Err(vec![walk.unknown(root, &key.at, "")]),
        Shape::Scalar { text, .. } => {
            let what = format!("`{known}` is a text here, and has no `{}`", walk.rest());
            let problem = Problem::new(codes::NO_PARTS, &walk.place(&key.at), what);
            return Err(vec![problem.because(format!("it is `{text}`")).next(format!("set all of `{known}`"))]);
        }
    }
    let start = key.name.len() - walk.rest().len();
    let mut names: Vec<(usize, &str)> = Vec::new();
    for name in walk.rest().split('.') {
        names.push((names.last().map_or(start, |(from, before)| from + before.len() + 1), name));
    }
    // From the inside out: each name stands in the map of the one before.
    let entry = |(from, name): (usize, &str), node| {
        (Key { name: name.to_owned(), at: part(&key.at, &key.name, from, name) }, node)
    };
    let first = names.remove(0);
    let node = names.into_iter().rev().fold(value.clone(), |node, name| {
        let (key, node) = entry(name, node);
        Node { at: key.at.clone(), shape: Shape::Map(vec![(key, node)]) }
    });
    if let Shape::Map(entries) = &mut node_mut(root, &walk.path).shape {
        entries.push(entry(first, node));
    }
    Ok(())
}

/// Where the key of a thing stands, or the thing where it has none.
pub(super) fn place_of(root: &Node, path: &[usize]) -> Place {
    let (last, parent) = path.split_last().expect("an address has a name");
    match &node_at(root, parent).shape {
        Shape::Map(entries) => entries[*last].0.at.clone(),
        _ => node_at(root, path).at.clone(),
    }
}

fn node_at<'a>(root: &'a Node, path: &[usize]) -> &'a Node {
    path.iter().fold(root, |node, at| match &node.shape {
        Shape::Map(entries) => &entries[*at].1,
        Shape::List(items) => &items[*at],
        Shape::Scalar { .. } => node,
    })
}

/// The node at a path that `walk` found.
pub(super) fn node_mut<'a>(root: &'a mut Node, path: &[usize]) -> &'a mut Node {
    path.iter().fold(root, |node, at| match &mut node.shape {
        Shape::Map(entries) => &mut entries[*at].1,
        Shape::List(items) => &mut items[*at],
        Shape::Scalar { .. } => unreachable!("a path leads through maps and lists"),
    })
}
