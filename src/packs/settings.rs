//! Settings: what a pack declares, and whether the customer's values fit.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::names::Name;
use crate::packs::codes;
use crate::predicate::compare;
use crate::problem::{Place, Problem, closest};
use crate::rules::written;
use crate::rules::yaml::{Key, Node, Shape};
use crate::settings::Declared;
use crate::value::Value;

const KEYS: &[&str] =
    &["type", "required", "default", "min", "max", "help", "group", "needs", "one_of", "min_items", "max_items"];

/// Types whose values are names that somebody else knows: texts here, looked up when connected.
const NAMES: &[&str] = &[
    "text",
    "url",
    "email",
    "zone",
    "language",
    "calendar",
    "board",
    "category",
    "label",
    "role",
    "rank",
    "username",
    "case status",
    "queue",
    "record type",
    "contact",
    "field",
    "choice",
    "moment",
    "date",
    "size",
];

/// One entry of `settings:` in `pack.yaml`.
pub fn declared(key: &Key, node: &Node) -> Result<Declared, Vec<Problem>> {
    let mut problems = Vec::new();
    for (key, _) in node.entries().iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
        problems.push(written::unknown_key(key, KEYS, "a setting"));
    }
    let takes = node.get("type").and_then(Node::text).unwrap_or_default().to_owned();
    if !is_type(&takes) {
        let at = node.get("type").map_or(&key.at, |node| &node.at);
        let problem = Problem::new(codes::SETTING_TYPE, at, format!("`{takes}` is not a type"));
        problems
            .push(problem.next("text, number, yes or no, duration, list of …, table of … to …, board, username, …"));
    }
    if node.get("help").is_none() {
        let problem = Problem::new("missing-key", &key.at, format!("`settings.{}` needs `help`", key.name));
        problems.push(problem.next("say in a few words what it does; `check` and forms show it"));
    }
    let required = node.get("required").map(written::yes_no).transpose().unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    let mut part = |name: &str| match node.get(name).map(|node| value(&takes, node)) {
        Some(Ok(value)) => value,
        Some(Err(problem)) => {
            problems.push(problem);
            Value::Nothing
        }
        None => Value::Nothing,
    };
    let (default, min, max) = (part("default"), part("min"), part("max"));
    let help = node.get("help").and_then(Node::text).unwrap_or_default().to_owned();
    let needs = node.get("needs").and_then(Node::text).map(Name::from);
    let declared = Declared {
        name: key.name.as_str().into(),
        takes,
        required: required.unwrap_or(false),
        default,
        min,
        max,
        needs,
        help,
        at: key.at.clone(),
    };
    if problems.is_empty() { Ok(declared) } else { Err(problems) }
}

fn is_type(text: &str) -> bool {
    match (text.strip_prefix("list of "), text.strip_prefix("table of ")) {
        (Some(item), _) => is_type(item),
        (_, Some(rest)) => rest.split_once(" to ").is_some_and(|(from, to)| is_type(from) && is_type(to)),
        _ => NAMES.contains(&text) || matches!(text, "number" | "yes or no" | "duration"),
    }
}

/// A value of a type, as written.
pub fn value(takes: &str, node: &Node) -> Result<Value, Problem> {
    if let Some(item) = takes.strip_prefix("list of ") {
        return written::list(node, "this setting")?
            .iter()
            .map(|node| value(item, node))
            .collect::<Result<_, _>>()
            .map(Value::List);
    }
    if let Some((_, to)) = takes.strip_prefix("table of ").and_then(|rest| rest.split_once(" to ")) {
        let rows = written::map(node, "this setting")?.iter();
        let rows = rows.map(|(key, node)| Ok((Name::from(key.name.as_str()), value(to, node)?)));
        return rows.collect::<Result<BTreeMap<_, _>, _>>().map(Value::Map);
    }
    match takes {
        "number" => number(node),
        "yes or no" => written::yes_no(node).map(Value::Bool),
        "duration" => written::duration(node).map(Value::Span),
        _ => written::text(node).map(Value::text),
    }
}

fn number(node: &Node) -> Result<Value, Problem> {
    let text = node.text().unwrap_or(node.kind());
    let quoted = matches!(node.shape, Shape::Scalar { quoted: true, .. });
    match (quoted, text.parse::<i64>(), text.parse::<f64>()) {
        (false, Ok(whole), _) => Ok(Value::Int(whole)),
        (false, Err(_), Ok(number)) if number.is_finite() => Ok(Value::Float(number)),
        _ => Err(Problem::new(codes::SETTING_TYPE, &node.at, format!("`{text}` is not a number"))
            .next("write digits without quotes")),
    }
}

/// All settings of a bridge: the customer's values where they fit, defaults otherwise.
pub fn all(declared: &[Declared], given: Option<&Node>, file: &str) -> (Value, Vec<Problem>) {
    let mut values: BTreeMap<Name, Value> = everywhere();
    let mut problems = Vec::new();
    values.extend(declared.iter().map(|setting| (setting.name.clone(), setting.default.clone())));
    let names: Vec<String> = values.keys().map(Name::to_string).collect();
    for (key, node) in given.map(Node::entries).unwrap_or_default() {
        let takes = declared.iter().find(|setting| setting.name.as_str() == key.name);
        let result = match (takes, own_type(&key.name)) {
            (Some(setting), _) => checked(setting, node),
            (None, Some(takes)) => value(takes, node),
            (None, None) => Err(unknown(key, &names)),
        };
        match result {
            Ok(value) => _ = values.insert(key.name.as_str().into(), value),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(missing(declared, given, file));
    problems.extend(without_effect(declared, &values, given));
    (Value::Map(values), problems)
}

/// What every bridge has, declared by nobody.
fn everywhere() -> BTreeMap<Name, Value> {
    BTreeMap::from([
        ("zone".into(), Value::text("UTC")),
        ("staff_roles".into(), Value::List(vec![])),
        ("index_lag".into(), Value::Span(SignedDuration::from_mins(5))),
        ("near_miss".into(), Value::Int(50)),
        ("keep_runs".into(), Value::Span(SignedDuration::from_hours(30 * 24))),
        ("keep_keys".into(), Value::Span(SignedDuration::from_hours(400 * 24))),
    ])
}

fn own_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "zone" => "zone",
        "staff_roles" => "list of role",
        "index_lag" | "keep_runs" | "keep_keys" => "duration",
        "near_miss" => "number",
        _ => return None,
    })
}

/// A value within its bounds.
fn checked(setting: &Declared, node: &Node) -> Result<Value, Problem> {
    let value = value(&setting.takes, node)?;
    let below = compare(&value, &setting.min).is_some_and(std::cmp::Ordering::is_lt);
    let above = compare(&value, &setting.max).is_some_and(std::cmp::Ordering::is_gt);
    if below || above {
        let what = format!("`{}` is {value}, outside its bounds", setting.name);
        let bounds = format!("from {} to {}", setting.min, setting.max);
        return Err(Problem::new(codes::OUT_OF_RANGE, &node.at, what).because(bounds).next(setting.help.clone()));
    }
    Ok(value)
}

fn unknown(key: &Key, names: &[String]) -> Problem {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let problem = Problem::new(codes::UNKNOWN_SETTING, &key.at, format!("unknown setting `{}`", key.name));
    match closest(&key.name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.because(format!("settings are: {}", names.join(", "))),
    }
}

fn missing(declared: &[Declared], given: Option<&Node>, file: &str) -> Vec<Problem> {
    let at = given.map_or_else(|| Place::file(file), |node| Place { width: 1, ..node.at.clone() });
    let absent =
        |setting: &&Declared| setting.required && given.and_then(|node| node.get(setting.name.as_str())).is_none();
    let problem = |setting: &Declared| {
        let what = format!("the setting `{}` is required", setting.name);
        Problem::new(codes::MISSING_SETTING, &at, what)
            .because(setting.help.clone())
            .next(format!("add `{}: …` under `settings:` of the bridge", setting.name))
    };
    declared.iter().filter(absent).map(problem).collect()
}

/// A setting that is on while the one that it needs is off (SET-2).
fn without_effect(declared: &[Declared], values: &BTreeMap<Name, Value>, given: Option<&Node>) -> Vec<Problem> {
    let is_on = |name: &str| values.get(name) == Some(&Value::Bool(true));
    let mut problems = Vec::new();
    for setting in declared.iter().filter(|setting| is_on(setting.name.as_str())) {
        let Some(needs) = setting.needs.as_ref().filter(|needs| !is_on(needs.as_str())) else { continue };
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
