//! Hands what the watcher accepts to the workers: each takes it whole, between two of its turns.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::ports::StoreError;
use crate::problem::Problem;
use crate::service::reload::{Accepted, Watcher, Watching};
use crate::service::standing::RulesStandings;
use crate::service::stop::Stop;
use crate::service::worker::Worker;

/// Sets that wait to be handed on at most; the watcher waits when it is ahead.
const AHEAD: usize = 16;

/// The watch over the files of a service.
pub struct Taking {
    /// How the rules stand, now and whenever that changes.
    pub standings: watch::Receiver<RulesStandings>,
    watcher: Watcher,
    accepted: mpsc::Receiver<Accepted>,
    workers: Vec<Arc<Worker>>,
}

impl Taking {
    /// A watch that is not begun; what is wrong with the text that the service started with.
    pub fn of(watching: Watching, workers: Vec<Arc<Worker>>) -> Result<Self, Vec<Problem>> {
        let (told, accepted) = mpsc::channel(AHEAD);
        let watcher = Watcher::new(watching, told)?;
        Ok(Taking { standings: watcher.standings(), watcher, accepted, workers })
    }

    /// Watches and hands on until the stop, or until the store fails.
    pub async fn take(self, stop: Stop) -> Result<(), StoreError> {
        let Taking { standings, watcher, mut accepted, workers } = self;
        let hand_on = async {
            while let Some(Accepted { bridge, sources }) = accepted.recv().await {
                if let Some(worker) = workers.iter().find(|worker| worker.bridge == bridge) {
                    // A worker that has ended ends the service, and says why.
                    worker.work_by(sources).await;
                }
            }
        };
        tokio::select! {
            watched = watcher.watch() => watched,
            () = note_refused(standings, &workers) => Ok(()),
            () = hand_on => Ok(()),
            () = stop.asked() => Ok(()),
        }
    }
}

/// Has each worker know what was refused, for whoever mails about it; ends when nobody watches any more.
async fn note_refused(mut standings: watch::Receiver<RulesStandings>, workers: &[Arc<Worker>]) {
    while standings.changed().await.is_ok() {
        let now = standings.borrow_and_update().clone();
        for worker in workers {
            let refused = now.get(&worker.bridge).and_then(|standing| standing.refused.as_ref());
            worker.refuses(refused.map(|refused| refused.lines.join("\n")));
        }
    }
}
