//! Tells what the engine did: words for a person, or a JSON object a line.
//!
//! The sums at the end are `sums.rs`', the JSON objects `json.rs`'.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::catalog::Catalog;
use crate::cli::json;
use crate::cli::output::Output;
use crate::cli::standing::standing_json;
use crate::cli::sums::{cost_text, summary_text};
use crate::engine::ledger::Finished;
use crate::engine::report::{Admitted, Differs, Planned, Silent};
use crate::engine::{Happened, Summary};
use crate::names::{ActionKey, BridgeId, RuleAddress};
use crate::plan::Action;
use crate::plan::key::is_made;
use crate::plan::preview::{self, quoted};
use crate::problem::Problem;
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
    /// Subjects about which compared rules differ.
    pub differs: Vec<Differs>,
    /// How many subjects each line of each rule stopped.
    stopped: BTreeMap<(RuleAddress, String), u64>,
}

/// Collects what happens, and prints it as it happens where that is wanted.
#[derive(Clone)]
pub struct Reporter {
    bridge: BridgeId,
    report: Arc<Mutex<Report>>,
    format: Format,
    verbose: bool,
    output: Output,
}

impl Reporter {
    /// A reporter that prints what is settled as it happens.
    pub fn new(bridge: &BridgeId, format: Format, verbose: bool) -> Self {
        Reporter { bridge: bridge.clone(), report: Arc::default(), format, verbose, output: Output::Terminal }
    }

    /// The same, speaking to somebody.
    pub fn to(self, output: &Output) -> Self {
        Reporter { output: output.clone(), ..self }
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
            json::happened(&self.bridge, &happened).into_iter().for_each(|line| self.output.line(line));
        }
        if let (Format::Text, Happened::Retries { host, error, until }) = (self.format, &happened) {
            // No part of what came of it: it says why nothing is said for a while.
            let until = until.strftime("%H:%M:%SZ");
            self.output.note(&format!("{host} does not answer ({error}); asked again at {until}"));
        }
        let mut report = self.lock();
        if self.format == Format::Text
            && let Some(told) = told(&report, &happened, self.verbose)
        {
            self.output.line(told);
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
            self.output.out(&planned_text(planned, catalog, self.verbose));
        }
        self.output.out(&report.why_not(if self.verbose { usize::MAX } else { 2 }));
        self.output.out(&cost_text(&report, summary, catalog));
    }

    /// The sums at the end of a pass, or of a preview.
    pub fn print_sums(&self, report: &Report, summary: &Summary, catalog: Option<&Catalog>) {
        match self.format {
            Format::Text => self.output.out(&format!("\n{}", summary_text(report, summary, catalog.is_some()))),
            Format::Json => {
                summary.standings.iter().for_each(|standing| self.output.line(standing_json(&self.bridge, standing)));
                self.output.line(json::summary(&self.bridge, report, summary, catalog));
            }
        }
    }
}

impl Report {
    /// Takes up one thing that happened.
    pub fn add(&mut self, happened: Happened) {
        match happened {
            Happened::Silent(silent) => self.silent(silent),
            Happened::Planned(planned) => self.planned.push(planned),
            Happened::Differs(differs) if self.differs.len() < TOLD => self.differs.push(differs),
            Happened::Settled(finished) => self.settled.push(*finished),
            Happened::Looked(_)
            | Happened::Missed(_)
            | Happened::Waits { .. }
            | Happened::Retries { .. }
            | Happened::Differs(_) => {}
        }
    }

    fn silent(&mut self, silent: Silent) {
        if let Some(unmet) = silent.unmet.first() {
            *self.stopped.entry((unmet.rule.clone(), unmet.text.to_string())).or_default() += 1;
        }
        if self.silent.len() < TOLD {
            self.silent.push(silent);
        }
    }

    /// How many subjects each line of a rule stopped, of those that its search found.
    pub fn stopped_by(&self, rule: &RuleAddress) -> impl Iterator<Item = (&str, u64)> {
        let mine = self.stopped.iter().filter(move |((of, _), _)| of == rule);
        mine.map(|((_, line), count)| (line.as_str(), *count))
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
        for ((_, line), count) in &self.stopped {
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
    for said in planned.answers().filter_map(admitted_text) {
        text.push_str(&format!("  ‖ {said}\n"));
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

/// The line that is told as something happens.
fn told(report: &Report, happened: &Happened, verbose: bool) -> Option<String> {
    match happened {
        Happened::Settled(finished) => settled_line(report, finished, verbose),
        Happened::Waits { subject, function, why } => Some(format!("  … {subject} {function} waits: {why}")),
        Happened::Silent(_)
        | Happened::Planned(_)
        | Happened::Differs(_)
        | Happened::Looked(_)
        | Happened::Missed(_)
        | Happened::Retries { .. } => None,
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
                Outcome::AlreadyDone { .. } if is_made(&action.key) => "  (it was there already)",
                Outcome::AlreadyDone { .. } => "  (it was so already)",
                _ => "",
            };
            match number {
                Some(number) => {
                    let url = result.get("url").as_str().unwrap_or_default();
                    let flags = report.flags(finished);
                    Some(format!("  ✓ case {number}  {title}  {url}{how}{flags}"))
                }
                None if is_said(&action.key) => {
                    let by = result.get("by").as_str().map(|by| format!(" as {by}")).unwrap_or_default();
                    Some(format!("  ✓ {} for {subject} {title}{by}{how}", action.function))
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

fn is_said(key: &ActionKey) -> bool {
    key.as_str().starts_with("says:")
}

/// Whether a write opens a case.
pub fn opens_case(action: &Action) -> bool {
    action.function.as_str() == "salesforce.create_case"
}

impl Report {
    /// What waits for opening hours: how many subjects for each reason.
    pub fn closed(&self) -> BTreeMap<&str, u64> {
        let mut closed = BTreeMap::new();
        for planned in &self.planned {
            if let Admitted::Closed(why) = &planned.admitted {
                *closed.entry(why.text.as_str()).or_default() += 1;
            }
        }
        closed
    }

    /// How many plans admission gave this answer, to all of it or to one of its rules.
    pub fn admitted(&self, is_it: impl Fn(&Admitted) -> bool) -> usize {
        let answers = |planned: &&Planned| planned.answers().any(&is_it);
        self.planned.iter().filter(answers).count()
    }

    /// Plans with problems: each problem once, with the subjects that it parks.
    pub fn parked(&self) -> Vec<(&Problem, Vec<&Planned>)> {
        let mut parked: Vec<(&Problem, Vec<&Planned>)> = Vec::new();
        for planned in self.planned.iter().filter(|planned| planned.admitted == Admitted::Parked) {
            for problem in &planned.plan.problems {
                match parked.iter_mut().find(|(known, _)| *known == problem) {
                    Some((_, subjects)) => subjects.push(planned),
                    None => parked.push((problem, vec![planned])),
                }
            }
        }
        parked
    }

    /// How much was said by each function: posts, comments, messages.
    pub fn said(&self) -> BTreeMap<&str, usize> {
        let mut said = BTreeMap::new();
        let is_done = |f: &&Finished| matches!(f.outcome, Outcome::Done { .. } | Outcome::AlreadyDone { .. });
        for finished in self.settled.iter().filter(is_done).filter(|f| is_said(&f.action.key)) {
            *said.entry(finished.action.function.as_str()).or_default() += 1;
        }
        said
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
