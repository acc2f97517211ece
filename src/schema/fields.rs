//! Mappings, and the fields in them and under `set:`.

use serde_json::{Value as Json, json};

use crate::rules::{field, look_up, mapping};
use crate::schema::lines::lines;
use crate::schema::shapes::{about, like, list, named, object, shared, text, words};

/// A key with a capital, or one that ends in `__c`, is a Salesforce field.
const FIELD: &str = "^[A-Z]|__c$";
const ANY: [&str; 5] = ["string", "number", "boolean", "array", "object"];

/// A mapping: fields and the keys that are ours.
pub fn mapping() -> Json {
    let mut shape = object(mapping::OURS, |key| match key {
        "to" => about("The Salesforce object that is filled; default Case.", text()),
        "extends" => about("A mapping whose fields come first; those written here win.", text()),
        "leave_out" => about("Fields of the extended mapping that are not written.", list(text())),
        "about" => about("One sentence for lists.", text()),
        _ => json!({}),
    });
    shape["patternProperties"] = json!({ FIELD: shared("field") });
    shape
}

/// Fields alone, as `set:` has them.
pub fn fields() -> Json {
    json!({ "type": "object", "patternProperties": { FIELD: shared("field") }, "additionalProperties": false })
}

/// A value, or a map that says more about it.
pub fn field() -> Json {
    let mut shape = object(field::KEYS, key);
    shape["type"] = json!(ANY);
    shape
}

fn key(key: &str) -> Json {
    match key {
        "value" => about(
            "Plain text, an expression that begins with `=`, or text with `${…}`.",
            json!({ "type": ["string", "number", "boolean", "array"] }),
        ),
        "choose" => about("Rows; the first one that holds gives the value.", list(row())),
        "max" => about(
            "How much fits, in characters or bytes; default the field's own length.",
            like(r"^\s*\d+\s+(characters?|bytes?)\s*$"),
        ),
        "too_long" => {
            about("What happens to a text that does not fit.", words(field::TOO_LONG.iter().map(|(word, _)| *word)))
        }
        "too_big" => {
            about("What happens to a number that does not fit.", words(field::TOO_BIG.iter().map(|(word, _)| *word)))
        }
        "missing" => about("What happens when there is no value; default omit.", or_use(field::MISSING)),
        "unknown" => about("What happens to a value that the org's picklist does not offer.", or_use(field::UNKNOWN)),
        "look_up" => about("The object in which a record is looked up, such as Asset.", text()),
        "where" => {
            about("The fields of the record with the values that they must have.", named(json!({ "type": ANY })))
        }
        "take" => about("The field of the record that is written; default Id.", text()),
        "many" => {
            about("What happens when several records are found.", words(look_up::MANY.iter().map(|(word, _)| *word)))
        }
        "update" => about(
            "What happens to a field of a record that is there already; default overwrite.",
            words(field::UPDATE.iter().map(|(word, _)| *word)),
        ),
        "join" => about("What stands between the entries of a list.", text()),
        "type" => about("The field's type as Salesforce's setup pages write it, such as Text(80).", text()),
        _ => json!({}),
    }
}

/// One of some words, or `{ use: VALUE }`.
fn or_use(known: &[(&str, u8)]) -> Json {
    json!({ "anyOf": [words(known.iter().map(|(word, _)| *word)), {
        "type": "object", "required": ["use"], "additionalProperties": false,
        "properties": { "use": about("A plain value to write instead.", text()) },
    }] })
}

fn row() -> Json {
    object(&["when", "use", "table", "by"], |key| match key {
        "when" => about("Lines that must hold; a last row without them is for all others.", lines()),
        "use" => about("The value of this row.", json!({ "type": ANY })),
        "table" => about("A table of `tables`; the row holds when the table has the key.", text()),
        _ => about("The key that is looked up in the table.", json!({ "type": ANY })),
    })
}
