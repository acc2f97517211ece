//! `casebridge parked …`: what waits for a person, to be tried once more or let go.

use std::path::Path;

use crate::cli::live::{self, Live};
use crate::cli::output::Output;
use crate::cli::report::Format;
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
    pub sandbox: Option<Option<String>>,
    #[command(subcommand)]
    pub command: Command,
}

/// Does it for every bridge.
pub async fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let live = live::Asked { format, verbose, output: Output::Terminal };
    live::each(config, &args.sandbox, live, |live| Box::pin(on(live, args.command.clone()))).await
}

/// Does it for one bridge.
pub async fn on(live: Live, command: Command) -> Result<u8, Failure> {
    let parked = live.engine.parked()?;
    let summary = match command {
        Command::List => {
            list(&parked, &live);
            return Ok(0);
        }
        Command::Retry { what } => live.engine.retry(&named(&parked, &what)?, &live.until).await?,
        Command::Drop { what } => live.engine.let_go(&named(&parked, &what)?, &live.until).await?,
    };
    let report = live.reporter.take();
    live.reporter.print_sums(&report, &summary, None);
    Ok(report.exit_code(&summary))
}

fn list(parked: &[Parked], live: &Live) {
    let output = &live.asked.output;
    if live.asked.format == Format::Json {
        parked.iter().for_each(|parked| output.line(json::parked(parked)));
        return;
    }
    if parked.is_empty() {
        output.line("nothing is parked or held");
    }
    for parked in parked {
        output.line(text(parked));
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
