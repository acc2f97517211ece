//! `casebridge check`: every Problem in every file, all at once, with its place and the next step; and when the rules
//! on schedules are due next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::bridge;
use crate::app::system::SystemClock;
use crate::calendar::written;
use crate::cli::Failure;
use crate::cli::output::{counted, line};
use crate::cli::report::Format;
use crate::cli::setup::{Setup, shown};
use crate::packs::{self, Sources, load};
use crate::ports::Clock;
use crate::problem::Problem;
use crate::rules::{Rule, Trigger, schedule};

/// What to check.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A pack's folder; without it, all packs of casebridge.yaml with the settings there
    path: Option<PathBuf>,
}

/// Prints what is wrong; 2 when something is.
pub fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let checked = match &args.path {
        Some(path) => vec![check_pack(path)?],
        None => check_all(config, format)?,
    };
    let mut code = 0;
    for (name, sources, problems, rules) in checked {
        if !problems.is_empty() || format == Format::Json {
            line(shown(&problems, format, |file| sources.text(file)));
        }
        if problems.iter().any(|problem| !problem.warning) {
            code = 2;
        } else if format == Format::Text {
            line(format!("{name}: {}, nothing wrong", counted(rules.len(), "rule")));
            rules.iter().filter_map(|rule| next_moments(rule, SystemClock.now())).for_each(line);
        }
    }
    Ok(code)
}

/// The next five moments of a scheduled rule, as the clock of its zone shows them.
fn next_moments(rule: &Rule, now: Timestamp) -> Option<String> {
    let Trigger::Due { every, zone, .. } = &rule.trigger else { return None };
    let next = schedule::next(every, zone, now, 5);
    let next: Vec<String> = next.into_iter().map(|moment| written(moment, zone)).collect();
    let zone = zone.iana_name().unwrap_or("UTC");
    Some(format!("  {}  {every} ({zone})\n    next {}", rule.address, next.join(", ")))
}

type Checked = (String, Sources, Vec<Problem>, Vec<Arc<Rule>>);

/// A pack alone: settings that only a customer can give are not asked for.
fn check_pack(path: &Path) -> Result<Checked, Failure> {
    let pack = load::pack("pack", path).map_err(|problems| Failure::wrong(shown(&problems, Format::Text, |_| None)))?;
    let sources = Sources { packs: vec![pack], settings: None };
    let (problems, rules) = problems(&sources);
    Ok((path.display().to_string(), sources, problems, rules))
}

fn check_all(config: &Path, format: Format) -> Result<Vec<Checked>, Failure> {
    let setup = Setup::read(config, format)?;
    let bridges = setup.bridges(format)?;
    let checked = bridges.into_iter().map(|(name, _, sources)| {
        let (problems, rules) = problems(&sources);
        (name.to_string(), sources, problems, rules)
    });
    Ok(checked.collect())
}

/// What is wrong, and the rules when nothing is.
fn problems(sources: &Sources) -> (Vec<Problem>, Vec<Arc<Rule>>) {
    let catalog = bridge::offline_catalog();
    match packs::compile(sources, &catalog) {
        Ok(compiled) => (compiled.warnings, compiled.rules.rules),
        Err(problems) => (problems, vec![]),
    }
}
