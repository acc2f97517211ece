//! Builds a rule set aside and judges it: compiled whole, then tested. What runs is not touched.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;

use crate::catalog::Catalog;
use crate::names::Digest;
use crate::packs::compile;
use crate::ports::Clock;
use crate::problem::{Place, Problem};
use crate::service::codes;
use crate::service::sight::Candidate;
use crate::service::tested::{self, Came, NewGround};

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
        let stop = Arc::new(AtomicBool::new(false));
        let until = self.clock.now() + LONGEST;
        let (candidate, ground, stopped, passed) =
            (candidate.clone(), self.ground.clone(), stop.clone(), self.passed.clone());
        let played = tokio::task::spawn_blocking(move || tested::play(&candidate, &passed, &ground, &stopped));
        tokio::select! {
            came = played => match came.map_err(|_| vec![broke()])? {
                Came::Passed(digests) => {
                    self.passed.extend(digests);
                    Ok(None)
                }
                Came::Failed(problems) => Err(problems),
                Came::Stopped => Ok(Some(too_slow())),
            },
            () = self.clock.sleep_until(until) => {
                // It ends with the file that it is at.
                stop.store(true, Ordering::Relaxed);
                Ok(Some(too_slow()))
            }
        }
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
