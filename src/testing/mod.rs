//! Rule tests: the files under `tests/` of a pack, played on the real engine with a clock, hosts and a store of their
//! own (`docs/architecture.md`).
//!
//! A test never calls a host: what is `given` becomes the recorded answers that rules look at. Deciding, planning and
//! applying are the engine's; nothing of it is repeated here.

pub mod amounts;
pub mod came_of;
pub mod codes;
pub mod compare;
pub mod compiled;
pub mod coverage;
pub mod expect;
pub mod faults;
pub mod given;
pub mod happening;
pub mod lines;
pub mod ordinary;
pub mod perform;
pub mod placing;
pub mod replies;
pub mod stage;
pub mod test_file;
pub mod world;

pub use compare::Compared;
pub use coverage::Coverage;
pub use perform::Ground;

use std::collections::BTreeMap;

use crate::packs::Sources;
use crate::problem::{Place, Problem};

use compiled::Compiled;
use perform::Play;
use test_file::RuleTest;

/// How one test came out.
#[derive(Debug)]
pub struct Tested {
    pub name: String,
    pub at: Place,
    /// The step that failed, counted from 1, where the test has several.
    pub step: Option<usize>,
    /// Of the step that failed, or of the last one.
    pub compared: Compared,
}

/// All tests of a pack.
#[derive(Debug, Default)]
pub struct Results {
    pub tests: Vec<Tested>,
    pub coverage: Coverage,
}

/// Plays the tests in `files` on the packs of `sources`, one after the other, so that only one takes room. When anything in
/// the files is wrong, that comes in place of all results.
pub async fn run(
    sources: &Sources,
    files: &BTreeMap<String, String>,
    ground: &dyn Fn() -> Ground,
) -> Result<Results, Vec<Problem>> {
    let mut problems = Vec::new();
    let catalog = ground().catalog;
    let tests = files.iter().flat_map(|(file, text)| test_file::tests(file, text, &catalog, &mut problems));
    let tests: Vec<RuleTest> = tests.collect();
    let (mut results, mut compiled) = (Results::default(), Compiled::of(sources));
    for test in tests {
        match Play::prepare(&test, &mut compiled, ground()) {
            Ok(_) if problems.iter().any(is_error) => {}
            Ok(mut play) => {
                results.coverage.know(play.rules());
                results.tests.push(play_through(&test, &mut play, &mut results.coverage).await);
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.iter().any(is_error) {
        return Ok(results);
    }
    // What all tests of a file share is wrong once, however many share it.
    problems.sort_by(|a, b| (&a.at, &a.code, &a.what).cmp(&(&b.at, &b.code, &b.what)));
    problems.dedup();
    Err(problems)
}

fn is_error(problem: &Problem) -> bool {
    !problem.warning
}

/// Step by step, until one does not come out as expected.
async fn play_through(test: &RuleTest, play: &mut Play, coverage: &mut Coverage) -> Tested {
    let has_steps = test.steps.len() > 1;
    let mut compared = Compared { passed: true, ..Compared::default() };
    for (n, step) in test.steps.iter().enumerate() {
        let came = play.step(step, n == 0).await;
        compared = match (&came, &step.expect) {
            (Err(problem), _) => Compared {
                passed: false,
                expected: vec!["facts that can be given".into()],
                got: vec![format!("{}: {}", problem.what, problem.cause)],
            },
            (Ok(came), Some(expect)) => compare::compare(expect, came),
            (Ok(came), None) => compare::unexpected(came),
        };
        if let Ok(came) = &came {
            coverage.add(came, step.expect.as_ref().filter(|_| compared.passed));
        }
        if !compared.passed {
            let step = has_steps.then_some(n + 1);
            return Tested {
                name: test.name.clone(),
                at: step.map_or(&test.at, |_| &test.steps[n].at).clone(),
                step,
                compared,
            };
        }
    }
    Tested { name: test.name.clone(), at: test.at.clone(), step: None, compared }
}
