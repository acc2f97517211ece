//! `casebridge state …`: what is kept on disk.

mod forgotten;
mod info;
mod loss;
mod moved;
mod relink;

use std::path::{Path, PathBuf};

pub use forgotten::told as told_of_forgotten;
pub use info::{info, links, megabytes};
pub use relink::relink;

use crate::cli::report::Format;
use crate::cli::setup::Setup;
use crate::cli::{Failure, target};

/// What to do with the state.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Command {
    /// How much of what there is, and how much room it takes
    Info,
    /// Prints every record as a JSON line, always in the same order; tokens are not among them
    Export,
    /// Reads what `export` printed into a state folder that is empty
    Import {
        /// The lines of `export`
        file: PathBuf,
    },
    /// Builds the store anew, so that it takes up no more room than its records need
    Compact,
    /// Builds the links between threads and cases anew from the org's cases, after a state was lost
    Relink {
        /// With --sandbox, the address of the running one
        #[arg(value_name = "URL")]
        at: Option<String>,
    },
    /// Erases the texts and addresses of a member; what keeps things from being done twice stays
    Forget {
        /// Login, id or e-mail
        member: String,
    },
    /// Opens a state that lost acknowledged records; what was said meanwhile is parked
    AcceptLoss,
}

/// Which state, and what to do.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The state of a running sandbox instead
    #[arg(long, global = true)]
    sandbox: bool,
    #[command(subcommand)]
    pub command: Command,
}

impl Args {
    /// Where the state lies.
    pub fn folder(&self, config: &Path, format: Format) -> Result<PathBuf, Failure> {
        let config = Setup::read(config, format)?.config;
        Ok(if self.sandbox { target::of_sandbox(&config) } else { config.state })
    }
}

/// Runs one of them on a state that nobody uses.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let folder = &args.folder(config, format)?;
    match &args.command {
        Command::Info => info::of_folder(folder, format),
        Command::Export => moved::export(folder),
        Command::Import { file } => moved::import(file, folder),
        Command::Forget { member } => forgotten::of_folder(folder, member, format).await,
        Command::Compact => moved::compact(folder),
        Command::AcceptLoss => loss::accept(folder),
        Command::Relink { at } => relink::run(args.sandbox, at.as_deref(), config, format).await,
    }
}
