//! `pack.yaml`.

use serde_json::{Value as Json, json};

use crate::packs::{checks, declared, manifest, renamed, setting_types};
use crate::schema::shapes::{about, like, list, named, object, requires, text, whole, yes_no};

/// Three numbers.
pub const VERSION: &str = r"^\d+\.\d+\.\d+$";

/// The manifest of a pack.
pub fn schema() -> Json {
    let schema = object(manifest::KEYS, |key| match key {
        "pack" => about("The name of the pack, such as acme/support-bridge.", text()),
        "version" => about("Three numbers, such as 1.4.0.", like(VERSION)),
        "about" => about("One sentence that says what the pack does.", text()),
        "settings" => about("What the customer may set.", settings()),
        "checks" => about("What must hold of the settings.", list(requires(checks::KEYS, object(checks::KEYS, check)))),
        "requires" => {
            about("What the pack needs of the engine, other packs and the hosts.", object(manifest::REQUIRES, need))
        }
        "renamed" => about(
            "Settings that had another name, which still works: old name to new one.",
            object(renamed::KEYS, |_| about("Old name to new one.", named(text()))),
        ),
        _ => json!({}),
    });
    requires(&["pack", "version", "about"], schema)
}

fn check(key: &str) -> Json {
    match key {
        "must" => about("A line over settings, such as settings.wait <= hours(48).", text()),
        "say" => about("What the customer reads where it does not hold.", text()),
        _ => json!({}),
    }
}

fn need(key: &str) -> Json {
    match key {
        "engine" => about("The versions of casebridge that it runs on.", text()),
        "packs" => about("Other packs, with their versions.", named(text())),
        "functions" => about("The host functions that its rules use.", list(text())),
        "fields" => {
            about("The fields that the org must have, as Salesforce's setup pages write them.", named(json!({})))
        }
        "rights" => about("The rights that the logins need, by host.", named(list(text()))),
        _ => json!({}),
    }
}

fn settings() -> Json {
    let mut settings = named(requires(&["type", "help"], object(declared::KEYS, setting)));
    settings["propertyNames"] = json!({ "pattern": "^[a-z][a-z0-9_]*$" });
    settings
}

fn setting(key: &str) -> Json {
    match key {
        "type" => about("What values it takes, such as number, duration or list of board.", like(&types())),
        "required" => about("Whether the customer must give it; default false.", yes_no()),
        "default" => about("Its value when the customer gives none.", json!({})),
        "min" => about("The least value.", text()),
        "max" => about("The greatest value; of a text, the most characters.", text()),
        "help" => about("A few words for forms and `check`.", text()),
        "group" => about("A heading in forms.", text()),
        "needs" => about("A setting without which this one has no effect.", text()),
        "one_of" => about("The words of a choice.", list(text())),
        "min_items" => about("The fewest entries of a list.", whole()),
        "max_items" => about("The most entries of a list.", whole()),
        _ => json!({}),
    }
}

/// `board`, `list of board`, `table of board to username`.
fn types() -> String {
    let names = [setting_types::NAMES, setting_types::FORMS].concat().join("|");
    format!("^((list of )|(table of ({names}) to ))*({names})$")
}
