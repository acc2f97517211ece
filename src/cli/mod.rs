//! The commands, one file each. Output for people goes to stdout, logs and errors to stderr.

pub mod check;
pub mod connect;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod functions;
pub mod json;
pub mod live;
pub mod manual;
pub mod output;
pub mod parked;
pub mod pause;
pub mod remote;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod setup;
pub mod standing;
pub mod starting;
pub mod state;
pub mod sums;
pub mod target;
pub mod test;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::report::Format;
use crate::ports::StoreError;
use crate::problem::closest;

/// Connects a Khoros community with Salesforce cases, by rules that you can read, test and preview, and that say why.
#[derive(Parser, Debug)]
#[command(version, about, propagate_version = true)]
pub struct Cli {
    /// The process's own file
    #[arg(long, global = true, value_name = "FILE", default_value = "casebridge.yaml")]
    pub config: PathBuf,
    /// How output is written
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Say more: every line judged, every note; -vv also logs what is called
    #[arg(short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// A tour on the sandbox: preview, apply, nothing twice, one more thread
    Demo,
    /// One pass over everything that is due
    Run(run::Args),
    /// Why a thread becomes a case, or why not, line by line
    Explain(explain::Args),
    /// Every problem in every file at once
    Check(check::Args),
    /// Rule tests: those under `tests/` of every pack
    Test(test::Args),
    /// The host functions and facts there are
    Functions(functions::Args),
    /// The JSON Schema of a kind of file, for editors
    Schema(schema::Args),
    /// Starts the emulated community and org
    Sandbox(Box<sandbox::Args>),
    /// What waits for a person: tries it once more, or lets it go
    Parked(parked::Args),
    /// The service: everything as it happens and as it is due, until it is stopped
    Serve(serve::Args),
    /// Pauses a rule, or everything; it stays so until it is resumed
    Pause(pause::Args),
    /// Lets a paused rule, or everything, go on
    Resume(pause::Args),
    /// Who is signed in where: shows it, asks for consent, signs in again
    Connect {
        #[command(subcommand)]
        command: connect::Command,
    },
    /// Looks after everything at once: logins, rights, rules, clocks, calls a day, state and disk
    Doctor(doctor::Args),
    /// What is kept on disk
    State(state::Args),
}

/// Why a command ended early: words for stderr, and the exit code of RUN-1.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub text: String,
    /// When it is that names are not known here; another bridge may know them.
    pub unknown: Option<Unknown>,
}

/// What was named and is not known in one bridge.
#[derive(Debug)]
pub struct Unknown {
    /// Each name, with the words for who finds it nowhere.
    pub names: BTreeMap<String, String>,
    /// The exit code of what was done under the other names.
    pub done: u8,
}

impl Failure {
    /// Configuration or rules are wrong.
    pub fn wrong(text: impl Into<String>) -> Self {
        Failure::of(2, text)
    }

    /// Something failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Failure::of(1, text)
    }

    /// Ends with an exit code of its own.
    pub fn of(code: u8, text: impl Into<String>) -> Self {
        Failure { code, text: text.into(), unknown: None }
    }

    /// Names that nothing has here; for each of them what to say.
    pub fn unknown(names: BTreeMap<String, String>, done: u8) -> Self {
        let text = names.values().cloned().collect::<Vec<_>>().join("\n");
        Failure { unknown: Some(Unknown { names, done }), ..Failure::wrong(text) }
    }
}

/// Runs a command to its exit code.
pub async fn run(cli: &Cli) -> Result<u8, Failure> {
    let (config, format, verbose) = (&cli.config, cli.format, cli.verbose > 0);
    if let Some(code) = remote::ask(cli).await? {
        return Ok(code);
    }
    match &cli.command {
        Command::Demo => demo::run(format, verbose).await,
        Command::Run(args) => run::run(args, config, format, verbose).await,
        Command::Explain(args) => explain::run(args, config, format).await,
        Command::Check(args) => check::run(args, config, format, verbose).await,
        Command::Test(args) => test::run(args, config, format).await,
        Command::Functions(args) => functions::run(args, format),
        Command::Schema(args) => schema::run(args, format),
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Parked(args) => parked::run(args, config, format, verbose).await,
        Command::Serve(args) => serve::run(args, config, format).await,
        Command::Pause(args) => pause::run(args, true, config, format).await,
        Command::Resume(args) => pause::run(args, false, config, format).await,
        Command::Connect { command } => connect::run(command, config, format).await,
        Command::Doctor(args) => doctor::run(args, config, format).await,
        Command::State(args) => state::run(args, config, format).await,
    }
}

/// A name on the command line that nothing has, with the one that was probably meant: also when only its end is given.
pub fn no_such(what: &str, name: &str, known: &[&str]) -> Failure {
    let ends = |known: &&&str| known.rsplit_once('.').is_some_and(|(_, end)| end == name);
    let near = known.iter().find(ends).copied().or_else(|| closest(name, known));
    let next = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are: {}", known.join(", ")),
    };
    let text = format!("there is no {what} `{name}`\n   next: {next}");
    Failure::unknown(BTreeMap::from([(name.to_owned(), text)]), 0)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::failed(error.to_string())
    }
}
