//! `given:`: facts by noun, brought to the types that rules see; what no rule can see is a Problem.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::names::{EventKind, Path};
use crate::problem::Place;
use crate::problem::{Problem, closest};
use crate::rules::written;
use crate::rules::yaml::{Key, Node, Shape};
use crate::testing::{amounts, codes};
use crate::value::Value;

/// One fact that a test gives.
#[derive(Clone, Debug)]
pub struct Given {
    pub path: Path,
    pub value: Value,
    pub at: Place,
}

/// Facts that say the same in several ways: who gives one of them in a test means none of those shared by all.
const FAMILIES: &[&[&str]] = &[
    &["thread.age", "thread.posted_at", "thread.author_waits"],
    &["thread.idle", "thread.last_post_at"],
    &["thread.replies", "thread.replies_by_others", "thread.replies_by_author", "thread.replies_by_staff"],
    &["thread.solved", "thread.solutions"],
];

/// The facts under `given:`, as events of one of these kinds have them.
pub fn given(node: &Node, kinds: &[EventKind], catalog: &Catalog, problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut reading = Reading { kinds, catalog, problems, found: vec![] };
    match written::map(node, "`given`") {
        Ok(entries) => entries.iter().for_each(|(key, node)| reading.fact("".into(), key, node)),
        Err(problem) => reading.problems.push(problem),
    }
    reading.found
}

/// What all tests of a file share, and what this one says, which counts.
pub fn together(shared: &[Given], own: &[Given]) -> Vec<Given> {
    let says = |path: &Path| own.iter().any(|given| given.path == *path);
    let is_said = |path: &Path| {
        let family = FAMILIES.iter().find(|family| family.contains(&path.as_str()));
        says(path) || family.is_some_and(|family| family.iter().any(|other| says(&(*other).into())))
    };
    shared.iter().filter(|given| !is_said(&given.path)).chain(own).cloned().collect()
}

struct Reading<'a> {
    kinds: &'a [EventKind],
    catalog: &'a Catalog,
    problems: &'a mut Vec<Problem>,
    found: Vec<Given>,
}

impl Reading<'_> {
    fn fact(&mut self, start: Path, key: &Key, node: &Node) {
        let path = start.then(&key.name);
        if !self.has_noun(&path) {
            return self.unknown(start, key);
        }
        if path.as_str() == "event" {
            return self.event(node);
        }
        let row = self.kinds.iter().find_map(|kind| self.catalog.row(kind, &path));
        match row {
            Some(row) if row.fact != path => self.push(path, amounts::plain(node), key),
            Some(row) if !row.open => match amounts::typed(row.gives, node) {
                Ok(value) => self.push(path, value, key),
                Err(problem) => self.problems.push(problem),
            },
            None if !self.catalog.is_noun(&path) => self.unknown(start, key),
            _ => match written::map(node, &format!("`{path}`")) {
                Ok([]) => self.push(path, Value::map::<&str>([]), key),
                Ok(entries) => entries.iter().for_each(|(key, node)| self.fact(path.clone(), key, node)),
                Err(problem) => self.problems.push(problem),
            },
        }
    }

    /// What a signed event tells cannot be read again, so it has no row.
    fn event(&mut self, node: &Node) {
        if let Shape::Map(entries) = &node.shape {
            let parts = entries.iter().map(|(key, node)| (Path::from("event").then(&key.name), key, node));
            parts
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|(path, key, node)| self.push(path, amounts::plain(node), key));
        } else {
            self.problems.extend(written::map(node, "`event`").err());
        }
    }

    fn push(&mut self, path: Path, value: Value, key: &Key) {
        // The community keeps them so, whatever was typed.
        let value = match value {
            Value::List(tags) if path.as_str() == "thread.tags" => Value::List(
                tags.iter().map(|tag| Value::text(tag.as_str().unwrap_or_default().to_lowercase())).collect(),
            ),
            value => value,
        };
        self.found.push(Given { path, value, at: key.at.clone() });
    }

    /// Whether events of these kinds have the noun that a path begins with.
    fn has_noun(&self, path: &Path) -> bool {
        let noun = path.steps().next().unwrap_or_default();
        noun == "event" || self.nouns().contains(noun)
    }

    fn nouns(&self) -> BTreeSet<&str> {
        let ours = self.catalog.kinds().filter(|(kind, _)| self.kinds.contains(kind));
        ours.flat_map(|(_, nouns)| nouns.iter().copied()).collect()
    }

    fn unknown(&mut self, start: Path, key: &Key) {
        let path = start.then(&key.name);
        let known: Vec<String> = self.parts(&start);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let what = format!("no rule can see `{path}` here");
        let problem = Problem::new(codes::UNKNOWN_GIVEN, &key.at, what);
        let of = if start.as_str().is_empty() { "facts begin with".into() } else { format!("`{start}` has") };
        let problem = problem.because(format!("{of}: {}", known.join(", ")));
        self.problems.push(match closest(&key.name, &known) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("`casebridge functions` lists the facts that there are"),
        });
    }

    /// What stands under a noun.
    fn parts(&self, start: &Path) -> Vec<String> {
        if start.as_str().is_empty() {
            let has_facts = |noun: &&str| {
                let path = Path::from(*noun);
                self.catalog.is_noun(&path) || self.kinds.iter().any(|kind| self.catalog.row(kind, &path).is_some())
            };
            return self.nouns().into_iter().filter(has_facts).chain(["event"]).map(str::to_owned).collect();
        }
        let below = self.catalog.facts().filter_map(|row| row.fact.behind(start.as_str()));
        let names: BTreeSet<String> = below.filter_map(|rest| rest.steps().next().map(str::to_owned)).collect();
        names.into_iter().collect()
    }
}
