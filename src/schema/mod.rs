//! JSON Schema (draft 2020-12) of every kind of file that a person writes, for editors.
//!
//! The keys come from the lists that the readers use; here they get a sentence and a shape. A schema sees a file
//! alone: names, expressions and facts are checked by `casebridge check`.

mod casebridge;
mod fields;
mod lines;
mod logins;
mod overlay;
mod pack;
mod rules;
mod sections;
mod shapes;
mod tests;

use serde_json::{Value as Json, json};

use crate::catalog::Catalog;

/// The kinds of files, each with a sentence.
pub const KINDS: &[(&str, &str)] = &[
    ("casebridge", "casebridge.yaml: hosts, logins, bridges, state"),
    ("pack", "pack.yaml: what a pack is called and which settings it has"),
    ("rules", "any other *.yaml of a pack: rules, mappings, tables, criteria"),
    ("overlay", "a customer's changes to a pack"),
    ("tests", "tests/*.yaml: what rules do with what is given"),
];

/// The schema of a kind of file; steps and events are those of the catalog.
pub fn schema(kind: &str, catalog: &Catalog) -> Option<Json> {
    let (_, about) = KINDS.iter().find(|(known, _)| *known == kind)?;
    let mut schema = match kind {
        "casebridge" => casebridge::schema(),
        "pack" => pack::schema(),
        "rules" => rules::schema(catalog),
        "overlay" => overlay::schema(),
        _ => tests::schema(),
    };
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(about);
    Some(schema)
}
