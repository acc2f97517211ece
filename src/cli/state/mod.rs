//! `casebridge state …`: what is kept on disk.

mod forgotten;
mod info;
mod loss;
mod moved;

use std::path::{Path, PathBuf};

pub use forgotten::told as told_of_forgotten;
pub use info::{info, megabytes};

use crate::cli::Failure;
use crate::cli::report::Format;

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
    /// Erases the texts and addresses of a member; what keeps things from being done twice stays
    Forget {
        /// Login, id or e-mail
        member: String,
    },
    /// Opens a state that lost acknowledged records; what was said meanwhile is parked
    AcceptLoss,
}

/// Runs one of them on a state folder that nobody uses.
pub async fn run(command: &Command, folder: &Path, format: Format) -> Result<u8, Failure> {
    match command {
        Command::Info => info::of_folder(folder, format),
        Command::Export => moved::export(folder),
        Command::Import { file } => moved::import(file, folder).await,
        Command::Forget { member } => forgotten::of_folder(folder, member, format).await,
        Command::Compact => moved::compact(folder),
        Command::AcceptLoss => loss::accept(folder),
    }
}
