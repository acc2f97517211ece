//! The commands, one file each. Output for people goes to stdout, logs and errors to stderr.

pub mod check;
pub mod demo;
pub mod explain;
pub mod functions;
pub mod manual;
pub mod output;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod schema;
pub mod setup;
pub mod standing;
pub mod state;
pub mod test;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::report::Format;
use crate::ports::StoreError;

/// Connects a Khoros community with Salesforce cases, by rules that you can read, test, preview and undo.
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
    Sandbox(sandbox::Args),
    /// What is kept on disk
    State {
        /// The state of the sandbox instead
        #[arg(long)]
        sandbox: bool,
        #[command(subcommand)]
        command: state::Command,
    },
}

/// Why a command ended early: words for stderr, and the exit code of RUN-1.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub text: String,
}

impl Failure {
    /// Configuration or rules are wrong.
    pub fn wrong(text: impl Into<String>) -> Self {
        Failure { code: 2, text: text.into() }
    }

    /// Something failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Failure { code: 1, text: text.into() }
    }
}

/// Runs a command to its exit code.
pub async fn run(cli: &Cli) -> Result<u8, Failure> {
    let (config, format, verbose) = (&cli.config, cli.format, cli.verbose > 0);
    match &cli.command {
        Command::Demo => demo::run(format, verbose).await,
        Command::Run(args) => run::run(args, config, format, verbose).await,
        Command::Explain(args) => explain::run(args, config, format).await,
        Command::Check(args) => check::run(args, config, format, verbose).await,
        Command::Test(args) => test::run(args, config, format).await,
        Command::Functions(args) => functions::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::State { sandbox, command } => {
            let setup = setup::Setup::read(config, format)?;
            let target = if *sandbox { setup::Target::Sandbox(String::new()) } else { setup::Target::Configured };
            state::run(command, &setup::state_folder(&setup.config, &target))
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::failed(error.to_string())
    }
}
