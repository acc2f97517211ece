//! Puts the hints of a community or an org down for every bridge that it belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::hint::Hint;
use crate::names::Subject;
use crate::ports::{Batch, Boxed, HintSource, Hints, NotTaken};
use crate::service::stop::Stop;
use crate::service::worker::Worker;

/// When somebody should come again who found no room.
const AGAIN: Duration = Duration::from_secs(30);

/// The workers of each source.
pub struct ForWorkers {
    pub workers: BTreeMap<HintSource, Vec<Arc<Worker>>>,
    pub stop: Stop,
}

impl ForWorkers {
    fn workers(&self, source: &HintSource) -> &[Arc<Worker>] {
        self.workers.get(source).map(Vec::as_slice).unwrap_or_default()
    }

    fn have_room(&self, source: &HintSource, more: usize) -> Result<(), NotTaken> {
        if self.stop.is_asked() {
            return Err(NotTaken::Stopping);
        }
        for worker in self.workers(source) {
            if !worker.inbox.has_room(more)? {
                return Err(NotTaken::Full { after: AGAIN });
            }
        }
        Ok(())
    }
}

impl Hints for ForWorkers {
    fn would_take(&self, source: &HintSource) -> Result<(), NotTaken> {
        self.have_room(source, 1)
    }

    fn take(&self, source: HintSource, hints: Vec<Hint>, with: Batch) -> Boxed<Result<(), NotTaken>> {
        let workers = self.workers(&source).to_vec();
        let subjects: Vec<Subject> = hints.into_iter().map(|hint| hint.subject).collect();
        let have_room = self.have_room(&source, subjects.len());
        Box::pin(async move {
            have_room?;
            // What goes with them says that they were put down: it comes last.
            let mut with = Some(with);
            for (place, worker) in workers.iter().enumerate() {
                let with = if place + 1 == workers.len() { with.take() } else { None };
                worker.inbox.put(&subjects, with.unwrap_or_default()).await?;
            }
            Ok(())
        })
    }
}
