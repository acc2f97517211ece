//! Does the jobs, one after the other, on a thread of its own; the org stays usable between two chunks of rows.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::super::host::Salesforce;
use super::super::id::Id;
use super::super::writer::Assign;
use super::job::{Results, Stage, Task};
use super::jobs::Idle;
use super::{extract, ingest};

/// How a job ended: what came of it, and the words if it failed.
pub type Ended = (Results, Option<String>);

/// Works until no job is left. Jobs wait `bulk_wait_ms` by the sandbox's clock first.
pub fn work(host: &Salesforce) {
    loop {
        let next = host.change("", |state, now| {
            let wait = SignedDuration::from_millis(i64::try_from(state.switches.bulk_wait_ms).unwrap_or(i64::MAX));
            state.jobs.next(now, wait)
        });
        match next {
            Err(Idle) => return,
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Ok(Some(id)) => run(host, &id),
        }
    }
}

fn run(host: &Salesforce, id: &Id) {
    let started = Instant::now();
    let task = host.change("", |state, _| state.jobs.get(id).map(|job| job.task.clone()));
    let ended = match task {
        Some(Task::Ingest { verb, assignment }) => {
            ingest::run(host, id, verb, assignment.map_or(Assign::No, Assign::Rule))
        }
        Some(Task::Query { plan, all }) => extract::run(host, id, &plan, all),
        None => return,
    };
    let (results, error) = ended.unwrap_or_else(|why| (Results::default(), Some(format!("InternalError : {why}"))));
    host.change("", |state, now| {
        let Some(job) = state.jobs.get(id) else { return };
        job.results = results;
        job.worked_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // Who was aborted while at work stays so.
        if job.stage == Stage::InProgress {
            job.go_to(if error.is_some() { Stage::Failed } else { Stage::JobComplete }, now);
            job.error = error;
        }
    });
}
