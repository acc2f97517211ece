//! Tells what the engine did: words for a person, or a JSON object a line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::catalog::Catalog;
use crate::cli::output::{counted, line, out};
use crate::cli::standing::standing_text;
use crate::engine::ledger::Finished;
use crate::engine::report::{Admitted, Planned, Silent};
use crate::engine::{Happened, Summary};
use crate::plan::Action;
use crate::plan::preview::{self, quoted};
use crate::run::{Found, Outcome};

/// How output is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

/// How many subjects without a case are told one by one.
const TOLD: usize = 200;

/// What happened so far, in order.
#[derive(Default)]
pub struct Report {
    pub planned: Vec<Planned>,
    pub silent: Vec<Silent>,
    pub settled: Vec<Finished>,
    /// How many subjects each line stopped.
    stopped: BTreeMap<String, u64>,
}

/// Collects what happens, and prints it as it happens where that is wanted.
#[derive(Clone)]
pub struct Reporter {
    report: Arc<Mutex<Report>>,
    format: Format,
    verbose: bool,
}

impl Reporter {
    /// A reporter that prints what is settled as it happens.
    pub fn new(format: Format, verbose: bool) -> Self {
        Reporter { report: Arc::default(), format, verbose }
    }

    /// What the engine is given to tell.
    pub fn watch(&self) -> Arc<dyn Fn(Happened) + Send + Sync> {
        let this = self.clone();
        Arc::new(move |happened| this.happened(happened))
    }

    /// Everything told so far.
    pub fn take(&self) -> Report {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Report> {
        self.report.lock().expect("no panic holds the report")
    }

    fn happened(&self, happened: Happened) {
        if self.format == Format::Json {
            line(as_json(&happened));
        }
        let mut report = self.lock();
        if self.format == Format::Text
            && let Some(told) = told(&report, &happened, self.verbose)
        {
            line(told);
        }
        report.add(happened);
    }

    /// The plans of a preview, the subjects that come to nothing, and what it would cost.
    pub fn print_preview(&self, summary: &Summary, catalog: &Catalog) {
        if self.format == Format::Json {
            return;
        }
        let report = self.lock();
        for planned in &report.planned {
            out(&planned_text(planned, catalog, self.verbose));
        }
        out(&report.why_not(if self.verbose { usize::MAX } else { 2 }));
        out(&cost_text(&report, summary, catalog));
    }
}

impl Report {
    /// Takes up one thing that happened.
    pub fn add(&mut self, happened: Happened) {
        match happened {
            Happened::Silent(silent) => self.silent(silent),
            Happened::Planned(planned) => self.planned.push(planned),
            Happened::Settled(finished) => self.settled.push(*finished),
            Happened::Looked(_) | Happened::Waits { .. } | Happened::Retries { .. } => {}
        }
    }

    fn silent(&mut self, silent: Silent) {
        if let Some(unmet) = silent.unmet.first() {
            *self.stopped.entry(unmet.text.to_string()).or_default() += 1;
        }
        if self.silent.len() < TOLD {
            self.silent.push(silent);
        }
    }

    /// Why the other subjects come to nothing: `most` of them for each line that stopped them, then a count per line.
    pub fn why_not(&self, most: usize) -> String {
        let mut text = String::new();
        let mut shown: BTreeMap<String, usize> = BTreeMap::new();
        for silent in &self.silent {
            let line = silent.unmet.first().map_or_else(String::new, |unmet| unmet.text.to_string());
            let count = shown.entry(line).or_default();
            *count += 1;
            if *count <= most {
                text.push_str(&format!("Nothing for {}\n", preview::heading(&silent.subject, &silent.title)));
                silent.unmet.iter().for_each(|unmet| text.push_str(&preview::unmet_row(unmet)));
            }
        }
        if !self.stopped.is_empty() {
            text.push_str("\nWhat stopped the others:\n");
        }
        for (line, count) in &self.stopped {
            text.push_str(&format!("  {count:>6}  {line}\n"));
        }
        text
    }

    /// What a person should know about a case although it was opened, a line each.
    fn flags(&self, finished: &Finished) -> String {
        let planned = self.planned.iter().rev().find(|planned| planned.subject == finished.subject);
        let flags = planned.iter().flat_map(|planned| &planned.plan.flags).filter(|flag| !flag.is_quiet());
        flags.map(|flag| format!("\n    ⚑ {}: {}", flag.code, flag.text)).collect()
    }

    /// The subject line of a thread that was planned in this pass.
    fn title(&self, finished: &Finished) -> &str {
        self.planned.iter().rev().find(|planned| planned.subject == finished.subject).map_or("", |p| p.title.as_str())
    }
}

/// One plan, and what admission says of it when it does not simply go.
pub fn planned_text(planned: &Planned, catalog: &Catalog, verbose: bool) -> String {
    let mut text =
        format!("Plan for {}", preview::show(&planned.subject, &planned.title, &planned.plan, catalog, verbose));
    for admitted in std::iter::once(&planned.admitted).chain(planned.held_back.iter().map(|(_, admitted)| admitted)) {
        if let Some(said) = admitted_text(admitted) {
            text.push_str(&format!("  ‖ {said}\n"));
        }
    }
    text
}

/// What admission says of what does not simply go.
fn admitted_text(admitted: &Admitted) -> Option<String> {
    Some(match admitted {
        Admitted::Goes => return None,
        Admitted::Closed(why) => format!("waits for opening hours: {}", why.text),
        Admitted::Waits(why) => format!("stays due: {}", why.text),
        Admitted::Held(why) => format!("held for a person: {}", why.text),
        Admitted::Dropped(why) => format!("dropped: {}", why.text),
        Admitted::InFlight => "an unfinished run is making the same".into(),
        Admitted::Shadow => "in the shadow: nothing of it is written".into(),
        Admitted::Parked => "parked: a plan with problems is never applied".into(),
    })
}

/// What a pass would cost, a line a host: what the preview read is read again, then come the plans that go.
pub fn cost_text(report: &Report, summary: &Summary, catalog: &Catalog) -> String {
    let going = report.planned.iter().flat_map(Planned::going);
    let mut text = String::new();
    for (host, cost) in preview::cost(going, &summary.reads, catalog) {
        text.push_str(&format!(
            "\nCost at {host}: {} and at most {}",
            counted(cost.writes, "write call"),
            counted(cost.reads, "read")
        ));
    }
    if text.is_empty() { text } else { format!("{text}\n") }
}

/// The line that is told as something happens.
fn told(report: &Report, happened: &Happened, verbose: bool) -> Option<String> {
    match happened {
        Happened::Settled(finished) => settled_line(report, finished, verbose),
        Happened::Waits { subject, function, why } => Some(format!("  … {subject} {function} waits: {why}")),
        Happened::Retries { host, error, until } => {
            Some(format!("  … {host}: {error}; asked again at {}", until.strftime("%H:%M:%SZ")))
        }
        Happened::Silent(_) | Happened::Planned(_) | Happened::Looked(_) => None,
    }
}

/// One line for an action that came to an end.
fn settled_line(report: &Report, finished: &Finished, verbose: bool) -> Option<String> {
    let Finished { subject, action, outcome, .. } = finished;
    let title = quoted(report.title(finished));
    match outcome {
        Outcome::Done { result } | Outcome::AlreadyDone { result, .. } => {
            let number = result.get("CaseNumber").as_str();
            let how = match outcome {
                Outcome::AlreadyDone { found: Found::AnswerLost, .. } => "  (the answer was lost, and the host has it)",
                Outcome::AlreadyDone { .. } => "  (it was there already)",
                _ => "",
            };
            match number {
                Some(number) => {
                    let url = result.get("url").as_str().unwrap_or_default();
                    let flags = report.flags(finished);
                    Some(format!("  ✓ case {number}  {title}  {url}{how}{flags}"))
                }
                None if verbose || !how.is_empty() => Some(format!("  ✓ {} for {subject}{how}", action.function)),
                None => None,
            }
        }
        Outcome::Skipped(_) if !verbose => None,
        other => Some(format!("  ✗ {} for {subject} {title}: {}{}", action.function, other.word(), reason(other))),
    }
}

fn reason(outcome: &Outcome) -> String {
    outcome.why().map_or_else(String::new, |why| format!(", {why}"))
}

/// The last lines: what was found, what came of it, what waits.
pub fn summary_text(report: &Report, summary: &Summary, planned_only: bool) -> String {
    let mut text: String = summary.standings.iter().map(standing_text).collect();
    for scan in &summary.scans {
        let in_flight = if scan.in_flight > 0 { format!(", {} in flight", scan.in_flight) } else { String::new() };
        let near = if scan.near > 0 { format!(", {} nearly due", scan.near) } else { String::new() };
        text.push_str(&format!(
            "{}: {} found by its search, {} due{near}{in_flight}\n",
            scan.rule, scan.found, scan.met
        ));
        if scan.older > 0 {
            text.push_str(&format!("  {} more are older than its `look_back` and not looked at\n", scan.older));
        }
    }
    for (host, what) in &summary.refused {
        text.push_str(&format!("{host} refuses `{what}` in a search; more is read, and tested here\n"));
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
    text.push_str(&last_line(report, summary, planned_only));
    text
}

fn waits(count: u64) -> String {
    format!("{count} {}", if count == 1 { "waits" } else { "wait" })
}

fn last_line(report: &Report, summary: &Summary, planned_only: bool) -> String {
    let opens = |planned: &&Planned| planned.going().any(opens_case);
    let goes = report.planned.iter().filter(opens).count();
    let (count, verb) = if planned_only { (goes, "would be opened") } else { (report.opened(), "opened") };
    let mut parts = vec![format!("{} {verb}", counted(count, "case"))];
    let count = |word: &str| report.settled.iter().filter(|finished| finished.outcome.word() == word).count();
    for word in ["superseded", "refused", "parked"] {
        if count(word) > 0 {
            parts.push(format!("{} {word}", count(word)));
        }
    }
    let parked_plans = report.planned.iter().filter(|planned| planned.admitted == Admitted::Parked).count();
    if parked_plans > 0 {
        parts.push(format!("{parked_plans} parked with problems"));
    }
    parts.push(format!("{} waiting", summary.waiting.len() + summary.undecided.len()));
    parts.push(format!("{} held", summary.held));
    if summary.closed() > 0 {
        parts.push(format!("{} for opening hours", waits(summary.closed())));
    }
    if let (count, Some(next)) = summary.ahead {
        parts.push(format!("{} for later, the first at {}", waits(count as u64), next.strftime("%Y-%m-%d %H:%M:%SZ")));
    }
    if summary.shadow() > 0 {
        parts.push(format!("{} in the shadow", summary.shadow()));
    }
    if summary.over_cap() > 0 {
        parts.push(format!("{} over a cap and still due", summary.over_cap()));
    }
    format!("{}\n", parts.join(", "))
}

fn opens_case(action: &Action) -> bool {
    action.function.as_str() == "salesforce.create_case"
}

impl Report {
    /// What waits for opening hours: how many subjects for each reason.
    fn closed(&self) -> BTreeMap<&str, u64> {
        let mut closed = BTreeMap::new();
        for planned in &self.planned {
            if let Admitted::Closed(why) = &planned.admitted {
                *closed.entry(why.text.as_str()).or_default() += 1;
            }
        }
        closed
    }

    /// How many cases this pass opened.
    pub fn opened(&self) -> usize {
        let made = |f: &&Finished| opens_case(&f.action);
        let there = |f: &&Finished| matches!(f.outcome, Outcome::Done { .. } | Outcome::AlreadyDone { .. });
        self.settled.iter().filter(made).filter(there).count()
    }

    /// Exit code by RUN-1: 0 nothing failed, 1 something failed or was parked, 3 a connection is halted.
    pub fn exit_code(&self, summary: &Summary) -> u8 {
        let failed = |f: &Finished| matches!(f.outcome, Outcome::Parked(_) | Outcome::Refused(_));
        let parked = self.planned.iter().any(|planned| planned.admitted == Admitted::Parked);
        match () {
            () if !summary.halted.is_empty() => 3,
            () if summary.failed.is_some() || parked || self.settled.iter().any(failed) => 1,
            () => 0,
        }
    }
}

fn as_json(happened: &Happened) -> Json {
    match happened {
        Happened::Silent(silent) => json!({ "nothing": silent.subject, "title": silent.title, "unmet": silent.unmet }),
        Happened::Looked(scans) => json!({ "looked": scans }),
        Happened::Planned(planned) => json!({
            "planned": planned.subject, "title": planned.title, "admitted": format!("{:?}", planned.admitted),
            "fired": planned.plan.fired, "unmet": planned.plan.unmet, "problems": planned.plan.problems,
            "flags": planned.plan.flags,
            "actions": planned.plan.actions.iter().map(action_json).collect::<Vec<_>>(),
        }),
        Happened::Settled(finished) => json!({
            "settled": finished.subject, "function": finished.action.function, "key": finished.action.key,
            "outcome": finished.outcome.word(), "detail": finished.outcome,
        }),
        Happened::Retries { host, error, until } => json!({ "retries": host, "why": error, "until": until }),
        Happened::Waits { subject, function, why } => json!({ "waits": subject, "function": function, "why": why }),
    }
}

fn action_json(action: &Action) -> Json {
    json!({ "function": action.function, "key": action.key, "args": action.args, "after": action.after, "rule": action.rule })
}
