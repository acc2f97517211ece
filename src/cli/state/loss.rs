//! `state accept-loss`: goes on without what is missing.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::output::line;
use crate::state::{Gap, SledStore};

/// Makes a refused folder open again and says what is missing.
pub fn accept(folder: &Path) -> Result<u8, Failure> {
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
