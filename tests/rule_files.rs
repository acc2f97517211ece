//! Good rule files compile to what they say.

use std::process::Command;
use std::sync::Arc;

use casebridge::packs;
use casebridge::rules::judge::lines;
use casebridge::rules::{Rule, Then, Trigger};

use crate::problems::{catalog, settings, sources};

fn rules(text: &str) -> Vec<Arc<Rule>> {
    let sources = sources(&[("rules.yaml", text)], settings("{ support_boards: [support] }"));
    match packs::compile(&sources, &catalog()) {
        Ok(compiled) => compiled.rules.rules,
        Err(problems) => panic!("{}", sources.show(&problems)),
    }
}

fn names(rule: &Rule) -> Vec<String> {
    lines(&rule.when).iter().map(|line| line.name.to_string()).collect()
}

fn candidates(rule: &Rule) -> Vec<String> {
    lines(&rule.candidates).iter().map(|line| line.expression.text().to_owned()).collect()
}

#[test]
fn an_escalation_opens_a_case_then_links_it_then_goes_on() {
    let rules = rules(
        "escalations:\n  unanswered:\n    every: 15 minutes\n    with: thread-to-case\n    set: { Reason: Community }\n    \
         then:\n      - khoros.label_thread: { thread: = thread.id, label: \"case-${case.CaseNumber}\" }\n",
    );
    let Then::Steps(steps) = &rules[0].then else { panic!("steps") };
    let functions: Vec<_> = steps.iter().map(|step| step.function.as_str()).collect();
    assert_eq!(functions, ["salesforce.create_case", "notebook.link", "khoros.label_thread"]);
    assert_eq!(steps[0].named.as_ref().map(|name| name.as_str()), Some("case"));
    let after: Vec<&[usize]> = steps.iter().map(|step| step.after.as_slice()).collect();
    assert_eq!(after, [&[][..], &[0][..], &[0][..]]);
}

#[test]
fn lines_have_their_names_or_their_numbers_and_groups_count_too() {
    let rules = rules(
        "criteria:\n  open: [ thread.solved == false, silent: thread.replies_by_others == 0 ]\nescalations:\n  unanswered:\n    \
         every: 15 minutes\n    with: thread-to-case\n    when:\n      - meets: open\n      - thread.views > 3\n      \
         - any: [ thread.kudos > 1, loud: thread.views > 9 ]\n      - waited: thread.age >= hours(48)\n",
    );
    let expected = ["when.open.1", "when.open.silent", "when.1", "when.2.any.1", "when.2.any.loud", "when.waited"];
    assert_eq!(names(&rules[0]), expected);
}

#[test]
fn include_brings_back_what_is_left_out_by_itself() {
    let rules = rules(
        "escalations:\n  a: { every: 15 minutes, with: thread-to-case }\n  b: { every: 15 minutes, with: thread-to-case, \
         include: [ staff_authors, blogs ] }\n",
    );
    assert!(candidates(&rules[0]).contains(&"thread.author.staff == false".to_owned()));
    assert!(candidates(&rules[0]).contains(&"thread.style in [\"forum\", \"qanda\"]".to_owned()));
    assert!(!candidates(&rules[1]).contains(&"thread.author.staff == false".to_owned()));
    assert!(candidates(&rules[1]).contains(&"thread.style in [\"forum\", \"qanda\", \"blog\"]".to_owned()));
}

#[test]
fn the_smallest_order_is_asked_first_then_the_place_in_the_file() {
    let rules = rules(
        "escalations:\n  late: { every: 1 hour, with: thread-to-case, order: 200 }\n  one: { every: 1 hour, with: \
         thread-to-case }\n  two: { every: 1 hour, with: thread-to-case }\n  first: { every: 1 hour, with: \
         thread-to-case, order: 10 }\n  off: { every: 1 hour, with: thread-to-case, enabled: = \
         settings.hours_before_escalation > 100 }\n",
    );
    let addresses: Vec<_> = rules.iter().map(|rule| rule.address.as_str()).collect();
    assert_eq!(addresses, ["escalations.first", "escalations.one", "escalations.two", "escalations.late"]);
}

#[test]
fn names_under_let_are_known_to_the_lines_behind_them() {
    let rules = rules(
        "escalations:\n  unanswered:\n    every: 15 minutes\n    with: thread-to-case\n    let:\n      waited: = \
         thread.age\n      late: = waited > hours(3)\n    when: [ late ]\n",
    );
    assert_eq!(rules[0].lets.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["late", "waited"]);
    let Trigger::Due { look_at: Some(look_at), .. } = &rules[0].trigger else { panic!("a schedule") };
    assert_eq!(look_at.look_back.map(|span| span.as_hours()), Some(30 * 24));
}

#[test]
fn a_read_with_a_warning_is_still_there_for_the_lines_that_name_it() {
    let text = "escalations:\n  unanswered:\n    every: 15 minutes\n    with: thread-to-case\n    let:\n      \
                known: { salesforce.find_cases: { Origin: thread.board } }\n    when: [ known.len() == 0 ]\n";
    let sources = sources(&[("rules.yaml", text)], settings("{ support_boards: [support] }"));
    let compiled =
        packs::compile(&sources, &catalog()).unwrap_or_else(|problems| panic!("{}", sources.show(&problems)));
    let said: Vec<&str> = compiled.warnings.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(said, ["this asks for the words \"thread.board\""]);
    assert!(compiled.rules.rules[0].lets.contains_key("known"));
}

#[test]
fn what_extends_a_mapping_wins_in_the_old_place() {
    let sources = sources(
        &[(
            "rules.yaml",
            "mappings:\n  vip:\n    extends: thread-to-case\n    leave_out: [ Origin ]\n    Priority: High\n    Subject: VIP\n",
        )],
        settings("{ support_boards: [support] }"),
    );
    let compiled =
        packs::compile(&sources, &catalog()).unwrap_or_else(|problems| panic!("{}", sources.show(&problems)));
    let fields: Vec<_> = compiled.rules.mappings.0["vip"].iter().map(|row| row.field.as_str()).collect();
    assert_eq!(fields, ["Subject", "Priority"]);
}

#[test]
fn no_in_a_list_of_languages_is_norwegian_f_033() {
    let pack = "pack: a/b\nversion: 1.0.0\nabout: x\nsettings:\n  languages: { type: list of language, default: [de, no, en], help: x }\n  \
                region: { type: text, default: NO, help: x }\n";
    let compiled = packs::compile(&sources(&[("pack.yaml", pack)], settings("{}")), &catalog());
    let compiled = compiled.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(compiled.rules.settings.get("languages").to_string(), r#"["de", "no", "en"]"#);
    assert_eq!(compiled.rules.settings.get("region").to_string(), r#""NO""#);
}

/// What `check` prints and its exit code, for a pack with one more file.
fn check(name: &str, text: &str, format: &str) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = "pack: a/b\nversion: 1.0.0\nabout: For tests\n";
    std::fs::write(folder.path().join("pack.yaml"), pack).expect("written");
    std::fs::write(folder.path().join("mappings.yaml"), "mappings:\n  thread-to-case:\n    Origin: Community\n")
        .expect("written");
    std::fs::write(folder.path().join(name), text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_casebridge"))
        .args(["check", "--format", format])
        .arg(folder.path())
        .output()
        .expect("it runs");
    (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn a_misspelt_mapping_stops_check_with_what_was_meant_f_030() {
    let text = "escalations:\n  unanswered:\n    every: 15 minutes\n    with: thread-to-caes\n";
    let (code, said) = check("rules.yaml", text, "text");
    assert_eq!(code, 2);
    assert!(said.contains("rules.yaml:4:11  there is no mapping `thread-to-caes`"), "{said}");
    assert!(said.contains("did you mean `thread-to-case`?"), "{said}");
    assert!(said.trim_end().ends_with("1 problem in 1 file; nothing was loaded"), "{said}");
}

#[test]
fn a_block_that_stands_twice_stops_check_with_both_places_f_031() {
    let (code, said) = check("rules.yaml", include_str!("data/F-031.yaml"), "text");
    assert_eq!(code, 2);
    assert!(said.contains("rules.yaml:9:1") && said.contains("rules.yaml:2:1"), "{said}");
}

#[test]
fn an_alias_bomb_and_a_merge_key_stop_check_f_036_f_038() {
    for (text, line) in
        [(include_str!("data/F-036.yaml"), "rules.yaml:8:"), (include_str!("data/F-038.yaml"), "rules.yaml:7:5")]
    {
        let (code, said) = check("rules.yaml", text, "text");
        assert_eq!(code, 2);
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn problems_of_several_files_come_at_once_also_as_json() {
    let text = "escalations:\n  one:\n    evry: 1 hour\n  two:\n    every: 7 minutes\n    with: nothing\n";
    let (code, said) = check("rules.yaml", text, "json");
    assert_eq!(code, 2);
    let list: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let places: Vec<_> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|problem| (problem["line"].as_u64(), problem["code"].as_str()))
        .collect();
    assert!(places.is_sorted(), "{said}");
    assert!(
        places.contains(&(Some(3), Some("unknown-key"))) && places.contains(&(Some(6), Some("unknown-mapping"))),
        "{said}"
    );
}

#[test]
fn each_problem_of_json_says_where_it_is_how_bad_and_what_to_do() {
    let text = "escalations:\n  one:\n    evry: 1 hour\n    with: thread-to-case\nmappings:\n  words:\n    Language__c: thread.language\n";
    let (code, said) = check("rules.yaml", text, "json");
    assert_eq!(code, 2);
    let list: Vec<serde_json::Value> = serde_json::from_str(&said).expect("JSON");
    assert_eq!(list.len(), 3, "{said}");
    for problem in &list {
        for key in ["code", "file", "what", "next"] {
            assert!(problem[key].as_str().is_some_and(|text| !text.is_empty()), "`{key}`: {problem}");
        }
        for key in ["line", "column", "width"] {
            assert!(problem[key].as_u64().is_some_and(|number| number >= 1), "`{key}`: {problem}");
        }
    }
    let of = |code: &str| list.iter().find(|problem| problem["code"] == code).expect("it is said");
    let place = |problem: &serde_json::Value| ["line", "column", "width"].map(|key| problem[key].as_u64().unwrap_or(0));
    let (misspelt, words) = (of("unknown-key"), of("looks-like-expression"));
    assert_eq!((place(misspelt), &misspelt["severity"]), ([3, 5, 4], &serde_json::json!("error")));
    assert_eq!((place(words), &words["severity"]), ([7, 18, 15], &serde_json::json!("warning")));
    assert!(misspelt["file"].as_str().is_some_and(|file| file.ends_with("rules.yaml")), "{misspelt}");
    assert_eq!(misspelt["next"], "did you mean `every`?");
}

#[test]
fn what_keeps_check_from_compiling_is_json_on_stdout_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebridge"));
        let output = command.args(["check", "--format", "json"]).args(args).current_dir(folder.path()).output();
        let output = output.expect("it runs");
        let list: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON on stdout");
        assert_eq!((output.status.code(), output.stderr.len(), list.len()), (Some(2), 0, 1), "{list:?}");
        list[0]["code"].as_str().expect("a code").to_owned()
    };
    assert_eq!(check(&[]), "unreadable-file");
    assert_eq!(check(&["nowhere"]), "no-pack");
    std::fs::write(folder.path().join("casebridge.yaml"), "communities: {}\n").expect("written");
    assert_eq!(check(&[]), "no-bridge");
}

#[test]
fn a_warning_alone_does_not_stop_check() {
    let text = "mappings:\n  words:\n    Language__c: thread.language\n";
    let (code, said) = check("rules.yaml", text, "text");
    assert_eq!(code, 0);
    assert!(said.contains("warning: this writes the words \"thread.language\""), "{said}");
}

/// The codes of what is said about a pack with these files.
fn said_of(files: &[(&str, &str)]) -> Vec<String> {
    let said = packs::compile(&sources(files, settings("{ support_boards: [support] }")), &catalog());
    let problems = said.map_or_else(|problems| problems, |compiled| compiled.warnings);
    problems.iter().map(|problem| format!("{}: {}", problem.code, problem.what)).collect()
}

#[test]
fn what_stands_in_a_file_that_cannot_be_read_is_missed_by_no_other() {
    let rule = "escalations:\n  one: { every: 1 hour, with: other, when: [ meets: open, 'table(\"t\", thread.board) != ()' ] }\n";
    let broken = ("broken.yaml", "mappings: [\n");
    let mut sources = sources(&[("rules.yaml", rule), broken], settings("{ support_boards: [support] }"));
    let overlay = "overlay: acme/test\nmade_for: 1.0.0\nset: { mappings.other.Origin: Web }\n";
    sources.packs[0].overlay =
        Some(casebridge::packs::OverlaySource { file: "overlay.yaml".into(), text: overlay.into() });
    let problems = packs::compile(&sources, &catalog()).err().expect("it is refused");
    let files: Vec<&str> = problems.iter().map(|problem| problem.at.file.as_ref()).collect();
    assert_eq!(files, ["broken.yaml"], "{problems:?}");
}

#[test]
fn a_setting_with_a_wrong_default_is_known_to_the_rules_that_name_it() {
    let pack = "pack: a/b\nversion: 1.0.0\nabout: x\nsettings:\n  most: { type: number, default: many, help: x }\n  \
                odd: { type: nmber, help: x }\n";
    let rule = "escalations:\n  one:\n    every: 1 hour\n    with: thread-to-case\n    \
                when: [ thread.views > settings.most, thread.replies > settings.odd ]\n";
    let settings = settings("{}");
    let said = packs::compile(&sources(&[("pack.yaml", pack), ("rules.yaml", rule)], settings), &catalog());
    let files: Vec<String> = said.err().unwrap_or_default().iter().map(|p| p.at.file.to_string()).collect();
    assert_eq!(files, ["pack.yaml", "pack.yaml"]);
}

#[test]
fn what_a_pack_requires_is_held_against_rules_that_could_all_be_read() {
    let pack = "pack: a/b\nversion: 1.0.0\nabout: x\nrequires: { functions: [ khoros.label_thread ] }\n\
                settings: { support_boards: { type: list of board, required: true, help: x } }\n";
    let script = "fn rule() { #{ on: [\"khoros.thread_posted\"] } }\nfn then(thread) { khoros::label_thread(#{ thread: thraed.id, label: \"x\" }) }\n";
    let said = said_of(&[("pack.yaml", pack), ("label.rhai", script)]);
    assert_eq!(said, ["unknown-name: unknown name `thraed`"]);
}

#[test]
fn a_date_of_a_record_becomes_a_moment_before_it_is_compared() {
    let pack = "pack: a/b\nversion: 1.0.0\nabout: x\nrequires: { fields: { Case.Due__c: { type: Date } } }\n\
                settings: { support_boards: { type: list of board, required: true, help: x } }\n";
    let said = |line: &str| {
        let rule = format!(
            "rules:\n  due:\n    every: 1 hour\n    look_at: khoros.find_threads\n    when:\n      - {line}\n    \
             then:\n      - khoros.label_thread: {{ thread: = thread.id, label: due }}\n"
        );
        let sources = sources(&[("pack.yaml", pack), ("due.yaml", &rule)], settings("{ support_boards: [support] }"));
        packs::compile(&sources, &catalog()).err().map(|problems| problems[0].next.clone())
    };
    let due = "moment(case.Due__c, settings.zone)";
    assert_eq!(said("case.Due__c < now"), Some(format!("`{due} < now`")));
    assert_eq!(said("now - case.Due__c >= days(3)"), Some(format!("`now - {due}`")));
    assert_eq!((said(&format!("{due} < now")), said(&format!("now - {due} >= days(3)"))), (None, None));
}
