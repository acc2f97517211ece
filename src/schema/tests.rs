//! `tests/*.yaml` of a pack: what is given, what happens, and what is expected.

use serde_json::{Value as Json, json};

use crate::schema::shapes::{about, list, named, object, requires, text, words};
use crate::testing::test_file::{KEYS, SHARED_KEYS, STEP_KEYS};
use crate::testing::{expect, faults, happening};

/// A file of tests; each is named by a sentence.
pub fn schema() -> Json {
    let every = about("What all tests of this file share.", object(SHARED_KEYS, key));
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
        "faults" => about("What hosts do wrong.", list(fault())),
        "when" => about("`RULE is due`, an event, or `2 days pass`; default: everything is due.", text()),
        "expect" => about("These actions and no others, in order; or nothing, or at least some.", expectation()),
        "steps" => about("Several steps in one world, one after the other.", list(step())),
        _ => json!({}),
    }
}

/// One step of a test has no settings of its own.
fn step() -> Json {
    object(STEP_KEYS, key)
}

fn expectation() -> Json {
    let mut shape = object(expect::KEYS, |key| match key {
        "nothing" => about(
            "`because ADDRESS`: the line that stopped the rule.",
            json!({ "type": "string", "pattern": "^because " }),
        ),
        "some" => about("At least these actions.", list(action())),
        _ => about("How the actions end.", words(expect::OUTCOMES.iter().map(|(word, _)| *word))),
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

/// A call that goes wrong: any other key is a parameter that names it.
fn fault() -> Json {
    let mut shape = object(happening::FAULT_KEYS, |key| match key {
        "function" => about("The function that goes wrong.", text()),
        "answer" => about("What the host answers.", words(faults::WORDS.iter().map(|(word, _)| *word))),
        _ => about("How often; default always.", json!({ "type": ["integer", "string"] })),
    });
    shape["additionalProperties"] = json!(true);
    requires(&["function", "answer"], shape)
}
