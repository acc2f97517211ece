//! Bulk API 2.0: jobs that take CSV in and jobs that give CSV out (sheets 8.1, 8.2; clients' page 2.4).
//!
//! `routes` answers the calls, `jobs` keeps the jobs, `work` does them in the background: `ingest` row by row through
//! the same writer as every other call, `extract` page by page from a query. Bulk API 1 is not here.

mod columns;
mod dialect;
mod extract;
mod ingest;
mod job;
mod jobs;
mod routes;
mod spool;
mod work;

pub use jobs::{DAILY_BATCHES, DAILY_QUERIES, Jobs};
pub use routes::answer;
pub use work::work;

use super::refusal::Refusal;

/// A temporary file that cannot be written or read is the sandbox's own trouble, not the client's.
fn disk(why: impl std::fmt::Display) -> Refusal {
    Refusal::new("UNKNOWN_EXCEPTION", format!("An unexpected error occurred: {why}")).status(500)
}
