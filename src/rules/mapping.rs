//! `mappings:` and `set:`: which field gets which value. A key with a capital, or one that ends in `__c`, is a field.

use std::sync::Arc;

use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Fields, Scope};
use crate::rules::criteria::criteria;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Fit, Measure, Missing, Template, TooBig, TooLong, codes, written};
use crate::value::Value;

const OURS: &[&str] = &["to", "extends", "leave_out", "about"];
const FIELD_KEYS: &[&str] = &["value", "choose", "max", "too_long", "too_big", "missing", "join", "type", "unknown"];
const LATER: &[&str] = &["look_up", "where", "take", "many", "update"];

/// The lengths of standard fields of a case, in UTF-16 units (Salesforce object reference, Case).
const LENGTHS: &[(&str, usize)] = &[
    ("Subject", 255),
    ("Description", 32_000),
    ("SuppliedName", 80),
    ("SuppliedEmail", 80),
    ("SuppliedPhone", 40),
    ("SuppliedCompany", 80),
];

/// A mapping by name, with what it extends; `set` goes on top.
pub fn fields(compiling: &mut Compiling, with: &Node, set: Option<&Node>, scope: &Scope) -> Option<Fields> {
    let name = compiling.keep(written::text(with).map(str::to_owned))?;
    let mut rows = named(compiling, &name, with, scope, &mut vec![])?;
    if let Some(set) = set {
        let entries = compiling.keep(written::map(set, "`set`").map(<[_]>::to_vec))?;
        for (key, node) in &entries {
            put(&mut rows, field(compiling, key, node, scope));
        }
    }
    Some(Arc::new(rows))
}

/// The rows of a mapping; `seen` finds a circle of `extends`.
pub fn named(
    compiling: &mut Compiling,
    name: &str,
    at: &Node,
    scope: &Scope,
    seen: &mut Vec<String>,
) -> Option<Vec<FieldRow>> {
    let Some((_, node)) = compiling.mapping_nodes.get(name).cloned() else {
        compiling.problem(unknown_mapping(compiling, name, at));
        return None;
    };
    if seen.contains(&name.to_owned()) {
        compiling.problem(Problem::new(codes::CIRCLE, &at.at, format!("`mappings.{name}` extends itself")));
        return None;
    }
    seen.push(name.to_owned());
    let mut rows = match node.get("extends") {
        Some(base) => {
            let base_name = compiling.keep(written::text(base).map(str::to_owned))?;
            named(compiling, &base_name, base, scope, seen)?
        }
        None => vec![],
    };
    let left_out: Vec<&str> =
        node.get("leave_out").map(|list| list.items().iter().filter_map(Node::text).collect()).unwrap_or_default();
    rows.retain(|row| !left_out.contains(&row.field.as_str()));
    for (key, value) in node.entries().iter().filter(|(key, _)| !OURS.contains(&key.name.as_str())) {
        if is_field(&key.name) {
            put(&mut rows, field(compiling, key, value, scope));
        } else {
            let problem = written::unknown_key(key, OURS, "a mapping");
            compiling.problem(problem.because("a field begins with a capital or ends in `__c`"));
        }
    }
    Some(rows)
}

fn unknown_mapping(compiling: &Compiling, name: &str, at: &Node) -> Problem {
    let names: Vec<&str> = compiling.mapping_nodes.keys().map(String::as_str).collect();
    let problem = Problem::new(codes::UNKNOWN_MAPPING, &at.at, format!("there is no mapping `{name}`"));
    match closest(name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("write it under `mappings:`"),
    }
}

fn is_field(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) || name.ends_with("__c")
}

fn put(rows: &mut Vec<FieldRow>, row: Option<FieldRow>) {
    let Some(row) = row else { return };
    rows.retain(|known| known.field != row.field);
    rows.push(row);
}

/// One field: a value alone, or a map with what happens when it does not fit.
fn field(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<FieldRow> {
    let (value, fit) = match &node.shape {
        Shape::Map(entries) => {
            for (key, _) in entries {
                match key.name.as_str() {
                    name if LATER.contains(&name) => compiling.problem(written::not_yet(key)),
                    name if !FIELD_KEYS.contains(&name) => {
                        compiling.problem(written::unknown_key(key, FIELD_KEYS, "a field of a mapping"));
                    }
                    _ => {}
                }
            }
            (field_value(compiling, key, node, scope)?, fit(compiling, key, node)?)
        }
        _ => (FieldValue::Template(compiling.value(node, scope, false)?), fit(compiling, key, node)?),
    };
    let row = FieldRow { field: key.name.as_str().into(), value, fit, at: key.at.clone() };
    check_length(compiling, &row, node);
    Some(row)
}

fn field_value(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<FieldValue> {
    match (node.get("value"), node.get("choose")) {
        (Some(value), None) => compiling.value(value, scope, false).map(FieldValue::Template),
        (None, Some(rows)) => {
            let rows = compiling.keep(written::list(rows, "`choose`").map(<[_]>::to_vec))?;
            rows.iter().map(|row| choice(compiling, row, scope)).collect::<Option<_>>().map(FieldValue::Choose)
        }
        _ => {
            let problem =
                Problem::new(codes::MISSING_KEY, &key.at, format!("`{}` needs `value` or `choose`", key.name));
            compiling.problem(problem.next("`value: = …`, or rows under `choose:`"));
            None
        }
    }
}

fn choice(compiling: &mut Compiling, row: &Node, scope: &Scope) -> Option<ChoiceRow> {
    let keys: Vec<&str> = row.entries().iter().map(|(key, _)| key.name.as_str()).collect();
    match keys.as_slice() {
        ["use"] => compiling.value(row.get("use")?, scope, false).map(ChoiceRow::Otherwise),
        ["when", "use"] | ["use", "when"] => {
            let when = as_lines(row.get("when")?);
            let when = criteria(compiling, &when, scope, "when");
            compiling.value(row.get("use")?, scope, false).map(|value| ChoiceRow::When(when, value))
        }
        ["table", "by"] | ["by", "table"] => {
            let table = row.get("table")?.text().unwrap_or_default().to_owned();
            if !compiling.table_names.iter().any(|name| name.as_str() == table) {
                let names: Vec<&str> = compiling.table_names.iter().map(|name| name.as_str()).collect();
                let problem =
                    Problem::new(codes::UNKNOWN_TABLE, &row.get("table")?.at, format!("there is no table `{table}`"));
                let problem = match closest(&table, &names) {
                    Some(near) => problem.next(format!("did you mean `{near}`?")),
                    None => problem.next("write it under `tables:`"),
                };
                compiling.problem(problem);
                return None;
            }
            compiling
                .value(row.get("by")?, scope, false)
                .map(|by| ChoiceRow::Table { table: table.as_str().into(), by })
        }
        _ => {
            let problem = Problem::new(
                codes::SHAPE,
                &row.at,
                "a row of `choose` is `{ when: …, use: … }`, `{ table: …, by: … }` or `use: …`",
            );
            compiling.problem(problem);
            None
        }
    }
}

/// A single expression where a list of lines may stand.
pub fn as_lines(node: &Node) -> Node {
    match node.shape {
        Shape::List(_) => node.clone(),
        _ => Node { at: node.at.clone(), shape: Shape::List(vec![node.clone()]) },
    }
}

fn fit(compiling: &mut Compiling, key: &Key, node: &Node) -> Option<Fit> {
    let mut fit = Fit::default();
    let standard = LENGTHS.iter().find(|(field, _)| *field == key.name).map(|(_, length)| Measure::Characters(*length));
    fit.max = match (node.get("max"), node.get("type")) {
        (Some(max), _) => compiling.keep(written::measure(max)),
        (None, Some(kind)) => {
            let (max, digits) = field_type(kind.text().unwrap_or_default());
            fit.digits = digits;
            max
        }
        (None, None) => standard,
    };
    if let Some(word) = node.get("too_long") {
        fit.too_long = compiling.keep(written::word(word, TOO_LONG));
    }
    if let Some(word) = node.get("too_big") {
        fit.too_big = compiling.keep(written::word(word, TOO_BIG));
    }
    if let Some(missing) = node.get("missing") {
        fit.missing = match missing.get("use") {
            Some(value) => Missing::Use(value.text().map_or(Value::Nothing, Value::text)),
            None => compiling.keep(written::word(missing, MISSING)).map_or(Missing::Omit, |word| match word {
                "clear" => Missing::Clear,
                "refuse" => Missing::Refuse,
                _ => Missing::Omit,
            }),
        };
    }
    fit.join = node.get("join").and_then(Node::text).map(str::to_owned);
    Some(fit)
}

const TOO_LONG: &[(&str, TooLong)] = &[
    ("cut", TooLong::Cut),
    ("cut_at_word", TooLong::CutAtWord),
    ("omit", TooLong::Omit),
    ("refuse", TooLong::Refuse),
    ("drop_items", TooLong::DropItems),
];
const TOO_BIG: &[(&str, TooBig)] = &[("cap", TooBig::Cap), ("omit", TooBig::Omit), ("refuse", TooBig::Refuse)];
const MISSING: &[(&str, &str)] = &[("omit", "omit"), ("clear", "clear"), ("refuse", "refuse")];

/// `Text(80)` and `Number(5,0)`, as Salesforce's setup pages write them.
fn field_type(text: &str) -> (Option<Measure>, Option<(u8, u8)>) {
    let Some((name, rest)) = text.split_once('(') else { return (None, None) };
    let numbers: Vec<usize> = rest.trim_end_matches(')').split(',').filter_map(|n| n.trim().parse().ok()).collect();
    match (name.trim(), numbers.as_slice()) {
        ("Number", [digits, scale]) => (None, Some((*digits as u8, *scale as u8))),
        (_, [length]) => (Some(Measure::Characters(*length)), None),
        _ => (None, None),
    }
}

/// A text whose length nobody knows, into a field that holds so much and no more, with nothing said about the rest.
fn check_length(compiling: &mut Compiling, row: &FieldRow, node: &Node) {
    let Some(max) = row.fit.max else { return };
    let open = matches!(&row.value, FieldValue::Template(Template::Expression(e)) if may_be_long(compiling, e))
        || matches!(&row.value, FieldValue::Template(Template::Text { .. }));
    if open && row.fit.too_long.is_none() {
        let written = node.get("value").or(Some(node)).and_then(Node::text).unwrap_or_default();
        let what = format!("nothing says what happens to more than {max} in `{}`", row.field);
        let problem = Problem::new(codes::NO_TOO_LONG, &row.at, what);
        compiling.problem(
            problem
                .next(format!("`{}: {{ value: {written}, too_long: cut }}`, or cut_at_word, omit, refuse", row.field)),
        );
    }
}

fn may_be_long(compiling: &Compiling, expression: &crate::script::Expression) -> bool {
    use crate::catalog::Type;
    let long = |path: &crate::names::Path| {
        let row = compiling.catalog.facts().find(|row| row.fact == *path);
        row.is_none_or(|row| matches!(row.gives, Type::Text | Type::Html | Type::List | Type::Any))
    };
    expression.uses().iter().any(long)
}
