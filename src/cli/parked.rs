//! `casebridge parked …`: what waits for a person, to be tried once more or let go.

use std::path::Path;

use crate::cli::output::line;
use crate::cli::report::{Format, Reporter};
use crate::cli::setup::{Configured, Setup};
use crate::cli::target::Target;
use crate::cli::{Failure, json};
use crate::engine::parked::Parked;
use crate::names::RunId;

/// What to do with what is parked.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Command {
    /// What waits for a person, oldest first, with its reason
    List,
    /// Tries it once more, if its rule still wants it; what may have come through is asked about first
    Retry {
        /// Runs as the list names them (their first letters are enough), or subjects; without any, all
        what: Vec<String>,
    },
    /// Lets it go; what waited behind it follows
    Drop {
        /// Runs as the list names them (their first letters are enough), or subjects
        #[arg(required = true)]
        what: Vec<String>,
    },
}

/// Which hosts, and what to do.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Talks to an emulated pair instead of the configured hosts: a running one by its address
    #[arg(long, global = true, value_name = "URL", num_args = 0..=1)]
    sandbox: Option<Option<String>>,
    #[command(subcommand)]
    command: Command,
}

/// Does it for every bridge.
pub async fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    let bridges = setup.bridges();
    let target = Target::of(&args.sandbox).await?;
    let mut worst = 0;
    for bridge in &bridges {
        bridge.heading(&bridges, format);
        let code = one(&setup, bridge, &target, &args.command, format, verbose).await;
        worst = worst.max(code.unwrap_or_else(|failure| bridge.failed(&bridges, &failure, format)));
    }
    Ok(worst)
}

async fn one(
    setup: &Setup,
    bridge: &Configured<'_>,
    target: &Target,
    command: &Command,
    format: Format,
    verbose: bool,
) -> Result<u8, Failure> {
    let opening = setup.opening(bridge, target, format).await?;
    let reporter = Reporter::new(bridge.name, format, verbose);
    let opened = opening.open(reporter.watch()).map_err(|error| setup.not_opened(error, &opening.sources, format))?;
    let parked = opened.engine.parked()?;
    let summary = match command {
        Command::List => {
            list(&parked, format);
            return Ok(0);
        }
        Command::Retry { what } => opened.engine.retry(&named(&parked, what)?).await?,
        Command::Drop { what } => opened.engine.let_go(&named(&parked, what)?).await?,
    };
    let report = reporter.take();
    reporter.print_sums(&report, &summary, None);
    Ok(report.exit_code(&summary))
}

fn list(parked: &[Parked], format: Format) {
    if format == Format::Json {
        parked.iter().for_each(|parked| line(json::parked(parked)));
        return;
    }
    if parked.is_empty() {
        line("nothing is parked or held");
    }
    for parked in parked {
        line(text(parked));
    }
}

fn text(parked: &Parked) -> String {
    let Parked { run, at, subject, rule, function, why, held, behind, .. } = parked;
    let id: String = run.as_str().chars().take(8).collect();
    let word = if *held { "held" } else { "parked" };
    let behind = if *behind > 0 { format!("\n   {behind} of its thread wait behind it") } else { String::new() };
    format!("{id}  {subject}  {word} since {}  {function}\n   {rule}\n   {why}{behind}", at.strftime("%Y-%m-%d %H:%MZ"))
}

/// The runs that somebody names; without names all of them.
fn named(parked: &[Parked], names: &[String]) -> Result<Vec<RunId>, Failure> {
    let mut runs = Vec::new();
    for name in names {
        let is_it =
            |parked: &&Parked| parked.run.as_str().starts_with(name.as_str()) || parked.subject.as_str() == name;
        let found: Vec<RunId> = parked.iter().filter(is_it).map(|parked| parked.run.clone()).collect();
        if found.is_empty() {
            let text = format!("nothing that is parked or held is called `{name}`\n   next: `casebridge parked list`");
            return Err(Failure::wrong(text));
        }
        runs.extend(found);
    }
    if names.is_empty() {
        runs.extend(parked.iter().map(|parked| parked.run.clone()));
    }
    runs.sort();
    runs.dedup();
    Ok(runs)
}
