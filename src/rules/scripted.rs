//! `*.rhai` files at the top of a pack: each is one rule, its keys are what `fn rule()` returns.
//!
//! The keys are read as those of a YAML rule are; what `then` does is the script room's.

use std::collections::BTreeMap;

use crate::names::Name;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::look_at::Looks;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Rule, Then, rule_keys, stages, trigger};
use crate::script::Scripts;
use crate::value::Value;

/// What a scripted rule has beside the keys of every rule.
const KEYS: &[&str] = &["look_back"];

/// What `fn rule()` of a file gives, as a section holds it: `NAME.rhai` is `rules.NAME`.
pub fn given(scripts: &Scripts, folder: &str, files: &BTreeMap<String, String>) -> Vec<Result<Entry, Vec<Problem>>> {
    at_top(folder, files).map(|(name, file, text)| entry(scripts, name, file, text)).collect()
}

/// A named thing of a section.
type Entry = (Key, Node);

/// The files at the top of a pack with the names of their rules.
fn at_top<'a>(
    folder: &'a str,
    files: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    let name = move |file: &'a str| {
        let below = file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/');
        below.strip_suffix(".rhai").filter(|name| !name.contains('/'))
    };
    files.iter().filter_map(move |(file, text)| Some((name(file)?, file.as_str(), text.as_str())))
}

fn entry(scripts: &Scripts, name: &str, file: &str, text: &str) -> Result<Entry, Vec<Problem>> {
    let at = place_of_rule(file, text);
    let node = node(&scripts.given(file, text)?, &at);
    Ok((Key { name: name.to_owned(), at }, node))
}

/// The scripted rules of a pack; `given` are those that `fn rule()` gave, as they are after an overlay.
pub fn rules(
    compiling: &mut Compiling,
    folder: &str,
    files: &BTreeMap<String, String>,
    given: &[(Key, Node)],
) -> Vec<Rule> {
    let of = |name: &str| given.iter().find(|(key, _)| key.name == name);
    let files = at_top(folder, files).filter_map(|(name, file, text)| Some((of(name)?, file, text)));
    files.flat_map(|((key, node), file, text)| rule(compiling, key, node, file, text)).collect()
}

/// Whether an entry of `rules` is what a script gave.
pub fn is_scripted(folder: &str, files: &BTreeMap<String, String>, key: &Key) -> bool {
    at_top(folder, files).any(|(name, ..)| name == key.name)
}

fn rule(compiling: &mut Compiling, key: &Key, node: &Node, file: &str, text: &str) -> Vec<Rule> {
    rule_keys::check(compiling, node.entries(), KEYS, "`rule()`");
    let trigger = trigger::trigger(compiling, key, node, Looks::AtThreads);
    let kinds = trigger::kinds(trigger.as_ref());
    let mut scope = Scope::of_facts(kinds.clone());
    let script = compiling.scripts.script_rule(file, text, &compiling.known(&scope));
    let script = compiling.keep_all(script);
    let head = rule_keys::head(compiling, node, &mut scope);
    let address = format!("rules.{}", key.name);
    let stages = stages::stages(compiling, &address, node, &kinds, scope.names.clone(), &[]);
    let (Some(trigger), Some(script)) = (trigger, script) else { return vec![] };
    compiling.mentions.extend(script.mentions().iter().cloned());
    let about = if head.about.is_empty() { script.about().to_owned() } else { head.about };
    let head = rule_keys::Head { about, ..head };
    stages::with(Rule::new(&compiling.pack, &address, &key.at, head, trigger, Then::Script(script)), stages)
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
