//! `rules:`: everything that no other section has a word for. Every rule whose lines hold acts.

use crate::names::EventKind;
use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::look_at::Looks;
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, Then, codes, rule_keys, stages, then, trigger, written};

/// What such a rule has beside the keys of every rule.
pub const KEYS: &[&str] = &["look_at", "look_back"];

/// One rule of the section with its stages; none when it is disabled or wrong.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let Some(entries) = compiling.keep(written::map(node, "a rule").map(<[_]>::to_vec)) else { return vec![] };
    rule_keys::check(compiling, &entries, KEYS, "a rule");
    let trigger = trigger::trigger(compiling, key, node, Looks::AsWritten);
    let kinds: Vec<EventKind> = trigger::kinds(trigger.as_ref());
    let mut scope = Scope::of_facts(kinds.clone());
    let head = rule_keys::head(compiling, node, &mut scope);
    let lets = scope.names.clone();
    let steps = node.get("then").map(|node| then::steps(compiling, node, &mut scope, &[]));
    if steps.is_none() {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, "a rule needs `then`: what it does");
        compiling.problem(problem.next("`then: [ … ]`, one host function a step; `functions` lists them"));
    }
    let address = format!("rules.{}", key.name);
    let steps = steps.unwrap_or_default();
    let stages = stages::stages(compiling, &address, node, &kinds, lets, &steps);
    let (Some(trigger), pack) = (trigger, compiling.pack.clone()) else { return vec![] };
    let rule = Rule::new(&pack, &address, &key.at, head, trigger, Then::Steps(steps));
    stages::with(rule, stages)
}
