//! Lines that can never hold, by themselves or beside another line that must hold too: a rule with them never acts.

use std::cmp::Ordering;

use crate::predicate::{Predicate, Test, compare};
use crate::problem::Problem;
use crate::rules::{Criteria, Criterion, Rule, codes};
use crate::value::Value;

/// A line that must hold, and one test in it.
type Tested<'r> = (&'r Criterion, &'r Predicate);

/// A Problem for each line that rules the whole rule out; a warning where settings decide it.
pub fn check(rule: &Rule) -> Vec<Problem> {
    let mut tested: Vec<Tested> = Vec::new();
    must_hold(&rule.candidates, &mut tested);
    let own = tested.len();
    must_hold(&rule.when, &mut tested);
    let mut problems = Vec::new();
    for (n, &(line, test)) in tested.iter().enumerate().skip(own) {
        if is_empty(test) {
            let what = format!("`{}` can never hold", line.expression.text());
            problems.push(problem(what, line, None));
        } else if let Some((other, _)) = tested[..n].iter().find(|(_, other)| exclude(test, other)) {
            let (this, that) = (line.expression.text(), other.expression.text());
            let what = match other.expression.at() == line.expression.at() {
                true => format!("`{this}` can never hold: its parts exclude each other"),
                false => format!("`{this}` can never hold beside `{that}`"),
            };
            problems.push(problem(what, line, Some(other)));
        }
    }
    problems
}

fn problem(what: String, line: &Criterion, other: Option<&Criterion>) -> Problem {
    let settings = |line: &Criterion| line.expression.uses().iter().any(|path| path.as_str().starts_with("settings."));
    let problem = Problem::new(codes::NEVER_HOLDS, line.expression.at(), what).next(next(other));
    if settings(line) || other.is_some_and(settings) {
        problem.because("with the settings as they are").warning()
    } else {
        problem
    }
}

fn next(other: Option<&Criterion>) -> String {
    match other.map(|other| other.name.as_str()) {
        None => "a list must have an entry, and no number or duration of a fact is below zero".into(),
        Some(name) => match name.strip_prefix("include.") {
            Some(word) => format!("`include: [ {word} ]` lets them in"),
            None => "all lines must hold; `any:` takes lines of which one is enough".into(),
        },
    }
}

fn must_hold<'r>(criteria: &'r Criteria, found: &mut Vec<Tested<'r>>) {
    match criteria {
        Criteria::Line(line) => {
            let lowered = line.lowered.as_ref();
            found.extend(lowered.into_iter().flat_map(|l| l.must_hold()).map(|test| (line, test)));
        }
        Criteria::All(parts) => parts.iter().for_each(|part| must_hold(part, found)),
        Criteria::Any(_) | Criteria::None(_) => {}
    }
}

/// No value passes. What the community counts, and times since something, are never below zero; what an org's fields
/// hold may be.
fn is_empty(predicate: &Predicate) -> bool {
    let is_count = predicate.fact.steps().next() == Some("thread") && !predicate.fact.as_str().contains(".custom.");
    let is_below = |bound: &Value, with_zero: bool| match bound {
        Value::Int(bound) => is_count && (*bound < 0 || (with_zero && *bound == 0)),
        Value::Span(bound) => bound.is_negative() || (with_zero && bound.is_zero()),
        _ => false,
    };
    match &predicate.test {
        Test::In(values) => values.is_empty(),
        Test::Is(bound) | Test::AtMost(bound) => is_below(bound, false),
        Test::Below(bound) => is_below(bound, true),
        _ => false,
    }
}

/// No value passes both tests.
fn exclude(a: &Predicate, b: &Predicate) -> bool {
    if a.fact != b.fact {
        return false;
    }
    match (only(&a.test), only(&b.test)) {
        (Some(values), _) => !values.iter().any(|value| a.holds(value) && b.holds(value)),
        (None, Some(values)) => !values.iter().any(|value| a.holds(value) && b.holds(value)),
        (None, None) => cross(&a.test, &b.test) || cross(&b.test, &a.test),
    }
}

/// The values that pass, where these can be counted.
fn only(test: &Test) -> Option<Vec<Value>> {
    match test {
        Test::Is(value) => Some(vec![value.clone()]),
        Test::Says(yes) => Some(vec![(*yes).into()]),
        Test::In(values) => Some(values.clone()),
        _ => None,
    }
}

/// A lower bound above an upper one.
fn cross(lower: &Test, upper: &Test) -> bool {
    let (low, with_low) = match lower {
        Test::AtLeast(low) => (low, true),
        Test::Above(low) => (low, false),
        _ => return false,
    };
    let (high, with_high) = match upper {
        Test::AtMost(high) => (high, true),
        Test::Below(high) => (high, false),
        _ => return false,
    };
    match compare(low, high) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => !(with_low && with_high),
        Some(Ordering::Less) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(test: Test) -> Predicate {
        Predicate::new("thread.replies", test)
    }

    #[test]
    fn tests_that_no_value_passes_together_exclude_each_other() {
        let never = [
            (Test::AtLeast(3.into()), Test::Below(3.into())),
            (Test::Above(3.into()), Test::AtMost(3.into())),
            (Test::Is(3.into()), Test::Above(3.into())),
            (Test::Is(3.into()), Test::Is(4.into())),
            (Test::In(vec![1.into(), 2.into()]), Test::AtLeast(3.into())),
            (Test::Says(true), Test::Is(false.into())),
            (Test::IsNot(3.into()), Test::Is(3.into())),
        ];
        for (a, b) in never {
            assert!(
                exclude(&test(a.clone()), &test(b.clone())) && exclude(&test(b.clone()), &test(a.clone())),
                "{a:?} {b:?}"
            );
        }
        let sometimes = [
            (Test::AtLeast(3.into()), Test::AtMost(3.into())),
            (Test::Is(3.into()), Test::AtMost(3.into())),
            (Test::In(vec![1.into(), 4.into()]), Test::AtLeast(3.into())),
            (Test::IsNot(3.into()), Test::IsNot(4.into())),
            (Test::Contains("a".into()), Test::Contains("b".into())),
        ];
        for (a, b) in sometimes {
            assert!(!exclude(&test(a.clone()), &test(b.clone())), "{a:?} {b:?}");
        }
    }
}
