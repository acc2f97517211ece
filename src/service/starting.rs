//! The rules that a service starts with: those in the files, judged as new ones are while it runs, or where a person asks
//! for it the last good ones (RUN-3).

use std::sync::Arc;

use crate::names::BridgeId;
use crate::ports::{Store, StoreError};
use crate::problem::Problem;
use crate::service::judging::Judge;
use crate::service::last_good::{self, LastGood};
use crate::service::sight::Candidate;

/// What a bridge starts with.
pub struct Start {
    pub rules: LastGood,
    /// What is wrong with the files, where it starts with older rules.
    pub refused: Vec<Problem>,
}

/// Why it does not start.
pub enum NotStarted {
    Store(StoreError),
    /// What is wrong with the files, and the set that `--last-good` would run.
    Rules(Vec<Problem>, Option<LastGood>),
}

impl From<StoreError> for NotStarted {
    fn from(error: StoreError) -> Self {
        NotStarted::Store(error)
    }
}

/// The files, where they hold what may run; else the last good set, if that may be run instead.
pub async fn start(
    judge: &mut Judge,
    store: &dyn Store,
    bridge: &BridgeId,
    candidate: Candidate,
    or_last_good: bool,
) -> Result<Start, NotStarted> {
    let kept = last_good::last_good(store, bridge)?;
    let candidate = Arc::new(candidate);
    let is_kept = kept.as_ref().is_some_and(|kept| kept.digest == candidate.sources.digest());
    // What was accepted before is not judged again: its tests have passed.
    let judged = match is_kept && candidate.problems.is_empty() {
        true => Ok(vec![]),
        false => judge.judge(&candidate).await,
    };
    match (judged, kept) {
        (Ok(_), _) => {
            let rules = last_good::begin(store, bridge, candidate.sources.clone(), judge.clock.now()).await?;
            Ok(Start { rules, refused: vec![] })
        }
        (Err(refused), Some(rules)) if or_last_good => Ok(Start { rules, refused }),
        (Err(refused), kept) => Err(NotStarted::Rules(refused, kept)),
    }
}
