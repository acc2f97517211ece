//! One field of a mapping: its value, and what happens when the value does not fit.

use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Scope, plain};
use crate::rules::criteria::criteria;
use crate::rules::field_type::{self, Holds};
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Fit, Missing, TooBig, TooLong, codes, losses, written};

/// The keys of a field that is more than a value.
pub const KEYS: &[&str] = &["value", "choose", "max", "too_long", "too_big", "missing", "join", "type"];
const LATER: &[&str] = &["look_up", "where", "take", "many", "update", "unknown"];

/// The words of `too_long`.
pub const TOO_LONG: &[(&str, TooLong)] = &[
    ("cut", TooLong::Cut),
    ("cut_at_word", TooLong::CutAtWord),
    ("omit", TooLong::Omit),
    ("refuse", TooLong::Refuse),
    ("drop_items", TooLong::DropItems),
];
/// The words of `too_big`.
pub const TOO_BIG: &[(&str, TooBig)] = &[("cap", TooBig::Cap), ("omit", TooBig::Omit), ("refuse", TooBig::Refuse)];
/// The words of `missing`; `{ use: VALUE }` stands beside them.
pub const MISSING: &[(&str, u8)] = &[("omit", 0), ("clear", 1), ("refuse", 2)];

/// A value alone, or a map with what happens when it does not fit.
pub fn field(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<FieldRow> {
    let is_map = matches!(node.shape, Shape::Map(_));
    if is_map {
        check_keys(compiling, node);
    }
    let fit = fit(compiling, key, node);
    let value = if is_map {
        value(compiling, key, node, scope)?
    } else {
        FieldValue::Template(compiling.value(node, scope, false)?)
    };
    let row = FieldRow { field: key.name.as_str().into(), value, fit, at: key.at.clone() };
    losses::check(compiling, &row, node);
    Some(row)
}

fn check_keys(compiling: &mut Compiling, node: &Node) {
    for (key, _) in node.entries() {
        let name = key.name.as_str();
        if LATER.contains(&name) {
            compiling.problem(written::not_yet(key));
        } else if !KEYS.contains(&name) {
            compiling.problem(written::unknown_key(key, KEYS, "a field of a mapping"));
        }
    }
}

fn value(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<FieldValue> {
    match (node.get("value"), node.get("choose")) {
        (Some(value), None) => compiling.value(value, scope, false).map(FieldValue::Template),
        (None, Some(rows)) => choices(compiling, rows, scope).map(FieldValue::Choose),
        (Some(_), Some(_)) => {
            let what = format!("`{}` has `value` and `choose`", key.name);
            compiling.problem(Problem::new(codes::SHAPE, &key.at, what).next("keep one of them"));
            None
        }
        // The key that is not there yet was named already.
        (None, None) if node.entries().iter().any(|(key, _)| LATER.contains(&key.name.as_str())) => None,
        (None, None) => {
            let what = format!("`{}` needs `value` or `choose`", key.name);
            let problem = Problem::new(codes::MISSING_KEY, &key.at, what);
            compiling.problem(problem.next("`value: = …`, or rows under `choose:`"));
            None
        }
    }
}

/// The rows of `choose:`; nothing comes after one that is for all others.
fn choices(compiling: &mut Compiling, node: &Node, scope: &Scope) -> Option<Vec<ChoiceRow>> {
    let items = compiling.keep(written::list(node, "`choose`").map(<[Node]>::to_vec))?;
    let rows: Vec<Option<ChoiceRow>> = items.iter().map(|row| choice(compiling, row, scope)).collect();
    let otherwise = rows.iter().position(|row| matches!(row, Some(ChoiceRow::Otherwise(_))));
    if let Some(behind) = otherwise.and_then(|last| items.get(last + 1)) {
        let problem = Problem::new(codes::NEVER_REACHED, &behind.at, "this row is never reached");
        compiling.problem(problem.because("the one before is for all others").next("put the row without `when` last"));
    }
    rows.into_iter().collect()
}

fn choice(compiling: &mut Compiling, row: &Node, scope: &Scope) -> Option<ChoiceRow> {
    let mut keys: Vec<&str> = row.entries().iter().map(|(key, _)| key.name.as_str()).collect();
    keys.sort_unstable();
    match keys.as_slice() {
        ["use"] => compiling.value(row.get("use")?, scope, false).map(ChoiceRow::Otherwise),
        ["use", "when"] => {
            let when = criteria(compiling, &as_lines(row.get("when")?), scope, "when");
            compiling.value(row.get("use")?, scope, false).map(|value| ChoiceRow::When(when, value))
        }
        ["by", "table"] => {
            let by = compiling.value(row.get("by")?, scope, false);
            let table = table(compiling, row.get("table")?)?;
            Some(ChoiceRow::Table { table: table.as_str().into(), by: by? })
        }
        _ => {
            let what = "a row of `choose` is `{ when: …, use: … }`, `{ table: …, by: … }` or `use: …`";
            compiling.problem(
                Problem::new(codes::SHAPE, &row.at, what).next("`when` in a row is one line or a list of lines"),
            );
            None
        }
    }
}

fn table(compiling: &mut Compiling, node: &Node) -> Option<String> {
    let table = compiling.keep(written::text(node).map(str::to_owned))?;
    let names: Vec<&str> = compiling.table_names.iter().map(|name| name.as_str()).collect();
    if names.contains(&table.as_str()) {
        return Some(table);
    }
    let problem = Problem::new(codes::UNKNOWN_TABLE, &node.at, format!("there is no table `{table}`"));
    let problem = match closest(&table, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("write it under `tables:`"),
    };
    compiling.problem(problem);
    None
}

fn fit(compiling: &mut Compiling, key: &Key, node: &Node) -> Fit {
    let kind = node.get("type").and_then(|kind| compiling.keep(field_type::field_type(kind)));
    let Holds { max, digits } = kind.unwrap_or_else(|| field_type::standard(&key.name));
    let mut fit = Fit { max, digits, ..Fit::default() };
    if let Some(max) = node.get("max") {
        fit.max = compiling.keep(written::measure(max)).or(fit.max);
    }
    if let Some(word) = node.get("too_long") {
        // A word that is none was meant as one: nothing is said twice.
        fit.too_long = compiling.keep(written::word(word, TOO_LONG)).or(Some(TooLong::Refuse));
    }
    if let Some(word) = node.get("too_big") {
        fit.too_big = compiling.keep(written::word(word, TOO_BIG)).or(Some(TooBig::Refuse));
    }
    if let Some(node) = node.get("missing") {
        fit.missing = missing(compiling, node);
    }
    fit.join = node.get("join").and_then(|join| compiling.keep(written::text(join).map(str::to_owned)));
    fit
}

fn missing(compiling: &mut Compiling, node: &Node) -> Missing {
    if let Shape::Map(entries) = &node.shape {
        return match entries.as_slice() {
            [(key, value)] if key.name == "use" && is_plain(value) => {
                Missing::Use(plain(value, value.text().unwrap_or_default()))
            }
            _ => {
                let problem = Problem::new(codes::SHAPE, &node.at, "`missing` is a word or `{ use: VALUE }`");
                compiling.problem(problem.next("a plain value stands there, such as `{ use: (no text) }`"));
                Missing::Omit
            }
        };
    }
    match compiling.keep(written::word(node, MISSING)) {
        Some(1) => Missing::Clear,
        Some(2) => Missing::Refuse,
        _ => Missing::Omit,
    }
}

fn is_plain(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.starts_with('=') && !text.contains("${"))
}
