//! The keys that every rule has, whatever its section: what wakes it, its names, its lines and its limits.
//!
//! What a section adds (`with`, `open`, `then` …) is read in its own file.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::calendar::Calendar;
use crate::names::Name;
use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::criteria::criteria;
use crate::rules::delay::Delay;
use crate::rules::let_read::{Named, let_read};
use crate::rules::limits::limits;
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Limits, Shadow, Template, codes, rule_hours, shadow, stages, written};
use crate::script::Lets;
use crate::value::Value;

/// Known to every section.
pub const KEYS: &[&str] = &[
    "about",
    "enabled",
    "order",
    "on",
    "every",
    "zone",
    "missed",
    "calendar",
    "let",
    "when",
    "then",
    "limits",
    "act_during",
    "again_after",
    "wait",
    "after",
    "ask_first",
    "shadow",
    "may_widen",
];

/// What every rule has beside its trigger and what it does.
pub struct Head {
    pub about: String,
    pub enabled: bool,
    pub order: u16,
    pub lets: Arc<Lets>,
    pub when: Criteria,
    pub limits: Limits,
    pub again_after: Option<SignedDuration>,
    pub act_during: Option<Arc<Calendar>>,
    pub delay: Option<Delay>,
    pub ask_first: bool,
    pub shadow: Shadow,
    pub may_widen: Option<Arc<str>>,
}

/// Reads them; what is wrong is kept, and the rest is read all the same.
pub fn head(compiling: &mut Compiling, node: &Node, scope: &mut Scope) -> Head {
    let lets = node.get("let").map(|node| lets(compiling, node, scope)).unwrap_or_default();
    let when = node.get("when").map(|node| criteria(compiling, &as_lines(node), scope, "when"));
    let when = when.unwrap_or(Criteria::All(vec![]));
    check_used(compiling, node, &lets);
    rule_hours::check_calendar(compiling, node, &when);
    // With `every` it has no effect, and that was said.
    let delay = node.get("on").and_then(|_| stages::wait(compiling, node)).map(Delay::from);
    let ask_first = node.get("ask_first").and_then(|node| compiling.keep(written::yes_no(node))).unwrap_or(false);
    Head {
        about: node
            .get("about")
            .and_then(|node| compiling.keep(written::text(node).map(str::to_owned)))
            .unwrap_or_default(),
        enabled: enabled(compiling, node),
        order: node.get("order").and_then(|node| order(compiling, node)).unwrap_or(100),
        lets: Arc::new(lets),
        when,
        limits: node.get("limits").map_or_else(Limits::default, |node| limits(compiling, node, scope)),
        again_after: node.get("again_after").and_then(|node| compiling.keep(written::duration(node))),
        act_during: node.get("act_during").and_then(|node| rule_hours::calendar(compiling, node)),
        delay,
        ask_first,
        shadow: node.get("shadow").map(|node| shadow::shadow(compiling, node)).unwrap_or_default(),
        may_widen: node.get("may_widen").and_then(|node| may_widen(compiling, node)),
    }
}

/// Says of each key of a rule whether it is known; `own` are those of the section.
pub fn check(compiling: &mut Compiling, entries: &[(Key, Node)], own: &[&str], what: &str) {
    let known: Vec<&str> = own.iter().chain(KEYS).copied().collect();
    for (key, _) in entries {
        if !known.contains(&key.name.as_str()) {
            compiling.problem(unknown(key, &known, what));
        }
    }
}

fn unknown(key: &Key, known: &[&str], what: &str) -> Problem {
    match key.name.as_str() {
        name @ ("conditions" | "if" | "filter" | "criteria" | "where") => {
            Problem::new(codes::UNKNOWN_KEY, &key.at, format!("unknown key `{name}`; criteria stand under `when:`"))
                .because("the rule was not loaded, because without them it would act on everything")
                .next("did you mean `when`?")
        }
        "priority" => Problem::new(codes::UNKNOWN_KEY, &key.at, "a rule has no `priority`")
            .next("`order: 1` to be asked first, or `set: { Priority: High }` for the case"),
        _ => written::unknown_key(key, known, what),
    }
}

/// `may_widen:`, why text may move to a wider audience.
fn may_widen(compiling: &mut Compiling, node: &Node) -> Option<Arc<str>> {
    let reason = compiling.keep(written::text(node).map(str::to_owned))?;
    if reason.contains(char::is_whitespace) && !reason.starts_with('=') {
        return Some(reason.into());
    }
    let problem = Problem::new(codes::NO_REASON, &node.at, format!("`may_widen` is a reason, and `{reason}` is none"));
    compiling.problem(problem.next("`may_widen: Published comments may be public`"));
    None
}

/// `enabled: true`, or an expression over settings.
fn enabled(compiling: &mut Compiling, node: &Node) -> bool {
    let Some(node) = node.get("enabled") else { return true };
    if !node.text().is_some_and(|text| text.starts_with('=')) {
        return compiling.keep(written::yes_no(node)).unwrap_or(false);
    }
    let Some(Template::Expression(expression)) = compiling.value(node, &Scope::default(), false) else { return false };
    match crate::script::constant(&expression, compiling.settings) {
        Some(Value::Bool(enabled)) => enabled,
        other => {
            let is = match other.unwrap_or_default() {
                Value::Nothing => "it has no value".to_owned(),
                value => format!("this is a {}", value.kind()),
            };
            let problem = Problem::new(codes::YES_NO, expression.at(), format!("`enabled` is yes or no, and {is}"));
            compiling.problem(problem.next("compare it with something, such as `= settings.fallback_username != ()`"));
            false
        }
    }
}

fn order(compiling: &mut Compiling, node: &Node) -> Option<u16> {
    let order = compiling.keep(written::whole(node))?;
    let fits = u16::try_from(order).map_err(|_| {
        Problem::new(codes::NUMBER, &node.at, format!("`{order}` is too large for `order`"))
            .next("the smallest is asked first; `100` is the default, 65535 the largest")
    });
    compiling.keep(fits)
}

/// `let:` in order: each sees those before it.
fn lets(compiling: &mut Compiling, node: &Node, scope: &mut Scope) -> Lets {
    let mut lets = BTreeMap::new();
    let entries = compiling.keep(written::map(node, "`let`").map(<[_]>::to_vec)).unwrap_or_default();
    for (key, value) in &entries {
        if compiling.keep(written::identifier(key)).is_none() {
            continue;
        }
        let name = Name::from(key.name.as_str());
        let before = compiling.problems.len();
        // Named even when it is wrong, so that the lines that use it are not wrong as well.
        if let Some((named, kind)) = let_value(compiling, value, scope) {
            lets.insert(name.clone(), named);
            scope.lets.extend(kind.map(|kind| (name.clone(), kind)));
        }
        for problem in &mut compiling.problems[before..] {
            stands_later(problem, &entries, &scope.names);
        }
        scope.names.push(name);
    }
    lets
}

/// A name that is unknown because it stands below the one that uses it.
fn stands_later(problem: &mut Problem, entries: &[(Key, Node)], known: &[Name]) {
    let is_it = |key: &Key| problem.what == format!("unknown name `{}`", key.name);
    let later = entries.iter().find(|(key, _)| is_it(key) && !known.iter().any(|name| name.as_str() == key.name));
    if let Some((key, _)) = later {
        problem.also = Some(key.at.clone());
        problem.cause = "a name sees those above it".into();
        problem.next = format!("put `{}` above it under `let:`", key.name);
    }
}

/// Says of each name of `let:` that is right and that nothing uses; what the rule names (mappings, criteria) may use it as well.
fn check_used(compiling: &mut Compiling, node: &Node, right: &Lets) {
    let Some(lets) = node.get("let") else { return };
    let shared = compiling.mapping_nodes.values().map(|(_, node)| node).chain(compiling.criteria.values());
    let rest = node.entries().iter().filter(|(key, _)| key.name != "let").map(|(_, node)| node);
    let everywhere: Vec<&Node> = shared.chain(rest).collect();
    let is_used = |name: &str| {
        let mut others = lets.entries().iter().filter(|(key, _)| key.name != name);
        everywhere.iter().any(|node| says(node, name)) || others.any(|(_, node)| says(node, name))
    };
    let unused = lets.entries().iter().filter(|(key, _)| right.contains_key(key.name.as_str()) && !is_used(&key.name));
    let problem = |(key, _): &(Key, Node)| {
        let what = format!("nothing uses `{}`, so it is never worked out", key.name);
        Problem::new(codes::NO_EFFECT, &key.at, what).next("use it in a line or a value, or leave it out").warning()
    };
    let problems: Vec<Problem> = unused.map(problem).collect();
    compiling.problems.extend(problems);
}

/// Whether a name stands anywhere in what is written there.
fn says(node: &Node, name: &str) -> bool {
    let is_word = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    node.text().is_some_and(is_word)
        || node.entries().iter().any(|(key, node)| is_word(&key.name) || says(node, name))
        || node.items().iter().any(|node| says(node, name))
}

fn let_value(compiling: &mut Compiling, node: &Node, scope: &Scope) -> Option<Named> {
    if let [(key, params)] = node.entries() {
        return let_read(compiling, key, params, scope);
    }
    let text = compiling.keep(written::text(node).map(str::to_owned))?;
    if !text.starts_with('=') {
        let problem = Problem::new(codes::SHAPE, &node.at, "a name under `let` stands for an expression or a read");
        compiling.problem(problem.next(format!("`= {text}`")));
        return None;
    }
    match compiling.value(node, scope, false)? {
        Template::Expression(expression) => {
            let kind = compiling.kind(&expression, scope);
            Some((Arc::new(expression), kind))
        }
        _ => None,
    }
}
