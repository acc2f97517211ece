//! The settings of a bridge: the customer's values, checked against what the packs declare, defaults otherwise.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::names::Name;
use crate::packs::codes;
use crate::packs::setting_types::{is_type, kind, value, within};
use crate::problem::{Place, Problem, closest};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};
use crate::script::Kind;
use crate::settings::Declared;
use crate::value::Value;

/// The settings that every bridge has, with their types.
pub const EVERYWHERE: &[(&str, &str)] = &[
    ("zone", "zone"),
    ("staff_roles", "list of role"),
    ("bots", "list of username"),
    ("unmoderated_is_public", "yes or no"),
    ("index_lag", "duration"),
    ("near_miss", "share"),
    ("keep_runs", "duration"),
    ("keep_keys", "duration"),
];

/// All settings of a bridge: the customer's values where they fit, defaults otherwise.
pub fn all(declared: &[Declared], given: Option<&Node>) -> (Value, Vec<Problem>) {
    let mut values: BTreeMap<Name, Value> = everywhere();
    let mut problems = Vec::new();
    values.extend(declared.iter().map(|setting| (setting.name.clone(), setting.default.clone())));
    let names: Vec<String> = values.keys().map(Name::to_string).collect();
    if let Some(Err(problem)) = given.map(|node| written::map(node, "`settings`")) {
        problems.push(problem);
    }
    for (key, node) in given.map(Node::entries).unwrap_or_default() {
        let takes = declared.iter().find(|setting| setting.name.as_str() == key.name);
        let result = match (takes, own_type(&key.name)) {
            (Some(setting), _) => value(&setting.takes, node).and_then(|value| within(setting, value, node)),
            (None, Some(takes)) => value(takes, node),
            (None, None) => Err(unknown(key, &names)),
        };
        match result {
            Ok(value) => _ = values.insert(key.name.as_str().into(), value),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(twice(declared));
    // A pack alone, without a bridge, asks nobody for settings.
    if let Some(given) = given {
        problems.extend(missing(declared, given));
    }
    problems.extend(unknown_needs(declared));
    problems.extend(without_effect(declared, &values, given));
    problems.extend(given.and_then(|given| kept_too_short(&values, given)));
    (Value::Map(values), problems)
}

/// What every bridge has, declared by nobody.
fn everywhere() -> BTreeMap<Name, Value> {
    BTreeMap::from([
        ("zone".into(), Value::text("UTC")),
        ("staff_roles".into(), Value::List(vec![])),
        ("bots".into(), Value::List(vec![])),
        ("unmoderated_is_public".into(), false.into()),
        ("index_lag".into(), Value::Span(SignedDuration::from_mins(5))),
        ("near_miss".into(), Value::Int(50)),
        ("keep_runs".into(), Value::Span(SignedDuration::from_hours(30 * 24))),
        ("keep_keys".into(), Value::Span(SignedDuration::from_hours(400 * 24))),
    ])
}

/// Of what kind each setting is.
pub fn kinds(declared: &[Declared]) -> BTreeMap<Name, Option<Kind>> {
    let own = EVERYWHERE.iter().map(|(name, takes)| (Name::from(*name), Some(kind(takes))));
    own.chain(
        declared.iter().map(|setting| (setting.name.clone(), is_type(&setting.takes).then(|| kind(&setting.takes)))),
    )
    .collect()
}

fn own_type(name: &str) -> Option<&'static str> {
    EVERYWHERE.iter().find(|(own, _)| *own == name).map(|(_, takes)| *takes)
}

fn unknown(key: &Key, names: &[String]) -> Problem {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let problem = Problem::new(codes::UNKNOWN_SETTING, &key.at, format!("unknown setting `{}`", key.name));
    match closest(&key.name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.because(format!("settings are: {}", names.join(", "))),
    }
}

fn missing(declared: &[Declared], given: &Node) -> Vec<Problem> {
    let at = Place { width: 1, ..given.at.clone() };
    let absent = |setting: &&Declared| setting.required && given.get(setting.name.as_str()).is_none();
    let problem = |setting: &Declared| {
        let what = format!("the setting `{}` is required", setting.name);
        Problem::new(codes::MISSING_SETTING, &at, what)
            .because(setting.help.clone())
            .next(format!("add `{}: …` under `settings:`", setting.name))
    };
    declared.iter().filter(absent).map(problem).collect()
}

/// A setting that is on while the one that it needs is off (SET-2).
fn without_effect(declared: &[Declared], values: &BTreeMap<Name, Value>, given: Option<&Node>) -> Vec<Problem> {
    let is_on = |name: &str| values.get(name) == Some(&Value::Bool(true));
    let is_off = |name: &str| values.contains_key(name) && !is_on(name);
    let mut problems = Vec::new();
    for setting in declared.iter().filter(|setting| is_on(setting.name.as_str())) {
        let Some(needs) = setting.needs.as_ref().filter(|needs| is_off(needs.as_str())) else { continue };
        let key = given.and_then(|node| node.entries().iter().find(|(key, _)| key.name == setting.name.as_str()));
        let at = key.map_or(&setting.at, |(key, _)| &key.at);
        let what = format!("`{}` has no effect while `{needs}` is off", setting.name);
        problems.push(
            Problem::new(codes::HAS_NO_EFFECT, at, what)
                .next(format!("`{needs}: true`, or turn this one off"))
                .warning(),
        );
    }
    problems
}

/// Runs are kept for a day at least, and what keeps a thing from being done twice no shorter than they are.
fn kept_too_short(values: &BTreeMap<Name, Value>, given: &Node) -> Option<Problem> {
    let span = |name: &str| match values.get(name) {
        Some(Value::Span(span)) => *span,
        _ => SignedDuration::ZERO,
    };
    let problem = |name: &str, what: &str, next: &str| {
        let at = given.get(name).map_or(&given.at, |node| &node.at);
        Some(Problem::new(codes::OUT_OF_RANGE, at, what).next(next))
    };
    if span("keep_runs") < SignedDuration::from_hours(24) {
        return problem("keep_runs", "`keep_runs` is less than a day", "`1 days`, or more");
    }
    if span("keep_keys") < span("keep_runs") {
        let name = if given.get("keep_keys").is_some() { "keep_keys" } else { "keep_runs" };
        let what =
            "`keep_keys` is less than `keep_runs`: nobody would know any more that what a kept run made is there";
        return problem(name, what, "make it as long at least; 400 days if you leave it out");
    }
    None
}

/// Settings that name a calendar which nobody has.
pub fn unknown_calendars(declared: &[Declared], values: &Value, given: Option<&Node>, names: &[Name]) -> Vec<Problem> {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    let unknown = |setting: &Declared| {
        let name = values.get(setting.name.as_str()).as_str().filter(|name| !names.contains(name))?;
        let at = given.and_then(|node| node.get(setting.name.as_str())).map_or(&setting.at, |node| &node.at);
        let problem = Problem::new(rule_codes::UNKNOWN_CALENDAR, at, format!("there is no calendar `{name}`"));
        Some(match closest(name, &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next(format!("calendars stand under `calendars:` of a pack; `{}` names one", setting.name)),
        })
    };
    declared.iter().filter(|setting| setting.takes == "calendar").filter_map(unknown).collect()
}

/// A setting that two packs declare, or that every bridge has.
fn twice(declared: &[Declared]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (n, setting) in declared.iter().enumerate() {
        let problem =
            Problem::new(rule_codes::NAMED_TWICE, &setting.at, format!("`settings.{}` stands twice", setting.name));
        if let Some(first) = declared[..n].iter().find(|first| first.name == setting.name) {
            problems.push(problem.also(&first.at).next("give one another name"));
        } else if own_type(setting.name.as_str()).is_some() {
            problems.push(problem.because("every bridge has it").next("leave it out here"));
        }
    }
    problems
}

fn unknown_needs(declared: &[Declared]) -> Vec<Problem> {
    let names: Vec<&str> = declared.iter().map(|setting| setting.name.as_str()).collect();
    let unknown = |setting: &&Declared| setting.needs.as_ref().is_some_and(|needs| !names.contains(&needs.as_str()));
    let problem = |setting: &Declared| {
        let needs = setting.needs.as_ref().map(Name::as_str).unwrap_or_default();
        let what = format!("`settings.{}` needs `{needs}`, and nobody declares that", setting.name);
        let problem = Problem::new(codes::UNKNOWN_SETTING, &setting.at, what);
        match closest(needs, &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("declare it too, or leave `needs` out"),
        }
    };
    declared.iter().filter(unknown).map(problem).collect()
}
