//! Why something happens to a subject, or why not: every rule and every line with the value seen.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::names::{FunctionName, LineName, RuleAddress, Subject};
use crate::plan::preview::{heading, origin, place};
use crate::plan::{Action, Plan};
use crate::problem::Place;

/// A subject, judged by every rule that a schedule wakes for it.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    pub subject: Subject,
    /// Absent when the host knows no such subject, or shows it to nobody like us.
    pub title: Option<String>,
    /// What its link is, where one side of that is gone: `orphan_case`.
    pub orphan: Vec<String>,
    pub rules: Vec<RuleExplained>,
    pub plan: Plan,
    /// What was read, and when.
    pub reads: Vec<(FunctionName, Timestamp)>,
    /// An unfinished run is at work on it.
    pub in_flight: bool,
}

/// One rule with all its lines.
#[derive(Clone, Debug, Serialize)]
pub struct RuleExplained {
    pub rule: RuleAddress,
    /// Pack and version.
    pub pack: String,
    pub at: Place,
    pub about: String,
    /// Why text of it may move to a wider audience, where it may.
    pub may_widen: Option<String>,
    pub lines: Vec<LineExplained>,
    /// When it dealt with the subject and may not do so again yet.
    pub acted: Option<Acted>,
    /// Why it would wait for its hours, where they have not begun.
    pub closed: Option<String>,
}

/// What a rule remembers of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acted {
    pub at: Timestamp,
    /// Its plan had problems, and was set aside for a person.
    pub parked: bool,
}

/// One line, judged by itself.
#[derive(Clone, Debug, Serialize)]
pub struct LineExplained {
    pub line: LineName,
    pub text: String,
    pub at: Place,
    pub holds: Holds,
    /// The values seen, and how far they are from holding.
    pub saw: String,
    /// The host tests it in the search of the schedule, and gives no subject for which it does not hold.
    pub searched: bool,
}

/// The name of the line that stands for `look_back`.
pub const LOOK_BACK: &str = "look_back";

impl RuleExplained {
    /// Whether its schedule does not look at the subject at all.
    pub fn is_out_of_sight(&self) -> bool {
        self.lines.iter().any(|line| line.line.as_str() == LOOK_BACK)
    }
}

/// How a line came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Yes,
    No,
    /// It could not be judged; what was seen says why.
    Unknown,
}

/// The whole of it, as a person reads it.
pub fn show(explained: &Explained) -> String {
    let mut text = format!("{}\n", heading(&explained.subject, explained.title.as_deref().unwrap_or_default()));
    for state in &explained.orphan {
        let _ = writeln!(text, "  its link is `{state}`: {}", orphaned(state));
    }
    if explained.title.is_none() {
        let (host, kind) = (explained.subject.host(), explained.subject.kind());
        let shows =
            format!("  {host} shows no such {kind} to the connector's user: deleted, moved away, or not allowed\n");
        return text + &shows;
    }
    for rule in &explained.rules {
        rule_rows(&mut text, rule, explained);
    }
    for problem in &explained.plan.problems {
        let _ = writeln!(text, "\n! {}", problem.show(None).replace('\n', "\n  "));
    }
    let _ = writeln!(text, "\nRead: {}", reads(explained));
    text
}

fn orphaned(state: &str) -> &'static str {
    match state {
        "orphan_case" => "its case is gone, and only a person opens another one",
        _ => "its thread is gone, and nothing is told of it any more",
    }
}

fn rule_rows(text: &mut String, rule: &RuleExplained, explained: &Explained) {
    let head = format!("{} ({})", rule.rule, rule.pack);
    let _ = writeln!(text, "\n{head:<74}  {}", place(&rule.at));
    let _ = writeln!(text, "  {}", ending(rule, explained));
    if let Some(reason) = &rule.may_widen {
        let _ = writeln!(text, "  may widen who reads a text: {reason}");
    }
    for line in &rule.lines {
        let sign = match line.holds {
            Holds::Yes => "✓",
            Holds::No => "✗",
            Holds::Unknown => "?",
        };
        let written = format!("  {sign} {}{}", group(&line.line), line.text);
        let _ = writeln!(text, "{written:<74}  {}", origin(&line.line, &line.at));
        let searched = if line.searched { "; goes along in the search" } else { "" };
        if !line.saw.is_empty() {
            let _ = writeln!(text, "      {}{searched}", line.saw);
        }
    }
}

/// The group in which a line stands: of `any` one is enough, of `none` none may hold.
fn group(line: &LineName) -> &'static str {
    let words: Vec<&str> = line.as_str().split('.').collect();
    match words.iter().rfind(|word| matches!(**word, "any" | "none")) {
        Some(&"any") => "any of: ",
        Some(_) => "none of: ",
        None => "",
    }
}

/// What comes of a rule, in one sentence.
fn ending(rule: &RuleExplained, explained: &Explained) -> String {
    let plan = &explained.plan;
    if explained.in_flight {
        return "an unfinished run is at work on it; it is looked at again when that is done".into();
    }
    if let Some(acted) = &rule.acted {
        return remembered(acted, plan);
    }
    if rule.is_out_of_sight() {
        return format!("nothing: `{LOOK_BACK}` does not hold");
    }
    if let Some(verdict) = plan.fired.iter().find(|verdict| verdict.rule == rule.rule) {
        return match &verdict.shadowed_by {
            _ if verdict.shadow => {
                format!(
                    "in the shadow: it would act ({}), and nothing of it is written",
                    writes(&plan.shadow, &rule.rule)
                )
            }
            None => {
                let waits =
                    rule.closed.as_ref().map(|why| format!("{why}, and it waits; then it ")).unwrap_or_default();
                format!("{waits}would act: {}", writes(&plan.actions, &rule.rule))
            }
            Some(by) => format!("its lines hold, and {by} comes first"),
        };
    }
    match plan.unmet.iter().find(|unmet| unmet.rule == rule.rule) {
        Some(unmet) if unmet.line.as_str() == "skip" => format!("nothing: the script skips it, {}", unmet.text),
        Some(unmet) => format!("nothing: `{}` does not hold", unmet.line),
        None => "not judged: something above it is wrong".into(),
    }
}

/// Why a rule that dealt with the subject before leaves it alone.
fn remembered(acted: &Acted, plan: &Plan) -> String {
    let at = acted.at.strftime("%Y-%m-%d %H:%M:%SZ");
    if !acted.parked {
        return format!("has acted on it, at {at}; not again");
    }
    // The rules are the same, so what is wrong with the plan now is what was wrong then.
    let why = plan.problems.first().map_or("its plan had problems", |problem| problem.what.as_str());
    format!("parked at {at}: {why}; judged again when the rules change")
}

fn writes(actions: &[Action], rule: &RuleAddress) -> String {
    let mine = actions.iter().filter(|action| action.rule == *rule);
    mine.map(|action| action.function.to_string()).collect::<Vec<_>>().join(", ")
}

fn reads(explained: &Explained) -> String {
    let told = |(function, at): &(FunctionName, Timestamp)| format!("{function} at {}", at.strftime("%H:%M:%SZ"));
    explained.reads.iter().map(told).collect::<Vec<_>>().join(", ")
}
