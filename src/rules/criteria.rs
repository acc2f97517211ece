//! `when:` as written becomes a tree of lines: named lines, `any`/`all`/`none` groups, and `meets`.

use crate::names::EventKind;
use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Criteria, codes, written};

/// How deep groups may be.
const DEPTH: usize = 3;
/// Words that group lines; any other key of a line is its name.
pub const GROUPS: &[&str] = &["any", "all", "none"];

/// What most criteria are about.
const THREADS: &str = "khoros.thread_due";

/// The lines of a `when:`; addresses begin with `start`, such as `when`.
pub fn criteria(compiling: &mut Compiling, node: &Node, scope: &Scope, start: &str) -> Criteria {
    Criteria::All(lines(compiling, node, scope, start, 0))
}

fn lines(compiling: &mut Compiling, node: &Node, scope: &Scope, start: &str, depth: usize) -> Vec<Criteria> {
    let Some(items) = compiling.keep(written::list(node, "a group of lines").map(<[Node]>::to_vec)) else {
        return vec![];
    };
    if depth > DEPTH {
        compiling.problem(
            Problem::new(codes::TOO_DEEP, &node.at, format!("groups of lines are {DEPTH} deep at most"))
                .next("name some of them in `criteria:` and use `meets:`"),
        );
        return vec![];
    }
    if items.is_empty() {
        let problem = Problem::new(codes::EMPTY_GROUP, &node.at, "a group without lines would let everything in");
        compiling.problem(problem.next("give it a line; a rule that always acts has no `when`"));
    }
    check_names(compiling, &items);
    let mut found = Vec::new();
    for (item, name) in items.iter().zip(names(&items)) {
        let start = format!("{start}.{name}");
        match &item.shape {
            Shape::Map(entries) if entries.len() == 1 => {
                let (key, value) = &entries[0];
                found.extend(entry(compiling, key, value, scope, &start, depth));
            }
            Shape::Map(_) => compiling.problem(
                Problem::new(codes::SHAPE, &item.at, "a line holds one expression, one name or one group")
                    .next("give each its own line that begins with `- `"),
            ),
            _ => found.extend(line(compiling, item, scope, &start)),
        }
    }
    found
}

/// A line's own name is kebab-case, so that it is never taken for the line itself, and stands once in its group.
fn check_names(compiling: &mut Compiling, items: &[Node]) {
    let mut known: Vec<&Key> = Vec::new();
    for item in items {
        let [(key, value)] = item.entries() else { continue };
        if key.name == "meets" || GROUPS.contains(&key.name.as_str()) {
            continue;
        }
        if let Err(problem) = written::kebab(key) {
            compiling.problem(match (key.name.contains('.'), value.text()) {
                (true, Some(text)) => problem.next(format!("a line is one expression: `{} == {text}`", key.name)),
                _ => problem,
            });
        }
        if let Some(first) = known.iter().find(|known| known.name == key.name) {
            let problem = Problem::new(codes::NAMED_TWICE, &key.at, format!("two lines are named `{}`", key.name));
            compiling.problem(problem.also(&first.at).next("give one of them another name"));
        }
        known.push(key);
    }
}

/// The names of lines in addresses: their own, that of the criteria that a line meets, or counted from 1.
pub fn names(items: &[Node]) -> Vec<String> {
    let mut unnamed = 0;
    let name = |item: &Node| match item.entries() {
        [(key, value)] if key.name == "meets" => value.text().unwrap_or_default().to_owned(),
        [(key, _)] if !GROUPS.contains(&key.name.as_str()) => key.name.clone(),
        _ => {
            unnamed += 1;
            unnamed.to_string()
        }
    };
    items.iter().map(name).collect()
}

fn line(compiling: &mut Compiling, node: &Node, scope: &Scope, name: &str) -> Option<Criteria> {
    let expression = compiling.line(node, scope)?;
    Some(compiling.criterion(name, expression, scope))
}

/// `any: […]`, `meets: name`, or `name: expression`.
fn entry(
    compiling: &mut Compiling,
    key: &Key,
    value: &Node,
    scope: &Scope,
    start: &str,
    depth: usize,
) -> Option<Criteria> {
    let word = key.name.as_str();
    if word == "meets" {
        return meets(compiling, value, scope, start, depth);
    }
    if !GROUPS.contains(&word) {
        return line(compiling, value, scope, start);
    }
    let lines = some(lines(compiling, value, scope, &format!("{start}.{word}"), depth + 1))?;
    Some(match word {
        "any" => Criteria::Any(lines),
        "all" => Criteria::All(lines),
        _ => Criteria::None(lines),
    })
}

fn some(lines: Vec<Criteria>) -> Option<Vec<Criteria>> {
    (!lines.is_empty()).then_some(lines)
}

fn meets(compiling: &mut Compiling, node: &Node, scope: &Scope, start: &str, depth: usize) -> Option<Criteria> {
    let name = compiling.keep(written::text(node).map(str::to_owned))?;
    let Some(shared) = compiling.criteria.get(&name).cloned() else {
        let names: Vec<&str> = compiling.criteria.keys().map(String::as_str).collect();
        let problem = Problem::new(codes::UNKNOWN_CRITERIA, &node.at, format!("there is no `criteria.{name}`"));
        let problem = match closest(&name, &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("write its lines under `criteria:`"),
        };
        compiling.problem(problem);
        return None;
    };
    if compiling.meeting.contains(&name) {
        let problem = Problem::new(codes::CIRCLE, &node.at, format!("`criteria.{name}` meets itself"));
        let circle: Vec<&str> = compiling.meeting.iter().map(String::as_str).chain([name.as_str()]).collect();
        compiling.problem(problem.because(circle.join(" meets ")).next("leave one `meets` out"));
        return None;
    }
    compiling.met.insert(name.clone());
    compiling.meeting.push(name);
    let lines = lines(compiling, &shared, scope, start, depth + 1);
    compiling.meeting.pop();
    some(lines).map(Criteria::All)
}

/// Criteria that no rule meets are read too, for the kind of event that suits them best.
pub fn check_unused(compiling: &mut Compiling) {
    let others = compiling.catalog.kinds().map(|(kind, _)| kind.clone());
    let kinds: Vec<EventKind> = [THREADS.into()].into_iter().chain(others).collect();
    for (name, node) in compiling.criteria.clone() {
        if compiling.met.contains(&name) {
            continue;
        }
        let before = std::mem::take(&mut compiling.problems);
        let said = kinds.iter().map(|kind| {
            compiling.meeting = vec![name.clone()];
            lines(compiling, &node, &Scope::of_facts(vec![kind.clone()]), "criteria", 1);
            std::mem::take(&mut compiling.problems)
        });
        let fewest = said.min_by_key(Vec::len).unwrap_or_default();
        compiling.meeting.clear();
        compiling.problems = before;
        compiling.problems.extend(fewest);
    }
}
