//! `casebridge parked …`: what waits for a person, to be tried once more or let go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::live::{self, Live};
use crate::cli::output::Output;
use crate::cli::report::Format;
use crate::cli::{Failure, json};
use crate::engine::parked::Parked;
use crate::names::RunId;
use crate::ports::Store;

/// What to do with what is parked.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Command {
    /// What waits for a person, oldest first, with its reason
    List,
    /// Tries it once more, if its rule still wants it; what may have come through is asked about first
    Retry {
        /// Runs as the list names them (first letters that begin no other run are enough), or subjects; without any, all
        what: Vec<String>,
    },
    /// Lets it go; what waited behind it follows
    Drop {
        /// Runs as the list names them (first letters that begin no other run are enough), or subjects
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
    let engine = live.engine.clone();
    // All that ever happened is looked through.
    let listed = tokio::task::spawn_blocking(move || engine.parked()).await;
    let parked = listed.map_err(|error| Failure::failed(error.to_string()))??;
    let (is_drop, what) = match command {
        Command::List => {
            list(&parked, &live);
            return Ok(0);
        }
        Command::Retry { what } => (false, what),
        Command::Drop { what } => (true, what),
    };
    let Named { runs, unknown } = named(&parked, &what, &*live.engine.parts().store)?;
    if runs.is_empty() && !unknown.is_empty() {
        return Err(Failure::unknown(unknown, 0));
    }
    let (engine, until) = (&live.engine, &live.until);
    let summary = if is_drop { engine.let_go(&runs, until).await? } else { engine.retry(&runs, until).await? };
    let report = live.reporter.take();
    live.reporter.print_sums(&report, &summary, None);
    let code = report.exit_code(&summary);
    if unknown.is_empty() { Ok(code) } else { Err(Failure::unknown(unknown, code)) }
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

/// What names stand for in one bridge.
#[derive(Default)]
struct Named {
    runs: Vec<RunId>,
    /// Names that stand for nothing here, and what to say of them.
    unknown: BTreeMap<String, String>,
}

/// The runs that somebody names; without names all of them.
fn named(parked: &[Parked], names: &[String], store: &dyn Store) -> Result<Named, Failure> {
    let mut named = Named::default();
    if names.is_empty() {
        named.runs = parked.iter().map(|parked| parked.run.clone()).collect();
    }
    for name in names {
        let found = called(parked, name, store)?;
        if found.is_empty() {
            let text = format!("nothing that is parked or held is called `{name}`\n   next: `casebridge parked list`");
            named.unknown.insert(name.clone(), text);
        }
        named.runs.extend(found);
    }
    named.runs.sort();
    named.runs.dedup();
    Ok(named)
}

/// All of a subject, or the one run that begins so.
fn called(parked: &[Parked], name: &str, store: &dyn Store) -> Result<Vec<RunId>, Failure> {
    let refused = |what: String| Failure::wrong(format!("{what}\n   next: `casebridge parked list` names each run"));
    if name.is_empty() {
        return Err(refused("a name is empty, and would stand for everything".into()));
    }
    let that = |is_it: &dyn Fn(&Parked) -> bool| -> Vec<RunId> {
        parked.iter().filter(|parked| is_it(parked)).map(|parked| parked.run.clone()).collect()
    };
    let of_subject = that(&|parked| parked.subject.as_str() == name);
    if !of_subject.is_empty() {
        return Ok(of_subject);
    }
    // Also of other bridges: a few letters must not take one of each.
    let actions = store.keys(&format!("act/{name}"))?;
    let runs: BTreeSet<RunId> = actions.iter().filter_map(|key| key.split('/').nth(1)).map(RunId::from).collect();
    if runs.len() > 1 {
        return Err(refused(format!("`{name}` begins {} runs; more letters say which", runs.len())));
    }
    Ok(that(&|parked| runs.contains(&parked.run)))
}
