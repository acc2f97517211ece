//! Lines under `when:`, and the steps under `then:`.

use serde_json::{Value as Json, json};

use crate::catalog::{Call, Catalog, HostFunction, Type};
use crate::rules::criteria::GROUPS;
use crate::rules::then;
use crate::schema::fields::fields;
use crate::schema::shapes::{about, list, object, shared, text, words};

/// One line: an expression, a named one, a group, or lines that are shared.
pub fn line() -> Json {
    let mut groups: serde_json::Map<String, Json> =
        GROUPS.iter().map(|group| ((*group).to_owned(), about(group_of(group), list(shared("line"))))).collect();
    groups.insert("meets".into(), about("The lines of `criteria` by this name must hold.", text()));
    json!({
        "type": ["string", "number", "boolean", "object"], "minProperties": 1, "maxProperties": 1,
        "properties": groups, "additionalProperties": text(),
    })
}

fn group_of(word: &str) -> &'static str {
    match word {
        "any" => "At least one of these lines must hold.",
        "all" => "All of these lines must hold.",
        _ => "None of these lines may hold.",
    }
}

/// A list of lines, or a single one.
pub fn lines() -> Json {
    json!({
        "type": ["string", "number", "boolean", "object", "array"],
        "if": { "type": "array" }, "then": { "items": shared("line") }, "else": shared("line"),
    })
}

/// A step: one write with its parameters.
pub fn step(catalog: &Catalog) -> Json {
    let writes: Vec<&HostFunction> =
        catalog.functions().filter(|f| matches!(f.call, Call::Write(_) | Call::Note { .. })).collect();
    let names = writes.iter().map(|function| function.name.as_str());
    let keys: Vec<&str> = then::KEYS.iter().copied().chain(names).collect();
    object(&keys, |key| match (key, writes.iter().find(|function| function.name.as_str() == key)) {
        (_, Some(function)) => write(function),
        ("when", _) => about("Lines that must hold for this step.", lines()),
        ("named", _) => about("A name by which later steps pass on the result.", text()),
        _ => json!({}),
    })
}

fn write(function: &HostFunction) -> Json {
    let names: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
    let param = |name: &str| function.params.iter().find(|param| param.name.as_str() == name);
    let mut shape = object(&names, |name| match param(name) {
        Some(param) if param.takes == Type::Fields => about(param.about, fields_or_mapping()),
        Some(param) => about(param.about, json!({ "type": ["string", "number", "boolean", "array", "object"] })),
        None => json!({}),
    });
    let needed = function.params.iter().filter(|param| param.required).map(|param| param.name.as_str());
    shape["required"] = json!(needed.collect::<Vec<_>>());
    about(function.about, shape)
}

/// The name of a mapping, or fields in its forms.
fn fields_or_mapping() -> Json {
    let mut shape = fields();
    shape["type"] = json!(["string", "object"]);
    shape
}

/// The events that there are, one or several.
pub fn events(catalog: &Catalog) -> Json {
    let kinds = || words(catalog.kinds().map(|(kind, _)| kind.as_str()));
    json!({ "type": ["string", "array"], "if": { "type": "array" }, "then": { "items": kinds() }, "else": kinds() })
}
