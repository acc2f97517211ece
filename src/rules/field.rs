//! One field of a mapping: its value, and what happens when the value does not fit.

use crate::names::Name;
use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Scope, plain};
use crate::rules::criteria::criteria;
use crate::rules::field_type::{self, Holds};
use crate::rules::look_up::look_up;
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{
    ChoiceRow, FieldRow, FieldValue, Fit, Missing, TooBig, TooLong, Unknown, Update, codes, field_kind, losses,
    mentions, written,
};
use crate::value::Value;

/// The keys of a field that is more than a value.
pub const KEYS: &[&str] = &[
    "value", "choose", "max", "too_long", "too_big", "missing", "join", "type", "look_up", "where", "take", "many",
    "update", "unknown",
];
/// The keys that only a look-up has.
const OF_LOOK_UP: &[&str] = &["where", "take", "many"];

/// Standard fields that no query may be asked by, and no read gives.
const LONG_TEXTS: &[&str] = &["Description", "Comments"];

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
/// The words of `update`.
pub const UPDATE: &[(&str, Update)] =
    &[("overwrite", Update::Overwrite), ("fill_blanks", Update::FillBlanks), ("on_create", Update::OnCreate)];
/// The words of `unknown`; `{ use: VALUE }` stands beside them.
pub const UNKNOWN: &[(&str, u8)] = &[("omit", 0), ("refuse", 1)];
/// The words of `missing`; `{ use: VALUE }` stands beside them.
pub const MISSING: &[(&str, u8)] = &[("omit", 0), ("clear", 1), ("refuse", 2)];

/// A value alone, or a map with what happens when it does not fit.
pub fn field(compiling: &mut Compiling, object: &Name, key: &Key, node: &Node, scope: &Scope) -> Option<FieldRow> {
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
    let update = update(compiling, key, node);
    let (object, field) = (object.clone(), key.name.as_str().into());
    let row = FieldRow { object, field, value, fit, update, at: key.at.clone() };
    losses::check(compiling, &row, node);
    field_kind::check(compiling, &row, node, scope);
    mentions::of_field(compiling, &row, node);
    Some(row)
}

fn check_keys(compiling: &mut Compiling, node: &Node) {
    for (key, _) in node.entries() {
        let name = key.name.as_str();
        if !KEYS.contains(&name) {
            compiling.problem(written::unknown_key(key, KEYS, "a field of a mapping"));
        } else if OF_LOOK_UP.contains(&name) && node.get("look_up").is_none() {
            let problem = Problem::new(codes::NO_EFFECT, &key.at, format!("`{name}` has no effect without `look_up`"));
            compiling.problem(problem.next("`look_up: Asset` says in which object to look"));
        }
    }
}

fn value(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<FieldValue> {
    let sources: Vec<&str> =
        ["value", "choose", "look_up"].into_iter().filter(|name| node.get(name).is_some()).collect();
    match sources.as_slice() {
        ["value"] => compiling.value(node.get("value")?, scope, false).map(FieldValue::Template),
        ["choose"] => choices(compiling, node.get("choose")?, scope).map(FieldValue::Choose),
        ["look_up"] => look_up(compiling, key, node, scope).map(FieldValue::LookUp),
        [] => {
            let what = format!("`{}` needs `value`, `choose` or `look_up`", key.name);
            let problem = Problem::new(codes::MISSING_KEY, &key.at, what);
            compiling.problem(problem.next("`value: = …`, or rows under `choose:`"));
            None
        }
        several => {
            let what = format!("`{}` has `{}`", key.name, several.join("` and `"));
            compiling.problem(Problem::new(codes::SHAPE, &key.at, what).next("keep one of them"));
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
    let names: Vec<&str> = compiling.tables.keys().map(|name| name.as_str()).collect();
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
    let Holds { max, digits, is_date, .. } = kind.unwrap_or_else(|| field_type::standard(&key.name));
    let mut fit = Fit { max, digits, is_date, ..Fit::default() };
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
        fit.missing = match or_use(compiling, node, "missing", MISSING) {
            Some(Err(value)) => Missing::Use(value),
            Some(Ok(1)) => Missing::Clear,
            Some(Ok(2)) => Missing::Refuse,
            _ => Missing::Omit,
        };
    }
    if let Some(node) = node.get("unknown") {
        fit.unknown = or_use(compiling, node, "unknown", UNKNOWN).map(|said| match said {
            Err(value) => Unknown::Use(value),
            Ok(1) => Unknown::Refuse,
            Ok(_) => Unknown::Omit,
        });
    }
    fit.join = node.get("join").and_then(|join| compiling.keep(written::text(join).map(str::to_owned)));
    fit
}

/// One of some words, or the value of `{ use: VALUE }`.
fn or_use(compiling: &mut Compiling, node: &Node, of: &str, words: &[(&str, u8)]) -> Option<Result<u8, Value>> {
    let Shape::Map(entries) = &node.shape else { return compiling.keep(written::word(node, words)).map(Ok) };
    match entries.as_slice() {
        [(key, value)] if key.name == "use" && is_plain(value) => {
            Some(Err(plain(value, value.text().unwrap_or_default())))
        }
        _ => {
            let problem = Problem::new(codes::SHAPE, &node.at, format!("`{of}` is a word or `{{ use: VALUE }}`"));
            compiling.problem(problem.next("a plain value stands there, such as `{ use: (no text) }`"));
            None
        }
    }
}

/// What stands in a long text is not read, so nobody can tell whether it is blank.
fn update(compiling: &mut Compiling, key: &Key, node: &Node) -> Update {
    let Some(word) = node.get("update") else { return Update::Overwrite };
    let update = compiling.keep(written::word(word, UPDATE)).unwrap_or_default();
    if update == Update::FillBlanks {
        let kind = node.get("type").and_then(Node::text);
        let is_long = |kind: &str| kind.starts_with("Long Text Area") || kind.starts_with("Rich Text Area");
        let (what, next) = match kind.map_or_else(|| LONG_TEXTS.contains(&key.name.as_str()), is_long) {
            true => (
                format!("`{}` is a long text, and these are not read", key.name),
                "`update: overwrite` or `update: on_create`",
            ),
            false if kind.is_none() && key.name.ends_with("__c") => (
                format!("`fill_blanks` needs the `type` of `{}`: long texts are not read", key.name),
                "write the type as Salesforce's setup pages do, such as `type: Text(80)`",
            ),
            false => return update,
        };
        compiling.problem(Problem::new(codes::LONG_TEXT, &word.at, what).next(next));
    }
    update
}

fn is_plain(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.starts_with('=') && !text.contains("${"))
}
