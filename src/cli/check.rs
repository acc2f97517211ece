//! `casebridge check`: every Problem in every file, all at once, with its place and the next step; and when the rules
//! on schedules are due next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::system::SystemClock;
use crate::app::{bridge, online};
use crate::calendar::written;
use crate::catalog::Catalog;
use crate::cli::Failure;
use crate::cli::output::{counted, line, out};
use crate::cli::report::Format;
use crate::cli::setup::{Configured, Setup, shown};
use crate::cli::target::Target;
use crate::failure::{FailureClass, HostError};
use crate::names::{BridgeId, FunctionName};
use crate::packs::{self, Change, Sources, load};
use crate::ports::Clock;
use crate::problem::Problem;
use crate::rules::reads::reads;
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
    let (setup, checked) = match look(args, config, format).await {
        // A machine finds everything that is wrong in one place, also when nothing could be compiled.
        Err(failure) if format == Format::Json => {
            line(failure.text);
            return Ok(failure.code);
        }
        looked => looked?,
    };
    let of_file = setup.as_ref().map_or(&[][..], |setup| &setup.config.warnings);
    match format {
        Format::Json => line(as_json(of_file.iter().chain(checked.iter().flat_map(|checked| &checked.problems)))),
        Format::Text => {
            let text = |sources: &Sources, problems: &[Problem]| match &setup {
                Some(setup) => setup.show(problems, sources, format),
                None => shown(problems, format, |file| sources.text(file)),
            };
            if !of_file.is_empty() {
                line(text(&Sources::default(), of_file));
            }
            checked.iter().for_each(|checked| out(&checked.told(text, verbose)));
        }
    }
    Ok(if checked.iter().any(Checked::is_wrong) { 2 } else { 0 })
}

/// Looks at one pack, or at all of the file.
async fn look(args: &Args, config: &Path, format: Format) -> Result<(Option<Setup>, Vec<Checked>), Failure> {
    let Some(path) = &args.path else {
        let setup = Setup::read(config, format)?;
        let checked = match args.online {
            true => check_online(&setup, args, format).await?,
            false => {
                let catalog = bridge::offline_catalog_of(&setup.config);
                setup.bridges().into_iter().map(|bridge| Checked::bridge(bridge, &catalog)).collect()
            }
        };
        return Ok((Some(setup), checked));
    };
    // A pack alone: settings that only a customer can give are not asked for.
    let pack = load::pack("pack", path).map_err(|problems| Failure::wrong(shown(&problems, format, |_| None)))?;
    let sources = Sources { packs: vec![pack], settings: None };
    Ok((None, vec![Checked::of(path.display().to_string(), sources, &bridge::offline_catalog())]))
}

/// The next five moments of a scheduled rule, as the clock of its zone shows them.
pub fn next_moments(rule: &Rule, now: Timestamp) -> Option<String> {
    let Trigger::Due { every, zone, .. } = &rule.trigger else { return None };
    let next = schedule::next(every, zone, now, 5);
    let next: Vec<String> = next.into_iter().map(|moment| written(moment, zone)).collect();
    let zone = zone.iana_name().unwrap_or("UTC");
    Some(format!("  {}  {every} ({zone})\n    next {}", rule.address, next.join(", ")))
}

/// What a scheduled rule asks of the hosts at each pass, before it acts on anything.
fn reads_text(rule: &Rule, catalog: &Catalog) -> String {
    let Some(reads) = reads(rule, catalog) else { return String::new() };
    let (searched, all) = (reads.searched.len(), reads.searched.len() + reads.tested.len());
    let each = |(read, up_to): &(FunctionName, usize)| match up_to {
        1 => format!("{read} (one a call)"),
        up_to => format!("{read} ({up_to} a call)"),
    };
    let each: Vec<String> = reads.reads.iter().map(each).collect();
    let each = if each.is_empty() { "nothing".into() } else { each.join(", ") };
    format!("    {searched} of its {all} lines go along in the search; for what is left it reads {each}\n")
}

/// One list for all bridges; what two of them have in common stands in it once.
fn as_json<'a>(all: impl Iterator<Item = &'a Problem>) -> String {
    let mut problems: Vec<Problem> = Vec::new();
    for problem in all {
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
    fn of(name: String, sources: Sources, catalog: &Arc<Catalog>) -> Self {
        let (problems, rules, changes) = match packs::compile(&sources, catalog) {
            Ok(compiled) => (compiled.warnings, compiled.rules.rules, compiled.changes),
            Err(problems) => (problems, vec![], vec![]),
        };
        Checked { name, sources, problems, rules, changes }
    }

    /// A bridge of the file; one with files that cannot be read is not compiled.
    fn bridge(bridge: Configured, catalog: &Arc<Catalog>) -> Self {
        let name = bridge.name.to_string();
        if bridge.problems.is_empty() {
            return Checked::of(name, bridge.sources, catalog);
        }
        Checked { name, sources: bridge.sources, problems: bridge.problems, rules: vec![], changes: vec![] }
    }

    fn is_wrong(&self) -> bool {
        self.problems.iter().any(|problem| !problem.warning)
    }

    /// As a person reads it.
    fn told(&self, text: impl Fn(&Sources, &[Problem]) -> String, verbose: bool) -> String {
        let problems = match self.problems.as_slice() {
            [] => String::new(),
            problems => format!("{}\n", text(&self.sources, problems)),
        };
        if self.is_wrong() {
            return problems;
        }
        let written = self.rules.iter().filter(|rule| !rule.is_of_its_section(&self.rules)).count();
        let rules = counted(written, "rule");
        let catalog = bridge::offline_catalog();
        let next = |rule: &Arc<Rule>| {
            next_moments(rule, SystemClock.now()).map(|next| format!("{next}\n{}", reads_text(rule, &catalog)))
        };
        let next: String = self.rules.iter().filter_map(next).collect();
        let wider: String = self.rules.iter().filter_map(|rule| widens(rule)).collect();
        format!("{problems}{}: {rules}, nothing wrong\n{}{next}{wider}", self.name, changed(&self.changes, verbose))
    }
}

/// A rule whose texts may reach more people than could read them before, and its reason; a stage has that of its rule.
fn widens(rule: &Rule) -> Option<String> {
    let reason = rule.may_widen.as_ref().filter(|_| !matches!(rule.trigger, Trigger::After(_)))?;
    Some(format!("  {} may widen who reads a text: {reason}\n", rule.address))
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

/// The same, and what both hosts say to every name. What is wrong by itself is not asked about.
async fn check_online(setup: &Setup, args: &Args, format: Format) -> Result<Vec<Checked>, Failure> {
    let target = Target::of(&args.sandbox).await?;
    let catalog = bridge::offline_catalog_of(&setup.config);
    let mut all = Vec::new();
    for bridge in setup.bridges() {
        let name = bridge.name.clone();
        let opening = setup.opening(&bridge, &target, format).await;
        let at = bridge.config.settings.at.clone();
        let mut checked = Checked::bridge(bridge, &catalog);
        if !checked.is_wrong() {
            let asked = online::check_online(&opening?, &at).await;
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
        FailureClass::SignedOut => Failure::of(3, text),
        _ => Failure::failed(text),
    }
}
