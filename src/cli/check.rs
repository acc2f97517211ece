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
        Some(path) => vec![check_pack(path, format)?],
        None => check_all(config, format)?,
    };
    let mut code = 0;
    for Checked { name, sources, problems, rules, changes } in checked {
        if !problems.is_empty() || format == Format::Json {
            line(shown(&problems, format, |file| sources.text(file)));
        }
        if problems.iter().any(|problem| !problem.warning) {
            code = 2;
        } else if format == Format::Text {
            line(format!("{name}: {}, nothing wrong", counted(rules, "rule")));
            out(&changed(&changes, verbose));
        }
    }
    Ok(code)
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
