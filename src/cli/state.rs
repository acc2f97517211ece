//! `casebridge state …`: what is kept on disk.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::output::line;
use crate::engine::records;
use crate::ports::Store;
use crate::state::{Gap, SledStore};

/// What to do with the state.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Prints every record as a JSON line, always in the same order; tokens are not among them
    Export,
    /// Opens a state that lost acknowledged records; what was said meanwhile is parked
    AcceptLoss,
}

/// Runs one of them on a state folder.
pub fn run(command: &Command, folder: &Path) -> Result<u8, Failure> {
    match command {
        Command::Export => export(folder),
        Command::AcceptLoss => accept_loss(folder),
    }
}

fn export(folder: &Path) -> Result<u8, Failure> {
    if !folder.exists() {
        return Ok(0);
    }
    let store = SledStore::open(folder)?;
    for (key, bytes) in store.range("")? {
        line(records::export(&key, &bytes));
    }
    Ok(0)
}

fn accept_loss(folder: &Path) -> Result<u8, Failure> {
    let gap = SledStore::accept_loss(folder)?;
    line(told(&gap));
    Ok(0)
}

fn told(gap: &Gap) -> String {
    if gap.is_none() {
        return format!("nothing is missing; {} records", gap.kept);
    }
    let last = gap.last.map_or_else(|| "an unknown one".to_owned(), |last| last.to_string());
    format!(
        "commits {} to {last} are missing; {} records are kept\n   next: what may have been said since is parked at the next run; run it and look at what is parked",
        gap.first, gap.kept
    )
}
