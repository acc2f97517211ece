//! Files with rules: one property for each section.

use serde_json::{Value as Json, json};

use crate::catalog::Catalog;
use crate::packs::compile::SECTIONS;
use crate::rules::{closure, contact, escalation, everything_else, limits, rule_keys, section, stages};
use crate::schema::fields::{field, fields, mapping};
use crate::schema::lines::{events, line, lines, step};
use crate::schema::sections;
use crate::schema::shapes::{
    about, duration, either, expression, list, named, object, shared, text, whole, words, yes_no,
};

/// Any `*.yaml` of a pack beside `pack.yaml` and its tests.
pub fn schema(catalog: &Catalog) -> Json {
    let mut schema = object(SECTIONS, |section| match section {
        "escalations" => about("A thread becomes a case.", named(shared("escalation"))),
        "closures" => about("An accepted solution closes the case.", named(shared("closure"))),
        "reopenings" => about("What opens a closed case again, or another behind it.", named(shared("reopening"))),
        "statuses" => about("How a case stands shows on its thread, and the other way.", named(shared("status"))),
        "postbacks" => about("An agent's comment is posted in the thread.", named(shared("postback"))),
        "replies" => about("A reply becomes a comment on the case.", named(shared("reply"))),
        "private_messages" => about("A record of the org becomes a private message.", named(shared("private_message"))),
        "rules" => about("Everything else; every rule whose lines hold acts.", named(shared("rule"))),
        "mappings" => about("Which field gets which value.", named(mapping())),
        "tables" => about("Tables of plain values, looked up by key.", named(named(text()))),
        "criteria" => about("Lines that several rules share, used by `meets`.", named(list(shared("line")))),
        "calendars" => about("Opening hours by name.", named(calendar())),
        _ => json!({}),
    });
    schema["$defs"] = json!({
        "line": line(), "step": step(catalog), "field": field(), "stage": stage(),
        "escalation": escalation(catalog), "closure": closure(catalog), "rule": rule(catalog),
        "reopening": sections::reopening(catalog), "status": sections::status(catalog),
        "postback": sections::postback(catalog), "reply": sections::replies(catalog),
        "private_message": sections::private_message(catalog),
    });
    schema
}

fn escalation(catalog: &Catalog) -> Json {
    let keys = [rule_keys::KEYS, escalation::KEYS].concat();
    let mut shape = object(&keys, |key| match key {
        "look_back" => about("Older threads are not looked at; default 30 days.", duration()),
        "include" => {
            about("What is left out unless it is named here.", list(words(escalation::INCLUDES.iter().copied())))
        }
        "open" => about("The write that opens the case; default salesforce.create_case.", text()),
        "with" => about("The mapping that fills the case.", text()),
        "set" => about("Fields on top of the mapping.", fields()),
        "contact" => about(
            "Which contact the case gets, in order: linked, created, an id behind `=`, none, park; default linked, none.",
            list(either(text(), object(contact::KEYS, contact))),
        ),
        key => of_every_rule(key, catalog),
    });
    shape["required"] = json!(["with"]);
    shape["oneOf"] = json!([{ "required": ["every"] }, { "required": ["on"] }]);
    shape
}

fn closure(catalog: &Catalog) -> Json {
    let keys = [rule_keys::KEYS, closure::SECTION.keys].concat();
    let mut shape = object(&keys, |key| match key {
        "set" => about("Fields of the case.", fields()),
        "comment" => about("A comment on the case, internal unless it is published.", either(text(), comment())),
        key => of_every_rule(key, catalog),
    });
    shape["oneOf"] = json!([{ "required": ["every"] }, { "required": ["on"] }]);
    shape
}

/// A comment that is more than its text.
pub fn comment() -> Json {
    object(section::COMMENT, |key| match key {
        "body" => about("Its text.", text()),
        "max" | "too_long" => sections::length(key),
        _ => about("Whether customers may see it; default false.", either(yes_no(), expression())),
    })
}

fn rule(catalog: &Catalog) -> Json {
    let keys = [rule_keys::KEYS, everything_else::KEYS].concat();
    let mut shape = object(&keys, |key| match key {
        "look_at" => about(
            "The search that finds its subjects, such as notebook.find_links; without it, once a tick.",
            either(text(), json!({ "type": "object", "maxProperties": 1 })),
        ),
        "look_back" => about("Older subjects are not looked at; of threads the default is 30 days.", duration()),
        key => of_every_rule(key, catalog),
    });
    shape["required"] = json!(["then"]);
    shape["oneOf"] = json!([{ "required": ["every"] }, { "required": ["on"] }]);
    shape
}

/// A later stage of a rule.
fn stage() -> Json {
    let mut shape = object(stages::KEYS, |key| match key {
        "of" => about("The named step that it waits for; default: all steps.", text()),
        "outcome" => {
            about("How that must have ended; default done.", words(stages::OUTCOMES.iter().map(|(word, _)| *word)))
        }
        "wait" => about("How long after that; default none.", duration()),
        "calendar" => about("The calendar whose open hours `wait` counts.", text()),
        "when" => about("Lines that must hold then; the results of the steps are facts.", lines()),
        "then" => about("What is done: one host function a step.", list(shared("step"))),
        _ => json!({}),
    });
    shape["required"] = json!(["then"]);
    shape
}

/// The keys that every rule has.
pub fn of_every_rule(key: &str, catalog: &Catalog) -> Json {
    match key {
        "about" => about("One sentence for lists and traces.", text()),
        "enabled" => about(
            "Whether the rule is on; default true. An expression may look at settings only.",
            either(yes_no(), expression()),
        ),
        "order" => about(
            "The smallest is asked first; default 100.",
            json!({ "type": "integer", "minimum": 0, "maximum": 65535 }),
        ),
        "on" => about("An event or a list of events; a rule has `on` or `every`.", events(catalog)),
        "every" => about(
            "A schedule: `15 minutes`, `day at 08:00`, `mon-fri at 08:00`, or crontab text with five fields.",
            json!({ "type": "string" }),
        ),
        "zone" => about("The zone of the schedule; default settings.zone.", text()),
        "missed" => {
            about("What is done about moments that passed unseen; default last.", words(["last", "skip", "all"]))
        }
        "calendar" => about("The calendar whose open hours `wait` counts.", text()),
        "act_during" => about("The calendar outside whose hours the rule waits; default always.", text()),
        "let" => about("Names for values, in order; worked out when a line first uses them.", lets()),
        "when" => about("All lines must hold; default: always.", lines()),
        "then" => about("Further steps: one host function each, with its parameters.", list(shared("step"))),
        "limits" => about("Caps on what the rule may begin.", object(limits::KEYS, limit)),
        "wait" => about("With `on`: judged that much later, on facts read then; default none.", duration()),
        "after" => about("Later stages by name; each begins when steps are settled.", named(shared("stage"))),
        "ask_first" => about("Every action waits for a person; default false.", yes_no()),
        "shadow" => about(
            "Judged and counted, never written; default false. The address of a rule: compared with that one.",
            either(yes_no(), json!({ "type": "string", "pattern": r"^[a-z_]+\.[a-z][a-z0-9-]*$" })),
        ),
        "may_widen" => about("Why text of this rule may move to a wider audience.", text()),
        "again_after" => about("The same subject again after this time; default never.", duration()),
        _ => json!({}),
    }
}

/// A row of `contact` that has a condition.
fn contact(key: &str) -> Json {
    match key {
        "when" => about("Lines that must hold for this row.", lines()),
        _ => about("linked, created, none, park, or an id behind `=`.", text()),
    }
}

fn calendar() -> Json {
    object(&["zone", "open", "holidays", "special", "salesforce"], |key| match key {
        "zone" => about("The zone of its hours, such as America/Chicago.", text()),
        "open" => about("Days or ranges of days with their hours; days that are not named are closed.", named(text())),
        "holidays" => about("Dates on which it is closed, or `file:` with a CSV of the pack.", json!({})),
        "special" => about("Other hours on one day, or `closed`.", named(text())),
        _ => about("The org's own business hours by name; comes in a later version.", text()),
    })
}

fn lets() -> Json {
    let mut lets = named(either(expression(), json!({ "type": "object", "minProperties": 1, "maxProperties": 1 })));
    lets["propertyNames"] = json!({ "pattern": "^[a-z][a-z0-9_]*$" });
    lets
}

fn limit(key: &str) -> Json {
    match key {
        "per_run" => about("The most in one run.", whole()),
        "per_hour" => about("The most in one hour; default 1000.", whole()),
        "per_day" => about("The most in one day.", whole()),
        "per_subject_per_day" => about("The most for one subject in one day.", whole()),
        "share_of_scan" => about(
            "The most as a share of what the scan found, such as 20%.",
            json!({ "type": "string", "pattern": r"^\s*\d{1,3}\s*%\s*$" }),
        ),
        "over" => about("What happens over a cap; default wait.", words(limits::OVER.iter().map(|(word, _)| *word))),
        "first" => about(
            "Which subjects go first; default oldest. Of an expression the biggest value.",
            either(words(limits::FIRST.iter().map(|(word, _)| *word)), expression()),
        ),
        _ => json!({}),
    }
}
