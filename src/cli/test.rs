//! `casebridge test`: the rule tests of packs, one line each; one that fails shows what was expected above what came.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::app::bridge::test_ground;
use crate::cli::Failure;
use crate::cli::output::{counted, line};
use crate::cli::report::Format;
use crate::cli::setup::{Setup, shown};
use crate::packs::{PackSource, Sources, load};
use crate::problem::Problem;
use crate::testing::{self, Results, Tested};

/// What to test.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A pack's folder; without it, all packs of casebridge.yaml
    path: Option<PathBuf>,
    /// Also says which lines never stopped a rule, and which rules never acted
    #[arg(long)]
    coverage: bool,
}

/// One pack with what it is compiled with, and its tests.
struct Testing {
    sources: Sources,
    files: BTreeMap<String, String>,
}

/// Runs the tests; 0 when all pass, 1 when one fails, 2 when files are wrong.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let all = match &args.path {
        Some(path) => vec![pack(path, vec![], format)?],
        None => of_config(config, format)?,
    };
    let mut results = Vec::new();
    for testing in &all {
        let tested = testing::run(&testing.sources, &testing.files, &test_ground).await;
        results.push(tested.map_err(|problems| testing.wrong(&problems, format))?);
    }
    let failed = results.iter().flat_map(|results| &results.tests).filter(|tested| !tested.compared.passed).count();
    match format {
        Format::Json => line(serde_json::to_string_pretty(&as_json(&results)).unwrap_or_default()),
        Format::Text => say(&results, args.coverage),
    }
    Ok(u8::from(failed > 0))
}

/// A pack, compiled together with those before it.
fn pack(folder: &Path, before: Vec<PackSource>, format: Format) -> Result<Testing, Failure> {
    let wrong = |problems: Vec<Problem>| Failure::wrong(shown(&problems, format, |_| None));
    let own = load::pack("pack", folder).map_err(wrong)?;
    let files = load::tests(folder).map_err(wrong)?;
    Ok(Testing { sources: Sources { packs: before.into_iter().chain([own]).collect(), settings: None }, files })
}

/// Every pack of every bridge; a later pack cannot change how an earlier one's tests come out.
fn of_config(config: &Path, format: Format) -> Result<Vec<Testing>, Failure> {
    let setup = Setup::read(config, format)?;
    let mut all = Vec::new();
    for bridge in setup.config.bridges.values() {
        let mut before = Vec::new();
        for written in &bridge.packs {
            // As its author wrote it: an overlay is the customer's, and these tests are not.
            let testing = pack(&written.path, before, format)?;
            before = testing.sources.packs.clone();
            all.push(testing);
        }
    }
    Ok(all)
}

impl Testing {
    fn wrong(&self, problems: &[Problem], format: Format) -> Failure {
        let text = |file: &str| self.files.get(file).map(String::as_str).or(self.sources.text(file));
        Failure::wrong(shown(problems, format, text))
    }
}

fn say(results: &[Results], coverage: bool) {
    let mut file = "";
    for tested in results.iter().flat_map(|results| &results.tests) {
        if *tested.at.file != *file {
            file = &tested.at.file;
            line(file);
        }
        line(text_of(tested).trim_end());
    }
    if coverage {
        results.iter().for_each(say_coverage);
    }
    line(sums(results));
}

/// `✓ name`, or `✗ name` with its place and both sides.
fn text_of(tested: &Tested) -> String {
    if tested.compared.passed {
        return format!("  ✓ {}", tested.name);
    }
    let step = tested.step.map(|step| format!(", step {step}")).unwrap_or_default();
    let heading = format!("  ✗ {}{step}", tested.name);
    let mut text = format!("{heading:<74}  {}:{}\n", tested.at.file, tested.at.line);
    for (word, lines) in [("expected", &tested.compared.expected), ("got", &tested.compared.got)] {
        for (n, line) in lines.iter().enumerate() {
            text.push_str(&format!("      {:<9} {line}\n", if n == 0 { word } else { "" }));
        }
    }
    text
}

fn say_coverage(results: &Results) {
    let never = [
        ("never the reason of a `nothing`", results.coverage.never_stopped()),
        ("never acted", results.coverage.never_acted()),
    ];
    for (what, names) in never.into_iter().filter(|(_, names)| !names.is_empty()) {
        line(format!("\n{what}:"));
        names.iter().for_each(|name| line(format!("  {name}")));
    }
}

fn sums(results: &[Results]) -> String {
    let tests: Vec<&Tested> = results.iter().flat_map(|results| &results.tests).collect();
    let failed = tests.iter().filter(|tested| !tested.compared.passed).count();
    if tests.is_empty() {
        return "no tests; they stand in `tests/*.yaml` of a pack".into();
    }
    format!("\n{}: {} passed, {failed} failed", counted(tests.len(), "test"), tests.len() - failed)
}

fn as_json(results: &[Results]) -> Json {
    let tests = results.iter().flat_map(|results| &results.tests);
    let test = |tested: &Tested| {
        json!({
            "name": tested.name, "file": tested.at.file, "line": tested.at.line, "step": tested.step,
            "passed": tested.compared.passed, "expected": tested.compared.expected, "got": tested.compared.got,
        })
    };
    let never = |names: fn(&Results) -> Vec<&str>| results.iter().flat_map(names).collect::<Vec<_>>();
    json!({
        "tests": tests.map(test).collect::<Vec<_>>(),
        "never_stopped": never(|results| results.coverage.never_stopped()),
        "never_acted": never(|results| results.coverage.never_acted()),
    })
}
