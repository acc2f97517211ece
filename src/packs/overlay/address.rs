//! Follows an address through the tree of a pack: sections, named things, keys, and lines by name or number.

use crate::packs::codes;
use crate::problem::{Place, Problem, closest};
use crate::rules::criteria::{self, GROUPS};
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Node, Shape};

/// How many names are listed beside one that is not there.
const LISTED: usize = 14;

/// How far an address leads.
pub struct Walk<'a> {
    address: &'a str,
    /// The part of the address that is there, in bytes.
    there: usize,
    /// Positions from the root to the last thing that is there.
    pub path: Vec<usize>,
    /// How many names of the address are there: 1 is a section, 2 a named thing.
    pub depth: usize,
    pub last: Last,
    /// Whether it ends at a list of lines.
    pub lines: bool,
    /// What stands where the address stops leading on.
    names: Vec<String>,
}

/// What an address ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    Key,
    /// A line that has a name.
    Line,
    /// The lines of a `criteria:`, met by name.
    Meets,
    /// Counted from 1.
    Number,
}

/// Follows an address as far as it leads.
pub fn walk<'a>(root: &Node, address: &'a str) -> Walk<'a> {
    let (last, lines) = (Last::Key, false);
    let mut walk = Walk { address, there: 0, path: vec![], depth: 0, last, lines, names: vec![] };
    let mut node = root;
    loop {
        let steps = steps(node, walk.lines);
        let fits = |step: &&Step| begins(walk.rest(), &step.name);
        // Names of functions hold a dot: the longest that fits is meant.
        let Some(step) = steps.iter().filter(fits).max_by_key(|step| step.name.len()) else {
            walk.names = steps.into_iter().map(|step| step.name).collect();
            return walk;
        };
        walk.there += step.name.len() + usize::from(walk.there > 0);
        walk.depth += 1;
        walk.path.extend(&step.path);
        walk.last = step.last;
        walk.lines = has_lines(step, walk.section(), walk.depth);
        node = step.node;
    }
}

/// One step further down.
struct Step<'a> {
    name: String,
    path: Vec<usize>,
    last: Last,
    node: &'a Node,
}

fn steps(node: &Node, lines: bool) -> Vec<Step<'_>> {
    let step = |name, at, last, node| Step { name, path: vec![at], last, node };
    match &node.shape {
        Shape::Scalar { .. } => vec![],
        Shape::Map(entries) => {
            let entries = entries.iter().enumerate();
            entries.map(|(at, (key, node))| step(key.name.clone(), at, Last::Key, node)).collect()
        }
        Shape::List(items) if lines => {
            let named = items.iter().enumerate().zip(criteria::names(items));
            named.map(|((at, item), name)| line(at, item, name)).collect()
        }
        Shape::List(items) => {
            items.iter().enumerate().map(|(at, item)| step((at + 1).to_string(), at, Last::Number, item)).collect()
        }
    }
}

/// A line of a list of lines; behind a name stands its expression.
fn line(at: usize, item: &Node, name: String) -> Step<'_> {
    match item.entries() {
        [(key, value)] if key.name == "meets" => Step { name, path: vec![at, 0], last: Last::Meets, node: value },
        [(key, value)] if key.name == name => Step { name, path: vec![at, 0], last: Last::Line, node: value },
        _ => Step { name, path: vec![at], last: Last::Number, node: item },
    }
}

/// Whether a list that stands there is one of lines.
fn has_lines(step: &Step, section: &str, depth: usize) -> bool {
    let shared = depth == 2 && section == "criteria";
    step.last == Last::Key && (shared || step.name == "when" || GROUPS.contains(&step.name.as_str()))
}

/// A single line where a list of lines may stand becomes a list of one, so that it has an address.
pub fn spread_lines(node: &mut Node) {
    match &mut node.shape {
        Shape::Scalar { .. } => {}
        Shape::List(items) => items.iter_mut().for_each(spread_lines),
        Shape::Map(entries) => {
            for (key, node) in entries {
                if key.name == "when" {
                    *node = as_lines(node);
                }
                spread_lines(node);
            }
        }
    }
}

/// Whether an address begins with a name.
fn begins(address: &str, name: &str) -> bool {
    !name.is_empty() && address.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Walk<'_> {
    /// Whether all of it is there.
    pub fn is_there(&self) -> bool {
        self.depth > 0 && self.there == self.address.len()
    }

    /// The part that is there.
    pub fn known(&self) -> &str {
        &self.address[..self.there]
    }

    /// The part that is not there.
    pub fn rest(&self) -> &str {
        self.address[self.there..].trim_start_matches('.')
    }

    /// The first name.
    pub fn section(&self) -> &str {
        first(self.address)
    }

    /// The first name that is not there, where it stands in the overlay; all of an address that leads on.
    pub fn place(&self, at: &Place) -> Place {
        match self.rest() {
            "" => at.clone(),
            rest => part(at, self.address, self.address.len() - rest.len(), first(rest)),
        }
    }

    /// Says that there is no such thing, and what was probably meant.
    pub fn unknown(&self, root: &Node, at: &Place, otherwise: &str) -> Problem {
        let missing = first(self.rest());
        let problem = Problem::new(codes::UNKNOWN_ADDRESS, &self.place(at), format!("there is no `{}`", self.address));
        let more = if self.names.len() > LISTED { ", …" } else { "" };
        let listed = self.names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = match self.known() {
            _ if listed.is_empty() => problem,
            "" => problem.because(format!("sections are: {listed}{more}")),
            known => problem.because(format!("`{known}` has: {listed}{more}")),
        };
        if self.last == Last::Meets {
            let shared = self.known().rsplit('.').next().unwrap_or_default();
            return problem.next(format!("`criteria.{shared}.{}`: its lines stand there", self.rest()));
        }
        // One number is as near as another.
        let is_number = missing.parse::<usize>().is_ok();
        let near = (!is_number).then(|| self.near(root, missing)).flatten();
        problem.next(near.map_or_else(|| otherwise.to_owned(), |near| format!("did you mean `{near}`?")))
    }

    fn near(&self, root: &Node, missing: &str) -> Option<String> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let near = closest(missing, &names).map(|near| self.with(missing, near));
        near.or_else(|| if self.depth == 0 { closest_of_all(root, self.address) } else { None })
    }

    /// The address with another name where it stops leading on.
    fn with(&self, missing: &str, name: &str) -> String {
        let start = self.address.len() - self.rest().len();
        format!("{}{name}{}", &self.address[..start], &self.rest()[missing.len()..])
    }
}

fn first(address: &str) -> &str {
    address.split('.').next().unwrap_or_default()
}

/// Where a name of an address stands; quotes around it are stepped over.
pub fn part(at: &Place, address: &str, from: usize, name: &str) -> Place {
    let quote = at.width.saturating_sub(address.chars().count()) / 2;
    let column = at.column + quote + address[..from].chars().count();
    Place { column, width: name.chars().count(), ..at.clone() }
}

/// The address that was probably meant, of all that there are: without its first names, or spelt otherwise.
fn closest_of_all(root: &Node, address: &str) -> Option<String> {
    let mut all = Vec::new();
    collect(root, "", 0, false, &mut all);
    let end = format!(".{address}");
    let depth = |address: &str| address.matches('.').count();
    let alike: Vec<&str> = all.iter().map(String::as_str).filter(|known| depth(known) == depth(address)).collect();
    let whole = all.iter().find(|known| known.ends_with(&end)).map(String::as_str);
    whole.or_else(|| closest(address, &alike)).map(str::to_owned)
}

fn collect(node: &Node, start: &str, depth: usize, lines: bool, all: &mut Vec<String>) {
    for step in steps(node, lines) {
        let address = if start.is_empty() { step.name.clone() } else { format!("{start}.{}", step.name) };
        let lines = has_lines(&step, first(&address), depth + 1);
        collect(step.node, &address, depth + 1, lines, all);
        all.push(address);
    }
}
