//! The keys of a rule that name a zone or a calendar: `zone`, `act_during`, `calendar`.
//!
//! They steer, so they look at settings only. A setting without a value is the key left out.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::calendar::{self, Calendar};
use crate::catalog::Source;
use crate::names::Path;
use crate::problem::{Place, Problem, closest};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::judge::lines;
use crate::rules::yaml::Node;
use crate::rules::{Criteria, Template, codes, written};
use crate::script::{Comparison, constant};
use crate::value::Value;

/// The calendar that a key names.
pub fn calendar(compiling: &mut Compiling, node: &Node) -> Option<Arc<Calendar>> {
    let (name, at) = named(compiling, node)?;
    if !compiling.calendar_names.iter().any(|known| known.as_str() == name) {
        let known: Vec<&str> = compiling.calendar_names.iter().map(|name| name.as_str()).collect();
        let problem = unknown(&name, &at, &known);
        compiling.problem(problem);
    }
    // One that is named and not there was a Problem where it stands.
    compiling.calendars.get(name.as_str()).cloned()
}

fn unknown(name: &str, at: &Place, known: &[&str]) -> Problem {
    let problem = Problem::new(codes::UNKNOWN_CALENDAR, at, format!("there is no calendar `{name}`"));
    match closest(name, known) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None if known.is_empty() => problem.next("calendars stand under `calendars:`, and there is none yet"),
        None => problem.next(format!("calendars are: {}", known.join(", "))),
    }
}

/// The zone of a schedule: its own, else that of the settings.
pub fn zone(compiling: &mut Compiling, node: Option<&Node>) -> TimeZone {
    let of_settings = compiling.settings.get("zone").as_str().and_then(|name| calendar::zone(name).ok());
    let of_settings = of_settings.unwrap_or(TimeZone::UTC);
    let Some(node) = node else { return of_settings };
    let Some((name, at)) = named(compiling, node) else { return of_settings };
    let named = written::zone(&Node { at, shape: crate::rules::yaml::Shape::Scalar { text: name, quoted: false } });
    compiling.keep(named).unwrap_or(of_settings)
}

/// A name as written, or the text that an expression over settings gives; with its place.
fn named(compiling: &mut Compiling, node: &Node) -> Option<(String, Place)> {
    let text = compiling.keep(written::text(node).map(str::to_owned))?;
    if !text.starts_with('=') {
        return Some((text, node.at.clone()));
    }
    let Template::Expression(expression) = compiling.value(node, &Scope::default(), false)? else { return None };
    match constant(&expression, compiling.settings)? {
        Value::Text(name) => Some((name.to_string(), expression.at().clone())),
        Value::Nothing => None,
        other => {
            let what = format!("a name stands here, and this is a {}", other.kind());
            compiling
                .problem(Problem::new(codes::SHAPE, expression.at(), what).next("use a setting that holds a text"));
            None
        }
    }
}

/// `calendar` counts the open hours of `wait`, and of nothing else.
pub fn check_calendar(compiling: &mut Compiling, rule: &Node, when: &Criteria) {
    let Some((key, node)) = rule.entries().iter().find(|(key, _)| key.name == "calendar") else { return };
    calendar(compiling, node);
    let name = match node.text().unwrap_or_default().strip_prefix('=') {
        Some(expression) => expression.trim().to_owned(),
        None => format!("\"{}\"", node.text().unwrap_or_default()),
    };
    let comparisons: Vec<Comparison> = lines(when).iter().flat_map(|line| line.expression.comparisons()).collect();
    let found: Vec<Problem> =
        comparisons.iter().filter_map(|comparison| wall_time(comparison, compiling, &name)).collect();
    if found.is_empty() && rule.get("wait").is_none() {
        let problem = Problem::new(codes::NO_EFFECT, &key.at, "`calendar` has no effect without `wait`");
        let next = format!("`act_during` keeps a rule to opening hours; `time::business_time(…, {name})` counts them");
        compiling.problem(problem.next(next).warning());
    }
    compiling.problems.extend(found);
}

/// A duration that is counted from a moment to now goes by the wall, whatever the rule's calendar is.
fn wall_time(comparison: &Comparison, compiling: &Compiling, calendar: &str) -> Option<Problem> {
    let row = compiling.catalog.facts().find(|row| row.fact == comparison.fact)?;
    let Source::From { facts, .. } = &row.source else { return None };
    // One more fact may correct the moment; what is worked out from more has no like in open hours.
    let [since, now, more @ ..] = facts.as_slice() else { return None };
    if *now != Path::from("now") || more.len() > 1 {
        return None;
    }
    let operator = &comparison.operator;
    let next = match &comparison.amount {
        Some((unit, count)) if unit == "days" => {
            format!("`time::business_days({since}, {calendar}) {operator} {count}`")
        }
        Some((unit, count)) => format!("`time::business_time({since}, {calendar}) {operator} {unit}({count})`"),
        None => format!("`time::business_time({since}, {calendar})` counts its open hours"),
    };
    let what = format!("`calendar` counts only `wait`; `{}` is wall time", comparison.fact);
    Some(Problem::new(codes::WALL_TIME, &comparison.at, what).next(next).warning())
}
