//! What happened to people whose connector ran by itself: clocks that change, outages, nights, broken files, fields that
//! cannot be filtered, two sides that answer each other.

use casebridge::app::bridge::offline_catalog;
use casebridge::cli::check::next_moments;
use casebridge::packs::compile;
use casebridge::rules::Rule;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::world::editing::{Editing, Files};
use crate::world::serving::{Serving, until};
use crate::world::smtp::Sink;
use crate::world::{Told, World};

const NOTE: &str = "notebook.remember";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// A rule that looks at nothing.
fn ticking(name: &str, keys: &str) -> String {
    format!(
        "  {name}:\n    {keys}\n    then: [ {{ notebook.remember: {{ about: bridge, name: {name}, value: = now }} }} ]\n"
    )
}

fn rule(world: &World, address: &str) -> std::sync::Arc<Rule> {
    let compiled = compile(&world.sources, &offline_catalog()).unwrap_or_else(|problems| panic!("{problems:?}"));
    compiled.rules.rules.iter().find(|rule| rule.address.as_str() == address).expect("the rule").clone()
}

fn outcomes(serving: &Serving, function: &str) -> Vec<String> {
    Told::outcomes(&serving.told(), function)
}

/// The moments by which a note was written, while half an hour after the other goes by.
async fn written(world: &World, serving: &Serving, until: &str) -> Vec<String> {
    let mut written = Vec::new();
    while world.sandbox.clock.now() < at(until) {
        let before = outcomes(serving, NOTE).len();
        world.advance("30 minutes");
        serving.turns().await;
        let more = outcomes(serving, NOTE).len() - before;
        written.extend(vec![world.sandbox.clock.now().strftime("%Y-%m-%dT%H:%MZ").to_string(); more]);
    }
    written
}

#[tokio::test]
async fn what_is_due_in_an_hour_that_the_clock_skips_or_shows_twice_runs_once_and_check_says_when_f_013_f_014() {
    for (every, zone, from, to, told, ran) in [
        (
            "30 2 * * *",
            "Europe/Paris",
            "2026-03-28T20:00:00Z",
            "2026-03-29T20:00:00Z",
            ["2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00"],
            vec!["2026-03-29T01:00Z"],
        ),
        (
            "0 2 * * *",
            "Europe/Berlin",
            "2026-10-24T20:00:00Z",
            "2026-10-26T02:00:00Z",
            ["2026-10-25 02:00 +02:00", "2026-10-26 02:00 +01:00"],
            vec!["2026-10-25T00:00Z", "2026-10-26T01:00Z"],
        ),
    ] {
        let rules = ticking("nightly", &format!("every: \"{every}\"\n    zone: {zone}"));
        let world = World::with_threads(0).await.rules("more.yaml", &format!("rules:\n{rules}"));
        world.sandbox.clock.set(at(from));
        let check = next_moments(&rule(&world, "rules.nightly"), at(from)).expect("it is on a schedule");
        assert!(check.contains(&format!("next {}, {}", told[0], told[1])), "{check}");
        let serving = world.serve().await;
        assert_eq!(written(&world, &serving, to).await, ran, "{every} in {zone}");
        serving.stopped().await;
    }
}

#[tokio::test]
async fn after_an_outage_a_rule_runs_once_or_not_at_all_or_for_each_moment_and_says_how_many_f_016() {
    let names = ["by-default", "last", "skip", "all"];
    let rules = names.map(|name| match name {
        "by-default" => ticking(name, "every: 10 minutes"),
        missed => ticking(name, &format!("every: 10 minutes\n    missed: {missed}")),
    });
    let world = World::with_threads(0)
        .await
        .rules("escalations.yaml", "")
        .rules("more.yaml", &format!("rules:\n{}", rules.concat()));
    world.sandbox.clock.set(at("2026-11-25T10:00:30Z"));
    let serving = world.serve().await;
    serving.stopped().await;
    world.sandbox.clock.set(at("2026-11-25T12:59:00Z"));
    let serving = world.serve().await;
    serving.turns().await;
    let told = serving.told();
    let ran = |name: &str| {
        let of = told.report.settled.iter().filter(|finished| finished.action.rule.as_str() == format!("rules.{name}"));
        of.count()
    };
    assert_eq!(names.map(ran), [1, 1, 0, 17]);
    let missed = [("by-default", 16), ("last", 16), ("skip", 17), ("all", 16)];
    assert_eq!(serving.seen.missed(), missed.map(|(name, count)| (format!("rules.{name}"), count)));
    let metrics = serving.metrics.text(&[], &serving.streams);
    let line = r#"casebridge_missed_moments_total{bridge="acme",rule="rules.skip"} 17"#;
    assert!(metrics.contains(line), "{metrics}");
    // The next moment is nobody's miss.
    world.advance("1 minutes");
    serving.turns().await;
    assert_eq!(outcomes(&serving, NOTE).len(), 19 + 4);
    serving.stopped().await;
}

#[tokio::test]
async fn an_outage_in_the_middle_of_what_was_missed_makes_no_moment_good_twice_f_016() {
    let rules = ticking("each", "every: 10 minutes\n    missed: all");
    let world = World::with_threads(0).await.rules("more.yaml", &format!("rules:\n{rules}"));
    world.sandbox.clock.set(at("2026-11-25T10:00:30Z"));
    world.serve().await.stopped().await;
    // As a kill leaves it: the runs are there, and how far the schedule is dealt with is not.
    let (key, before) = ticked(&world);
    world.sandbox.clock.set(at("2026-11-25T10:35:00Z"));
    let serving = world.serve().await;
    assert_eq!(outcomes(&serving, NOTE).len(), 3);
    serving.stopped().await;
    let mut batch = casebridge::ports::Batch::default();
    batch.put(key, before);
    casebridge::ports::Store::commit(&*world.store(), batch).await.expect("the state holds");
    let serving = world.serve().await;
    serving.turns().await;
    assert!(outcomes(&serving, NOTE).is_empty(), "{:?}", outcomes(&serving, NOTE));
    serving.stopped().await;
}

fn ticked(world: &World) -> (String, Vec<u8>) {
    let rows = casebridge::ports::Store::range(&*world.store(), "tick/").expect("readable");
    rows.into_iter().find(|(key, _)| key.ends_with("rules.each")).expect("it is noted")
}

/// A reminder by mail, on working days from nine to five in Berlin.
const REMINDER: &str = "calendars:
  office: { zone: Europe/Berlin, open: { mon-fri: 09:00-17:00 } }
rules:
  reminder:
    every: 10 minutes
    look_at: khoros.find_threads
    act_during: office
    when:
      - thread.solved == false
      - thread.age >= hours(48)
    then:
      - mail.send_mail: { to: [ lead@acme.test ], subject: A reminder, body: = thread.url }
";

/// A service since Friday noon over a thread that is due on Saturday, at ten past eleven in the evening UTC.
async fn over_a_weekend(sink: &Sink) -> (World, Serving) {
    let world = World::with_threads(0).await.rules("escalations.yaml", "").rules("more.yaml", REMINDER);
    let world = world.mailing(sink, &["lead@acme.test"]);
    world.sandbox.clock.set(at("2026-11-26T23:10:00Z"));
    let thread = json!({ "id": "9001", "board": "support", "subject": "VPN", "body": "Help", "author": "ana" });
    world.community(json!({ "members": [{ "login": "ana" }], "threads": [thread] }));
    world.sandbox.clock.set(at("2026-11-27T12:00:00Z"));
    let serving = world.serve().await;
    world.sandbox.clock.set(at("2026-11-28T23:10:00Z"));
    serving.turns().await;
    (world, serving)
}

/// What is said of the thread to whoever asks the service.
async fn explained(serving: &Serving) -> String {
    let explain = |engine: std::sync::Arc<casebridge::engine::Engine>| -> casebridge::ports::Boxed<String> {
        Box::pin(async move {
            let subject = casebridge::names::Subject::new("khoros", "thread", "9001");
            casebridge::plan::explained::show(&engine.explain(&subject).await.expect("the state holds"))
        })
    };
    serving.ask(explain).await
}

#[tokio::test]
async fn what_is_due_on_a_saturday_night_is_done_once_on_monday_morning_f_020() {
    let sink = Sink::start(false).await;
    let (world, serving) = over_a_weekend(&sink).await;
    let why = explained(&serving).await;
    assert!(why.contains("`office` is closed and opens 2026-11-30 09:00 +01:00"), "{why}");
    for moment in ["2026-11-29T12:00:00Z", "2026-11-30T07:59:00Z"] {
        world.sandbox.clock.set(at(moment));
        serving.turns().await;
        assert!(sink.mails().is_empty(), "{moment}");
    }
    world.sandbox.clock.set(at("2026-11-30T08:00:00Z"));
    until("the reminder is there", || sink.mails().len() == 1).await;
    for _ in 0..4 {
        world.advance("10 minutes");
        serving.turns().await;
    }
    assert_eq!(sink.mails().len(), 1);
    serving.stopped().await;
}

#[tokio::test]
async fn what_was_solved_on_sunday_is_not_done_on_monday_and_says_why_f_020() {
    let sink = Sink::start(false).await;
    let (world, serving) = over_a_weekend(&sink).await;
    world.sandbox.clock.set(at("2026-11-29T12:00:00Z"));
    let solved = json!({ "replies": [{ "id": "9002", "thread": "9001", "body": "Reboot", "author": "ana" }], "solutions": [{ "reply": "9002" }] });
    world.community(solved);
    serving.turns().await;
    world.sandbox.clock.set(at("2026-11-30T08:00:00Z"));
    serving.turns().await;
    world.advance("10 minutes");
    serving.turns().await;
    assert_eq!((outcomes(&serving, "mail.send_mail"), sink.mails()), (vec![], vec![]));
    let why = explained(&serving).await;
    assert!(why.contains("thread.solved was true"), "{why}");
    serving.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_aliases_without_end_is_refused_while_the_service_goes_on_f_036() {
    let member = |login: &str| json!({ "login": login, "email": format!("{login}@acme.test") });
    let world = World::with(json!({ "members": [member("ana")] })).await;
    let editing = Editing::start(world, Files::numbered(1)).await;
    editing.files.write("rules/bomb.yaml", include_str!("data/F-036.yaml"));
    let lines = editing.refused().await.join("\n");
    assert!(lines.contains("bomb.yaml:"), "{lines}");
    let (status, rules) = editing.health().await;
    assert_eq!((status, &rules["generation"]), (503, &json!(1)), "{rules}");
    let thread = json!({ "id": "9001", "board": "support", "subject": "A", "body": "x", "author": "ana", "age": "47 hours 50 minutes" });
    editing.world.community(json!({ "threads": [thread] }));
    editing.quarter().await;
    until("the old rules go on", || editing.world.case_of("9001").is_some()).await;
    editing.files.remove("rules/bomb.yaml");
    assert_eq!(editing.taken().await, 1);
    assert_eq!(editing.health().await.0, 200);
    editing.stopped().await;
}

#[tokio::test]
async fn what_was_due_before_goes_out_oldest_first_and_under_its_cap_once_a_person_asks_for_it_f_007() {
    let thread = |n: u64, age: String| json!({ "id": n.to_string(), "board": "support", "author": "ana", "subject": "Old", "body": "x", "age": age });
    let old = (0..40).map(|n| thread(7001 + n, "90 days".into()));
    let young = (0..5).map(|n| thread(8001 + n, format!("{} days", 3 + n)));
    let threads: Vec<Json> = old.chain(young).collect();
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads }))
        .await
        .overlay("overlay: standard\nmade_for: 0.1.0\nset:\n  escalations.unanswered-support.limits: { per_run: 2 }\n");
    let serving = world.serve().await;
    assert_eq!(serving.standing().from_before, 5, "none of the forty");
    world.advance("1 hour");
    serving.turns().await;
    serving.stopped().await;
    assert!(world.cases().is_empty());
    let mut made = Vec::new();
    for _ in 0..3 {
        let told = world.run_rule("escalations.unanswered-support").await;
        made.push(told.report.opened());
        world.advance("2 hours");
        if made.len() == 1 {
            assert!(world.case_of("8005").is_some() && world.case_of("8004").is_some(), "the oldest first");
        }
    }
    assert_eq!((made, world.cases().len()), (vec![2, 2, 1], 5));
}

#[tokio::test]
async fn two_sides_that_answer_each_other_stop_after_one_post_and_one_comment_under_serve_f_081() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    comments_by(&world, "zoe", "Please reboot", true);
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>Done</p>" }] }));
    for _ in 0..20 {
        world.advance("1 minutes");
        serving.turns().await;
        assert_eq!(serving.standing().held, 0, "no breaker");
    }
    assert_eq!((replies(&world).len(), world.comments().len()), (2, 2), "{:?}", world.all_applied());
    assert_eq!(
        (world.applied("create message"), world.applied("create CaseComment")),
        (1, 1),
        "{}",
        world.all_applied()
    );
    serving.stopped().await;
}

/// What an org says of a custom object, with a stamp that cannot be filtered.
async fn with_an_unfiltered_stamp(world: &World, object: &str) {
    let describe = json!({
        "name": object, "createable": true, "updateable": true, "queryable": true, "recordTypeInfos": [],
        "fields": [
            field("SystemModstamp", "datetime", false), field("Id", "id", true), field("Name", "string", true),
        ],
    });
    let path = format!("/sobjects/{object}/describe");
    let fault = json!({ "match": { "path": path }, "times": "always", "do": "status", "status": 200, "body": describe.to_string() });
    world.org_fault(fault).await;
}

fn field(name: &str, kind: &str, filterable: bool) -> Json {
    json!({
        "name": name, "type": kind, "length": 80, "filterable": filterable, "createable": true, "updateable": true,
        "nillable": true, "unique": false, "externalId": false, "picklistValues": [], "referenceTo": [],
        "restrictedPicklist": false, "calculated": false, "precision": 0, "scale": 0,
    })
}

#[tokio::test]
async fn a_stamp_that_cannot_be_filtered_is_named_with_its_object_f_127() {
    let rules = "rules:\n  serial:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    \
                 then: [ { salesforce.create_record: { object: Serial__c, key: = thread.id, fields: { Name: { value: = thread.subject, too_long: cut } } } } ]\n";
    let world = World::small().await.rules("more.yaml", rules);
    with_an_unfiltered_stamp(&world, "Serial__c").await;
    rule(&world, "rules.serial");
    let (opening, at) =
        (world.opening(world.store(), world.web()), casebridge::problem::Place::file("casebridge.yaml"));
    let asked = casebridge::app::online::check_online(&opening, &at);
    let said = world.sources.show(&asked.await.expect("both hosts answer"));
    assert!(
        said.contains("more.yaml") && said.contains("`SystemModstamp` of `Serial__c` cannot be filtered"),
        "{said}"
    );
    assert_eq!(said.matches("SystemModstamp").count(), 1, "{said}");
}

#[tokio::test]
async fn an_object_that_cannot_be_polled_is_told_of_once_and_the_others_go_on_f_127() {
    let world = with_a_case().await;
    let refusal = json!([{ "errorCode": "INVALID_FIELD", "message": "field 'SystemModstamp' can not be filtered in a query call" }]);
    comments_by(&world, "zoe", "Hello", true);
    world.run().await;
    let polled = json!({ "path": "/query?*FROM CaseComment*SystemModstamp >=" });
    world
        .org_fault(
            json!({ "match": polled, "times": "always", "do": "status", "status": 400, "body": refusal.to_string() }),
        )
        .await;
    let log = crate::world::logged::Logged::begin();
    let serving = world.serve().await;
    for n in 0..10 {
        world.community(
            json!({ "replies": [{ "thread": "9001", "author": "ana", "body": format!("<p>Still {n}</p>") }] }),
        );
        world.advance("1 minutes");
        serving.turns().await;
    }
    assert_eq!(world.comments().len(), 11, "what members write goes on: {:?}", world.comments());
    let (_, failing) = serving.standing().failing.expect("it says that it fails");
    assert!(failing.contains("SystemModstamp"), "{failing}");
    assert_eq!(log.lines("SystemModstamp").len(), 1, "{:?}", log.lines(""));
    assert!(case(&world).is_string());
    serving.stopped().await;
}
