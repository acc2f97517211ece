//! The end of a pass: what each rule found, what came of it, what waits, and what it costs.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::cli::output::counted;
use crate::cli::report::{Report, opens_case};
use crate::cli::standing::standing_text;
use crate::engine::Summary;
use crate::engine::report::{Admitted, Planned};
use crate::plan::preview::{self, Cost, heading};
use crate::problem::Problem;
use crate::run::{Compared, Scan};

/// The last lines: what was found, what came of it, what waits.
pub fn summary_text(report: &Report, summary: &Summary, planned_only: bool) -> String {
    let mut text: String = summary.standings.iter().map(standing_text).collect();
    for scan in &summary.scans {
        text.push_str(&scan_text(scan));
        text.push_str(&compared_text(scan, report));
        // A preview has shown them with the subjects.
        let stopped = report.stopped_by(&scan.rule).filter(|_| !planned_only);
        stopped.for_each(|(line, count)| text.push_str(&format!("  {count:>6}  stopped by {line}\n")));
    }
    for (host, what) in &summary.refused {
        text.push_str(&format!("{host} refuses `{what}` in a search; more is read, and tested here\n"));
    }
    for (host, what) in &summary.unknown {
        text.push_str(&format!("{host} knows no field `{what}`; the facts that come from it have no value\n"));
    }
    for (why, count) in report.closed() {
        text.push_str(&format!("  … {} for opening hours: {why}\n", waits(count)));
    }
    for (host, error) in &summary.halted {
        text.push_str(&format!("{host} is halted: {error}\n  next: mend the login, then run again; nothing is lost\n"));
    }
    if let Some(error) = &summary.failed {
        text.push_str(&format!("the scan did not come through: {error} ({})\n", error.call));
    }
    for (subject, error) in summary.undecided.iter().take(5) {
        text.push_str(&format!("  … {subject} stays due: {error}\n"));
    }
    if !planned_only {
        report.parked().iter().for_each(|(problem, subjects)| text.push_str(&parked_text(problem, subjects)));
    }
    if let (kept @ 1.., behind) = summary.kept_back {
        let (kept, behind) = (counted(kept, "parked post"), counted(behind, "run"));
        text.push_str(&format!("{kept}, with {behind} waiting behind; order in a thread is kept\n  next: `casebridge parked list`, then `retry` or `drop`\n"));
    }
    text.push_str(&last_line(report, summary, planned_only));
    text
}

/// What the search of one rule found.
pub fn scan_text(scan: &Scan) -> String {
    let in_flight = if scan.in_flight > 0 { format!(", {} in flight", scan.in_flight) } else { String::new() };
    let near = if scan.near > 0 { format!(", {} nearly due", scan.near) } else { String::new() };
    let older = match scan.older {
        0 => String::new(),
        older => format!("  {older} more are older than its `look_back` and not looked at\n"),
    };
    let before = match scan.before {
        0 => String::new(),
        before => format!(
            "  {before} were due before it was first switched on and are held\n    next: `casebridge run --rule {}` handles them, oldest first\n",
            scan.rule
        ),
    };
    // What a host told of was found by no search.
    if scan.found == 0 && scan.met > 0 {
        return format!("{}: acts on {} of what happened\n", scan.rule, scan.met);
    }
    format!("{}: {} found by its search, {} due{near}{in_flight}\n{older}{before}", scan.rule, scan.found, scan.met)
}

/// How many subjects of one problem, or on which compared rules differ, are named.
const NAMED: usize = 3;

/// What a rule in the shadow of another would do differently, and on whom.
fn compared_text(scan: &Scan, report: &Report) -> String {
    let Some(Compared { with, both, only_this, only_that }) = &scan.compared else { return String::new() };
    let mut text = format!(
        "  compared with {with}: both act on {both}, only this one on {only_this}, only that one on {only_that}\n"
    );
    for (only, count) in [(&scan.rule, only_this), (with, only_that)] {
        let of = report.differs.iter().filter(|differs| differs.rule == scan.rule && differs.only == *only);
        for differs in of.take(NAMED) {
            let why = match &differs.unmet {
                Some(unmet) => format!("the other: {}", preview::unmet_text(unmet)),
                None => "the search of the other does not find it".into(),
            };
            text.push_str(&format!("    ◌ only {only}: {}; {why}\n", heading(&differs.subject, &differs.title)));
        }
        if *count > NAMED as u64 {
            text.push_str(&format!("    ◌ only {only}: {} more\n", count - NAMED as u64));
        }
    }
    text
}

/// A problem that parks plans, and whose they are. A preview shows it with each plan.
fn parked_text(problem: &Problem, subjects: &[&Planned]) -> String {
    let mut named: Vec<String> =
        subjects.iter().take(NAMED).map(|planned| heading(&planned.subject, &planned.title)).collect();
    if subjects.len() > NAMED {
        named.push(format!("{} more", subjects.len() - NAMED));
    }
    format!("  ! parked: {}\n    for {}\n", problem.show(None).replace('\n', "\n    "), named.join(", "))
}

/// Runs that wait for a person; a preview counts those that would.
pub fn held(report: &Report, summary: &Summary, planned_only: bool) -> u64 {
    let would = report.admitted(|admitted| matches!(admitted, Admitted::Held(_))) as u64;
    summary.held + if planned_only { would } else { 0 }
}

fn waits(count: u64) -> String {
    format!("{count} {}", if count == 1 { "waits" } else { "wait" })
}

fn last_line(report: &Report, summary: &Summary, planned_only: bool) -> String {
    let opens = |planned: &&Planned| planned.going().any(opens_case);
    let goes = report.planned.iter().filter(opens).count();
    let (count, verb) = if planned_only { (goes, "would be opened") } else { (report.opened(), "opened") };
    let mut parts = vec![format!("{} {verb}", counted(count, "case"))];
    parts.extend(report.said().into_iter().map(|(function, count)| format!("{count} {function}")));
    let count = |word: &str| report.settled.iter().filter(|finished| finished.outcome.word() == word).count();
    for word in ["superseded", "refused", "parked"] {
        if count(word) > 0 {
            parts.push(format!("{} {word}", count(word)));
        }
    }
    let mut some = |count: usize, what: &str| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    some(report.admitted(|admitted| *admitted == Admitted::Parked), "parked with problems");
    some(report.admitted(|admitted| matches!(admitted, Admitted::Dropped(_))), "dropped over a cap");
    some(report.admitted(|admitted| *admitted == Admitted::InFlight), "in flight");
    parts.push(format!("{} waiting", summary.waiting.len() + summary.undecided.len()));
    parts.push(format!("{} held", held(report, summary, planned_only)));
    let closed = report.admitted(|admitted| matches!(admitted, Admitted::Closed(_)));
    if closed > 0 {
        parts.push(format!("{} for opening hours", waits(closed as u64)));
    }
    let over = report.admitted(|admitted| matches!(admitted, Admitted::Waits(_)));
    if over > 0 {
        parts.push(format!("{over} over a cap and still due"));
    }
    if let (count, Some(next)) = summary.ahead {
        parts.push(format!("{} for later, the first at {}", waits(count as u64), next.strftime("%Y-%m-%d %H:%M:%SZ")));
    }
    if summary.shadow() > 0 {
        parts.push(format!("{} in the shadow", summary.shadow()));
    }
    format!("{}\n", parts.join(", "))
}

/// What a pass would cost, a line a host: what the preview read is read again, then come the plans that go.
pub fn cost_text(report: &Report, summary: &Summary, catalog: &Catalog) -> String {
    let mut text = String::new();
    for (host, cost) in cost(report, summary, catalog) {
        text.push_str(&format!(
            "\nCost at {host}: {} and at most {}",
            counted(cost.writes, "write call"),
            counted(cost.reads, "read")
        ));
    }
    if text.is_empty() { text } else { format!("{text}\n") }
}

/// The same as numbers.
pub fn cost(report: &Report, summary: &Summary, catalog: &Catalog) -> BTreeMap<String, Cost> {
    preview::cost(report.planned.iter().flat_map(Planned::going), &summary.reads, catalog)
}
