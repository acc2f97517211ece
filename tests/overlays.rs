//! A customer's changes to a pack: what each verb does, where it stands afterwards, and that it is never unseen.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use casebridge::packs::{self, Compiled, OverlaySource, PackSource, Sources, compile::recompile};
use casebridge::rules::judge::lines;
use casebridge::rules::{FieldRow, Rule};
use casebridge::value::Value;

use crate::problems::{catalog, settings, sources};

const RULES: &str = "\
escalations:
  unanswered:
    every: 15 minutes
    with: thread-to-case
    when:
      - thread.board in settings.support_boards
      - not-solved: thread.solved == false
      - meets: open
  loud:
    every: 1 hour
    with: thread-to-case
    when: thread.views > 1000
criteria:
  open: [ silent: thread.replies_by_others == 0, unlocked: thread.read_only == false ]
tables:
  tag-priority: { outage: Critical }
";
const SCRIPT: &str = "\
//! Labels everything.
fn rule() { #{ every: \"1 hour\" } }
fn then(thread) { khoros::label_thread(#{ thread: thread.id, label: \"seen\" }); }
";

fn overlay(pack: &str, text: &str) -> Option<OverlaySource> {
    Some(OverlaySource { file: "overlay.yaml".into(), text: format!("overlay: {pack}\nmade_for: 1.0.0\n{text}") })
}

fn with(text: &str) -> Sources {
    let mut sources =
        sources(&[("rules.yaml", RULES), ("label.rhai", SCRIPT)], settings("{ support_boards: [support] }"));
    sources.packs[0].overlay = overlay("acme/test", text);
    sources
}

fn compiled(sources: &Sources) -> Compiled {
    packs::compile(sources, &catalog()).unwrap_or_else(|problems| panic!("{}", sources.show(&problems)))
}

fn changed(text: &str) -> Compiled {
    compiled(&with(text))
}

fn addresses(compiled: &Compiled) -> Vec<&str> {
    compiled.rules.rules.iter().map(|rule| rule.address.as_str()).collect()
}

fn rule<'a>(compiled: &'a Compiled, address: &str) -> &'a Arc<Rule> {
    compiled.rules.rules.iter().find(|rule| rule.address.as_str() == address).expect("the rule is there")
}

/// The lines of a rule with the file that each stands in.
fn criteria(rule: &Rule) -> Vec<(String, String)> {
    let line = |name: &str, file: &str| (name.to_owned(), file.to_owned());
    lines(&rule.when).iter().map(|found| line(found.name.as_str(), &found.expression.at().file)).collect()
}

fn field<'a>(compiled: &'a Compiled, name: &str) -> &'a FieldRow {
    compiled.rules.mappings.0["thread-to-case"].iter().find(|row| row.field.as_str() == name).expect("the field")
}

fn of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, file)| ((*name).to_owned(), (*file).to_owned())).collect()
}

#[test]
fn set_gives_a_key_a_value_whether_or_not_the_pack_wrote_it() {
    let compiled = changed(
        "set:\n  escalations.unanswered.limits.per_day: 50\n  escalations.unanswered.order: 7\n  \
         mappings.thread-to-case.Origin: Web\n  tables.tag-priority.outage: High\n",
    );
    let unanswered = rule(&compiled, "escalations.unanswered");
    assert_eq!((unanswered.limits.per_day, unanswered.order), (Some(50), 7));
    assert_eq!(unanswered.at.file.as_ref(), "rules.yaml", "the rule itself stands where it stood");
    let origin = field(&compiled, "Origin");
    assert_eq!((origin.at.file.as_ref(), origin.at.line), ("overlay.yaml", 6));
    assert_eq!(compiled.rules.tables["tag-priority"], [("outage".into(), Value::text("High"))]);
}

#[test]
fn set_changes_a_line_by_its_name_or_its_number_also_where_the_pack_wrote_a_single_one() {
    let compiled = changed(
        "set:\n  escalations.unanswered.when.not-solved: thread.views > 3\n  escalations.unanswered.when.1: \
         thread.kudos > 4\n  escalations.loud.when.1: thread.views > 500\n",
    );
    let texts = |address: &str| -> Vec<String> {
        lines(&rule(&compiled, address).when).iter().map(|line| line.expression.text().to_owned()).collect()
    };
    assert_eq!(texts("escalations.unanswered")[..2], ["thread.kudos > 4", "thread.views > 3"]);
    assert_eq!(texts("escalations.loud"), ["thread.views > 500"]);
}

#[test]
fn add_puts_lines_at_the_end_and_keeps_the_names_of_those_before() {
    let compiled = changed(
        "add:\n  escalations.unanswered.when:\n    - not-beta: thread.labels.contains(\"beta\") == false\n    - thread.views > 3\n",
    );
    let expected = of(&[
        ("when.1", "rules.yaml"),
        ("when.not-solved", "rules.yaml"),
        ("when.open.silent", "rules.yaml"),
        ("when.open.unlocked", "rules.yaml"),
        ("when.not-beta", "overlay.yaml"),
        ("when.2", "overlay.yaml"),
    ]);
    assert_eq!(criteria(rule(&compiled, "escalations.unanswered")), expected);
}

#[test]
fn add_brings_new_rules_rows_fields_and_tables() {
    let compiled = changed(
        "add:\n  escalations.late: { every: 1 hour, with: thread-to-case }\n  tables.tag-priority: { recall: Critical }\n  \
         tables.colours: { red: hot }\n  mappings.thread-to-case.Reason: Community\n",
    );
    assert_eq!(addresses(&compiled)[..3], ["escalations.unanswered", "escalations.loud", "escalations.late"]);
    assert_eq!(rule(&compiled, "escalations.late").at.file.as_ref(), "overlay.yaml");
    assert_eq!(compiled.rules.tables["tag-priority"].len(), 2);
    assert!(compiled.rules.tables.contains_key("colours"));
    assert_eq!(field(&compiled, "Reason").at.file.as_ref(), "overlay.yaml");
}

#[test]
fn replace_changes_a_whole_list_or_rule_and_a_rule_keeps_its_place_in_the_order() {
    let compiled = changed(
        "replace:\n  escalations.unanswered: { every: 2 hours, with: thread-to-case }\n  criteria.open: [ thread.views > 3 ]\n  \
         escalations.loud.when: [ all: [ thread.kudos > 9 ] ]\n",
    );
    assert_eq!(addresses(&compiled)[..2], ["escalations.unanswered", "escalations.loud"]);
    let unanswered = rule(&compiled, "escalations.unanswered");
    assert_eq!((unanswered.at.file.as_ref(), unanswered.at.line), ("overlay.yaml", 4));
    assert_eq!(criteria(unanswered), []);
    assert_eq!(criteria(rule(&compiled, "escalations.loud")), of(&[("when.1.all.1", "overlay.yaml")]));
}

#[test]
fn disable_turns_off_rules_and_takes_named_lines_away() {
    let compiled = changed(
        "disable: [ escalations.loud, rules.label, escalations.unanswered.when.not-solved, criteria.open.silent ]\n",
    );
    assert_eq!(addresses(&compiled), ["escalations.unanswered"]);
    let expected = of(&[("when.1", "rules.yaml"), ("when.open.unlocked", "rules.yaml")]);
    assert_eq!(criteria(rule(&compiled, "escalations.unanswered")), expected);
}

#[test]
fn disable_takes_shared_lines_from_one_rule_only() {
    let compiled = changed("disable: [ escalations.unanswered.when.open ]\n");
    let expected = of(&[("when.1", "rules.yaml"), ("when.not-solved", "rules.yaml")]);
    assert_eq!(criteria(rule(&compiled, "escalations.unanswered")), expected);
}

#[test]
fn a_scripted_rule_takes_changes_like_any_other() {
    let compiled =
        changed("set:\n  rules.label.limits.per_day: 5\nadd:\n  rules.label.when: [ thread.solved == false ]\n");
    let label = rule(&compiled, "rules.label");
    assert_eq!(label.limits.per_day, Some(5));
    assert_eq!(criteria(label), of(&[("when.1", "overlay.yaml")]));
}

#[test]
fn the_wider_verb_goes_first_whatever_stands_first() {
    let compiled = changed(
        "disable: [ escalations.unanswered.when.loud ]\nset:\n  escalations.unanswered.order: 9\nadd:\n  \
         escalations.unanswered.when: [ thread.views > 1 ]\nreplace:\n  escalations.unanswered: { every: 1 hour, with: \
         thread-to-case, when: [ loud: thread.kudos > 1, thread.kudos > 2 ] }\n",
    );
    let unanswered = rule(&compiled, "escalations.unanswered");
    assert_eq!(unanswered.order, 9);
    let names: Vec<_> = lines(&unanswered.when).iter().map(|line| line.expression.text().to_owned()).collect();
    assert_eq!(names, ["thread.kudos > 2", "thread.views > 1"]);
    let verbs: Vec<_> = compiled.changes.iter().map(|change| change.verb).collect();
    assert_eq!(verbs, ["replace", "add", "set", "disable"]);
}

/// A second pack with one rule of its own.
fn extra() -> PackSource {
    let manifest = "pack: acme/extra\nversion: 1.0.0\nabout: More\n";
    let rules = "escalations:\n  extra: { every: 1 hour, with: thread-to-case }\n";
    let files = [("extra/pack.yaml", manifest), ("extra/more.yaml", rules)];
    let files = files.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
    PackSource { name: "extra".into(), folder: "extra".into(), files, overlay: None }
}

#[test]
fn each_pack_has_an_overlay_of_its_own() {
    let mut sources = with("set:\n  escalations.unanswered.order: 3\n");
    sources.packs.push(extra());
    sources.packs[1].overlay = overlay("acme/extra", "set:\n  escalations.extra.order: 2\n");
    let compiled = compiled(&sources);
    assert_eq!(addresses(&compiled)[..2], ["escalations.extra", "escalations.unanswered"]);
    assert_eq!(compiled.changes.len(), 2);
}

#[test]
fn an_overlay_does_not_reach_into_another_pack() {
    let mut sources = with("set:\n  escalations.extra.order: 2\n");
    sources.packs.push(extra());
    let problems = packs::compile(&sources, &catalog()).err().expect("refused");
    assert_eq!(problems[0].code.as_str(), "unknown-address");
}

#[test]
fn an_overlay_is_part_of_the_digest_and_of_the_archive() {
    let (one, two) = (with("disable: [ escalations.loud ]\n"), with(""));
    let mut plain = with("");
    plain.packs[0].overlay = None;
    let digests = [compiled(&plain).rules.digest, compiled(&one).rules.digest, compiled(&two).rules.digest];
    assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2], "{digests:?}");
    let again = recompile(&compiled(&one).rules.sources, &catalog()).expect("the archive compiles");
    assert_eq!(again.digest, digests[1]);
    assert!(again.rules.iter().all(|rule| rule.address.as_str() != "escalations.loud"));
}

#[test]
fn a_pack_without_an_overlay_is_archived_as_before() {
    let mut sources = with("");
    sources.packs[0].overlay = None;
    assert!(!compiled(&sources).rules.sources.contains("overlay"));
}

/// A folder with the standard pack, our configuration and an overlay, and what `check` says about it from elsewhere.
fn check(overlay: Option<&str>, args: &[&str]) -> (i32, String, String) {
    let (project, home) = (Path::new(env!("CARGO_MANIFEST_DIR")), tempfile::tempdir().expect("a folder"));
    for folder in ["rules", "overlays"] {
        fs::create_dir(home.path().join(folder)).expect("a folder");
    }
    for entry in fs::read_dir(project.join("rules")).expect("the pack").flatten().filter(|entry| entry.path().is_file())
    {
        fs::copy(entry.path(), home.path().join("rules").join(entry.file_name())).expect("a copy");
    }
    let config = fs::read_to_string(project.join("casebridge.yaml")).expect("our file");
    assert!(config.contains("{ path: rules }"));
    let config = config.replace("{ path: rules }", "{ path: rules, overlay: overlays/acme.yaml }");
    fs::write(home.path().join("casebridge.yaml"), config).expect("written");
    if let Some(text) = overlay {
        fs::write(home.path().join("overlays/acme.yaml"), text).expect("written");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_casebridge"))
        .arg("--config")
        .arg(home.path().join("casebridge.yaml"))
        .arg("check")
        .args(args)
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&format!("{}/", home.path().display()), "");
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

const OVERLAY: &str = "\
overlay: standard
made_for: 0.1.0
set:
  escalations.unanswered-support.limits.per_day: 50
disable: [ escalations.unanswered-support.when.not-solved ]
";

#[test]
fn check_counts_the_changes_of_an_overlay_beside_the_file_and_lists_them_when_asked() {
    let (code, said, _) = check(Some(OVERLAY), &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("nothing wrong\n  overlays/acme.yaml: 2 changes"), "{said}");
    let (_, said, _) = check(Some(OVERLAY), &["-v"]);
    assert!(said.contains("set      escalations.unanswered-support.limits.per_day  overlays/acme.yaml:4:3"), "{said}");
    assert!(
        said.contains("disable  escalations.unanswered-support.when.not-solved  overlays/acme.yaml:5:12"),
        "{said}"
    );
}

#[test]
fn a_problem_in_an_overlay_is_shown_with_its_own_line() {
    let (code, said, _) = check(Some(&OVERLAY.replace("per_day: 50", "per_day: many")), &[]);
    assert_eq!(code, 2);
    assert!(said.contains("overlays/acme.yaml:4:50  `many` is not a whole number"), "{said}");
    assert!(said.contains("    4 |   escalations.unanswered-support.limits.per_day: many"), "{said}");
}

#[test]
fn an_overlay_that_is_not_there_is_said_where_it_is_named() {
    let (code, said, _) = check(None, &[]);
    assert_eq!(code, 2);
    assert!(said.contains("`overlays/acme.yaml` cannot be read"), "{said}");
    assert!(
        said.contains("casebridge.yaml:") && said.contains("{ path: rules, overlay: overlays/acme.yaml }"),
        "{said}"
    );
}
