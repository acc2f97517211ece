//! Two rules that would write one field differently, where the files alone show that both act: neither comes first.
//!
//! What only the data shows is left to admission (`engine/merge.rs`).

use std::sync::Arc;

use crate::catalog::{Catalog, Holds, Present, Write};
use crate::names::ParamName;
use crate::problem::{Place, Problem};
use crate::rules::{Criteria, FieldValue, Rule, Step, Template, Then, Trigger, Update, codes, template};
use crate::value::Value;

/// One Problem for each field that two rules dispute.
pub fn check(rules: &[Arc<Rule>], catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Few of many rules set fields of a case that is there, and only these are held against each other.
    let is_setting = |rule: &&Arc<Rule>| !plain_fields(rule, catalog).is_empty() || !marks(rule, catalog).is_empty();
    let setting: Vec<&Arc<Rule>> = rules.iter().filter(is_setting).collect();
    for (n, other) in setting.iter().enumerate() {
        for one in setting[..n].iter().filter(|one| act_together(one, other)) {
            problems.extend(disputed(one, other, catalog));
            problems.extend(undone(one, other, catalog));
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
        && one.delay == other.delay;
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

/// What one rule sticks on a thread and the other takes off.
fn undone(one: &Rule, other: &Rule, catalog: &Catalog) -> Vec<Problem> {
    let first = marks(one, catalog);
    let against = |mark: &Mark| first.iter().find(|first| first.of == mark.of && first.is_set != mark.is_set);
    let said = |mark: &Mark| {
        let text = mark.of.last().cloned().unwrap_or_default();
        let (sets, takes_off) = if mark.is_set { (other, one) } else { (one, other) };
        let what = format!(
            "`{}` sets `{text}` and `{}` takes it off, with equal order: neither comes first",
            sets.address, takes_off.address
        );
        let problem = Problem::new(codes::EQUAL_ORDER, mark.at, what).also(against(mark)?.at);
        Some(problem.next("give each a line that the other one cannot meet, or leave one of the two steps out"))
    };
    marks(other, catalog).iter().filter_map(said).collect()
}

/// Something that a step always sets or takes off: the read that shows it, and what is set where, as written.
struct Mark<'r> {
    of: Vec<String>,
    is_set: bool,
    at: &'r Place,
}

fn marks<'r>(rule: &'r Rule, catalog: &Catalog) -> Vec<Mark<'r>> {
    let Then::Steps(steps) = &rule.then else { return vec![] };
    let mark = |step: &'r Step| {
        let call = catalog.write_call(step.function.as_str()).filter(|_| is_always(step))?;
        let Present::Compare { with, holds: holds @ (Holds::Listed | Holds::NotListed), .. } = &call.present else {
            return None;
        };
        let Write::Sets { target } = &call.kind else { return None };
        let arg = |name: &ParamName| step.args.iter().find(|(known, ..)| known == name).map(|(.., value)| value);
        let written = target.iter().map(|name| match arg(name)? {
            Template::Plain(value) => Some(template::plain(value).to_lowercase()),
            Template::Expression(expression) => Some(format!("= {}", expression.text().trim())),
            _ => None,
        });
        let of = std::iter::once(Some(with.to_string())).chain(written).collect::<Option<Vec<_>>>()?;
        Some(Mark { of, is_set: *holds == Holds::Listed, at: &step.at })
    };
    steps.iter().filter_map(mark).collect()
}

fn is_always(step: &Step) -> bool {
    matches!(&step.when, Criteria::All(lines) if lines.is_empty())
}

/// The plain values that a rule always sets of the case.
fn plain_fields<'r>(rule: &'r Rule, catalog: &Catalog) -> Vec<(String, &'r Value, &'r Place)> {
    let Then::Steps(steps) = &rule.then else { return vec![] };
    let sets = |step: &&Step| {
        let present = catalog.write_call(step.function.as_str()).map(|call| &call.present);
        is_always(step) && matches!(present, Some(Present::Compare { holds: Holds::Fields { .. }, .. }))
    };
    let of_step = |step: &'r Step| {
        let arg = |wanted: &str| step.args.iter().find(|(name, ..)| name.as_str() == wanted).map(|(.., value)| value);
        let is_the_case = matches!(arg("case"), Some(Template::Expression(e)) if e.text().trim() == "case.Id");
        let fields = match arg("fields") {
            Some(Template::Fields(rows)) if is_the_case => rows.as_slice(),
            _ => &[],
        };
        fields.iter().filter_map(|row| match (&row.value, row.update) {
            (FieldValue::Template(Template::Plain(value)), Update::Overwrite) => {
                Some((row.field.to_string(), value, &step.at))
            }
            _ => None,
        })
    };
    steps.iter().filter(sets).flat_map(of_step).collect()
}
