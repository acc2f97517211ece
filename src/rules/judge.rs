//! Judges lines in three values: met, unmet, not known.
//!
//! Of `all`, an unmet line decides even behind an unknown one; of `any`, a met one. Only when the rest cannot decide
//! are the reads of the cheapest unknown line asked.

use crate::catalog::{Catalog, Seen};
use crate::facts::Read;
use crate::failure::HostError;
use crate::names::Path;
use crate::plan::{Arg, FirstUnmet, LineVerdict};
use crate::predicate::{Lowered, Predicate};
use crate::problem::{Place, Problem};
use crate::rules::{Criteria, Criterion, Rule};
use crate::script::{Evaluated, Refusal, View};
use crate::value::{Short, Value, in_words};

/// How lines came out.
pub enum Judged<'a> {
    Met,
    /// The first line in file order that does not hold, and its short reason where it has one.
    Unmet(&'a Criterion, Option<&'static str>),
    Unknown(Vec<Read>),
    /// A line that cannot be judged.
    Broken(Broken),
}

/// Why something could not be worked out.
#[derive(Debug)]
pub enum Broken {
    /// A read that failed; where it was needed, when that is known.
    Failed(HostError, Option<Place>),
    Refused(Refusal),
}

/// Judges a tree of lines.
pub fn judge<'a>(criteria: &'a Criteria, view: &View) -> Judged<'a> {
    match criteria {
        Criteria::Line(line) => judge_line(line, view),
        Criteria::All(parts) => all(parts.iter().map(|part| judge(part, view)), view),
        Criteria::Any(parts) => any(parts, view),
        Criteria::None(parts) => none(parts, view),
    }
}

fn judge_line<'a>(line: &'a Criterion, view: &View) -> Judged<'a> {
    judge_lowered(line, view).unwrap_or_else(|| judge_interpreted(line, view))
}

/// The verdict without the interpreter. What is made in this run, and what cannot be read, is left to it.
fn judge_lowered<'a>(line: &'a Criterion, view: &View) -> Option<Judged<'a>> {
    let lowered = line.lowered.as_ref().filter(|_| view.laters.is_empty())?;
    let see = |predicate: &Predicate| match view.see(&predicate.fact) {
        Seen::Is(value) => Ok(value),
        other => Err(other),
    };
    match lowered.verdict(&see) {
        Ok(Some(true)) => Some(Judged::Met),
        Ok(Some(false)) => Some(Judged::Unmet(line, None)),
        Ok(None) => Some(Judged::Unmet(line, Some("no value"))),
        Err(Seen::Needs(reads)) => Some(Judged::Unknown(reads)),
        Err(_) => None,
    }
}

/// Judges one line by itself, as it is written.
pub fn judge_interpreted<'a>(line: &'a Criterion, view: &View) -> Judged<'a> {
    match line.expression.value(view) {
        Evaluated::Is(Arg::Known(Value::Bool(true))) => Judged::Met,
        Evaluated::Is(Arg::Known(Value::Bool(false))) => Judged::Unmet(line, None),
        Evaluated::Is(Arg::Known(Value::Nothing)) => Judged::Unmet(line, Some("no value")),
        Evaluated::Is(Arg::Known(other)) => not_yes_or_no(line, &format!("a {}", other.kind())),
        Evaluated::Is(_) => not_yes_or_no(line, "not known while the plan is made"),
        Evaluated::Needs(reads) => Judged::Unknown(reads),
        Evaluated::Failed(error) => Judged::Broken(Broken::Failed(error, Some(line.expression.at().clone()))),
        Evaluated::Refused(refusal) if refusal.code == "no-value" => Judged::Unmet(line, Some("no value")),
        Evaluated::Refused(refusal) => Judged::Broken(Broken::Refused(refusal)),
    }
}

fn not_yes_or_no<'a>(line: &Criterion, is: &str) -> Judged<'a> {
    Judged::Broken(Broken::Refused(Refusal {
        code: "not-yes-or-no",
        at: line.expression.at().clone(),
        what: format!("a line is yes or no, and `{}` is {is}", line.expression.text()),
        next: "compare it with something, such as `thread.replies == 0`".into(),
    }))
}

/// Unmet decides, then what is not known, then what cannot be judged.
fn all<'a>(parts: impl Iterator<Item = Judged<'a>>, view: &View) -> Judged<'a> {
    let mut unknown: Option<Vec<Read>> = None;
    let mut broken = None;
    for part in parts {
        match part {
            Judged::Met => {}
            unmet @ Judged::Unmet(..) => return unmet,
            Judged::Unknown(reads) => unknown = Some(cheaper(unknown, reads, &view.catalog)),
            Judged::Broken(why) => broken = broken.or(Some(why)),
        }
    }
    match (unknown, broken) {
        (Some(reads), _) => Judged::Unknown(reads),
        (None, Some(why)) => Judged::Broken(why),
        (None, None) => Judged::Met,
    }
}

fn any<'a>(parts: &'a [Criteria], view: &View) -> Judged<'a> {
    let mut unknown: Option<Vec<Read>> = None;
    let (mut broken, mut unmet) = (None, None);
    for part in parts {
        match judge(part, view) {
            Judged::Met => return Judged::Met,
            Judged::Unmet(line, why) => unmet = unmet.or(Some(Judged::Unmet(line, why))),
            Judged::Unknown(reads) => unknown = Some(cheaper(unknown, reads, &view.catalog)),
            Judged::Broken(why) => broken = broken.or(Some(why)),
        }
    }
    match (unknown, broken, unmet) {
        (Some(reads), ..) => Judged::Unknown(reads),
        (None, Some(why), _) => Judged::Broken(why),
        (None, None, Some(unmet)) => unmet,
        (None, None, None) => Judged::Met,
    }
}

/// Each line must not hold; a met one is the unmet line of the group.
fn none<'a>(parts: &'a [Criteria], view: &View) -> Judged<'a> {
    let turned = parts.iter().map(|part| match judge(part, view) {
        Judged::Met => Judged::Unmet(first_line(part), Some("it held, and none may")),
        Judged::Unmet(..) => Judged::Met,
        other => other,
    });
    all(turned, view)
}

fn first_line(criteria: &Criteria) -> &Criterion {
    match criteria {
        Criteria::Line(line) => line,
        Criteria::All(parts) | Criteria::Any(parts) | Criteria::None(parts) => first_line(&parts[0]),
    }
}

/// The reads that cost less for one subject; the earlier line's on a tie.
fn cheaper(known: Option<Vec<Read>>, reads: Vec<Read>, catalog: &Catalog) -> Vec<Read> {
    match known {
        Some(known) if price(&known, catalog) <= price(&reads, catalog) => known,
        _ => reads,
    }
}

/// What reads cost for one subject, in thousandths of a call: a call that takes 25 costs 40.
fn price(reads: &[Read], catalog: &Catalog) -> usize {
    reads.iter().map(|read| 1000 / catalog.read_call(read.function.as_str()).map_or(1, |call| call.up_to.max(1))).sum()
}

/// Every line of a tree, in file order.
pub fn lines(criteria: &Criteria) -> Vec<&Criterion> {
    match criteria {
        Criteria::Line(line) => vec![line],
        Criteria::All(parts) | Criteria::Any(parts) | Criteria::None(parts) => parts.iter().flat_map(lines).collect(),
    }
}

/// A line that held, with what it saw.
pub fn seen(line: &Criterion, view: &View) -> LineVerdict {
    LineVerdict {
        line: line.name.clone(),
        text: Short::of(line.expression.text()),
        saw: Short::of(&saw(line, view)),
        at: line.expression.at().clone(),
    }
}

/// The line that stopped a rule, with what it saw.
pub fn unmet(rule: &Rule, line: &Criterion, why: Option<&str>, view: &View) -> FirstUnmet {
    let saw = saw_and_far(line, view);
    let saw = why.map_or(saw.clone(), |why| if saw.is_empty() { why.to_owned() } else { format!("{saw} ({why})") });
    FirstUnmet {
        rule: rule.address.clone(),
        line: line.name.clone(),
        text: Short::of(line.expression.text()),
        saw: Short::of(&saw),
        at: line.expression.at().clone(),
    }
}

/// The facts of a line and their values: `thread.age was 1 day 23 h`.
fn saw(line: &Criterion, view: &View) -> String {
    let part = |path: &Path| match named(path, view).unwrap_or_else(|| view.see(path)) {
        Seen::Is(value) => Some(format!("{path} was {}", brief(&value))),
        Seen::Needs(_) => Some(format!("{path} was not read")),
        Seen::Failed(error) => Some(format!("{path} could not be read: {error}")),
        Seen::More | Seen::Unknown => None,
    };
    let (settings, facts): (Vec<_>, Vec<_>) =
        line.expression.uses().iter().partition(|p| p.as_str().starts_with("settings."));
    let told = if facts.is_empty() { settings } else { facts };
    told.into_iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

/// What a name of `let:` stands for.
fn named(path: &Path, view: &View) -> Option<Seen> {
    let name = path.steps().next()?;
    Some(match view.lets.get(name)?.value(view) {
        Evaluated::Is(Arg::Known(value)) => Seen::Is(value.at(&path.behind(name)?).clone()),
        Evaluated::Needs(reads) => Seen::Needs(reads),
        Evaluated::Failed(error) => Seen::Failed(error),
        Evaluated::Is(_) | Evaluated::Refused(_) => Seen::Unknown,
    })
}

/// The values that a line saw, and how far they are from holding.
pub fn saw_and_far(line: &Criterion, view: &View) -> String {
    [saw(line, view), far(line, view).unwrap_or_default()].concat()
}

/// How far an unmet line is from holding: `, due in 3 h 12 min`.
fn far(line: &Criterion, view: &View) -> Option<String> {
    let Some(Lowered::Test(predicate)) = &line.lowered else { return None };
    let Seen::Is(value) = view.see(&predicate.fact) else { return None };
    Some(match predicate.distance(&value)? {
        // Durations of facts are times since something: they grow by themselves.
        Value::Span(missing) => format!(", due in {}", in_words(missing)),
        missing => format!(", {missing} short"),
    })
}

/// A value in a few characters; of records, how many.
fn brief(value: &Value) -> String {
    if let Value::List(items) = value
        && let [Value::Map(_), ..] = items.as_slice()
    {
        return format!("a list of {}", items.len());
    }
    let text = value.to_string();
    if text.chars().count() <= 40 { text } else { format!("{}…", text.chars().take(39).collect::<String>()) }
}

impl Broken {
    /// The Problem that a person sees, at the line of the rule.
    pub fn problem(&self, rule: &Rule) -> Problem {
        match self {
            Broken::Failed(error, at) => {
                let what = format!("`{}` could not look at a fact: {}", rule.address, error);
                Problem::new("read-failed", at.as_ref().unwrap_or(&rule.at), what)
                    .because(format!("asked with {}", error.call))
                    .next("mend it at the host; the item is judged again when the rules change or a person retries")
            }
            Broken::Refused(refusal) => {
                Problem::new(refusal.code, &refusal.at, refusal.what.clone()).next(refusal.next.clone())
            }
        }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::Failed(error, _) => write!(f, "a fact could not be read: {error}"),
            Broken::Refused(refusal) => f.write_str(&refusal.what),
        }
    }
}

impl From<Broken> for Evaluated {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Failed(error, _) => Evaluated::Failed(error),
            Broken::Refused(refusal) => Evaluated::Refused(refusal),
        }
    }
}
