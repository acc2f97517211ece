//! Two rules that would write one field differently, where the files alone show that both act: neither comes first.
//!
//! What only the data shows is left to admission (`engine/merge.rs`).

use std::sync::Arc;

use crate::catalog::{Catalog, Holds, Present};
use crate::problem::{Place, Problem};
use crate::rules::{Criteria, Rule, Step, Template, Then, Trigger, codes};
use crate::value::Value;

/// One Problem for each field that two rules dispute.
pub fn check(rules: &[Arc<Rule>], catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Few of many rules set fields of a case that is there, and only these are held against each other.
    let setting: Vec<&Arc<Rule>> = rules.iter().filter(|rule| !plain_fields(rule, catalog).is_empty()).collect();
    for (n, other) in setting.iter().enumerate() {
        for one in setting[..n].iter().filter(|one| act_together(one, other)) {
            problems.extend(disputed(one, other, catalog));
        }
    }
    problems
}

/// Whether one event wakes both, and the lines of one hold wherever those of the other do.
fn act_together(one: &Rule, other: &Rule) -> bool {
    let section = |rule: &Rule| rule.address.as_str().split('.').next().unwrap_or_default().to_owned();
    let first_wins = section(one) == section(other) && section(one) != "rules";
    let compete = one.order == other.order
        && !first_wins
        && !one.shadow.is_on()
        && !other.shadow.is_on()
        && wakes_both(&one.trigger, &other.trigger)
        && one.wait == other.wait;
    let covers = |few: &[&str], many: &[&str]| few.iter().all(|line| many.contains(line));
    match (texts(one), texts(other)) {
        (Some(first), Some(second)) if compete => covers(&first, &second) || covers(&second, &first),
        _ => false,
    }
}

fn wakes_both(one: &Trigger, other: &Trigger) -> bool {
    match (one, other) {
        (Trigger::Happens(kinds), Trigger::Happens(others)) => kinds.iter().any(|kind| others.contains(kind)),
        (Trigger::Due { look_at: Some(one), .. }, Trigger::Due { look_at: Some(other), .. }) => one == other,
        _ => false,
    }
}

/// The lines of a rule as written, where it has no groups and no names of its own.
fn texts(rule: &Rule) -> Option<Vec<&str>> {
    let (Criteria::All(candidates), Criteria::All(lines)) = (&rule.candidates, &rule.when) else { return None };
    let mut texts = Vec::new();
    for line in candidates.iter().chain(lines) {
        let Criteria::Line(line) = line else { return None };
        texts.push(line.expression.text());
    }
    rule.lets.is_empty().then_some(texts)
}

fn disputed(one: &Rule, other: &Rule, catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (field, value, at) in plain_fields(other, catalog) {
        let is_other = |(name, first, _): &&(String, &Value, &Place)| *name == field && **first != *value;
        if let Some((_, _, first)) = plain_fields(one, catalog).iter().find(is_other) {
            let what = format!("`{}` and `{}` both write `{field}`, with equal order", one.address, other.address);
            let problem = Problem::new(codes::EQUAL_ORDER, at, what).also(first);
            problems.push(problem.next("give one of them a smaller `order`: that one writes the field"));
        }
    }
    problems
}

/// The plain values that a rule always sets of the case.
fn plain_fields<'r>(rule: &'r Rule, catalog: &Catalog) -> Vec<(String, &'r Value, &'r Place)> {
    let Then::Steps(steps) = &rule.then else { return vec![] };
    let sets = |step: &&Step| {
        let present = catalog.write_call(step.function.as_str()).map(|call| &call.present);
        let is_always = matches!(&step.when, Criteria::All(lines) if lines.is_empty());
        is_always && matches!(present, Some(Present::Compare { holds: Holds::Fields { .. }, .. }))
    };
    let of_step = |step: &'r Step| {
        let arg = |wanted: &str| step.args.iter().find(|(name, ..)| name.as_str() == wanted).map(|(.., value)| value);
        let is_the_case = matches!(arg("case"), Some(Template::Expression(e)) if e.text().trim() == "case.Id");
        let fields = match arg("fields") {
            Some(Template::Map(fields)) if is_the_case => fields.as_slice(),
            _ => &[],
        };
        fields.iter().filter_map(|(name, value)| match value {
            Template::Plain(value) => Some((name.to_string(), value, &step.at)),
            _ => None,
        })
    };
    steps.iter().filter(sets).flat_map(of_step).collect()
}
