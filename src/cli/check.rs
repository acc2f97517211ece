//! `casebridge check`: every Problem in every file, all at once, with its place and the next step; and when the rules
//! on schedules are due next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::system::SystemClock;
use crate::app::{bridge, online};
use crate::calendar::written;
use crate::cli::Failure;
use crate::cli::output::{counted, line, out};
use crate::cli::report::Format;
use crate::cli::setup::{self, Setup, shown};
use crate::failure::{FailureClass, HostError};
use crate::names::BridgeId;
use crate::packs::{self, Change, Sources, load};
use crate::ports::Clock;
use crate::problem::Problem;
use crate::rules::{Rule, Trigger, schedule};

/// What to check.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A pack's folder; without it, all packs of casebridge.yaml with the settings there
    path: Option<PathBuf>,
    /// Asks the org and the community about everything that the rules name; nothing is written
    #[arg(long, conflicts_with = "path")]
    online: bool,
    /// Asks an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1, requires = "online")]
    sandbox: Option<Option<String>>,
}

/// Prints what is wrong; 2 when something is.
pub async fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let checked = match &args.path {
        Some(path) => check_pack(path, format).map(|pack| vec![pack]),
        None if args.online => check_online(args, config, format).await,
        None => check_all(config, format),
    };
    let checked = match checked {
        // A machine finds everything that is wrong in one place, also when nothing could be compiled.
        Err(failure) if format == Format::Json && failure.code == 2 => {
            line(failure.text);
            return Ok(2);
        }
        checked => checked?,
    };
    match format {
        Format::Json => line(as_json(&checked)),
        Format::Text => checked.iter().for_each(|checked| out(&checked.told(verbose))),
    }
    Ok(if checked.iter().any(Checked::is_wrong) { 2 } else { 0 })
}

/// The next five moments of a scheduled rule, as the clock of its zone shows them.
fn next_moments(rule: &Rule, now: Timestamp) -> Option<String> {
    let Trigger::Due { every, zone, .. } = &rule.trigger else { return None };
    let next = schedule::next(every, zone, now, 5);
    let next: Vec<String> = next.into_iter().map(|moment| written(moment, zone)).collect();
    let zone = zone.iana_name().unwrap_or("UTC");
    Some(format!("  {}  {every} ({zone})\n    next {}", rule.address, next.join(", ")))
}

/// One list for all bridges; what two of them have in common stands in it once.
fn as_json(checked: &[Checked]) -> String {
    let mut problems: Vec<Problem> = Vec::new();
    for problem in checked.iter().flat_map(|checked| &checked.problems) {
        if !problems.contains(problem) {
            problems.push(problem.clone());
        }
    }
    shown(&problems, Format::Json, |_| None)
}

/// What is known of a bridge or a pack.
struct Checked {
    name: String,
    sources: Sources,
    problems: Vec<Problem>,
    rules: Vec<Arc<Rule>>,
    changes: Vec<Change>,
}

impl Checked {
    fn of(name: String, sources: Sources) -> Self {
        let catalog = bridge::offline_catalog();
        let (problems, rules, changes) = match packs::compile(&sources, &catalog) {
            Ok(compiled) => (compiled.warnings, compiled.rules.rules, compiled.changes),
            Err(problems) => (problems, vec![], vec![]),
        };
        Checked { name, sources, problems, rules, changes }
    }

    fn is_wrong(&self) -> bool {
        self.problems.iter().any(|problem| !problem.warning)
    }

    /// As a person reads it.
    fn told(&self, verbose: bool) -> String {
        let problems = match self.problems.as_slice() {
            [] => String::new(),
            problems => format!("{}\n", shown(problems, Format::Text, |file| self.sources.text(file))),
        };
        if self.is_wrong() {
            return problems;
        }
        let rules = counted(self.rules.len(), "rule");
        let next = |rule: &Arc<Rule>| next_moments(rule, SystemClock.now()).map(|next| format!("{next}\n"));
        let next: String = self.rules.iter().filter_map(next).collect();
        format!("{problems}{}: {rules}, nothing wrong\n{}{next}", self.name, changed(&self.changes, verbose))
    }
}

/// What each overlay changed: how many things, or each of them.
fn changed(changes: &[Change], verbose: bool) -> String {
    let mut text = String::new();
    for changes in changes.chunk_by(|one, next| one.at.file == next.at.file) {
        let hint = if verbose { "" } else { " (-v lists them)" };
        text.push_str(&format!("  {}: {}{hint}\n", changes[0].at.file, counted(changes.len(), "change")));
        for Change { verb, address, at } in changes.iter().filter(|_| verbose) {
            text.push_str(&format!("    {verb:<8} {address}  {at}\n"));
        }
    }
    text
}

/// A pack alone: settings that only a customer can give are not asked for.
fn check_pack(path: &Path, format: Format) -> Result<Checked, Failure> {
    let pack = load::pack("pack", path).map_err(|problems| Failure::wrong(shown(&problems, format, |_| None)))?;
    Ok(Checked::of(path.display().to_string(), Sources { packs: vec![pack], settings: None }))
}

/// The same, and what both hosts say to every name. What is wrong by itself is not asked about.
async fn check_online(args: &Args, config: &Path, format: Format) -> Result<Vec<Checked>, Failure> {
    let setup = Setup::read(config, format)?;
    let (target, _fresh) = setup::target(&args.sandbox).await?;
    let mut all = Vec::new();
    for (name, bridge, sources) in setup.bridges(format)? {
        let mut checked = Checked::of(name.to_string(), sources);
        if !checked.is_wrong() {
            let opening = setup::opening(&setup, &name, bridge, checked.sources.clone(), &target).await?;
            let asked = online::check_online(&opening, &bridge.settings.at).await;
            checked.problems.extend(asked.map_err(|error| not_asked(&name, &error))?);
        }
        all.push(checked);
    }
    Ok(all)
}

/// A host that does not answer: 3 when somebody has to sign in again.
fn not_asked(bridge: &BridgeId, error: &HostError) -> Failure {
    let text = format!("{bridge}: {} ({}): nothing more was asked", error, error.call);
    match error.class {
        FailureClass::SignedOut => Failure { code: 3, text },
        _ => Failure::failed(text),
    }
}

fn check_all(config: &Path, format: Format) -> Result<Vec<Checked>, Failure> {
    let setup = Setup::read(config, format)?;
    let bridges = setup.bridges(format)?;
    Ok(bridges.into_iter().map(|(name, _, sources)| Checked::of(name.to_string(), sources)).collect())
}
