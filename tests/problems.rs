//! What is wrong in files is said well: every bad file under `tests/problems/` has the exact text that it must produce.
//!
//! `CASEBRIDGE_BLESS=1` writes the texts; they are then read as an admin would read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use casebridge::app::{bridge, connections::Connections};
use casebridge::catalog::Catalog;
use casebridge::cli::report::Format;
use casebridge::cli::setup::shown;
use casebridge::hosts::mail::Mailing;
use casebridge::names::BridgeId;
use casebridge::packs::online;
use casebridge::packs::{self, OverlaySource, PackSource, Sources};
use casebridge::ports::Store;
use casebridge::problem::Problem;
use casebridge::rules::yaml::{self, Node};
use casebridge::state::MemoryStore;
use casebridge::{config, rules, script, testing};

use crate::known::known;

const PACK: &str = "\
pack: acme/test
version: 1.0.0
about: For tests
settings:
  support_boards: { type: list of board, required: true, help: Boards that are watched }
  hours_before_escalation: { type: number, default: 48, min: 1, max: 720, help: Hours without an answer }
  boards: { type: list of board, default: [], help: Other boards }
  numbers: { type: list of number, default: [], help: Some numbers }
  wait: { type: duration, default: 2 days, help: How long }
  from: { type: date, default: 2026-01-01, help: First day }
  by_board: { type: table of board to text, default: {}, help: A word for each board }
renamed: { settings: { hours: hours_before_escalation } }
";
const MAPPING: &str = "\
mappings:
  thread-to-case:
    Subject: { value: = thread.subject, too_long: cut }
    Origin: Community
";
/// What the bad files of rule tests are about, and the rules of the packs whose `pack.yaml` is bad.
const RULES: &str = "\
escalations:
  unanswered:
    every: 15 minutes
    when: [ not-solved: thread.solved == false ]
    with: thread-to-case
  by-event:
    on: khoros.thread_posted
    with: thread-to-case
";
/// What the overlays of the bad files lie on.
const OVERLAID: &str = "\
escalations:
  unanswered-support:
    every: 15 minutes
    with: thread-to-case
    when:
      - thread.board in settings.support_boards
      - not-solved: thread.solved == false
      - meets: open
criteria:
  open: [ silent: thread.replies_by_others == 0 ]
tables:
  tag-priority: { outage: Critical }
";
const SETTINGS: &str = "{ support_boards: [support] }";

pub fn catalog() -> Arc<Catalog> {
    let store: Arc<dyn Store> = MemoryStore::new();
    let mail = Mailing { sender: None, to: Some(["lead@acme.example".to_owned()].into()) };
    let connections = Connections { mail, ..Connections::nowhere() };
    bridge::catalog(&BridgeId::from("acme"), &connections.offline_clients(), &store)
}

/// A pack with the files that a case does not bring itself.
pub fn sources(files: &[(&str, &str)], settings: Node) -> Sources {
    let mut all = BTreeMap::from([("pack.yaml", PACK), ("shared.yaml", MAPPING)]);
    all.extend(files.iter().copied());
    let files = all.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let pack = PackSource { name: "acme".into(), folder: ".".into(), files, overlay: None };
    Sources { packs: vec![pack], settings: Some(settings) }
}

/// A pack with an overlay on it.
fn overlaid(file: &str, text: &str) -> Sources {
    let mut sources = sources(&[("rules.yaml", OVERLAID)], settings(SETTINGS));
    sources.packs[0].overlay = Some(OverlaySource { file: file.to_owned(), text: text.to_owned() });
    sources
}

pub fn settings(text: &str) -> Node {
    yaml::read("casebridge.yaml", text).expect("settings")
}

/// Everything that is said about one bad file.
fn problems(kind: &str, file: &str, text: &str) -> Vec<Problem> {
    let compiled = match kind {
        "rules" => packs::compile(&sources(&[(file, text)], settings(SETTINGS)), &catalog()),
        "scripts" => {
            let file = format!("scripts/{file}");
            packs::compile(&sources(&[(&file, text)], settings(SETTINGS)), &catalog())
        }
        "online" => {
            let sources = match file {
                "pack.yaml" => sources(&[(file, text)], settings("{}")),
                file => sources(&[(file, text)], settings(SETTINGS)),
            };
            let compiled = packs::compile(&sources, &catalog());
            return match compiled {
                Ok(compiled) => online::check(&compiled.mentions, &known()),
                Err(problems) => problems,
            };
        }
        "overlay" => packs::compile(&overlaid(file, text), &catalog()),
        "pack" => packs::compile(&sources(&[("pack.yaml", text), ("rules.yaml", RULES)], settings("{}")), &catalog()),
        "tests" => {
            let sources = Sources { settings: None, ..sources(&[("rules.yaml", RULES)], settings("{}")) };
            let files = BTreeMap::from([(file.to_owned(), text.to_owned())]);
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let tested = runtime.block_on(testing::run(&sources, &files, &bridge::test_ground));
            return tested.map_or_else(|problems| problems, |_| vec![]);
        }
        "settings" => {
            let whole = yaml::read("casebridge.yaml", text).expect("a tree");
            let node =
                whole.get("bridges").and_then(|n| n.get("acme")).and_then(|n| n.get("settings")).expect("settings");
            packs::compile(&sources(&[], node.clone()), &catalog())
        }
        _ => return of_configuration(text),
    };
    compiled.map_or_else(|problems| problems, |compiled| compiled.warnings)
}

/// What is said when the file is read, and, if nothing is, when its bridges sign in.
fn of_configuration(text: &str) -> Vec<Problem> {
    let config = match config::parse("casebridge.yaml", text) {
        Ok(config) => config,
        Err(problems) => return problems,
    };
    let opened = config.bridges.values().map(|bridge| Connections::of_config(&config, bridge));
    config.warnings.iter().cloned().chain(opened.filter_map(Result::err).flatten()).collect()
}

/// The bad files of all kinds: kind, path.
fn cases() -> Vec<(&'static str, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let mut cases = Vec::new();
    for kind in ["rules", "scripts", "overlay", "pack", "settings", "casebridge", "tests", "online"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder").flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "yaml" || ending == "rhai") {
                cases.push((kind, entry.path()));
            }
        }
    }
    cases.sort();
    cases
}

fn said(kind: &str, path: &Path) -> (Vec<Problem>, String) {
    let text = fs::read_to_string(path).expect("a file");
    // Only the file that holds logins is shown without its secrets.
    let shown_text = if kind == "casebridge" { config::masked(&text) } else { text.clone() };
    let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let problems = problems(kind, file, &text);
    let others = [("pack.yaml", PACK), ("shared.yaml", MAPPING), ("rules.yaml", OVERLAID)];
    let source = |name: &str| {
        let own = name.ends_with(file) || (kind == "pack" && name == "pack.yaml") || name == "casebridge.yaml";
        let other = || others.iter().find(|(other, _)| *other == name).map(|(_, text)| *text);
        if own { Some(shown_text.as_str()) } else { other() }
    };
    let shown = shown(&problems, Format::Text, source);
    (problems, shown + "\n")
}

#[test]
fn every_bad_file_says_exactly_what_is_wrong() {
    let bless = std::env::var_os("CASEBRIDGE_BLESS").is_some();
    let mut wrong = Vec::new();
    for (kind, path) in cases() {
        let (problems, said) = said(kind, &path);
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &said).expect("it is written");
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if problems.is_empty() || said != wanted {
            wrong.push(format!("{}\nexpected:\n{wanted}\ngot:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_code_has_a_bad_file() {
    let found: BTreeSet<String> =
        cases().iter().flat_map(|(kind, path)| said(kind, path).0).map(|problem| problem.code.to_string()).collect();
    // A folder without a pack and a file that cannot be read are no files that can be written here.
    let elsewhere = [packs::codes::NO_PACK, packs::codes::UNREADABLE];
    let all = [
        rules::codes::ALL,
        yaml::codes::ALL,
        packs::codes::ALL,
        config::codes::ALL,
        script::codes::ALL,
        testing::codes::ALL,
    ]
    .concat();
    let without: Vec<&str> =
        all.iter().copied().filter(|code| !found.contains(*code) && !elsewhere.contains(code)).collect();
    assert!(without.is_empty(), "no bad file for {without:?}");
    let unlisted: Vec<&String> = found.iter().filter(|code| !all.contains(&code.as_str())).collect();
    assert!(unlisted.is_empty(), "no list has {unlisted:?}");
}

#[test]
fn a_problem_is_whole_what_where_and_what_next() {
    for (kind, path) in cases() {
        for problem in said(kind, &path).0 {
            let told = format!("{}: {}", path.display(), problem.what);
            assert!(!problem.what.ends_with('.') && !problem.what.is_empty(), "{told}");
            assert!(!problem.next.is_empty() || !problem.cause.is_empty(), "{told}: no next step");
            assert!(problem.at.line >= 1 && problem.at.column >= 1, "{told}");
        }
    }
}

#[test]
fn a_secret_that_stands_in_the_file_is_not_repeated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems/casebridge/plain-secret.yaml");
    let text = fs::read_to_string(path).expect("a file");
    let problems = config::parse("casebridge.yaml", &text).expect_err("refused");
    let masked = config::masked(&text);
    let said = shown(&problems, Format::Json, |_| None) + &shown(&problems, Format::Text, |_| Some(&masked));
    assert!(text.contains("hunter2") && !said.contains("hunter2"), "{said}");
}
