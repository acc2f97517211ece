//! The jobs of the last seven days, and which of them is to be done next.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::id::Id;
use super::super::quota::Quota;
use super::job::{Job, Stage};

/// A batch has so many rows (sheet 8.1).
pub const BATCH: usize = 10_000;

/// How many batches of all jobs go in 24 hours, and how many query jobs (sheets 8.1, 8.2).
pub const DAILY_BATCHES: u64 = 15_000;
pub const DAILY_QUERIES: u64 = 10_000;

/// All jobs, in the order in which they were made.
#[derive(Default)]
pub struct Jobs {
    jobs: BTreeMap<Id, Job>,
    given: u64,
    /// Whether somebody is at work on them.
    working: bool,
    pub batches: Quota,
    pub queries: Quota,
}

impl Jobs {
    pub fn new_id(&mut self) -> Id {
        self.given += 1;
        Id::numbered("750", self.given)
    }

    pub fn add(&mut self, job: Job) {
        self.jobs.insert(job.id.clone(), job);
    }

    pub fn get(&mut self, id: &Id) -> Option<&mut Job> {
        self.jobs.get_mut(id)
    }

    pub fn remove(&mut self, id: &Id) {
        self.jobs.remove(id);
    }

    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Job> {
        self.jobs.values()
    }

    /// Jobs are kept seven days (sheet 8.1).
    pub fn forget_old(&mut self, now: Timestamp) {
        let week = SignedDuration::from_hours(7 * 24);
        self.jobs.retain(|_, job| job.stage == Stage::InProgress || now.duration_since(job.created) < week);
    }

    /// Whether there is work that nobody does; who hears yes has to do it.
    pub fn claim(&mut self) -> bool {
        let idle = !self.working && self.all().any(|job| job.stage == Stage::UploadComplete);
        self.working |= idle;
        idle
    }

    /// The next job to do: `Ok(None)` while all that there are must still wait, an error when there is none.
    pub fn next(&mut self, now: Timestamp, wait: SignedDuration) -> Result<Option<Id>, Idle> {
        let mut queued = self.jobs.values_mut().filter(|job| job.stage == Stage::UploadComplete).peekable();
        if queued.peek().is_none() {
            self.working = false;
            return Err(Idle);
        }
        let due = queued.find(|job| now.duration_since(job.changed) >= wait);
        Ok(due.map(|job| {
            job.go_to(Stage::InProgress, now);
            job.id.clone()
        }))
    }
}

/// No job is left.
pub struct Idle;
