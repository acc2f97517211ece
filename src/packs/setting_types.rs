//! The types that a setting may have, and whether a value fits.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::names::Name;
use crate::packs::codes;
use crate::predicate::compare;
use crate::problem::{Problem, closest};
use crate::rules::yaml::{Node, Shape};
use crate::rules::{addresses, moments, written};
use crate::script::Kind;
use crate::settings::Declared;
use crate::value::Value;

/// Types whose values are names that somebody else knows: texts here, looked up when connected.
pub const NAMES: &[&str] = &[
    "text",
    "choice",
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
];

/// Types whose values have a form of their own.
pub const FORMS: &[&str] =
    &["number", "yes or no", "duration", "share", "moment", "date", "size", "url", "email", "zone", "language"];

/// Whether a text is a type.
pub fn is_type(text: &str) -> bool {
    match (text.strip_prefix("list of "), text.strip_prefix("table of ")) {
        (Some(item), _) => is_type(item),
        (_, Some(rest)) => rest.split_once(" to ").is_some_and(|(from, to)| is_type(from) && is_type(to)),
        _ => NAMES.contains(&text) || FORMS.contains(&text),
    }
}

/// Of what kind the values of a type are.
pub fn kind(takes: &str) -> Kind {
    match takes.strip_prefix("list of ") {
        Some(item) => Kind::list(word(item)),
        None => Kind::new(word(takes)),
    }
}

fn word(takes: &str) -> &'static str {
    match takes {
        "number" | "share" | "size" => "number",
        "yes or no" => "yes or no",
        "duration" => "duration",
        "moment" => "moment",
        "date" => "date",
        list if list.starts_with("list of ") => "list",
        table if table.starts_with("table of ") => "map",
        _ => "text",
    }
}

/// A value of a type, as written.
pub fn value(takes: &str, node: &Node) -> Result<Value, Problem> {
    if let Some(item) = takes.strip_prefix("list of ") {
        let items = written::list(node, "this setting")?.iter();
        return items.map(|node| value(item, node)).collect::<Result<_, _>>().map(Value::List);
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
        "share" => written::percent(node).map(|share| Value::Int(share as i64)),
        "moment" => moments::moment(node).map(Value::Moment),
        "date" => moments::date(node).map(Value::text),
        "size" => addresses::size(node).map(Value::Int),
        "url" => addresses::url(node).map(Value::text),
        "email" => addresses::email(node).map(Value::text),
        "language" => addresses::language(node).map(Value::text),
        "zone" => written::zone(node).and_then(|_| written::text(node).map(Value::text)),
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

/// A value that keeps to the bounds of its setting.
pub fn within(setting: &Declared, value: Value, node: &Node) -> Result<Value, Problem> {
    let outside = |what: String, bounds: String| {
        let next = format!("give one that fits; the setting is: {}", setting.help);
        Err(Problem::new(codes::OUT_OF_RANGE, &node.at, what).because(bounds).next(next))
    };
    let name = &setting.name;
    match &value {
        Value::Text(text) if setting.takes == "choice" => {
            return chosen(setting, text, node).map(|()| value);
        }
        Value::Text(text) => {
            let length = Value::Int(text.chars().count() as i64);
            if is(&length, &setting.max, Ordering::Greater) {
                return outside(format!("`{name}` has {length} characters"), format!("{} at most", setting.max));
            }
        }
        Value::List(items) => {
            let (count, (fewest, most)) = (items.len() as u64, setting.items);
            if fewest.is_some_and(|fewest| count < fewest) || most.is_some_and(|most| count > most) {
                let bounds = bounds(fewest.map(|n| n.to_string()), most.map(|n| n.to_string()));
                return outside(format!("`{name}` has {count} entries"), bounds);
            }
        }
        _ if is(&value, &setting.min, Ordering::Less) || is(&value, &setting.max, Ordering::Greater) => {
            let bound = |bound: &Value| (!bound.is_nothing()).then(|| bound.to_string());
            let bounds = bounds(bound(&setting.min), bound(&setting.max));
            return outside(format!("`{name}` is {value}, outside its bounds"), bounds);
        }
        _ => {}
    }
    Ok(value)
}

fn is(value: &Value, bound: &Value, order: Ordering) -> bool {
    compare(value, bound) == Some(order)
}

fn bounds(least: Option<String>, most: Option<String>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("from {least} to {most}"),
        (Some(least), None) => format!("{least} at least"),
        (None, Some(most)) => format!("{most} at most"),
        (None, None) => String::new(),
    }
}

fn chosen(setting: &Declared, text: &str, node: &Node) -> Result<(), Problem> {
    let words: Vec<&str> = setting.one_of.iter().map(Name::as_str).collect();
    if words.contains(&text) {
        return Ok(());
    }
    let problem = Problem::new(codes::OUT_OF_RANGE, &node.at, format!("`{}` cannot be `{text}`", setting.name));
    let problem = problem.because(format!("one of: {}", words.join(", ")));
    Err(match closest(text, &words) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next(format!("take one of these; the setting is: {}", setting.help)),
    })
}
