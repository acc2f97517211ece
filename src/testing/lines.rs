//! Addresses that a test may name: rules, and what can stop one.

use crate::names::RuleAddress;
use crate::problem::{Place, Problem};
use crate::rules::judge::lines;
use crate::rules::{Rule, RuleSet, Then, Trigger};
use crate::testing::codes;
use crate::testing::expect::{Expect, unknown};
use crate::testing::test_file::{RuleTest, When};

/// What stops a rule beside its lines.
const LIMITS: &[&str] =
    &["limits.per_run", "limits.per_hour", "limits.per_day", "limits.per_subject_per_day", "limits.share_of_scan"];

/// What can stop a rule: its section's lines, its own, and what bounds it.
pub fn stops(rule: &Rule) -> Vec<String> {
    let lines = lines(&rule.candidates).into_iter().chain(lines(&rule.when)).map(|line| line.name.to_string());
    let mut stops: Vec<String> = lines.collect();
    if matches!(rule.then, Then::Script(_)) {
        stops.push("skip".into());
    }
    match &rule.trigger {
        Trigger::Due { look_at, .. } => {
            stops.extend(["every", "look_back", "again_after"].map(str::to_owned));
            stops.extend(look_at.iter().filter(|look_at| !look_at.args.is_empty()).map(|_| "look_at".to_owned()));
        }
        Trigger::Happens(_) | Trigger::After(_) => stops.push("on".into()),
    }
    if rule.shadow.is_on() {
        stops.push("shadow".into());
    }
    if rule.act_during.is_some() {
        stops.push("act_during".into());
    }
    stops.extend(LIMITS.iter().map(|limit| (*limit).to_owned()));
    stops
}

/// What can stop the later stages of a rule: `after.still-new.when.1`.
fn stops_of_stages(rule: &RuleAddress, rules: &RuleSet) -> Vec<String> {
    let stages = rules.rules.iter().filter_map(|stage| {
        let name = stage.address.as_str().strip_prefix(rule.as_str())?.strip_prefix(".after.")?;
        Some((name, stage))
    });
    stages.flat_map(|(name, stage)| own_stops(stage).map(move |line| format!("after.{name}.{line}"))).collect()
}

fn own_stops(stage: &Rule) -> impl Iterator<Item = String> {
    lines(&stage.when).into_iter().map(|line| line.name.to_string())
}

/// The lines of `when:` alone, as addresses.
pub fn own_lines(rule: &Rule) -> Vec<String> {
    lines(&rule.when).into_iter().map(|line| format!("{}.{}", rule.address, line.name)).collect()
}

/// Problems of what a test names.
pub fn check(test: &RuleTest, rules: &RuleSet, written: &[RuleAddress]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for step in &test.steps {
        if let When::Due(rule, at) = &step.when {
            problems.extend(check_due(rule, at, rules, written));
        }
        if let Some(Expect::Nothing { line, at }) = &step.expect {
            problems.extend(check_line(line, at, rules, written));
        }
    }
    problems
}

fn check_due(address: &RuleAddress, at: &Place, rules: &RuleSet, written: &[RuleAddress]) -> Option<Problem> {
    if !written.contains(address) {
        return Some(no_rule(address.as_str(), at, written));
    }
    let rule = rules.rules.iter().find(|rule| rule.address == *address)?;
    match &rule.trigger {
        Trigger::Due { .. } => None,
        Trigger::Happens(kinds) | Trigger::After(kinds) => {
            let what = format!("`{address}` has no schedule, so it is never due");
            let kind = kinds.first().map(ToString::to_string).unwrap_or_default();
            Some(Problem::new(codes::WHEN, at, what).next(format!("`when: {kind}`")))
        }
    }
}

fn check_line(line: &str, at: &Place, rules: &RuleSet, written: &[RuleAddress]) -> Option<Problem> {
    // Nobody wrote the rule that stands beside another, such as `RULE.edited`.
    let beside = rules.rules.iter().map(|rule| &rule.address).filter(|rule| !rule.as_str().contains(".after."));
    let is_of = |rule: &&RuleAddress| line.strip_prefix(rule.as_str()).is_some_and(|rest| rest.starts_with('.'));
    let Some(address) = written.iter().chain(beside).filter(is_of).max_by_key(|rule| rule.as_str().len()) else {
        return Some(no_rule(line, at, written));
    };
    let rest = &line[address.as_str().len() + 1..];
    let rule = rules.rules.iter().find(|rule| rule.address == *address);
    let mut known: Vec<String> = rule.map(|rule| stops(rule)).unwrap_or_default();
    known.push("enabled".into());
    known.extend(stops_of_stages(address, rules));
    if known.iter().any(|known| known == rest) {
        return None;
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Some(unknown(codes::UNKNOWN_LINE, at, format!("`{address}` has no line `{rest}`"), rest, &known))
}

fn no_rule(name: &str, at: &Place, written: &[RuleAddress]) -> Problem {
    let known: Vec<&str> = written.iter().map(RuleAddress::as_str).collect();
    // A line's address is longer than its rule's: only the first two parts name the rule.
    let start: Vec<&str> = name.split('.').take(2).collect();
    unknown(codes::UNKNOWN_LINE, at, format!("there is no rule `{}`", start.join(".")), &start.join("."), &known)
}
