//! Rules that are edited while the service runs: every way of saving, what is refused, what is parked with its rule, and
//! a thousand edits in between.
//!
//! `CASEBRIDGE_EDITS`: how many edits.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use casebridge::engine::Scope;
use casebridge::names::Digest;
use casebridge::ports::Clock as _;
use casebridge::service::reload::POLL;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::both_ways::replies;
use crate::home::{Home, Running};
use crate::killed::from_environment;
use crate::world::World;
use crate::world::editing::{Editing, Files, casebridge_yaml, escalations, mappings, numbered, postbacks};
use crate::world::serving::until;

const ESCALATIONS: &str = "rules/escalations.yaml";
const POSTBACKS: &str = "rules/postbacks.yaml";

async fn world() -> World {
    let member = |login: &str, home: &str| json!({ "login": login, "email": format!("{login}@{home}.test") });
    World::with(json!({ "members": [member("zoe", "acme"), member("support-team", "acme"), member("ana", "people")] }))
        .await
}

async fn editing() -> Editing {
    Editing::start(world().await, Files::numbered(1)).await
}

/// A question that is due a quarter of an hour later.
fn ask(world: &World, id: u32) {
    let thread = json!({
        "id": id.to_string(), "board": "support", "subject": format!("T{id}"), "body": "<p>Help</p>", "author": "ana",
        "age": "47 hours 50 minutes",
    });
    world.community(json!({ "threads": [thread] }));
}

/// Subject of the case and labels of each thread.
fn made(world: &World) -> Vec<(String, Vec<String>)> {
    let community = world.sandbox.khoros.world();
    let threads = community["threads"].as_array().cloned().unwrap_or_default();
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let of = |thread: &Json| {
        let case = world.case_of(&text(&thread["id"])).unwrap_or_default();
        let labels = thread["labels"].as_array().cloned().unwrap_or_default();
        (text(&case["Subject"]), labels.iter().map(text).collect())
    };
    threads.iter().map(of).collect()
}

/// A due question is handled by the rules with this number, in all of its steps.
async fn handled_by(editing: &Editing, id: u32, n: u32) {
    ask(&editing.world, id);
    editing.quarter().await;
    let expected = (format!("g{n} T{id}"), vec![format!("g{n}")]);
    until("the question is a case with a label", || made(&editing.world).contains(&expected)).await;
}

async fn linked(world: &World, id: u32) -> Json {
    until("the question is a case", || world.case_of(&id.to_string()).is_some()).await;
    world.case_of(&id.to_string()).expect("a case")["Id"].clone()
}

fn comment(world: &World, case: &Json, body: &str) {
    world.org(json!({ "comments": [{ "case": case, "body": body, "is_published": true, "by": "zoe@acme.test" }] }));
}

fn posts(world: &World, body: &str) -> usize {
    replies(world).iter().filter(|(_, text)| text.ends_with(body)).count()
}

/// Puts a text into a file as some editor does, with a moment between its steps.
async fn save(editing: &Editing, way: &str, file: &str, text: &str) {
    let files = &editing.files;
    let moment = SignedDuration::from_millis(80);
    let backup = format!("{file}~");
    match way {
        "in place" => files.write(file, text),
        "truncated, then written" => {
            files.write(file, "");
            for _ in 0..4 {
                editing.pass(moment).await;
            }
            files.write(file, text);
        }
        "in two halves" => {
            files.write(file, &text[..text.len() / 2]);
            editing.pass(moment).await;
            files.write(file, text);
        }
        "renamed over" => {
            files.write(&format!("{file}.tmp"), text);
            editing.pass(moment).await;
            files.rename(&format!("{file}.tmp"), file);
        }
        "as vim does" => {
            files.write("rules/4913", "");
            files.remove("rules/4913");
            files.rename(file, &backup);
            editing.pass(moment).await;
            files.write(file, text);
            editing.pass(moment).await;
            files.remove(&backup);
        }
        "as emacs does" => {
            symlink("ana@desk.4711", files.path("rules/.#escalations.yaml")).expect("a lock");
            files.write("rules/#escalations.yaml#", "half a te");
            editing.pass(moment).await;
            std::fs::copy(files.path(file), files.path(&backup)).expect("a backup");
            files.write(file, text);
            files.remove("rules/#escalations.yaml#");
            files.remove("rules/.#escalations.yaml");
        }
        "removed, then written" => {
            files.remove(file);
            for _ in 0..4 {
                editing.pass(moment).await;
            }
            files.write(file, text);
        }
        "a folder that is swapped" => {
            std::fs::create_dir(files.path("next")).expect("a folder");
            copy(&files.path("rules"), &files.path("next"));
            files.write(&file.replace("rules/", "next/"), text);
            files.rename("rules", "last");
            editing.pass(moment).await;
            files.rename("next", "rules");
            std::fs::remove_dir_all(files.path("last")).expect("it was there");
        }
        other => panic!("no way to save: {other}"),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => {
                std::fs::create_dir(&to).expect("a folder");
                copy(&path, &to);
            }
            path => _ = std::fs::copy(path, to).expect("a copy"),
        }
    }
}

const WAYS: [&str; 8] = [
    "in place",
    "truncated, then written",
    "in two halves",
    "renamed over",
    "as vim does",
    "as emacs does",
    "removed, then written",
    "a folder that is swapped",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_rule_is_at_work_once_whichever_way_its_editor_saves_run_3_f_024() {
    let editing = editing().await;
    handled_by(&editing, 9001, 1).await;
    for (n, way) in (2..).zip(WAYS) {
        let before = editing.standing().generation;
        let both = escalations(n).replace("with: thread-to-case", &format!("with: thread-to-case # by {way}"));
        save(&editing, way, ESCALATIONS, &both).await;
        assert_eq!(editing.taken().await, before + 1, "{way}");
        let label = (format!("g1 T{}", 9000 + n), vec![format!("g{n}")]);
        ask(&editing.world, 9000 + n);
        editing.quarter().await;
        until(way, || made(&editing.world).contains(&label)).await;
    }
    // Other files of the set, in the same way.
    for (file, text) in numbered(20) {
        editing.files.write(file, &text);
    }
    editing.taken().await;
    handled_by(&editing, 9020, 20).await;
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_seen_as_the_system_tells_of_it_whichever_way_its_editor_saves() {
    let editing = editing().await;
    for (n, way) in (2..).zip(WAYS) {
        save(&editing, way, ESCALATIONS, &escalations(n)).await;
        let (before, saved) = (editing.standing().generation, editing.clock.now());
        // So slowly that an event which is late by seconds is still early.
        while editing.standing().generation == before {
            editing.clock.advance(SignedDuration::from_millis(5));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let waited = editing.standing().since.duration_since(saved);
        assert!(waited < POLL - SignedDuration::from_millis(500), "{way}: seen by chance after {waited}");
    }
    editing.stopped().await;
}

/// Lays the files out as a mounted ConfigMap does: links to links to a folder that is swapped, all times the same.
fn mount(files: &Files, n: u32) {
    let folder = files.path(&format!("rules/..{n}"));
    std::fs::create_dir(&folder).expect("a folder");
    let pack = ("rules/pack.yaml", include_str!("../rules/pack.yaml").to_owned());
    for (file, text) in numbered(n).into_iter().chain([pack]) {
        let path = folder.join(file.trim_start_matches("rules/"));
        std::fs::write(&path, text).expect("written");
        let opened = std::fs::File::options().write(true).open(&path).expect("a file");
        opened.set_modified(std::time::UNIX_EPOCH).expect("a time");
    }
    symlink(format!("..{n}"), files.path("rules/..data_tmp")).expect("a link");
    files.rename("rules/..data_tmp", "rules/..data");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mounted_volume_is_taken_whole_when_it_is_swapped_with_times_and_lengths_as_before_run_3() {
    let files = Files::numbered(1);
    std::fs::remove_dir_all(files.path("rules")).expect("it was there");
    std::fs::create_dir(files.path("rules")).expect("a folder");
    mount(&files, 1);
    for file in ["pack.yaml", "escalations.yaml", "mappings.yaml", "postbacks.yaml"] {
        symlink(format!("..data/{file}"), files.path(&format!("rules/{file}"))).expect("a link");
    }
    let editing = Editing::start(world().await, files).await;
    for n in 2..5 {
        mount(&editing.files, n);
        std::fs::remove_dir_all(editing.files.path(&format!("rules/..{}", n - 1))).expect("it was there");
        assert_eq!(editing.taken().await, u64::from(n));
        handled_by(&editing, 9000 + n, n).await;
    }
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_written_again_are_no_new_set_f_026() {
    let editing = editing().await;
    for way in WAYS {
        save(&editing, way, ESCALATIONS, &escalations(1)).await;
        for _ in 0..30 {
            editing.pass(SignedDuration::from_millis(100)).await;
        }
        let standing = editing.standing();
        assert_eq!((standing.generation, standing.refusals), (1, 0), "{way}");
    }
    editing.files.write(ESCALATIONS, &escalations(2));
    assert_eq!(editing.taken().await, 2);
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_keeps_the_last_good_rules_at_work_and_everybody_is_told_until_it_is_mended_f_028() {
    let editing = editing().await;
    let (status, rules) = editing.health().await;
    assert_eq!((status, &rules["generation"], &rules["at_work"]), (200, &json!(1), &json!(true)), "{rules}");
    let broken = escalations(2).replace("    with:", "    wiht:");
    editing.files.write(ESCALATIONS, &broken);
    let lines = editing.refused().await.join("\n");
    assert!(lines.contains("escalations.yaml:7:5  unknown key `wiht`"), "{lines}");
    until("whoever mails knows", || editing.serving.standing().refused_rules.is_some()).await;
    let (status, rules) = editing.health().await;
    assert_eq!((status, &rules["generation"], &rules["refusals"]), (503, &json!(1), &json!(1)), "{rules}");
    assert!(rules["refused"]["problems"].to_string().contains("wiht"), "{rules}");
    let metrics = editing.page("/metrics").await.1;
    for line in ["rules_reload_last_success{bridge=\"acme\"} 0", "rules_generation{bridge=\"acme\"} 1"] {
        assert!(metrics.contains(&format!("casebridge_{line}")), "{line} is not in {metrics}");
    }
    handled_by(&editing, 9001, 1).await;
    // What is wrong in another way is told anew, and the moment since when it is wrong stays.
    let since = editing.standing().refused.expect("it is refused").since;
    editing.files.write(ESCALATIONS, "escalations: [");
    editing.refused().await;
    assert_eq!(editing.standing().refused.expect("it is refused").since, since);
    editing.files.write(ESCALATIONS, &escalations(2));
    assert_eq!(editing.taken().await, 2);
    until("it is over", || editing.serving.standing().refused_rules.is_none()).await;
    let (status, rules) = editing.health().await;
    assert_eq!((status, &rules["refused"], &rules["refusals"]), (200, &Json::Null, &json!(0)), "{rules}");
    assert!(editing.page("/metrics").await.1.contains("casebridge_rules_reload_last_success{bridge=\"acme\"} 1"));
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_and_is_taken_back_is_over_without_a_new_set() {
    let editing = editing().await;
    editing.files.write(ESCALATIONS, "escalations: [");
    editing.refused().await;
    editing.files.write(ESCALATIONS, &escalations(1));
    assert_eq!(editing.taken().await, 1);
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_fail_their_own_tests_are_not_taken_run_3() {
    let editing = editing().await;
    editing.files.write(ESCALATIONS, &escalations(2).replace("hours(48)", "hours(72)"));
    let lines = editing.refused().await.join("\n");
    assert!(lines.contains("the test `a question that is two days old becomes a case` fails"), "{lines}");
    handled_by(&editing, 9001, 1).await;
    let test = std::fs::read_to_string(editing.files.path("rules/tests/due.yaml")).expect("a file");
    editing.files.write("rules/tests/due.yaml", &test.replace("48 hours", "72 hours"));
    assert_eq!(editing.taken().await, 2, "the same rules, with a test that says what they do");
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_file_is_no_set_for_a_second_run_3() {
    let editing = editing().await;
    editing.files.write(POSTBACKS, "");
    for _ in 0..9 {
        editing.pass(SignedDuration::from_millis(100)).await;
    }
    assert_eq!(editing.standing().generation, 1);
    assert_eq!(editing.taken().await, 2, "whoever leaves it empty means it");
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_taken_and_what_needs_a_restart_is_refused_with_that_word() {
    let editing = editing().await;
    editing.files.write("casebridge.yaml", &casebridge_yaml("allow_hosts: [files.acme.example]\n"));
    let lines = editing.refused().await.join("\n");
    assert!(lines.contains("a change of `allow_hosts` needs a restart"), "{lines}");
    let text = casebridge_yaml("").replace("support_boards: [support]", "support_boards: [returns]");
    editing.files.write("casebridge.yaml", &text);
    editing.taken().await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    assert!(editing.world.cases().is_empty(), "the board is watched no more");
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_by_the_rules_that_it_began_with() {
    let editing = editing().await;
    // Between the case and its label, the rules change.
    editing
        .world
        .community_fault(json!({ "match": { "path": "/labels" }, "do": "status", "status": 503, "times": "always" }))
        .await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("the label waits", || editing.serving.standing().waiting > 0).await;
    for (file, text) in numbered(2) {
        editing.files.write(file, &text);
    }
    editing.taken().await;
    editing.world.no_more_faults().await;
    let expected = ("g1 T9001".to_owned(), vec!["g1".to_owned()]);
    until("it is finished as it was begun", || made(&editing.world) == [expected.clone()]).await;
    handled_by(&editing, 9002, 2).await;
    editing.stopped().await;
}

async fn the_org_is_busy(world: &World) {
    let busy = json!([{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access" }]);
    let creates = json!({ "method": "POST", "path": "composite/sobjects" });
    world
        .org_fault(
            json!({ "match": creates, "do": "status", "status": 400, "body": busy.to_string(), "times": "always" }),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_one_rule_lets_the_waiting_work_of_another_wait_on_f_022() {
    let editing = editing().await;
    the_org_is_busy(&editing.world).await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("the case waits", || editing.serving.standing().waiting > 0).await;
    editing.files.write(POSTBACKS, &postbacks(2));
    editing.taken().await;
    editing.serving.turns().await;
    assert!(editing.serving.told().outcomes("salesforce.create_case").is_empty());
    editing.world.no_more_faults().await;
    until("the case is opened", || editing.world.cases().len() == 1).await;
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_rule_gives_its_waiting_work_up_and_nothing_is_made_twice_f_029() {
    let editing = editing().await;
    the_org_is_busy(&editing.world).await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("the case waits", || editing.serving.standing().waiting > 0).await;
    editing.files.write(ESCALATIONS, &escalations(1).replace("  unanswered:", "  abandoned:"));
    editing.taken().await;
    let given_up = || outcomes(&editing, "salesforce.create_case").contains(&"parked".to_owned());
    until("its work is parked", given_up).await;
    editing.world.no_more_faults().await;
    // Under its new name it is a rule that is switched on for the first time: what is due already waits for a person.
    ask(&editing.world, 9002);
    editing.quarter().await;
    until("the new name is at work", || editing.world.case_of("9002").is_some()).await;
    let by_name = Scope { rule: Some("escalations.abandoned".into()), ..Scope::default() };
    editing.serving.ask(|engine| Box::pin(async move { engine.run(&by_name).await.expect("the state holds") })).await;
    until("a person had it done", || editing.world.case_of("9001").is_some()).await;
    editing.files.write(ESCALATIONS, &escalations(1));
    editing.taken().await;
    let already = || outcomes(&editing, "salesforce.create_case").contains(&"already done".to_owned());
    until("its work is back with its name, and done", already).await;
    for _ in 0..3 {
        editing.quarter().await;
    }
    assert_eq!((editing.world.cases().len(), editing.world.applied("create Case")), (2, 2));
    assert!(parked(&editing).await.is_empty());
    editing.stopped().await;
}

fn outcomes(editing: &Editing, function: &str) -> Vec<String> {
    let told = editing.serving.told().outcomes(function);
    told.iter().map(|told| told.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// What waits for a person, with its reason.
async fn parked(editing: &Editing) -> Vec<String> {
    let parked = editing.serving.ask(|engine| Box::pin(async move { engine.parked().expect("readable") })).await;
    parked.into_iter().map(|parked| parked.why.code.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_deleted_rule_planned_is_parked_and_goes_once_when_the_rule_is_back_run_3() {
    let editing = editing().await;
    handled_by(&editing, 9001, 1).await;
    let case = linked(&editing.world, 9001).await;
    taken_away_and_back(&editing, &case, "Please reboot").await;
    editing.quarter().await;
    assert_eq!((posts(&editing.world, "Please reboot"), parked(&editing).await), (1, vec![]));
    editing.stopped().await;
}

/// A rule is deleted while its post waits for the community, and brought back; the set without it.
async fn taken_away_and_back(editing: &Editing, case: &Json, body: &str) -> Digest {
    let world = &editing.world;
    let text = std::fs::read_to_string(editing.files.path(POSTBACKS)).expect("a file");
    let posting = json!({ "method": "POST", "path": "/messages" });
    world.community_fault(json!({ "match": posting, "do": "status", "status": 503, "times": "always" })).await;
    let before = tries_to_post(world).await;
    comment(world, case, body);
    world.advance("2 minutes");
    let tried = async {
        while tries_to_post(world).await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), tried).await.is_ok(), "nobody tries to post");
    // The turn in which it failed is over.
    editing.serving.turns().await;
    editing.files.remove(POSTBACKS);
    editing.taken().await;
    let without = editing.standing().digest;
    editing.serving.turns().await;
    assert_eq!(parked(editing).await, ["rule_removed"]);
    world.no_more_faults().await;
    // Past the moment at which it would have been tried once more.
    world.advance("5 minutes");
    editing.serving.turns().await;
    assert_eq!(
        (posts(world, body), parked(editing).await),
        (0, vec!["rule_removed".to_owned()]),
        "it waits for its rule"
    );
    editing.files.write(POSTBACKS, &text);
    editing.taken().await;
    until("it is posted", || posts(world, body) == 1).await;
    without
}

async fn tries_to_post(world: &World) -> u64 {
    let calls = world.community_calls().await;
    let posts = calls.as_object().into_iter().flatten().filter(|(route, _)| *route == "POST /api/2.0/messages");
    posts.filter_map(|(_, count)| count.as_u64()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parked_with_its_rule_killed_and_started_with_the_rule_it_goes_once() {
    let editing = editing().await;
    the_org_is_busy(&editing.world).await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("the case waits", || editing.serving.standing().waiting > 0).await;
    editing.files.remove("rules/tests/due.yaml");
    editing.files.write(ESCALATIONS, "");
    editing.taken().await;
    editing.serving.turns().await;
    assert_eq!(parked(&editing).await, ["rule_removed"]);
    let (world, files) = editing.stopped().await;
    world.no_more_faults().await;
    files.write(ESCALATIONS, &escalations(3));
    let editing = Editing::start(world, files).await;
    until("the case is opened", || editing.world.cases().len() == 1).await;
    editing.quarter().await;
    assert_eq!(made(&editing.world), [("g1 T9001".to_owned(), vec!["g1".to_owned()])], "as it was planned");
    assert!(parked(&editing).await.is_empty());
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_org_refused_is_done_after_the_mapping_is_mended_f_095() {
    let files = Files::numbered(1);
    files.write("rules/mappings.yaml", &format!("{}    Priority: Urgent\n", mappings(1)));
    let editing = Editing::start(world().await, files).await;
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("it waits for a person", || outcomes(&editing, "salesforce.create_case") == ["parked"]).await;
    editing.quarter().await;
    assert_eq!(outcomes(&editing, "salesforce.create_case"), ["parked"], "it is not asked for again");
    editing.files.write("rules/mappings.yaml", &mappings(2));
    editing.taken().await;
    editing.quarter().await;
    until("it is done", || editing.world.case_of("9001").is_some()).await;
    editing.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_broken_files_it_starts_only_from_the_last_good_rules_and_says_so_run_3_f_028() {
    let editing = editing().await;
    editing.files.write(ESCALATIONS, &escalations(2));
    assert_eq!(editing.taken().await, 2);
    editing.files.write(ESCALATIONS, &escalations(3).replace("hours(48)", "hours(72)"));
    editing.refused().await;
    let (world, files) = editing.stopped().await;
    let Err((world, files, problems)) = Editing::try_start(world, files, false).await else {
        panic!("it starts on rules that fail their tests")
    };
    assert!(problems.contains("fails"), "{problems}");
    let editing = Editing::try_start(world, files, true).await.unwrap_or_else(|(_, _, problems)| panic!("{problems}"));
    let expected = ("g1 T9001".to_owned(), vec!["g2".to_owned()]);
    ask(&editing.world, 9001);
    editing.quarter().await;
    until("the last good rules are at work", || made(&editing.world) == [expected.clone()]).await;
    editing.until("it says that the files are refused", || editing.standing().refused.is_some()).await;
    assert_eq!(editing.health().await.1["generation"], 2);
    editing.files.write(ESCALATIONS, &escalations(4));
    assert_eq!(editing.taken().await, 3);
    editing.stopped().await;
}

/// Every edit in turn, one every 50 ms while work is done: valid, broken, half written, renamed over, deleted, back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edited_every_fifty_milliseconds_it_never_runs_a_mixed_set_nor_does_anything_twice_run_3() {
    let edits = from_environment("CASEBRIDGE_EDITS", 40) as u32;
    let editing = editing().await;
    let accepted = accepted(&editing);
    let mut written = BTreeSet::from([editing.standing().digest]);
    handled_by(&editing, 9000, 1).await;
    let case = linked(&editing.world, 9000).await;
    let (mut asked, mut said, mut refused) = (1, 0, 0);
    let began = std::time::Instant::now();
    for n in 2..edits + 2 {
        edit(&editing, n, &mut written).await;
        if n % 3 == 0 {
            // Far apart: posts get the ids that follow.
            ask(&editing.world, 9000 + 100 * n);
            asked += 1;
        }
        if n % 5 == 0 {
            comment(&editing.world, &case, &format!("Comment {n}."));
            said += 1;
        }
        if n % 4 == 0 {
            editing.world.advance("5 minutes");
        }
        // Somebody pauses: what lies there settles, and is taken or refused.
        if n % 10 == 0 {
            refused += u32::from(!settled(&editing, n, &mut written).await);
        }
        if n % 20 == 0 {
            editing.world.advance("2 minutes");
            until("nothing waits to be posted", || replies(&editing.world).len() == said).await;
            written.insert(taken_away_and_back(&editing, &case, &format!("Parked {n}.")).await);
            said += 1;
        }
    }
    whole(&editing, edits + 2, &mut written);
    editing.taken().await;
    for _ in 0..2 {
        editing.quarter().await;
    }
    until("every question is a case", || editing.world.cases().len() == asked).await;
    until("every comment is posted", || replies(&editing.world).len() == said).await;
    let took = began.elapsed().as_secs();
    check(&editing, asked, said).await;
    let accepted = accepted.lock().expect("nobody panics").clone();
    let strangers: Vec<_> = accepted.difference(&written).collect();
    assert!(strangers.is_empty(), "sets that nobody wrote as a whole: {strangers:?}");
    let generation = editing.standing().generation;
    println!(
        "{edits} edits in {took} s: {generation} sets taken, {refused} refused of those that settled on purpose, \
         {asked} cases and {said} posts, each once"
    );
    editing.stopped().await;
}

/// Every set that is accepted from here on, and the one before.
fn accepted(editing: &Editing) -> Arc<Mutex<BTreeSet<Digest>>> {
    let accepted = Arc::new(Mutex::new(BTreeSet::new()));
    let (seen, mut standings) = (accepted.clone(), editing.standings.clone());
    tokio::spawn(async move {
        loop {
            let digests: Vec<_> = standings.borrow_and_update().values().map(|of| of.digest.clone()).collect();
            seen.lock().expect("nobody panics").extend(digests);
            if standings.changed().await.is_err() {
                return;
            }
        }
    });
    accepted
}

/// A whole set, noted as one that may run.
fn whole(editing: &Editing, n: u32, written: &mut BTreeSet<Digest>) {
    for (file, text) in numbered(n) {
        editing.files.write(file, &text);
    }
    written.insert(editing.files.candidate().sources.digest());
}

/// One edit, in its steps; what lies between two steps lies there for 50 ms, and is no set.
async fn edit(editing: &Editing, n: u32, written: &mut BTreeSet<Digest>) {
    let files = &editing.files;
    let [(one, first), (two, second), (three, third)] = numbered(n);
    match n % 7 {
        0 => whole(editing, n, written),
        1 => {
            // File by file: a mixture of two sets, each file of it right.
            files.write(one, &first);
            breath(editing).await;
            files.write(two, &second);
            breath(editing).await;
            files.write(three, &third);
            written.insert(files.candidate().sources.digest());
        }
        2 => files.write(one, "escalations:\n  unanswered: [\n"),
        3 => {
            whole(editing, n, written);
            files.write(two, &second[..second.len() / 2]);
            breath(editing).await;
            files.write(two, &second);
        }
        4 => {
            for (file, text) in [(one, &first), (two, &second), (three, &third)] {
                files.write(&format!("{file}.tmp"), text);
                files.rename(&format!("{file}.tmp"), file);
            }
            written.insert(files.candidate().sources.digest());
        }
        5 => {
            whole(editing, n, written);
            files.remove(three);
            breath(editing).await;
            files.write(three, &third);
        }
        _ => {
            whole(editing, n, written);
            files.write(one, "");
            breath(editing).await;
            files.write(one, &first);
        }
    }
    breath(editing).await;
}

async fn breath(editing: &Editing) {
    editing.clock.advance(SignedDuration::from_millis(50));
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Waits for what comes of what lies there; whether it is taken. What is refused is mended then.
async fn settled(editing: &Editing, n: u32, written: &mut BTreeSet<Digest>) -> bool {
    let digest = editing.files.candidate().sources.digest();
    let is_whole = written.contains(&digest);
    if !is_whole {
        editing.until("it is refused", || editing.standing().refused.is_some()).await;
        whole(editing, n, written);
    }
    editing.taken().await;
    is_whole
}

/// Nothing twice, nothing of two sets.
async fn check(editing: &Editing, asked: usize, said: usize) {
    let world = &editing.world;
    assert_eq!(world.applied("create Case"), asked as u64);
    for (subject, labels) in made(world) {
        let set = subject.split(' ').next().unwrap_or_default();
        assert_eq!(labels, [set], "the label of `{subject}` is of other rules");
    }
    let mut bodies: Vec<String> = replies(world).into_iter().map(|(_, body)| body).collect();
    let tail = |body: &String| body.split_once(' ').map_or(String::new(), |(_, tail)| tail.to_owned());
    bodies = bodies.iter().map(tail).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), said, "{bodies:?}");
    assert!(parked(editing).await.is_empty(), "{:?}", parked(editing).await);
    let open = casebridge::ports::Store::range(&*editing.store, "open/").expect("readable");
    assert!(open.is_empty(), "{} runs are open", open.len());
}

/// What `/health` says of the rules of a service in a process of its own, once it is as expected.
async fn health_of(serving: &Running, what: &str, is_so: impl Fn(&Json) -> bool) -> Json {
    let address = format!("{}/health", serving.says("/operators"));
    let asked = async {
        loop {
            let health: Json = reqwest::get(&address).await.expect("an answer").json().await.expect("health is JSON");
            let rules = health["bridges"]["acme"]["rules"].clone();
            if is_so(&rules) {
                return rules;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), asked).await.unwrap_or_else(|_| panic!("it never came true: {what}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_saves_a_rule_beside_a_running_serve_sees_it_taken_and_a_broken_one_refused_also_at_the_start() {
    let home = Home::new();
    let listen = "listen: { public: 127.0.0.1:0, operators: 127.0.0.1:0 }\n";
    home.write("casebridge.yaml", &casebridge_yaml(listen));
    let sandbox = Running::start(&home, &["sandbox"]);
    let serve = ["serve", "--sandbox", sandbox.says("/khoros/url")];
    let serving = Running::start(&home, &serve);
    health_of(&serving, "it is at work", |rules| rules["at_work"] == true && rules["generation"] == 1).await;
    home.replace("rules/escalations.yaml", "look_back: 30 days", "look_back: 20 days");
    health_of(&serving, "it is taken", |rules| rules["at_work"] == true && rules["generation"] == 2).await;
    home.replace("rules/escalations.yaml", "look_back: 20 days", "look_bakc: 10 days");
    let rules = health_of(&serving, "it is refused", |rules| !rules["refused"].is_null()).await;
    assert!(rules["generation"] == 2 && rules.to_string().contains("look_bakc"), "{rules}");
    drop(serving);
    let said = home.run(&serve);
    assert_eq!(said.code, 2, "{said:?}");
    for words in ["rules/escalations.yaml:5:5", "`casebridge serve --last-good` runs the last good rules, generation 2"]
    {
        assert!(said.err.contains(words), "{words} is not in {}", said.err);
    }
    let serving = Running::start(&home, &[&serve[..], &["--last-good"]].concat());
    health_of(&serving, "it says so", |rules| rules["generation"] == 2 && !rules["refused"].is_null()).await;
    home.replace("rules/escalations.yaml", "look_bakc: 10 days", "look_back: 10 days");
    health_of(&serving, "it is mended", |rules| rules["generation"] == 3 && rules["refused"].is_null()).await;
}
