//! `shadow:`, a rule that is only watched, by itself or held against another.
//!
//! Two rules are compared on the same subjects, so one event must wake both; what comes of it is counted by the engine
//! (`engine/compared.rs`).

use std::sync::Arc;

use crate::names::RuleAddress;
use crate::problem::{Problem, closest};
use crate::rules::compiling::Compiling;
use crate::rules::yaml::Node;
use crate::rules::{Rule, Shadow, Trigger, codes, written};

/// `true`, `false`, or the address of a rule.
pub fn shadow(compiling: &mut Compiling, node: &Node) -> Shadow {
    match node.text() {
        Some(text) if text.contains('.') => Shadow::Compared(text.into(), node.at.clone()),
        _ => {
            let is_on = written::yes_no(node).map_err(|problem| match problem.next.as_str() {
                "write `true` or `false`" => {
                    problem.next("`true`, `false`, or a rule by its address, such as `escalations.unanswered-support`")
                }
                _ => problem,
            });
            if compiling.keep(is_on) == Some(true) { Shadow::Watched } else { Shadow::Off }
        }
    }
}

/// Whether each rule that is named there can be compared; `written` are all rules, also those that are off.
pub fn check(rules: &[Arc<Rule>], written: &[RuleAddress]) -> Vec<Problem> {
    rules.iter().filter_map(|rule| check_one(rule, rules, written)).collect()
}

fn check_one(rule: &Rule, rules: &[Arc<Rule>], written: &[RuleAddress]) -> Option<Problem> {
    let Shadow::Compared(with, at) = &rule.shadow else { return None };
    if *with == rule.address {
        let problem = Problem::new(codes::NOT_COMPARABLE, at, format!("`{with}` is this rule itself"));
        return Some(problem.next("name the rule that it may replace, or `shadow: true`"));
    }
    match rules.iter().find(|other| other.address == *with) {
        Some(_) if is_in_a_circle(rule, rules) => {
            let what = format!("`{}` and `{with}` are in the shadow of each other, so neither ever acts", rule.address);
            let problem = Problem::new(codes::NOT_COMPARABLE, at, what);
            Some(problem.next("leave `shadow` out of the one that acts today"))
        }
        Some(other) if wakes_both(rule, other) => None,
        Some(other) => {
            let what = format!("this rule and `{with}` never look at the same event, so nothing can be compared");
            let problem = Problem::new(codes::NOT_COMPARABLE, at, what).also(&other.at);
            Some(problem.next("give both `every` with one `look_at`, or both `on` with one event and one `wait`"))
        }
        None if written.contains(with) => {
            let what = format!("`{with}` is off, so there is nothing to compare this rule with");
            Some(Problem::new(codes::NO_EFFECT, at, what).next("`shadow: true` watches it by itself").warning())
        }
        None => {
            let names: Vec<&str> = written.iter().map(RuleAddress::as_str).collect();
            let problem = Problem::new(codes::UNKNOWN_RULE, at, format!("there is no rule `{with}`"));
            Some(match closest(with.as_str(), &names) {
                Some(near) => problem.next(format!("did you mean `{near}`?")),
                None => problem.next("name it by its address, such as `escalations.unanswered-support`"),
            })
        }
    }
}

/// Whether what a rule is compared with is, over any others, compared with this one.
fn is_in_a_circle(rule: &Rule, rules: &[Arc<Rule>]) -> bool {
    let mut with = rule.shadow.with();
    for _ in 0..rules.len() {
        match with {
            Some(other) if *other == rule.address => return true,
            Some(other) => with = rules.iter().find(|rule| rule.address == *other).and_then(|rule| rule.shadow.with()),
            None => return false,
        }
    }
    false
}

/// Whether one event wakes both, whatever their lines.
fn wakes_both(one: &Rule, other: &Rule) -> bool {
    match (&one.trigger, &other.trigger) {
        (Trigger::Happens(kinds), Trigger::Happens(others)) => {
            one.delay == other.delay && kinds.iter().any(|kind| others.contains(kind))
        }
        (Trigger::Due { look_at: Some(one), .. }, Trigger::Due { look_at: Some(other), .. }) => {
            one.scan == other.scan && one.args == other.args
        }
        _ => false,
    }
}
