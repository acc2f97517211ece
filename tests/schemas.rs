//! The schemas that editors use: they know every key that a reader knows, take our own files, and refuse bad ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use casebridge::config::{self, failure_mails, hosts, khoros_login, salesforce_login};
use casebridge::packs::{checks, compile, declared, manifest, overlay};
use casebridge::rules::yaml::{Node, Shape, read};
use casebridge::rules::{contact, escalation, everything_else, field, limits, mapping, rule_keys, stages, then};
use casebridge::schema::{KINDS, schema};
use casebridge::testing::{expect, faults, happening, test_file};
use serde_json::{Map, Value as Json, json};

use crate::problems::catalog;

fn of(kind: &str) -> Json {
    schema(kind, &catalog()).expect("a kind")
}

/// Every property of a schema at any depth, with what it says.
fn properties(schema: &Json, found: &mut BTreeMap<String, Vec<Json>>) {
    let Some(parts) = schema.as_object() else {
        return schema.as_array().into_iter().flatten().for_each(|part| properties(part, found));
    };
    for (name, part) in parts.get("properties").and_then(Json::as_object).into_iter().flatten() {
        found.entry(name.clone()).or_default().push(part.clone());
        properties(part, found);
    }
    parts.iter().filter(|(name, _)| *name != "properties").for_each(|(_, part)| properties(part, found));
}

#[test]
fn every_key_that_a_reader_knows_is_in_the_schema_of_its_file() {
    let lists: &[(&str, &[&[&str]])] = &[
        (
            "rules",
            &[
                compile::SECTIONS,
                rule_keys::KEYS,
                escalation::KEYS,
                everything_else::KEYS,
                stages::KEYS,
                contact::KEYS,
                mapping::OURS,
                field::KEYS,
                limits::KEYS,
                then::KEYS,
            ],
        ),
        ("pack", &[manifest::KEYS, manifest::REQUIRES, declared::KEYS, checks::KEYS]),
        (
            "casebridge",
            &[
                config::KEYS,
                config::BRIDGE_KEYS,
                config::PACK_KEYS,
                hosts::COMMUNITY_KEYS,
                hosts::ORG_KEYS,
                khoros_login::SESSION_KEYS,
                khoros_login::OAUTH_KEYS,
                salesforce_login::CLIENT_KEYS,
                salesforce_login::JWT_KEYS,
                salesforce_login::REFRESH_KEYS,
                salesforce_login::PASSWORD_KEYS,
                failure_mails::MAIL_KEYS,
                failure_mails::SMTP_KEYS,
            ],
        ),
        ("overlay", &[overlay::KEYS]),
        ("tests", &[test_file::KEYS, expect::KEYS, happening::FAULT_KEYS]),
    ];
    for (kind, lists) in lists {
        let mut found = BTreeMap::new();
        properties(&of(kind), &mut found);
        for key in lists.concat() {
            assert!(found.contains_key(key), "the schema `{kind}` has no `{key}`");
        }
    }
}

#[test]
fn every_word_of_a_rule_test_is_in_its_schema_and_a_step_has_no_other_keys() {
    let schema = of("tests");
    let test = &schema["additionalProperties"]["properties"];
    let listed = |shape: &Json| shape["enum"].as_array().cloned().unwrap_or_default();
    assert_eq!(listed(&test["expect"]["properties"]["outcome"]).len(), expect::OUTCOMES.len());
    assert_eq!(listed(&test["faults"]["items"]["properties"]["answer"]).len(), faults::WORDS.len());
    let step = test["steps"]["items"]["properties"].as_object().expect("keys");
    let keys = |map: &Map<String, Json>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys(step), test_file::STEP_KEYS.iter().map(|key| (*key).to_owned()).collect());
    let now = "a test:\n  steps: [ { now: 2026-03-03 15:00, expect: { nothing: because a.b.c } } ]\n";
    assert!(!errors("tests", now).is_empty());
}

#[test]
fn every_key_has_a_sentence() {
    for (kind, _) in KINDS {
        let mut found = BTreeMap::new();
        properties(&of(kind), &mut found);
        for (key, shapes) in found {
            let told = |shape: &Json| shape["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(shapes.iter().all(told), "`{key}` in the schema `{kind}` needs a sentence: see src/schema/");
        }
    }
}

#[test]
fn every_write_of_the_catalog_is_a_step_and_every_event_may_stand_under_on() {
    let (schema, catalog) = (of("rules"), catalog());
    let step = &schema["$defs"]["step"]["properties"];
    assert_eq!(step["khoros.label_thread"]["required"], json!(["thread", "label"]));
    for write in catalog.functions().filter(|function| catalog.write_call(function.name.as_str()).is_some()) {
        assert!(step[write.name.as_str()]["properties"].is_object(), "{}", write.name);
    }
    let on = schema["$defs"]["escalation"]["properties"]["on"].to_string();
    for (event, _) in catalog.kinds() {
        assert!(on.contains(&format!("\"{event}\"")), "{event}");
    }
}

/// A file as an editor sees it.
fn json(node: &Node) -> Json {
    match &node.shape {
        Shape::Map(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.name.clone(), json(node))).collect::<Map<_, _>>())
        }
        Shape::List(items) => items.iter().map(json).collect(),
        Shape::Scalar { text, quoted: true } => json!(text),
        Shape::Scalar { text, .. } => match serde_json::from_str::<Json>(text) {
            Ok(value @ (Json::Bool(_) | Json::Number(_))) => value,
            _ => json!(text),
        },
    }
}

/// What a schema has against a text.
fn errors(kind: &str, text: &str) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&of(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let file = json(&read("file.yaml", text).unwrap_or_else(|problems| panic!("{problems:?}")));
    validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schemas_themselves_are_well_formed() {
    for (kind, _) in KINDS {
        jsonschema::draft202012::meta::validate(&of(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

/// Our own files: the standard pack, the examples and the configuration, each with its kind.
fn ours() -> Vec<(&'static str, PathBuf)> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![project.join("rules"), project.join("examples")];
    let mut files = vec![("casebridge", project.join("casebridge.yaml"))];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let within = |name: &str| path.parent().is_some_and(|parent| parent.ends_with(name));
            match path.file_name().and_then(|name| name.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("pack.yaml") => files.push(("pack", path)),
                Some("casebridge.yaml") => files.push(("casebridge", path)),
                Some(name) if !name.ends_with(".yaml") => {}
                _ if within("tests") => files.push(("tests", path)),
                _ if within("overlays") => files.push(("overlay", path)),
                _ => files.push(("rules", path)),
            }
        }
    }
    files
}

#[test]
fn our_own_files_keep_to_their_schemas() {
    let files = ours();
    for kind in ["casebridge", "pack", "rules"] {
        assert!(files.iter().any(|(known, _)| *known == kind), "there is no file of the kind `{kind}`");
    }
    for (kind, path) in files {
        let errors = errors(kind, &fs::read_to_string(&path).expect("a file"));
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

const OVERLAY: &str = "\
overlay: standard
made_for: 1.4.0
set:
  escalations.unanswered-support.limits.per_day: 50
  mappings.thread-to-case.Origin: Web
add:
  escalations.unanswered-support.when:
    - not-beta: thread.places.contains(\"beta\") == false
  tables.tag-priority: { recall: Critical }
replace:
  criteria.open: [ thread.solved == false ]
disable: [ rules.loud, escalations.unanswered-support.when.not-solved ]
";
const TESTS: &str = "\
every test:
  settings: { support_boards: [support], case_closure: true }
a solved thread is never escalated:
  given: { thread: { board: support, age: 50 hours, solved: true } }
  expect: { nothing: because escalations.unanswered-support.when.not-solved }
an unanswered question of a VIP becomes an urgent case:
  now: 2026-03-03 15:00 America/Chicago
  given: { thread: { board: support, author: { login: ana, rank: VIP } } }
  when: escalations.unanswered-support is due
  expect:
    - salesforce.create_case: { fields: { Priority: High } }
    - khoros.tag_thread: { tag: \"case-(CaseNumber)\" }
the fallback user speaks:
  reads: { khoros.find_person: [ { login: zoe, email: zoe@acme.test } ] }
  faults: [ { function: khoros.post_reply, as: zoe, answer: no_right_to_post, times: 1 } ]
  when: salesforce.case_comment_added
  expect: { some: [ { khoros.post_reply: { as: support-team } } ], outcome: done }
a withdrawal reopens:
  steps:
    - given: { thread: { solved: true } }
      when: khoros.solution_accepted
      expect: [ { salesforce.update_case: { fields: { Status: Closed } } } ]
    - when: 3 days pass
";
const RULES: &str = "\
escalations:
  everything:
    about: Every key of an escalation
    enabled: = settings.hours_before_escalation > 1
    order: 10
    on: [ khoros.thread_posted ]
    include: [ blogs ]
    let: { late: = thread.age > hours(3) }
    when:
      - late
      - named: thread.solved == false
      - any: [ thread.views > 3, all: [ thread.kudos > 1, none: [ thread.solved ] ] ]
      - meets: open
    with: thread-to-case
    set: { Reason: Community, Reply_Count__c: { value: = thread.replies, type: \"Number(5,0)\", too_big: cap } }
    then:
      - khoros.label_thread: { thread: = thread.id, label: 42 }
        when: thread.views > 3
        named: labelled
    limits: { per_hour: 20, share_of_scan: 20%, over: ask, first: newest }
    again_after: 7 days
criteria:
  open: [ silent: thread.replies == 0 ]
tables:
  tag-priority: { outage: Critical, billing: 3 }
";

#[test]
fn whole_files_of_each_kind_keep_to_their_schemas() {
    for (kind, text) in [("overlay", OVERLAY), ("tests", TESTS), ("rules", RULES)] {
        assert_eq!(errors(kind, text), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn files_that_a_reader_refuses_for_their_shape_are_underlined() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    for (kind, file) in [
        ("rules", "rules/conditions.yaml"),
        ("rules", "rules/again-after-without-unit.yaml"),
        ("rules", "rules/enabled-yes.yaml"),
        ("rules", "rules/include.yaml"),
        ("rules", "rules/no-mapping.yaml"),
        ("rules", "rules/two-triggers.yaml"),
        ("rules", "rules/unknown-section.yaml"),
        ("rules", "rules/limits.yaml"),
        ("rules", "rules/parameters.yaml"),
        ("pack", "pack/nothing-said.yaml"),
        ("pack", "pack/types.yaml"),
        ("casebridge", "casebridge/bridge-keys.yaml"),
        ("casebridge", "casebridge/plain-secret.yaml"),
        ("overlay", "overlay/keys.yaml"),
        ("overlay", "overlay/whole-sections.yaml"),
    ] {
        let text = fs::read_to_string(folder.join(file)).expect("a bad file");
        assert!(!errors(kind, &text).is_empty(), "the schema `{kind}` has nothing against {file}");
    }
}

#[test]
fn a_warning_is_nothing_that_a_schema_refuses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    for (kind, file) in [
        ("rules", "rules/looks-like-a-fact.yaml"),
        ("rules", "rules/look-back-without-schedule.yaml"),
        ("overlay", "overlay/made-for-an-older-pack.yaml"),
    ] {
        let text = fs::read_to_string(folder.join(file)).expect("a file");
        assert_eq!(errors(kind, &text), Vec::<String>::new(), "{file}");
    }
}

fn program(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_casebridge")).arg("schema").args(args).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_program_lists_the_kinds_and_prints_each_schema() {
    let (code, listed, _) = program(&[]);
    assert!(code == 0 && listed.contains("# yaml-language-server: $schema="), "{listed}");
    for (kind, _) in KINDS {
        assert!(listed.contains(&format!("\n  {kind} ")), "{listed}");
        let (code, printed, _) = program(&[kind]);
        assert_eq!((code, serde_json::from_str::<Json>(&printed).expect("JSON")), (0, of(kind)));
    }
    let (code, _, said) = program(&["rule"]);
    assert!(code == 2 && said.contains("did you mean `rules`?"), "{said}");
}
