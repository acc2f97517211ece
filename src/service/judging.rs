//! Builds a rule set aside and judges it: compiled whole, then tested. What runs is not touched.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;

use crate::catalog::Catalog;
use crate::names::Digest;
use crate::packs::compile;
use crate::ports::Clock;
use crate::problem::{Place, Problem};
use crate::service::codes;
use crate::service::sight::Candidate;
use crate::service::tested::{self, Came, NewGround, Playing};

/// How long all tests of a set may take; after that it is taken with a warning.
pub const LONGEST: SignedDuration = SignedDuration::from_secs(30);

/// What judges.
pub struct Judge {
    pub catalog: Arc<Catalog>,
    pub ground: NewGround,
    pub clock: Arc<dyn Clock>,
    /// Suites of tests that have passed.
    passed: HashSet<Digest>,
}

impl Judge {
    pub fn new(catalog: Arc<Catalog>, ground: NewGround, clock: Arc<dyn Clock>) -> Self {
        Judge { catalog, ground, clock, passed: HashSet::new() }
    }

    /// The warnings of a set that may run, or what is wrong with it.
    pub async fn judge(&mut self, candidate: &Arc<Candidate>) -> Result<Vec<Problem>, Vec<Problem>> {
        let mut warnings = self.compile(candidate).await?;
        warnings.extend(self.test(candidate).await?);
        Ok(warnings)
    }

    async fn compile(&self, candidate: &Arc<Candidate>) -> Result<Vec<Problem>, Vec<Problem>> {
        if !candidate.problems.is_empty() {
            return Err(candidate.problems.clone());
        }
        let (candidate, catalog) = (candidate.clone(), self.catalog.clone());
        let compiled = tokio::task::spawn_blocking(move || compile(&candidate.sources, &catalog));
        compiled.await.map_err(|_| vec![broke()])?.map(|compiled| compiled.warnings)
    }

    async fn test(&mut self, candidate: &Arc<Candidate>) -> Result<Option<Problem>, Vec<Problem>> {
        let watched = Watched(Arc::default());
        let until = self.clock.now() + LONGEST;
        let (candidate, ground, playing, passed) =
            (candidate.clone(), self.ground.clone(), watched.0.clone(), self.passed.clone());
        let played = tokio::task::spawn_blocking(move || tested::play(&candidate, &passed, &ground, &playing));
        let came = tokio::select! {
            came = played => came.map_err(|_| vec![broke()])?,
            () = self.clock.sleep_until(until) => Came::Stopped,
        };
        match came {
            Came::Passed(digests) => {
                self.passed.extend(digests);
                Ok(None)
            }
            Came::Failed(problems) => Err(problems),
            // What failed by now fails, however much is still to be played.
            Came::Stopped => match std::mem::take(&mut *watched.0.failed.lock().expect("no panic holds it")) {
                problems if problems.is_empty() => Ok(Some(too_slow())),
                problems => Err(problems),
            },
        }
    }
}

/// Tests that are played as long as somebody waits for them; then they end with the file that they are at.
struct Watched(Arc<Playing>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

fn broke() -> Problem {
    let problem = Problem::new(codes::NOT_JUDGED, &Place::file("casebridge"), "the rules could not be judged");
    problem.because("judging them broke off inside casebridge").next("`casebridge check` shows where; please report it")
}

fn too_slow() -> Problem {
    let what = format!("the tests were not finished in {} s, and the rules run all the same", LONGEST.as_secs());
    let problem = Problem::new(codes::TESTS_TOO_SLOW, &Place::file("casebridge"), what);
    problem.next("`casebridge test` plays them to the end").warning()
}
