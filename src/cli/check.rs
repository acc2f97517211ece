//! `casebridge check`: every Problem in every file, all at once, with its place and the next step.

use std::path::{Path, PathBuf};

use crate::app::bridge;
use crate::cli::Failure;
use crate::cli::output::{counted, line, out};
use crate::cli::report::Format;
use crate::cli::setup::{Setup, shown};
use crate::packs::{self, Change, Sources, load};
use crate::problem::Problem;

/// What to check.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A pack's folder; without it, all packs of casebridge.yaml with the settings there
    path: Option<PathBuf>,
}

/// Prints what is wrong; 2 when something is.
pub fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let checked = match &args.path {
        Some(path) => check_pack(path, format).map(|pack| vec![pack]),
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
    rules: usize,
    changes: Vec<Change>,
}

impl Checked {
    fn of(name: String, sources: Sources) -> Self {
        let catalog = bridge::offline_catalog();
        let (problems, rules, changes) = match packs::compile(&sources, &catalog) {
            Ok(compiled) => (compiled.warnings, compiled.rules.rules.len(), compiled.changes),
            Err(problems) => (problems, 0, vec![]),
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
        let rules = counted(self.rules, "rule");
        format!("{problems}{}: {rules}, nothing wrong\n{}", self.name, changed(&self.changes, verbose))
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

fn check_all(config: &Path, format: Format) -> Result<Vec<Checked>, Failure> {
    let setup = Setup::read(config, format)?;
    let bridges = setup.bridges(format)?;
    Ok(bridges.into_iter().map(|(name, _, sources)| Checked::of(name.to_string(), sources)).collect())
}
