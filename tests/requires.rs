//! `requires:` of a pack: which casebridge, which other packs, which functions and rights.

use casebridge::packs::{self, PackSource, Sources};
use casebridge::rules::yaml;

use crate::problems::catalog;

const RULES: &str = "escalations:\n  unanswered:\n    every: 15 minutes\n    with: m\n    then:\n      \
     - khoros.tag_thread: { thread: = thread.id, tag: seen }\n      \
     - salesforce.create_record: { object: Task, key: = thread.id, fields: { Subject: Call } }\n      \
     - notebook.remember: { about: = thread.id, name: seen }\n\
     mappings:\n  m:\n    Subject: { value: = thread.subject, too_long: cut }\n";

/// A pack with these requirements, and others beside it.
fn bridge(requires: &str, others: &[(&str, &str)]) -> Sources {
    let pack = |name: &str, version: &str, more: &str, rules: &str| PackSource {
        name: name.replace('/', "-"),
        folder: name.replace('/', "-"),
        files: [
            ("pack.yaml", format!("pack: {name}\nversion: {version}\nabout: For tests\n{more}")),
            ("rules.yaml", rules.to_owned()),
        ]
        .map(|(file, text)| (format!("{}/{file}", name.replace('/', "-")), text))
        .into(),
        overlay: None,
    };
    let own = pack("acme/own", "1.2.0", requires, RULES);
    let others = others.iter().map(|(name, version)| pack(name, version, "", "tables: {}\n"));
    Sources { packs: others.chain([own]).collect(), settings: Some(yaml::read("settings", "{}").expect("settings")) }
}

fn said(sources: &Sources) -> Vec<String> {
    let compiled = packs::compile(sources, &catalog());
    let problems = compiled.map_or_else(|problems| problems, |compiled| compiled.warnings);
    problems.iter().map(|problem| problem.what.clone()).collect()
}

#[test]
fn what_a_pack_needs_and_has_is_nothing_to_speak_of() {
    let requires = "requires:\n  engine: \">=0.1, <99\"\n  packs: { standard: ^1.4 }\n  \
         functions: [ salesforce.create_case, khoros.tag_thread, salesforce.create_record, khoros.find_replies ]\n  \
         rights: { khoros: [ read_email ], salesforce: [ Case.create, Task.create ] }\n";
    assert_eq!(said(&bridge(requires, &[("standard", "1.5.2")])), Vec::<String>::new());
}

#[test]
fn a_pack_that_is_missing_or_of_another_version_is_a_problem_beside_others_and_a_warning_alone() {
    let requires = "requires: { packs: { standard: ^1.4 } }\n";
    assert_eq!(
        said(&bridge(requires, &[("standard", "2.0.0")])),
        ["this pack needs `standard` ^1.4, and the bridge has 2.0.0"]
    );
    let other = bridge(requires, &[("acme/other", "1.4.0")]);
    assert_eq!(said(&other), ["there is no pack `standard`"]);
    assert!(packs::compile(&other, &catalog()).is_err());
    assert!(packs::compile(&bridge(requires, &[]), &catalog()).is_ok(), "a pack is tested by itself, too");
}

#[test]
fn what_rules_do_beyond_the_list_is_told_and_keeps_nothing_from_loading() {
    let sources = bridge(
        "requires: { functions: [ khoros.tag_thread, khoros.label_thread ], rights: { salesforce: [ Case.create ] } }\n",
        &[],
    );
    assert!(packs::compile(&sources, &catalog()).is_ok());
    assert_eq!(
        said(&sources),
        [
            "rules of this pack also call `salesforce.create_case`, and `requires.functions` has it not",
            "rules of this pack also call `salesforce.create_record`, and `requires.functions` has it not",
            "`khoros.label_thread` is required, and no rule of the pack calls it",
            "rules of this pack also need the right `Task.create`, and `requires.rights` has it not",
        ]
    );
}

#[test]
fn an_archived_rule_set_compiles_whatever_it_was_made_for() {
    let sources = bridge("requires: { engine: \"^77\" }\n", &[]);
    assert!(said(&sources)[0].starts_with("this pack needs casebridge ^77"));
    let archived = serde_json::to_string(&sources).expect("plain data");
    assert!(packs::compile::recompile(&archived, &catalog()).is_some());
}

#[test]
fn what_a_script_calls_is_needed_as_what_a_step_names_is() {
    let script = "//! Opens a task.\nfn rule() { #{ on: [\"khoros.thread_posted\"] } }\n\
        fn then(thread, case) {\n    if case == () { return skip(\"no case\"); }\n    \
        salesforce::update_case(#{ case: case.Id, fields: #{ Priority: \"High\" } });\n}\n";
    let requires = "requires:\n  functions: [ khoros.tag_thread, salesforce.create_record, khoros.label_thread, salesforce.create_case ]\n  \
        rights: { salesforce: [ Case.create, Task.create ] }\n";
    let mut sources = bridge(requires, &[]);
    let pack = sources.packs.last_mut().expect("a pack");
    pack.files.insert("acme-own/raise.rhai".into(), script.into());
    let contact = RULES.replace("    with: m\n", "    with: m\n    contact: [ linked, created, none ]\n");
    let contact = contact
        + "  author-to-contact:\n    to: Contact\n    LastName: { value: = people::last_name(thread.author), too_long: cut }\n";
    pack.files.insert("acme-own/rules.yaml".into(), contact);
    assert_eq!(
        said(&sources),
        [
            "rules of this pack also call `salesforce.update_case`, and `requires.functions` has it not",
            "`khoros.label_thread` is required, and no rule of the pack calls it",
            "rules of this pack also need the right `Case.edit`, and `requires.rights` has it not",
            "rules of this pack also need the right `Contact.create`, and `requires.rights` has it not",
        ]
    );
}
