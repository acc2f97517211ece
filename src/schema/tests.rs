//! `tests/*.yaml` of a pack: what is given, what happens, and what is expected.

use serde_json::{Value as Json, json};

use crate::schema::shapes::{about, list, named, object, requires, text, words};

/// The keys of a test.
const KEYS: &[&str] = &["settings", "now", "given", "reads", "faults", "when", "expect", "steps"];
/// What `expect` says when it is no list of actions.
const EXPECT: &[&str] = &["nothing", "some", "outcome"];
const FAULT: &[&str] = &["function", "as", "answer", "times"];
const ANSWERS: &[&str] = &["no_right_to_post", "timeout", "answer_lost", "busy", "signed_out", "refused"];
const OUTCOMES: &[&str] = &["done", "already_done", "waiting", "held", "parked", "refused", "skipped", "superseded"];

/// A file of tests; each is named by a sentence.
pub fn schema() -> Json {
    let shared: Vec<&str> = KEYS.iter().copied().filter(|key| !matches!(*key, "expect" | "steps")).collect();
    let every = about("What all tests of this file share.", object(&shared, key));
    let mut test = object(KEYS, key);
    test["oneOf"] = json!([{ "required": ["expect"] }, { "required": ["steps"] }]);
    json!({ "type": "object", "properties": { "every test": every }, "additionalProperties": test })
}

fn key(key: &str) -> Json {
    match key {
        "settings" => about("Values of settings; default: the pack's defaults.", json!({ "type": "object" })),
        "now" => about("The moment of the test, such as `2026-03-03 15:00 America/Chicago`.", text()),
        "given" => about("Facts by noun; what is left out is ordinary.", named(json!({ "type": "object" }))),
        "reads" => about("The answers to reads, by function; a read without one fails the test.", named(json!({}))),
        "faults" => about("What hosts do wrong.", list(requires(&["function", "answer"], object(FAULT, fault)))),
        "when" => about("`RULE is due`, an event, or `2 days pass`; default: everything is due.", text()),
        "expect" => about("These actions and no others, in order; or nothing, or at least some.", expect()),
        "steps" => about("Several steps in one world, one after the other.", list(step())),
        _ => json!({}),
    }
}

/// One step of a test has no settings of its own.
fn step() -> Json {
    let keys: Vec<&str> = KEYS.iter().copied().filter(|key| !matches!(*key, "settings" | "steps")).collect();
    object(&keys, key)
}

fn expect() -> Json {
    let mut shape = object(EXPECT, |key| match key {
        "nothing" => about(
            "`because ADDRESS`: the line that stopped the rule.",
            json!({ "type": "string", "pattern": "^because " }),
        ),
        "some" => about("At least these actions.", list(action())),
        _ => about("How the actions end.", words(OUTCOMES.iter().copied())),
    });
    shape["type"] = json!(["object", "array"]);
    shape["items"] = action();
    shape
}

/// A function, with the parameters that are looked at or without any.
fn action() -> Json {
    json!({
        "type": ["string", "object"], "minProperties": 1, "maxProperties": 1,
        "additionalProperties": { "type": "object" },
    })
}

fn fault(key: &str) -> Json {
    match key {
        "function" => about("The function that goes wrong.", text()),
        "as" => about("Only for this person.", text()),
        "answer" => about("What the host answers.", words(ANSWERS.iter().copied())),
        _ => about("How often; default always.", json!({ "type": ["integer", "string"] })),
    }
}
