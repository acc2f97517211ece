//! `*.rhai` files at the top of a pack: each is one rule, its keys are what `fn rule()` returns.
//!
//! The keys are read as those of a YAML rule are; what `then` does is the script room's.

use std::collections::BTreeMap;

use crate::names::Name;
use crate::problem::Place;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Rule, Then, rule_keys, trigger};
use crate::value::Value;

/// The scripted rules of a pack: `NAME.rhai` is `rules.NAME`.
pub fn rules(compiling: &mut Compiling, folder: &str, files: &BTreeMap<String, String>) -> Vec<Rule> {
    let below = |file: &str| file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/').to_owned();
    let name = |file: &str| below(file).strip_suffix(".rhai").map(str::to_owned);
    let at_top =
        files.iter().filter_map(|(file, text)| Some((file, text, name(file).filter(|name| !name.contains('/'))?)));
    at_top.filter_map(|(file, text, name)| rule(compiling, file, text, &name)).collect()
}

fn rule(compiling: &mut Compiling, file: &str, text: &str, name: &str) -> Option<Rule> {
    let given = compiling.keep_all(compiling.scripts.given(file, text))?;
    let at = place_of_rule(file, text);
    let node = node(&given, &at);
    rule_keys::check(compiling, node.entries(), &["look_back"], &[], "`rule()`");
    let key = Key { name: name.to_owned(), at: at.clone() };
    let trigger = trigger::trigger(compiling, &key, &node, "khoros.find_threads");
    let mut scope = Scope::of_facts(trigger::kinds(trigger.as_ref()));
    let script = compiling.scripts.script_rule(file, text, &compiling.known(&scope));
    let script = compiling.keep_all(script);
    let head = rule_keys::head(compiling, &node, &mut scope);
    let script = script?;
    let about = if head.about.is_empty() { script.about().to_owned() } else { head.about };
    let head = rule_keys::Head { about, ..head };
    Rule::new(&compiling.pack, &format!("rules.{name}"), &at, head, trigger?, Then::Script(script))
}

/// Where `fn rule` stands: its keys have no places of their own.
fn place_of_rule(file: &str, text: &str) -> Place {
    let line = text.lines().position(|line| line.trim_start().starts_with("fn rule")).map_or(1, |line| line + 1);
    Place { file: file.into(), line, column: 1, width: 0 }
}

/// What a script returned, as if it had been written in YAML at one place.
fn node(value: &Value, at: &Place) -> Node {
    let scalar = |text: String, quoted| Shape::Scalar { text, quoted };
    let entry = |(name, value): (&Name, &Value)| (Key { name: name.to_string(), at: at.clone() }, node(value, at));
    let shape = match value {
        Value::Map(entries) => Shape::Map(entries.iter().map(entry).collect()),
        Value::List(items) => Shape::List(items.iter().map(|item| node(item, at)).collect()),
        Value::Text(text) => scalar(text.to_string(), true),
        other => scalar(other.to_string(), false),
    };
    Node { at: at.clone(), shape }
}
