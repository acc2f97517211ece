//! `expect:` as written: these actions and no others, at least some, or nothing and why.

use crate::catalog::{Call, Catalog};
use crate::names::FunctionName;
use crate::problem::{Place, Problem, closest};
use crate::rules::yaml::{Node, Shape};
use crate::rules::{codes as rule_codes, written};
use crate::testing::codes;

/// What a test expects.
#[derive(Clone, Debug)]
pub enum Expect {
    /// No action, because of this line.
    Nothing {
        line: String,
        at: Place,
    },
    Actions {
        wanted: Vec<Wanted>,
        only: bool,
        outcome: Option<&'static str>,
    },
}

/// One action that is expected; keys that are left out are free.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub function: FunctionName,
    pub args: Option<Node>,
}

/// The words of `outcome:`.
pub const OUTCOMES: &[(&str, &str)] = &[
    ("done", "done"),
    ("already_done", "already_done"),
    ("waiting", "waiting"),
    ("held", "held"),
    ("parked", "parked"),
    ("refused", "refused"),
    ("skipped", "skipped"),
    ("superseded", "superseded"),
];
/// The keys of an `expect:` that is no list.
pub const KEYS: &[&str] = &["nothing", "some", "outcome"];

/// Reads an `expect:`.
pub fn expect(node: &Node, catalog: &Catalog, problems: &mut Vec<Problem>) -> Option<Expect> {
    if matches!(node.shape, Shape::List(_)) {
        let wanted = actions(node, catalog, problems);
        if node.items().is_empty() {
            problems.push(no_reason(&node.at));
        }
        return Some(Expect::Actions { wanted, only: true, outcome: None });
    }
    if node.text() == Some("nothing") {
        problems.push(no_reason(&node.at));
        return None;
    }
    let entries = match written::map(node, "`expect`") {
        Ok(entries) => entries,
        Err(problem) => {
            problems.push(problem.next("a list of actions, `{ nothing: because LINE }` or `{ some: […] }`"));
            return None;
        }
    };
    let unknown = entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str()));
    problems.extend(unknown.map(|(key, _)| written::unknown_key(key, KEYS, "`expect`")));
    if let Some(node) = node.get("nothing") {
        return nothing(node, entries.len() > 1, problems);
    }
    let wanted = node.get("some").map(|node| match written::list(node, "`some`") {
        Ok([]) => {
            problems.push(no_reason(&node.at));
            vec![]
        }
        Ok(_) => actions(node, catalog, problems),
        Err(problem) => {
            problems.push(problem);
            vec![]
        }
    });
    let outcome = node
        .get("outcome")
        .and_then(|node| written::word(node, OUTCOMES).map_err(|problem| problems.push(problem)).ok());
    if wanted.is_none() && node.get("outcome").is_none() {
        let problem = Problem::new(rule_codes::MISSING_KEY, &node.at, "`expect` says nothing");
        problems.push(problem.next("a list of actions, `{ nothing: because LINE }` or `{ some: […] }`"));
    }
    Some(Expect::Actions { wanted: wanted.unwrap_or_default(), only: false, outcome })
}

fn no_reason(at: &Place) -> Problem {
    Problem::new(codes::NO_REASON, at, "`nothing` needs its reason: the line that stops the rule")
        .because("a test that passes for the wrong reason is worse than none")
        .next("`{ nothing: because escalations.unanswered-support.when.not-solved }`")
}

fn nothing(node: &Node, has_more: bool, problems: &mut Vec<Problem>) -> Option<Expect> {
    if has_more {
        let problem = Problem::new(rule_codes::SHAPE, &node.at, "`nothing` stands alone");
        problems.push(problem.next("what is planned and how it ends go into another test"));
    }
    match node.text().and_then(|text| text.strip_prefix("because ")) {
        Some(line) => Some(Expect::Nothing { line: line.trim().to_owned(), at: node.at.clone() }),
        None => {
            problems.push(no_reason(&node.at));
            None
        }
    }
}

fn actions(node: &Node, catalog: &Catalog, problems: &mut Vec<Problem>) -> Vec<Wanted> {
    node.items().iter().filter_map(|item| action(item, catalog, problems)).collect()
}

/// `khoros.tag_thread: { tag: x }`, or the name alone.
fn action(item: &Node, catalog: &Catalog, problems: &mut Vec<Problem>) -> Option<Wanted> {
    let (name, at, args) = match (&item.shape, item.entries()) {
        (Shape::Scalar { text, .. }, _) => (text.clone(), &item.at, None),
        (_, [(key, args)]) => (key.name.clone(), &key.at, Some(args)),
        _ => {
            let problem = Problem::new(rule_codes::SHAPE, &item.at, "one action is one function with its parameters");
            problems.push(problem.next("`- khoros.tag_thread: { tag: escalated }`"));
            return None;
        }
    };
    let is_write = |call: &Call| matches!(call, Call::Write(_) | Call::Note { .. });
    let Some(function) = catalog.get(&name).filter(|function| is_write(&function.call)) else {
        let writes: Vec<&str> =
            catalog.functions().filter(|function| is_write(&function.call)).map(|f| f.name.as_str()).collect();
        problems.push(unknown(rule_codes::UNKNOWN_FUNCTION, at, format!("there is no write `{name}`"), &name, &writes));
        return None;
    };
    if let Some(args) = args {
        match written::map(args, &format!("`{name}`")) {
            Ok(entries) => {
                let known: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
                for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
                    let what = format!("`{name}` has no parameter `{}`", key.name);
                    problems.push(unknown(rule_codes::UNKNOWN_PARAMETER, &key.at, what, &key.name, &known));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    Some(Wanted { function: function.name.clone(), args: args.cloned() })
}

/// Something that is none of these; the nearest is what was probably meant.
pub fn unknown(code: &str, at: &Place, what: String, word: &str, known: &[&str]) -> Problem {
    let problem = Problem::new(code, at, what);
    match closest(word, known) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.because(format!("known: {}", known.join(", "))),
    }
}
