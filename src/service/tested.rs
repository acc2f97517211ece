//! Plays the tests of packs before their rules are taken: a set that fails them does not run.
//!
//! Each pack is tested as its author wrote it, as `casebridge test` does: overlays and settings are the customer's.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::names::Digest;
use crate::packs::{PackSource, Sources};
use crate::problem::Problem;
use crate::service::codes;
use crate::service::sight::Candidate;
use crate::testing::{self, Ground, Tested};

/// What a test is played on, anew for each.
pub type NewGround = Arc<dyn Fn() -> Ground + Send + Sync>;

/// The tests of one pack, with what it is compiled with.
struct Suite {
    sources: Sources,
    tests: BTreeMap<String, String>,
    digest: Digest,
}

/// What came of the tests of a candidate.
pub enum Came {
    /// All passed; these suites need no second time.
    Passed(Vec<Digest>),
    Failed(Vec<Problem>),
    /// Somebody asked for the end.
    Stopped,
}

/// What the thread that plays shares with whoever waits for it.
#[derive(Default)]
pub struct Playing {
    pub stop: AtomicBool,
    /// What failed so far, file by file.
    pub failed: Mutex<Vec<Problem>>,
}

/// Plays what has not passed before, until it is told to stop. It computes all the while, so a thread of its own is its place.
pub fn play(candidate: &Candidate, passed: &HashSet<Digest>, ground: &NewGround, playing: &Playing) -> Came {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return Came::Stopped };
    let mut good = Vec::new();
    let failed_so_far = || playing.failed.lock().expect("no panic holds it");
    for suite in suites(candidate).into_iter().filter(|suite| !passed.contains(&suite.digest)) {
        let before = failed_so_far().len();
        for (file, text) in &suite.tests {
            if playing.stop.load(Ordering::Relaxed) {
                return Came::Stopped;
            }
            let file = BTreeMap::from([(file.clone(), text.clone())]);
            let problems = match runtime.block_on(testing::run(&suite.sources, &file, &**ground)) {
                Ok(results) => results.tests.iter().filter_map(failed).collect(),
                Err(found) => found,
            };
            failed_so_far().extend(problems);
        }
        if failed_so_far().len() == before {
            good.push(suite.digest);
        }
    }
    let problems = std::mem::take(&mut *failed_so_far());
    if problems.is_empty() { Came::Passed(good) } else { Came::Failed(problems) }
}

fn suites(candidate: &Candidate) -> Vec<Suite> {
    let mut packs: Vec<PackSource> = Vec::new();
    let mut suites = Vec::new();
    for (pack, tests) in candidate.sources.packs.iter().zip(&candidate.tests) {
        packs.push(PackSource { overlay: None, ..pack.clone() });
        let sources = Sources { packs: packs.clone(), settings: None };
        let digest = Digest::of(format!("{} {}", sources.digest(), serde_json::json!(tests)));
        suites.push(Suite { sources, tests: tests.clone(), digest });
    }
    suites
}

fn failed(tested: &Tested) -> Option<Problem> {
    let both = || {
        let side = |lines: &[String]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ");
        format!("expected {}, got {}", side(&tested.compared.expected), side(&tested.compared.got))
    };
    let what = format!("the test `{}` fails", tested.name);
    (!tested.compared.passed).then(|| {
        let problem = Problem::new(codes::TEST_FAILS, &tested.at, what).because(both());
        problem.next("`casebridge test` plays it with both sides below each other")
    })
}
