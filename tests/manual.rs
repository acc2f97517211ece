//! `docs/host-functions.md` is what the program prints.

use std::process::Command;

use casebridge::catalog::{Catalog, FactRow, Source, Type};
use casebridge::cli::manual;
use casebridge::names::EventKind;

use crate::problems::catalog;

const PAGE: &str = include_str!("../docs/host-functions.md");

#[test]
fn the_page_of_host_functions_is_the_one_that_the_program_prints() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_casebridge")).args(["functions", "--markdown"]).output().expect("it runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let first = printed.lines().zip(PAGE.lines()).find(|(printed, page)| printed != page);
    assert!(
        printed == PAGE,
        "docs/host-functions.md is not what the program prints; first: {first:?}\n\
         next: cargo run -- functions --markdown > docs/host-functions.md"
    );
}

#[test]
fn the_page_has_every_function_with_its_example_every_event_and_every_fact() {
    let catalog = catalog();
    for function in catalog.functions() {
        assert!(!function.example.is_empty() && !function.about.is_empty(), "{} tells too little", function.name);
        let section = PAGE.split(&format!("\n### `{}`\n", function.name)).nth(1).expect("a section");
        let section = section.split("\n### ").next().unwrap_or_default();
        assert!(section.contains(function.example), "{}: {section}", function.name);
        for param in &function.params {
            assert!(section.contains(&format!("\n| `{}` | ", param.name)), "{}: {}", function.name, param.name);
        }
    }
    for (event, _) in catalog.kinds() {
        assert!(PAGE.contains(&format!("\n| `{event}` | ")), "{event}");
    }
    for poll in catalog.polls() {
        assert!(PAGE.contains(&format!("\n| `{}` | ", poll.name)), "{}", poll.name);
    }
    let nouns: Vec<&str> = catalog.kinds().flat_map(|(_, nouns)| nouns).copied().collect();
    for row in catalog.facts() {
        let noun = row.fact.as_str().split('.').next().unwrap_or_default();
        let told = PAGE.contains(&format!("\n| `{}{}` | ", row.fact, if row.open { ".FIELD" } else { "" }));
        assert_eq!(told, nouns.contains(&noun), "{}", row.fact);
    }
}

/// A catalog of events about a thing, and one fact of it that only some of them have.
fn with_fact_on(on: &[&str]) -> String {
    let mut catalog = Catalog::default();
    for event in ["here.made", "here.changed", "there.made", "there.changed"] {
        catalog.add_nouns(event, &["thing"]);
    }
    let source = Source::From { facts: vec!["now".into()], work: |values| values[0].clone() };
    let on: Vec<EventKind> = on.iter().copied().map(Into::into).collect();
    let (fact, about) = ("thing.age".into(), "its age");
    catalog.add_facts(vec![FactRow { fact, gives: Type::Span, about, on, source, follows: None, open: false }]);
    manual::page(&catalog)
}

#[test]
fn a_fact_that_only_some_events_have_says_which() {
    let row = |more: &str| format!("| `thing.age` | duration | its age{more} | `now` |");
    assert!(with_fact_on(&[]).contains(&row("")));
    assert!(with_fact_on(&["here.made", "here.changed", "there.made", "there.changed"]).contains(&row("")));
    let some = with_fact_on(&["here.made", "here.changed", "there.made"]);
    assert!(some.contains(&row(" (with `here.…`, `there.made`)")), "{some}");
}
