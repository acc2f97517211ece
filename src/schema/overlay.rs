//! An overlay: a customer's changes to a pack, by address.

use serde_json::{Value as Json, json};

use crate::packs::compile::SECTIONS;
use crate::packs::overlay::KEYS;
use crate::schema::pack::VERSION;
use crate::schema::shapes::{about, like, list, object, requires, text};

/// An overlay's file.
pub fn schema() -> Json {
    let schema = object(KEYS, |key| match key {
        "overlay" => about("The name of the pack that it changes.", text()),
        "made_for" => about("The version of the pack that it was written against.", like(VERSION)),
        "set" => about("Gives one key a value, whether or not the pack wrote it.", changes(3)),
        "add" => about("New named things, rows of a table, lines at the end of a list.", changes(2)),
        "replace" => about("A whole named thing or list that exists.", changes(2)),
        "disable" => about("Rules, or named lines.", list(like(&address(2)))),
        _ => json!({}),
    });
    requires(&["overlay", "made_for"], schema)
}

fn changes(names: usize) -> Json {
    json!({ "type": "object", "propertyNames": { "pattern": address(names) } })
}

/// An address of at least so many names; scripted rules stand under `rules`.
fn address(names: usize) -> String {
    let sections = [SECTIONS, &["rules"]].concat().join("|");
    format!("^({sections}){}", r"\.[^.]+".repeat(names - 1))
}
