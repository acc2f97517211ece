//! `look_at:`, where a rule on a schedule finds its subjects.
//!
//! It steers, so its values look at settings only.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::catalog::HostFunction;
use crate::facts::Args;
use crate::names::{EventKind, Name, is_field};
use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::{Key, Node};
use crate::rules::{LookAt, Template, codes, mentions, written};
use crate::script::constant;
use crate::value::Value;

/// Where the rules of a section find their subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Among threads, whatever the rule says.
    AtThreads,
    /// Among threads that have a case.
    AtLinks,
    /// Where `look_at` says; without it, at nothing.
    AsWritten,
}

/// What becomes of a rule that looks at nothing: an event for each tick.
pub const TICK: &str = "bridge.due";
const THREADS: &str = "khoros.find_threads";
const LINKS: &str = "notebook.find_links";
/// Threads older than this are not looked at unless a rule says so.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The search of a rule on a schedule, and the kind of event that a found subject becomes.
pub fn look_at(compiling: &mut Compiling, rule: &Node, looks: Looks) -> Option<(Option<LookAt>, EventKind)> {
    let look_back = rule.get("look_back").map(|node| compiling.keep(written::duration(node)));
    let (scan, args) = match (looks, rule.get("look_at")) {
        (Looks::AtThreads, _) => (THREADS.to_owned(), Args::new()),
        (Looks::AtLinks, _) => (LINKS.to_owned(), Args::new()),
        (Looks::AsWritten, Some(node)) => search(compiling, node)?,
        (Looks::AsWritten, None) => {
            without_subject(compiling, rule);
            return Some((None, TICK.into()));
        }
    };
    let call = compiling.catalog.scan_call(&scan)?;
    let event = call.event.clone();
    let look_back = match look_back {
        Some(written) => Some(written?),
        None => (scan == THREADS).then_some(LOOK_BACK),
    };
    Some((Some(LookAt { scan: scan.as_str().into(), args, look_back }), event))
}

/// `khoros.find_threads`, or a one-key map with what it takes.
fn search(compiling: &mut Compiling, node: &Node) -> Option<(String, Args)> {
    let (key, params) = match node.entries() {
        [(key, params)] => (key.clone(), Some(params.clone())),
        _ => (Key { name: compiling.keep(written::text(node).map(str::to_owned))?, at: node.at.clone() }, None),
    };
    let catalog = compiling.catalog;
    let function = match catalog.get(&key.name) {
        Some(function) if catalog.scan_call(&key.name).is_some() => function,
        _ => {
            compiling.problem(no_search(compiling, &key));
            return None;
        }
    };
    let entries = match &params {
        Some(params) => compiling.keep(written::map(params, "what a search takes").map(<[_]>::to_vec))?,
        None => vec![],
    };
    let mut args = Args::new();
    let mut fields = BTreeMap::new();
    let by_field = function.by_field();
    for (name, value) in &entries {
        let param = function.params.iter().find(|param| param.name.as_str() == name.name);
        match param {
            Some(param) => _ = args.insert(param.name.clone(), param.takes.bring(argument(compiling, name, value)?)),
            None if by_field.is_some() && is_field(&name.name) => {
                fields.insert(Name::from(name.name.as_str()), argument(compiling, name, value)?);
            }
            None => {
                compiling.problem(unknown_parameter(function, name));
                return None;
            }
        }
    }
    if let Some(param) = by_field.filter(|_| !fields.is_empty()) {
        args.insert(param.name.clone(), Value::Map(fields));
    }
    if let Some(params) = &params {
        mentions::of_question(compiling, &key.name, params);
    }
    if let Some(param) = function.params.iter().find(|param| param.required && !args.contains_key(&param.name)) {
        let what = format!("`{}` would look at all there are", key.name);
        let problem = Problem::new(codes::MISSING_PARAMETER, &key.at, what).because(param.about);
        compiling.problem(problem.next(format!("`look_at: {{ {}: {{ Origin: Community }} }}`", key.name)));
        return None;
    }
    Some((key.name, args))
}

/// A parameter that a function does not have.
pub fn unknown_parameter(function: &HostFunction, name: &Key) -> Problem {
    let known: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
    let problem = match known.as_slice() {
        [] => Problem::new(codes::UNKNOWN_PARAMETER, &name.at, format!("`{}` takes nothing", function.name))
            .next("say it with a line under `when`"),
        known => written::unknown_key(name, known, &format!("`{}`", function.name)),
    };
    let problem = match function.by_field() {
        Some(_) => {
            let known = problem.cause.clone();
            problem.because(format!("{known}; a field begins with a capital or ends in `__c`"))
        }
        None => problem,
    };
    Problem { code: codes::UNKNOWN_PARAMETER.into(), ..problem }
}

/// One value that is known at load.
fn argument(compiling: &mut Compiling, name: &Key, node: &Node) -> Option<Value> {
    match compiling.value(node, &Scope { asks: true, ..Scope::default() }, false)? {
        Template::Plain(value) => Some(value),
        Template::Expression(expression) => constant(&expression, compiling.settings),
        _ => {
            let problem = Problem::new(codes::SHAPE, &node.at, format!("`{}` takes one value here", name.name));
            compiling.problem(problem.next("a text, a number, or a setting: `= settings.closed_status`"));
            None
        }
    }
}

fn no_search(compiling: &Compiling, key: &Key) -> Problem {
    let is_search = |function: &&HostFunction| compiling.catalog.scan_call(function.name.as_str()).is_some();
    let scans = compiling.catalog.functions().filter(is_search);
    let names: Vec<&str> = scans.map(|function| function.name.as_str()).collect();
    let problem = Problem::new(codes::UNKNOWN_FUNCTION, &key.at, format!("there is no search `{}`", key.name));
    let problem = problem.because(format!("searches are: {}", names.join(", ")));
    match closest(&key.name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// Nothing is found where nothing is looked at.
fn without_subject(compiling: &mut Compiling, rule: &Node) {
    if let Some((key, _)) = rule.entries().iter().find(|(key, _)| key.name == "look_back") {
        let problem = Problem::new(codes::NO_EFFECT, &key.at, "`look_back` has no effect without `look_at`");
        compiling.problem(problem.next("`look_at: khoros.find_threads` looks at threads").warning());
    }
}
