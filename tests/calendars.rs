//! Calendars of packs: what a rule set knows of them, and where a rule names one.

use std::collections::BTreeMap;
use std::sync::Arc;

use casebridge::packs::{self, PackSource, Sources, load};
use casebridge::problem::Problem;
use casebridge::rules::{Missed, RuleSet, Trigger};
use jiff::Timestamp;

use crate::problems::{catalog, settings, sources};

const CALENDARS: &str = "\
calendars:
  us-support:
    zone: America/Chicago
    open: { mon-thu: 08:00-18:00, fri: \"08:00-12:00, 13:00-17:00\" }
    holidays: { file: holidays/us.csv }
    special: { 2026-12-24: 08:00-12:00, 2026-11-27: closed }
";

fn compile(sources: &Sources) -> Result<RuleSet, Vec<Problem>> {
    packs::compile(sources, &catalog()).map(|compiled| compiled.rules)
}

fn rules(text: &str) -> RuleSet {
    let files = [("rules.yaml", text), ("calendars.yaml", CALENDARS), ("./holidays/us.csv", "date\n2026-12-25\n")];
    let sources = sources(&files, settings("{ support_boards: [support], zone: Europe/Paris }"));
    compile(&sources).unwrap_or_else(|problems| panic!("{}", sources.show(&problems)))
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

#[test]
fn a_calendar_has_its_week_its_holidays_from_a_file_and_its_special_days() {
    let rules = rules("escalations: {}\n");
    let calendar = &rules.calendars["us-support"];
    let opens = |moment: &str| calendar.next_open(at(moment)).map(|moment| moment.to_string());
    assert_eq!(opens("2026-11-25T23:59:00Z"), Some("2026-11-25T23:59:00Z".into()), "Wednesday, just before six");
    assert_eq!(opens("2026-11-27T15:00:00Z"), Some("2026-11-30T14:00:00Z".into()), "a Friday that is closed");
    assert_eq!(opens("2026-12-04T18:30:00Z"), Some("2026-12-04T19:00:00Z".into()), "Friday at lunch");
    assert_eq!(opens("2026-12-24T18:00:00Z"), Some("2026-12-28T14:00:00Z".into()), "shut at noon, then Christmas");
}

#[test]
fn a_rule_names_its_hours_its_zone_and_what_becomes_of_missed_moments() {
    let rules = rules(
        "escalations:\n  a: { every: 15 minutes, with: thread-to-case, act_during: us-support, zone: Asia/Kolkata, missed: skip }\n  \
         b: { every: 15 minutes, with: thread-to-case }\n",
    );
    let named = |n: usize| {
        let Trigger::Due { zone, missed, .. } = &rules.rules[n].trigger else { panic!("a schedule") };
        let hours = rules.rules[n].act_during.as_ref().map(|calendar| calendar.name.to_string());
        (hours, zone.iana_name().map(str::to_owned), *missed)
    };
    assert_eq!(named(0), (Some("us-support".into()), Some("Asia/Kolkata".into()), Missed::Skip));
    assert_eq!(named(1), (None, Some("Europe/Paris".into()), Missed::Last));
}

#[test]
fn two_packs_with_one_calendar_say_both_places() {
    let mut sources =
        sources(&[("./holidays/us.csv", ""), ("a.yaml", CALENDARS)], settings("{ support_boards: [support] }"));
    let manifest = "pack: acme/more\nversion: 1.0.0\nabout: More\n".to_owned();
    let files = BTreeMap::from([
        ("more/pack.yaml".to_owned(), manifest),
        ("more/b.yaml".to_owned(), "calendars:\n  us-support: { zone: UTC, open: { mon: 08:00-18:00 } }\n".to_owned()),
    ]);
    sources.packs.push(PackSource { name: "more".into(), folder: "more".into(), files, overlay: None });
    let problems = compile(&sources).err().expect("a problem");
    let said: Vec<_> = problems.iter().map(|problem| (problem.code.as_str(), &*problem.at.file)).collect();
    assert_eq!(said, [("named-twice", "more/b.yaml")]);
    assert_eq!(problems[0].also.as_ref().map(|place| &*place.file), Some("a.yaml"));
}

#[test]
fn a_pack_brings_the_lists_in_its_folders_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        std::fs::write(path, text).expect("it is written");
    };
    write("pack.yaml", "pack: acme/test\nversion: 1.0.0\nabout: For tests\n");
    write("calendars.yaml", CALENDARS);
    write("holidays/us.csv", "2026-12-25,Christmas\n2026-02-30,Never\n");
    write("tests/world.csv", "not read\n");
    let pack = load::pack("acme", folder.path()).expect("a pack");
    assert!(!pack.files.keys().any(|file| file.ends_with("world.csv")));
    let problems = compile(&Sources { packs: vec![pack], settings: None }).err().expect("a problem");
    assert_eq!((problems[0].what.as_str(), problems[0].at.line), ("there is no 2026-02-30", 2));
    assert!(problems[0].at.file.ends_with("holidays/us.csv"));
}

#[test]
fn a_rule_set_that_is_kept_compiles_again_with_its_calendars() {
    let rules = rules("escalations: {}\n");
    let again: Arc<RuleSet> = packs::compile::recompile(&rules.sources, &catalog()).expect("it compiles again");
    assert_eq!((again.calendars.len(), &again.digest), (1, &rules.digest));
}
