//! `casebridge test`: rule tests of packs, as their writers run them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

const MANIFEST: &str = "\
pack: acme/test
version: 1.0.0
about: For tests
settings:
  support_boards: { type: list of board, required: true, help: Boards that are watched }
  second: { type: yes or no, default: false, help: Whether the second rule is on }
";
const RULES: &str = "\
escalations:
  unanswered:
    every: 15 minutes
    limits: { per_day: 1 }
    when:
      - thread.board in settings.support_boards
      - not-solved: thread.solved == false
      - waited: thread.age >= hours(48)
    with: thread-to-case
    then:
      - khoros.tag_thread: { thread: = thread.id, tag: \"case-${case.CaseNumber}\" }
  second:
    enabled: = settings.second
    every: 15 minutes
    when: [ thread.kudos >= 3 ]
    with: thread-to-case
mappings:
  thread-to-case:
    Subject: { value: = thread.subject, too_long: cut }
    Priority: { choose: [ { when: thread.author.rank == \"VIP\", use: High }, { use: Medium } ] }
";
/// Remembers who accepted a solution, unless the person is unknown.
const SCRIPT: &str = r#"//! remember.rhai: who accepted a solution is remembered.
fn rule() { #{ on: ["khoros.solution_accepted"], when: ["thread.solved"] } }

fn then(thread, event, case) {
    let person = khoros::find_person(#{ id: event.by });
    if person == () { return skip("nobody knows them"); }
    notebook::remember(#{ about: thread.id, name: "solved_by", value: person.login });
    if case != () { khoros::label_thread(#{ thread: thread.id, label: case.Status }); }
}
"#;

/// What the program said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A pack with one file of tests, and what `casebridge test` says of it.
fn test(tests: &str, args: &[&str]) -> Said {
    let home = pack(tests);
    run(home.path(), &[&["test", "pack"], args].concat())
}

fn pack(tests: &str) -> TempDir {
    pack_of(&[("pack.yaml", MANIFEST), ("rules.yaml", RULES), ("remember.rhai", SCRIPT), ("tests/all.yaml", tests)])
}

fn pack_of(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = home.path().join("pack").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("it is written");
    }
    home
}

fn run(folder: &Path, args: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_casebridge")).args(args).current_dir(folder).output();
    let output = output.expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

fn passes(tests: &str) {
    let said = test(tests, &[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

/// The tests of a pack with these rules and no others pass.
fn passes_with(rules: &str, tests: &str) {
    let home = pack_of(&[("pack.yaml", MANIFEST), ("rules.yaml", rules), ("tests/all.yaml", tests)]);
    let said = run(home.path(), &["test", "pack"]);
    assert_eq!(said.code, 0, "{rules}\n{}{}", said.out, said.err);
}

/// The exact output, for a person.
fn says(tests: &str, code: i32, expected: &str) {
    let said = test(tests, &[]);
    assert_eq!(said.out, expected, "{}", said.err);
    assert_eq!(said.code, code);
}

#[test]
fn cases_that_are_found_and_reads_under_let_are_played_too() {
    let rules = "rules:\n  stuck:\n    every: 15 minutes\n    look_at: { salesforce.find_cases: { Origin: WEB } }\n    \
         when: [ open: case.IsClosed == false ]\n    \
         then: [ { salesforce.update_case: { case: = case.Id, fields: { Priority: High } } } ]\n  \
         trouble:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    let:\n      \
         open_cases: { salesforce.find_cases: { ContactId: = contact.Id, IsClosed: false } }\n    \
         when: [ many: open_cases.len() >= 2 ]\n    then:\n      \
         - khoros.unlabel_thread: { thread: = thread.id, label: New }\n";
    let tests = "every test: { settings: { support_boards: [support] } }\n\
         a case of the web is raised:\n  given: { case: { Origin: Web, IsClosed: false } }\n  when: rules.stuck is due\n  \
         expect: [ { salesforce.update_case: { fields: { Priority: High } } } ]\n\
         a closed one is left alone:\n  given: { case: { Origin: Web, IsClosed: true } }\n  when: rules.stuck is due\n  \
         expect: { nothing: because rules.stuck.when.open }\n\
         one of the phone is not found:\n  given: { case: { Origin: Phone, IsClosed: false } }\n  when: rules.stuck is due\n  \
         expect: { nothing: because rules.stuck.look_at }\n\
         the label goes where two cases are open:\n  given: { thread: { labels: [new] }, contact: { Id: 0035g00000Aa1BcAAJ } }\n  \
         reads: { salesforce.find_cases: [ { Id: a }, { Id: b } ] }\n  when: rules.trouble is due\n  \
         expect: { some: [ { khoros.unlabel_thread: { label: New } } ] }\n\
         who is no contact has no case:\n  given: { thread: { labels: [new] } }\n  when: rules.trouble is due\n  \
         expect: { nothing: because rules.trouble.when.many }\n";
    passes_with(rules, tests);
}

#[test]
fn what_follows_edits_and_deletions_of_replies_is_tested_like_any_other_rule_pb_10() {
    let rules = "replies:\n  author:\n    on: khoros.reply_posted\n    when: [ by-author: reply.by_author ]\n    \
         body: \"${reply.author.name}: ${text::plain(reply.body)}\"\n    edited: update\n    deleted: remove\n";
    let tests = "every test:\n  settings: { support_boards: [support] }\n  \
         given: { thread: { author: { id: \"11\" } }, case: { Status: New }, reply: { id: \"105\", body: It smokes, author: { id: \"11\", login: ana } } }\n\
         an edit changes the comment:\n  when: khoros.reply_edited\n  \
         expect: [ { salesforce.edit_comment: { source: \"khoros:message:105\", body: \"ana: It smokes\" } } ]\n\
         an edit by somebody else is none of its business:\n  given: { reply: { author: { id: \"12\" } } }\n  when: khoros.reply_edited\n  \
         expect: { nothing: because replies.author.when.by-author }\n\
         a deletion takes the comment:\n  given: { reply: { author: { id: \"12\" } } }\n  when: khoros.reply_deleted\n  \
         expect: [ { salesforce.delete_comment: { source: \"khoros:message:105\" } } ]\n";
    passes_with(rules, tests);
}

#[test]
fn the_tests_of_the_standard_pack_pass_and_see_each_of_its_lines_at_work() {
    let said = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["test", "rules", "--coverage"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains(" 0 failed") && !said.out.contains("\nnever "), "{}", said.out);
}

#[test]
fn without_a_path_the_packs_of_the_configuration_are_tested() {
    let said = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["test"]);
    assert!(said.code == 0 && said.out.contains("✓ a solved thread is never escalated"), "{}{}", said.out, said.err);
}

#[test]
fn a_failing_test_shows_what_was_expected_above_what_came() {
    says(
        "\
every test:
  settings: { support_boards: [support] }
  given: { thread: { age: 50 hours } }
the wrong priority:
  given: { thread: { author: { rank: VIP } } }
  expect:
    - salesforce.create_case: { fields: { Subject: A question, Priority: Urgent } }
    - khoros.tag_thread: { tag: \"case-(CaseNumber)\" }
an action too few:
  expect: [ salesforce.create_case ]
another action:
  expect: [ salesforce.create_case, khoros.label_thread: { label: x } ]
",
        1,
        "\
pack/tests/all.yaml
  ✗ the wrong priority                                                      pack/tests/all.yaml:4
      expected  salesforce.create_case
                  fields.Subject: \"A question\"
                  fields.Priority: Urgent
                khoros.tag_thread
                  tag: case-(CaseNumber)
      got       salesforce.create_case
                  fields.Subject: \"A question\"
                  fields.Priority: High   ← differs
                khoros.tag_thread
                  tag: case-(CaseNumber)
  ✗ an action too few                                                       pack/tests/all.yaml:9
      expected  salesforce.create_case
      got       salesforce.create_case
                khoros.tag_thread   ← not expected
                  tag: case-(CaseNumber)
                  thread: 1
  ✗ another action                                                          pack/tests/all.yaml:11
      expected  salesforce.create_case
                khoros.label_thread
                  label: x
      got       salesforce.create_case
                khoros.tag_thread   ← differs
                  tag: case-(CaseNumber)
                  thread: 1

3 tests: 0 passed, 3 failed
",
    );
}

#[test]
fn a_nothing_for_another_reason_fails_and_names_the_line_that_stopped_it() {
    says(
        "\
every test: { settings: { support_boards: [support] } }
it is solved:
  given: { thread: { age: 47 hours } }
  expect: { nothing: because escalations.unanswered.when.not-solved }
it waits:
  given: { thread: { age: 50 hours } }
  expect: { nothing: because escalations.unanswered.when.waited }
it is planned:
  given: { thread: { age: 2 hours } }
  expect: [ salesforce.create_case ]
",
        1,
        "\
pack/tests/all.yaml
  ✗ it is solved                                                            pack/tests/all.yaml:2
      expected  nothing: because escalations.unanswered.when.not-solved
      got       nothing: because escalations.unanswered.when.waited  pack/rules.yaml:8
                  thread.age was 1 day 23 h, due in 1 h, needs thread.age >= hours(48)
  ✗ it waits                                                                pack/tests/all.yaml:5
      expected  nothing: because escalations.unanswered.when.waited
      got       salesforce.create_case
                  fields.Priority: Medium
                  fields.Subject: \"A question\"
                  thread: 1
                khoros.tag_thread
                  tag: case-(CaseNumber)
                  thread: 1
  ✗ it is planned                                                           pack/tests/all.yaml:8
      expected  salesforce.create_case
      got       nothing: because escalations.unanswered.when.waited  pack/rules.yaml:8
                  thread.age was 2 h, due in 1 day 22 h, needs thread.age >= hours(48)

3 tests: 0 passed, 3 failed
",
    );
}

#[test]
fn a_read_without_an_answer_fails_the_test_and_is_named_with_its_arguments() {
    says(
        "\
every test: { settings: { support_boards: [support] }, when: khoros.solution_accepted }
who accepted it is not said:
  given: { thread: { solved: true }, event: { by: \"77\" } }
  expect: [ notebook.remember ]
",
        1,
        "\
pack/tests/all.yaml
  ✗ who accepted it is not said                                             pack/tests/all.yaml:2
      expected  notebook.remember
      got       parked: `rules.remember` could not look at a fact: the test gives no answer to this read (pack/remember.rhai:2:1)
                a read without an answer: khoros.find_person { id: \"77\" }
                  next: give one under `reads:`, such as `khoros.find_person: [ … ]`; `[]` finds nothing

1 test: 0 passed, 1 failed
",
    );
}

#[test]
fn events_wake_scripted_rules_with_facts_reads_and_the_linked_case() {
    passes(
        "\
every test: { settings: { support_boards: [support] }, when: khoros.solution_accepted, given: { event: { by: \"77\" } } }
what is known after a solution:
  given: { thread: { solved: true }, case: { Status: Working } }
  reads: { khoros.find_person: [ { login: zoe }, { id: \"78\", login: bob } ] }
  expect:
    - notebook.remember: { about: \"1\", name: solved_by, value: zoe }
    - khoros.label_thread: { label: Working }
a person whom nobody knows:
  given: { thread: { solved: true }, event: { by: \"77\" } }
  reads: { khoros.find_person: [] }
  expect: { nothing: because rules.remember.skip }
a solution that is withdrawn meanwhile:
  given: { thread: { solved: false } }
  expect: { nothing: because rules.remember.when.1 }
a schedule is not woken by an event:
  given: { thread: { solved: false } }
  expect: { nothing: because escalations.unanswered.every }
",
    );
}

#[test]
fn outcomes_are_those_of_the_engine_with_the_faults_of_the_test() {
    let case = |answer: &str, outcome: &str| {
        format!(
            "{answer} is {outcome}:\n  faults: [ {{ function: salesforce.create_case, answer: {answer} }} ]\n  \
             expect: {{ some: [ salesforce.create_case ], outcome: {outcome} }}\n"
        )
    };
    let shared =
        "every test: { settings: { support_boards: [support] }, given: { thread: { age: 50 hours } } }\n".to_owned();
    let cases = [
        case("refused", "parked"),
        case("no_right_to_post", "parked"),
        case("busy", "waiting"),
        case("signed_out", "waiting"),
        case("answer_lost", "already_done"),
        case("timeout", "waiting"),
        "twice busy:\n  faults: [ { function: salesforce.create_case, answer: busy, times: 2 } ]\n  \
         expect: { some: [ salesforce.create_case, khoros.tag_thread ], outcome: done }\n"
            .to_owned(),
        "another thread is busy:\n  faults: [ { function: khoros.tag_thread, thread: \"2\", answer: refused } ]\n  \
         expect: { outcome: done }\n"
            .to_owned(),
        "the person cannot be read:\n  faults: [ { function: khoros.find_person, answer: refused } ]\n  \
         expect: { outcome: parked }\n"
            .to_owned(),
    ];
    passes(&(shared + &cases.concat()));
}

#[test]
fn an_outcome_that_differs_is_shown_with_its_reason() {
    let said = test(
        "\
done:
  settings: { support_boards: [support] }
  given: { thread: { age: 50 hours } }
  faults: [ { function: khoros.tag_thread, answer: refused } ]
  expect: { some: [ khoros.tag_thread ], outcome: done }
",
        &[],
    );
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("  outcome: parked, refused: refused"), "{}", said.out);
}

#[test]
fn the_world_goes_on_from_step_to_step() {
    passes(
        "\
a case is opened once and is there afterwards:
  settings: { support_boards: [support] }
  steps:
    - given: { thread: { age: 50 hours } }
      when: escalations.unanswered is due
      expect:
        - salesforce.create_case
        - notebook.link: { thread: \"1\", case: (Id) }
        - khoros.tag_thread
    - given: { thread: { solved: true }, event: { by: \"77\" } }
      when: khoros.solution_accepted
      reads: { khoros.find_person: { login: zoe } }
      expect: [ notebook.remember, khoros.label_thread: { label: New } ]
    - when: 2 days pass
      expect: { nothing: because escalations.unanswered.again_after }
    - given: { case: { Status: Working }, event: { by: \"77\" } }
      when: khoros.solution_accepted
      reads: { khoros.find_person: [] }
      expect: { nothing: because rules.remember.skip }
    - given: { event: { by: \"77\" } }
      when: khoros.solution_accepted
      reads: { khoros.find_person: { login: zoe } }
      expect: [ notebook.remember, khoros.label_thread: { label: Working } ]
what an earlier step left waiting is not this step's:
  settings: { support_boards: [support] }
  steps:
    - given: { thread: { age: 50 hours } }
      faults: [ { function: salesforce.create_case, answer: busy } ]
      expect: { outcome: waiting }
    - given: { thread: { solved: true }, event: { by: \"77\" } }
      when: khoros.solution_accepted
      reads: { khoros.find_person: { login: zoe } }
      faults: [ { function: salesforce.create_case, answer: refused } ]
      expect: { some: [ notebook.remember ], outcome: done }
replies come one by one:
  settings: { support_boards: [lounge], staff_roles: [Employee] }
  steps:
    - given: { thread: { replies_by_author: 1 } }
    - given: { thread: { replies_by_staff: 1 } }
    - given: { thread: { replies_by_others: 3, replies_by_staff: 1, replies_by_author: 1 } }
    - given: { thread: { replies: 9 } }
      expect: { nothing: because escalations.unanswered.when.1 }
",
    );
}

#[test]
fn a_step_that_fails_is_named_with_its_place() {
    let said = test(
        "\
a step:
  settings: { support_boards: [support] }
  steps:
    - given: { thread: { age: 47 hours } }
      expect: { nothing: because escalations.unanswered.when.waited }
    - when: 30 minutes pass
      expect: [ salesforce.create_case, khoros.tag_thread ]
",
        &[],
    );
    assert_eq!(said.code, 1);
    assert!(said.out.contains("✗ a step, step 2") && said.out.contains("pack/tests/all.yaml:6\n"), "{}", said.out);
}

#[test]
fn every_fact_of_a_thread_and_its_author_can_be_given() {
    let facts = [
        "thread: { replies: 3 }",
        "thread: { replies_by_author: 1, replies_by_others: 2, replies: 3 }",
        "thread: { replies_by_staff: 2 }",
        "thread: { author_waits: 3 hours }",
        "thread: { author_waits: 3 hours, age: 5 hours, replies_by_author: 1 }",
        "thread: { idle: 20 minutes, replies_by_others: 1 }",
        "thread: { last_post_at: 2026-03-03 11:59, labels: [VPN], tags: [VPN, Wifi] }",
        "thread: { has_case: true }",
        "thread: { id: \"42\", author: { id: \"7\", rank: VIP, roles: [Moderator], staff: true } }",
        "thread: { author: { first_name: Ana, last_name: Ruiz, name: Ana Ruiz } }",
        "case: { Status: Working, Level__c: 3 }, thread: { has_case: true }",
        "thread: { solutions: 1 }",
        "thread: { solutions: 2, replies_by_others: 3, replies_by_staff: 1 }",
        "thread: { places: [vpn, network], visibility: restricted, me_too: 4, archived: true }",
        "thread: { attachments: [ { name: log.txt, type: text/plain, size: 512 } ] }",
        "thread: { custom: { serial: XB-7, floor: 3 }, author: { custom: { plan: gold } } }",
        "thread: { author: { kudos: 12, solutions: 3, bot: true } }",
        "case: {}",
        "case: { age: 2 days, since_closed: 1 hour, IsClosed: true }",
    ];
    let shared = "every test: { settings: { support_boards: [], staff_roles: [Employee] } }\n".to_owned();
    let test = |(n, facts): (usize, &&str)| {
        format!("{n}:\n  given: {{ {facts} }}\n  expect: {{ nothing: because escalations.second.enabled }}\n")
    };
    passes(&(shared + &facts.iter().enumerate().map(test).collect::<String>()));
}

/// What a rule of a customer's own looks at, each fact where a rule test can give it.
#[test]
fn facts_of_threads_and_people_stop_rules_and_let_them_pass() {
    let lines = [
        ("thread.places.contains(\"network\")", "places: [vpn, network]"),
        ("thread.visibility != \"public\"", "visibility: restricted"),
        ("thread.me_too >= 3", "me_too: 3"),
        ("thread.attachments.len() > 0", "attachments: [ { name: log.txt } ]"),
        ("thread.solutions == 1", "solutions: 1"),
        ("thread.custom.serial == \"XB-7\"", "custom: { serial: XB-7 }"),
        ("thread.author.custom.plan == \"gold\"", "author: { custom: { plan: gold } }"),
        ("thread.author.kudos >= 10", "author: { kudos: 10 }"),
        ("text::matches(thread.subject, \"(?i)vpn\\\\b\")", "subject: My VPN drops"),
        ("threads::weight(thread) >= 100", "kudos: 5"),
        ("thread.archived", "archived: true"),
    ];
    for (line, given) in lines {
        let include = "include: [archived_threads]";
        let rules = format!(
            "escalations:\n  own:\n    every: 15 minutes\n    {include}\n    when:\n      - it: {line}\n    with: thread-to-case\n\
             mappings:\n  thread-to-case: {{ Subject: Own }}\n"
        );
        let tests = format!(
            "every test: {{ settings: {{ support_boards: [support] }} }}\nordinary:\n  expect: {{ nothing: because \
             escalations.own.when.it }}\ngiven:\n  given: {{ thread: {{ {given} }} }}\n  expect: [ salesforce.create_case ]\n"
        );
        passes_with(&rules, &tests);
    }
}

/// F-009: Tuesdays from eight to five in Paris; the two in two weeks have eighteen hours.
#[test]
fn a_calendar_with_one_open_day_counts_its_hours_and_no_others_f_009() {
    let rules = "\
calendars:
  tuesdays: { zone: Europe/Paris, open: { tue: 08:00-17:00 } }
escalations:
  own:
    every: 15 minutes
    when:
      - waited: time::business_time(thread.posted_at, \"tuesdays\") >= hours(18)
    with: thread-to-case
mappings:
  thread-to-case: { Subject: Own }
";
    let tests = "\
every test:
  settings: { support_boards: [support] }
  given: { thread: { posted_at: 2026-11-04 10:00 Europe/Paris } }
not a second earlier:
  now: 2026-11-17T15:59:59Z
  expect: { nothing: because escalations.own.when.waited }
at the end of the second Tuesday:
  now: 2026-11-17T16:00:00Z
  expect: [ salesforce.create_case ]
";
    passes_with(rules, tests);
}

#[test]
fn a_disabled_rule_is_a_reason_and_a_setting_turns_it_on() {
    passes(
        "\
every test: { settings: { support_boards: [lounge] }, given: { thread: { kudos: 3 } } }
it is off:
  expect: { nothing: because escalations.second.enabled }
it is on:
  settings: { second: true }
  expect: [ salesforce.create_case ]
",
    );
}

#[test]
fn now_and_moments_may_name_a_zone() {
    passes(
        "\
every test: { settings: { support_boards: [support] }, now: 2026-03-03 15:00 America/Chicago }
two days to the second:
  given: { thread: { posted_at: 2026-03-01 15:00 America/Chicago } }
  expect: { some: [ salesforce.create_case ] }
a second less:
  given: { thread: { posted_at: 2026-03-01 21:00:01 } }
  expect: { nothing: because escalations.unanswered.when.waited }
",
    );
}

#[test]
fn a_field_of_type_date_gets_the_day_of_a_moment_in_the_zone_of_the_bridge() {
    let rules = "escalations:\n  unanswered:\n    every: 15 minutes\n    with: thread-to-case\nmappings:\n  thread-to-case:\n    \
                 Origin: Community\n    Asked_On__c: { value: = thread.posted_at, type: Date }\n    Asked_At__c: { value: = \
                 thread.posted_at, type: Date/Time }\n";
    let at = |zone: &str, day: &str| {
        format!(
            "in {zone}:\n  settings: {{ support_boards: [support], zone: {zone} }}\n  now: 2026-03-05 15:00\n  given: {{ \
             thread: {{ posted_at: 2026-03-03 02:30 }} }}\n  expect:\n    - salesforce.create_case: {{ fields: {{ \
             Asked_On__c: {day}, Asked_At__c: \"2026-03-03T02:30:00Z\" }} }}\n",
        )
    };
    passes_with(rules, &[at("UTC", "2026-03-03"), at("America/Chicago", "2026-03-02")].concat());
}

#[test]
fn wrong_files_are_said_with_their_lines_and_nothing_is_run() {
    let said = test("every test: { settings: { support_boards: [support] } }\nx:\n  givn: { a: b }\n", &[]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("pack/tests/all.yaml:3:3  unknown key `givn` in a test"), "{}", said.err);
    assert!(
        said.err.contains("    3 |   givn: { a: b }\n") && said.err.contains("did you mean `given`?"),
        "{}",
        said.err
    );
}

#[test]
fn a_pack_that_does_not_compile_is_wrong_and_so_is_a_folder_without_one() {
    let home = pack("x: { settings: { support_boards: [a] }, expect: [ salesforce.create_case ] }\n");
    fs::write(home.path().join("pack/rules.yaml"), "escalation: {}\n").expect("written");
    let said = run(home.path(), &["test", "pack"]);
    assert!(said.code == 2 && said.err.contains("unknown section `escalation`"), "{}", said.err);
    let said = run(home.path(), &["test", "nowhere"]);
    assert!(said.code == 2 && said.err.contains("there is no pack in `nowhere`"), "{}", said.err);
}

#[test]
fn machines_get_every_test_with_both_sides_and_what_no_test_covers() {
    let tests = "\
every test: { settings: { support_boards: [support] } }
it passes:
  given: { thread: { solved: true } }
  expect: { nothing: because escalations.unanswered.when.not-solved }
it fails:
  expect: [ salesforce.create_case ]
";
    let said = test(tests, &["--format", "json"]);
    let json: Json = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((said.code, &json["tests"][0]["passed"], &json["tests"][1]["passed"]), (1, &true.into(), &false.into()));
    assert_eq!(json["tests"][1]["expected"], serde_json::json!(["salesforce.create_case"]));
    assert_eq!(json["tests"][1]["line"], 5);
    let lines = ["escalations.unanswered.when.1", "escalations.unanswered.when.waited", "rules.remember.when.1"];
    assert_eq!(json["never_stopped"], serde_json::json!(lines));
    assert_eq!(json["never_acted"], serde_json::json!(["escalations.unanswered", "rules.remember"]));
    let said = test(tests, &["--coverage"]);
    assert!(said.out.contains("\nnever acted:\n  escalations.unanswered\n"), "{}", said.out);
}

#[test]
fn a_pack_without_tests_says_where_they_stand() {
    let home = pack("{}\n");
    fs::remove_dir_all(home.path().join("pack/tests")).expect("removed");
    let said = run(home.path(), &["test", "pack"]);
    assert_eq!((said.code, said.out.as_str()), (0, "no tests; they stand in `tests/*.yaml` of a pack\n"));
}

#[test]
fn an_action_that_ends_otherwise_than_a_list_means_fails_it() {
    let parked = "\
an answer of no:
  settings: { support_boards: [support] }
  given: { thread: { age: 50 hours } }
  faults: [ { function: salesforce.create_case, answer: refused } ]
  expect:
    - salesforce.create_case
    - khoros.tag_thread
";
    let said = test(parked, &[]);
    assert_eq!(said.code, 1, "{}", said.out);
    for words in ["outcome: parked", "outcome: skipped", "← not expected; `{ some: […], outcome: parked }`"] {
        assert!(said.out.contains(words), "{words} is not in {}", said.out);
    }
    let some = parked.replace(
        "expect:\n    - salesforce.create_case\n    - khoros.tag_thread",
        "expect: { some: [ khoros.tag_thread ] }",
    );
    let said = test(&some, &[]);
    assert!(said.code == 1 && said.out.contains("outcome: skipped"), "{}", said.out);
    passes(&some.replace("tag_thread ] }", "tag_thread ], outcome: skipped }"));
    passes(&parked.replace("answer: refused", "answer: busy"));
    passes(&parked.replace("answer: refused", "answer: answer_lost, times: 1"));
}

#[test]
fn a_rule_outside_its_hours_and_one_over_its_cap_per_subject_are_reasons_of_their_own() {
    let home = pack(
        "\
every test:
  settings: { support_boards: [support], second: true }
  given: { thread: { age: 50 hours, kudos: 4 } }
nothing is begun at night:
  now: 2026-03-03 03:00
  when: escalations.second is due
  expect: { nothing: because escalations.second.act_during }
a name that nobody has is still said:
  when: escalations.second is due
  expect: [ salesforce.create_case ]
",
    );
    let rules = RULES.replace(
        "    when: [ thread.kudos >= 3 ]\n",
        "    when: [ thread.kudos >= 3 ]\n    act_during: day\n    limits: { per_subject_per_day: 1 }\n",
    ) + "calendars:\n  day: { zone: UTC, open: { mon-sun: 08:00-20:00 } }\n";
    fs::write(home.path().join("pack/rules.yaml"), rules).expect("written");
    let said = run(home.path(), &["test", "pack"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for (line, code) in [("second.limits.per_subject_per_day", 1), ("unanswered.act_during", 2)] {
        let tests = format!(
            "a test:\n  settings: {{ support_boards: [support], second: true }}\n  expect: {{ nothing: because escalations.{line} }}\n"
        );
        fs::write(home.path().join("pack/tests/all.yaml"), tests).expect("written");
        assert_eq!(run(home.path(), &["test", "pack"]).code, code, "{line}");
    }
}

#[test]
fn later_stages_rules_in_the_shadow_and_rules_that_ask_first_are_tested_like_any_other() {
    let rules = "\
escalations:
  unanswered:
    every: 15 minutes
    with: thread-to-case
    after:
      still-new:
        of: case
        wait: 1 day
        when: [ new: case.Status == \"New\" ]
        then: [ { salesforce.comment_on_case: { case: = case.Id, body: Still new } } ]
rules:
  watched:
    on: khoros.thread_posted
    shadow: true
    then: [ { khoros.label_thread: { thread: = thread.id, label: seen } } ]
  asks:
    on: khoros.thread_tagged
    ask_first: true
    then: [ { khoros.label_thread: { thread: = thread.id, label: seen } } ]
mappings:
  thread-to-case:
    Subject: { value: = thread.subject, too_long: cut }
";
    let tests = "\
every test:
  settings: { support_boards: [support] }
  given: { thread: { age: 50 hours } }
a case that is still new a day later is commented on:
  steps:
    - when: escalations.unanswered is due
      expect: { some: [ { salesforce.create_case: {} } ] }
    - given: { case: { Status: New } }
      when: 25 hours pass
      expect: [ { salesforce.comment_on_case: { body: Still new } } ]
a case that was taken up is not:
  steps:
    - when: escalations.unanswered is due
      expect: { some: [ { salesforce.create_case: {} } ] }
    - given: { case: { Status: Working } }
      when: 25 hours pass
      expect: { nothing: because escalations.unanswered.after.still-new.when.new }
a rule in the shadow does nothing:
  when: khoros.thread_posted
  expect: { nothing: because rules.watched.shadow }
a rule that asks first waits for a person:
  when: khoros.thread_tagged
  expect: { some: [ { khoros.label_thread: { label: seen } } ], outcome: held }
";
    passes_with(rules, tests);
}

#[test]
fn a_case_with_an_id_of_its_own_is_the_one_that_is_looked_at_and_changed() {
    let rules = "rules:\n  old:\n    every: 15 minutes\n    look_at: { salesforce.find_cases: { Origin: Community } }\n    \
         when: [ long: case.age >= days(30) ]\n    \
         then: [ { salesforce.update_case: { case: = case.Id, fields: { Status: Closed } } } ]\n";
    let tests = "every test: { settings: { support_boards: [support] } }\n\
         an old case is closed:\n  given: { case: { Id: 5005g000002S6HrAAK, age: 31 days } }\n  \
         expect: [ { salesforce.update_case: { case: 5005g000002S6HrAAK, fields: { Status: Closed } } } ]\n\
         another case comes later:\n  steps:\n    - given: { case: { age: 1 day } }\n      \
         expect: { nothing: because rules.old.when.long }\n    \
         - given: { case: { Id: 5005g000002S6HrAAK, age: 31 days } }\n      \
         expect: [ { salesforce.update_case: { case: 5005g000002S6HrAAK } } ]\n";
    passes_with(rules, tests);
}

#[test]
fn a_read_that_fails_or_has_no_answer_is_no_reason_to_do_nothing() {
    let rules = "rules:\n  known:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    let:\n      \
         person: { khoros.find_person: { id: = thread.author.id } }\n    \
         when: [ known: person.login == \"ana\" ]\n    \
         then: [ { khoros.label_thread: { thread: = thread.id, label: known } } ]\n";
    let said = |more: &str| {
        let tests = format!(
            "every test: {{ settings: {{ support_boards: [support] }} }}\nnobody is known:\n  \
             given: {{ thread: {{ board: support }} }}\n{more}  expect: {{ nothing: because rules.known.again_after }}\n"
        );
        let home = pack_of(&[("pack.yaml", MANIFEST), ("rules.yaml", rules), ("tests/all.yaml", &tests)]);
        run(home.path(), &["test", "pack"])
    };
    let failed = said("  faults: [ { function: khoros.find_person, answer: refused } ]\n");
    assert!(failed.code == 1 && !failed.out.contains("acted on this subject before"), "{}", failed.out);
    let absent = said("");
    assert!(absent.code == 1 && !absent.out.contains("acted on this subject before"), "{}", absent.out);
    let twice = "every test: { settings: { support_boards: [support] } }\nonce is enough:\n  steps:\n    \
         - given: { thread: { board: support } }\n      expect: [ khoros.label_thread ]\n    \
         - expect: { nothing: because rules.known.again_after }\n";
    let alone = rules.replace("    let:\n      person: { khoros.find_person: { id: = thread.author.id } }\n", "");
    passes_with(&alone.replace("person.login == \"ana\"", "thread.solved == false"), twice);
}
