//! The shapes that values have in our files. A shape never refuses what a reader takes.

use serde_json::{Map, Value as Json, json};

/// A map with the keys of a reader; `of` gives each its sentence and shape.
pub fn object(keys: &[&str], of: impl Fn(&str) -> Json) -> Json {
    let properties: Map<String, Json> = keys.iter().map(|key| ((*key).to_owned(), of(key))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A map whose keys are names that a person gives.
pub fn named(of: Json) -> Json {
    json!({ "type": "object", "additionalProperties": of })
}

/// A shape with its sentence.
pub fn about(sentence: &str, mut shape: Json) -> Json {
    shape["description"] = json!(sentence);
    shape
}

/// A shape with the keys that it cannot do without.
pub fn requires(keys: &[&str], mut shape: Json) -> Json {
    shape["required"] = json!(keys);
    shape
}

/// Any text; a number or `true` is one too where a text is meant.
pub fn text() -> Json {
    json!({ "type": ["string", "number", "boolean"] })
}

/// A text of some form.
pub fn like(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}

/// An expression: a text that begins with `=`.
pub fn expression() -> Json {
    like("^=")
}

/// `true` or `false`.
pub fn yes_no() -> Json {
    json!({ "type": "boolean" })
}

/// A whole number from 0.
pub fn whole() -> Json {
    json!({ "type": "integer", "minimum": 0 })
}

/// `48 hours`.
pub fn duration() -> Json {
    like(r"^\s*\d+\s+(minute|hour|day|week)s?\s*$")
}

/// One of some words.
pub fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Json {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

/// A list.
pub fn list(of: Json) -> Json {
    json!({ "type": "array", "items": of })
}

/// Either of two shapes.
pub fn either(one: Json, other: Json) -> Json {
    json!({ "anyOf": [one, other] })
}

/// A shape that is described once, under `$defs`.
pub fn shared(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}
