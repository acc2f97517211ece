//! What stands between a plan and its commit weighs each rule by itself, and each bridge by itself.

use casebridge::engine::report::Admitted;
use casebridge::engine::{Engine, Parts, Scope};
use casebridge::names::BridgeId;
use serde_json::json;

use crate::world::{Seen, Told, World};

/// A rule beside the escalation that labels every open thread, with these limits.
fn labels(more: &str) -> String {
    format!(
        "//! Every open thread is labelled.\nfn rule() {{ #{{ every: \"15 minutes\", when: [\"thread.solved == false\"]{more} }} }}\n\
         fn then(thread) {{ khoros::label_thread(#{{ thread: thread.id, label: \"seen\" }}); }}\n"
    )
}

async fn with_threads(ages: &[u32]) -> World {
    let thread = |(n, age): (usize, &u32)| {
        json!({ "id": (9001 + n).to_string(), "board": "support", "subject": "Q", "body": "Help", "author": "ana",
                "age": format!("{age} hours") })
    };
    let threads: Vec<_> = ages.iter().enumerate().map(thread).collect();
    World::with(json!({ "members": [{ "login": "ana" }], "threads": threads })).await
}

fn labelled(told: &Told) -> usize {
    told.outcomes("khoros.label_thread").iter().filter(|outcome| *outcome == "done").count()
}

#[tokio::test]
async fn a_cap_of_one_rule_leaves_the_others_alone() {
    let world = with_threads(&[50, 60, 70]).await.rules("labels.rhai", &labels(", limits: #{ per_run: 1 }"));
    let told = world.run().await;
    assert_eq!((told.report.opened(), labelled(&told)), (3, 1), "{}", told.text());
    assert!(told.text().contains("2 over a cap and still due"), "{}", told.text());
    let held_back = told.report.planned.iter().filter(|planned| !planned.held_back.is_empty()).count();
    assert_eq!(held_back, 2);
    let told = world.run().await;
    assert_eq!((told.report.opened(), labelled(&told)), (0, 1), "the next one is due, and no case is made twice");
}

#[tokio::test]
async fn closed_hours_of_one_rule_leave_the_others_alone() {
    let calendar = "calendars:\n  nights:\n    zone: UTC\n    open: { mon-sun: 22:00-23:00 }\n";
    let world = with_threads(&[50, 60]).await.rules("calendars.yaml", calendar);
    let told = world.rules("labels.rhai", &labels(", act_during: \"nights\"")).run().await;
    assert_eq!((told.report.opened(), labelled(&told)), (2, 0), "{}", told.text());
    assert!(told.text().contains("2 wait for opening hours"), "{}", told.text());
}

#[tokio::test]
async fn what_a_cap_drops_is_over_and_the_state_says_why() {
    let world = with_threads(&[50, 60, 70])
        .await
        .rules("labels.rhai", &labels(", limits: #{ per_run: 1, over: \"drop\", first: \"newest\" }"));
    let told = world.run().await;
    assert_eq!(labelled(&told), 1, "{}", told.text());
    assert!(world.export().contains("cap_reached"), "the reason is kept");
    let again = world.run().await;
    assert_eq!(labelled(&again), 0, "dropped is dropped: {}", again.text());
}

#[tokio::test]
async fn the_newest_go_first_where_a_rule_says_so_and_the_oldest_for_its_neighbour() {
    let rules = include_str!("../rules/escalations.yaml")
        .replace("    with: thread-to-case", "    with: thread-to-case\n    limits: { per_run: 1 }");
    let world = with_threads(&[50, 60, 70])
        .await
        .rules("escalations.yaml", &rules)
        .rules("labels.rhai", &labels(", limits: #{ per_run: 1, first: \"newest\" }"));
    let told = world.run().await;
    assert!(world.case_of("9003").is_some() && world.cases().len() == 1, "{}", told.text());
    let labelled = told.report.settled.iter().find(|f| f.action.function.as_str() == "khoros.label_thread");
    assert_eq!(labelled.expect("one is labelled").subject.id(), "9001");
}

/// The threads that were labelled.
fn of_label(told: &Told) -> Vec<String> {
    let of = told.report.settled.iter().filter(|f| f.action.function.as_str() == "khoros.label_thread");
    let mut ids: Vec<String> = of.map(|finished| finished.subject.id().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_biggest_go_first_where_a_rule_says_by_what_and_the_older_of_two_alike() {
    let thread = |(id, views, age): (&str, u32, u32)| {
        json!({ "id": id, "board": "support", "subject": "Q", "body": "Help", "author": "ana", "views": views,
                "age": format!("{age} hours") })
    };
    let threads = [("9001", 5, 90), ("9002", 70, 60), ("9003", 5, 70), ("9004", 70, 80)].map(thread);
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads })).await;
    let world = world.rules("labels.rhai", &labels(", limits: #{ per_run: 1, first: \"= thread.views\" }"));
    let mut order = vec![];
    for _ in 0..4 {
        order.extend(of_label(&world.run().await));
    }
    assert_eq!(order, ["9004", "9002", "9001", "9003"]);
}

#[tokio::test]
async fn by_what_is_first_may_be_read_and_what_has_no_value_goes_last() {
    let thread = |(id, author, age): (&str, &str, u32)| {
        json!({ "id": id, "board": "support", "subject": "Q", "body": "Help", "author": author,
                "age": format!("{age} hours") })
    };
    let threads = [("9001", "ana", 90), ("9002", "noa", 80), ("9003", "kim", 70)].map(thread);
    let members = json!([{ "login": "ana", "rank": "Member" }, { "login": "noa", "rank": "VIP" }, { "login": "kim", "rank": "Member" }]);
    let rule = "rules:\n  seen:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    \
                let: { vip: = thread.author.rank == \"VIP\" }\n    limits:\n      per_run: 1\n      first: = FIRST\n    \
                then: [ { khoros.label_thread: { thread: = thread.id, label: seen } } ]\n";
    let world = World::with(json!({ "members": members, "threads": threads })).await;
    let world = world.rules("seen.yaml", &rule.replace("FIRST", "vip"));
    assert_eq!(of_label(&world.run().await), ["9002"], "the rank is read for it");
    let world = world.rules("seen.yaml", &rule.replace("FIRST", "if thread.id == \"9001\" { () } else { 1 }"));
    assert_eq!(of_label(&world.run().await), ["9003"], "the oldest has no value");
    assert_eq!(of_label(&world.run().await), ["9001"]);
}

#[tokio::test]
async fn an_order_that_cannot_be_worked_out_is_told_and_stops_nobody() {
    let world = with_threads(&[50])
        .await
        .rules("labels.rhai", &labels(", limits: #{ per_run: 1, first: \"= thread.labels[7]\" }"));
    let told = world.run().await;
    assert_eq!(labelled(&told), 1, "{}", told.text());
    let flags: Vec<_> = told.report.planned.iter().flat_map(|planned| &planned.plan.flags).collect();
    assert!(flags.iter().any(|flag| flag.code.as_str() == "no_order"), "{flags:?}");
}

#[tokio::test]
async fn what_is_held_is_parked_when_nobody_approves_it_in_a_week() {
    let world = with_threads(&[50, 60]).await.rules("labels.rhai", &labels(", limits: #{ per_run: 1, over: \"ask\" }"));
    let told = world.run().await;
    assert_eq!((labelled(&told), told.summary.held), (1, 1), "{}", told.text());
    world.advance("6 days");
    assert_eq!(world.run().await.summary.held, 1);
    world.advance("25 hours");
    let late = world.run().await;
    let outcomes = late.outcomes("khoros.label_thread");
    assert!(outcomes.iter().any(|outcome| outcome.starts_with("parked: not_approved")), "{outcomes:?}");
    assert_eq!(late.summary.held, 0);
}

#[tokio::test]
async fn later_writes_of_a_script_go_although_the_first_one_changed_what_its_lines_look_at() {
    let script = "//! Opens a case and says so.\n\
        fn rule() { #{ every: \"15 minutes\", when: [\"thread.has_case == false\", \"thread.age >= hours(48)\"] } }\n\
        fn then(thread) {\n\
            let made = salesforce::create_case(#{ thread: thread.id, fields: #{ Subject: thread.subject } });\n\
            notebook::link(#{ thread: thread.id, case: made.Id });\n\
            khoros::label_thread(#{ thread: thread.id, label: \"with-support\" });\n\
        }\n";
    let world = with_threads(&[50]).await.rules("escalations.yaml", "").rules("open.rhai", script);
    let told = world.run().await;
    assert_eq!((told.report.opened(), labelled(&told), told.code), (1, 1, 0), "{}", told.text());
}

#[tokio::test]
async fn what_a_rule_planned_is_parked_when_it_is_gone_and_found_again_when_it_is_back() {
    let mut world = with_threads(&[50]).await.rules("labels.rhai", &labels(""));
    let busy = json!({ "match": { "path": "/labels" }, "do": "status", "status": 503, "times": "always" });
    world.community_fault(busy).await;
    let told = world.run().await;
    assert_eq!((labelled(&told), told.summary.waiting.len()), (0, 1), "{}", told.text());
    world.no_more_faults().await;
    world.sources.packs[0].files.retain(|file, _| !file.ends_with("labels.rhai"));
    let outcomes = world.run().await.outcomes("khoros.label_thread");
    assert!(matches!(&outcomes[..], [outcome] if outcome.starts_with("parked: rule_removed")), "{outcomes:?}");
    let world = world.rules("labels.rhai", &labels(""));
    assert_eq!(labelled(&world.run().await), 1);
}

/// Two bridges share the state folder, and here also the community: nothing of one is the other's.
#[tokio::test]
async fn two_bridges_on_one_state_do_their_own_work() {
    let world = with_threads(&[50, 60]).await.rules("labels.rhai", &labels(""));
    world
        .community_fault(json!({ "match": { "path": "/labels" }, "do": "status", "status": 503, "times": "always" }))
        .await;
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.summary.waiting.len()), (2, 2), "{}", told.text());
    world.no_more_faults().await;
    let seen = Seen::default();
    let acme = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let other = Parts { bridge: BridgeId::from("other"), watch: seen.watch(), ..acme.engine.parts().clone() };
    drop(acme);
    let other = Engine::open(other).expect("the state holds");
    let summary = other.run(&Scope::default()).await.expect("the state holds");
    let told = seen.told(summary);
    assert_eq!(told.report.planned.len(), 2, "its own memories are empty: {}", told.text());
    assert!(told.report.planned.iter().all(|planned| planned.admitted == Admitted::Goes));
    assert_eq!(labelled(&told), 2, "its own labels, and not those that acme has waiting");
    drop(other);
    assert_eq!(world.run().await.outcomes("khoros.label_thread").len(), 2, "acme goes on with its own");
}

const AGAIN: &str = "    again_after: 7 days\n    with: thread-to-case";

async fn with_a_case_that_may_come_again() -> World {
    let rules = include_str!("../rules/escalations.yaml").replace("    with: thread-to-case", AGAIN);
    let world = with_threads(&[50]).await.rules("escalations.yaml", &rules);
    assert_eq!(world.run().await.report.opened(), 1);
    world
}

fn close_all(world: &World) {
    for case in world.cases() {
        world.org(json!({ "cases": [{ "id": case["id"], "by": "zoe@acme.test", "fields": { "Status": "Closed" } }] }));
    }
}

fn keys(world: &World) -> Vec<String> {
    let cases = world.cases();
    let key =
        |case: &serde_json::Value| case["fields"]["Community_Thread_Key__c"].as_str().unwrap_or_default().to_owned();
    cases.iter().map(key).collect()
}

#[tokio::test]
async fn a_thread_whose_case_is_closed_becomes_a_second_case_when_the_rule_says_again() {
    let world = with_a_case_that_may_come_again().await;
    world.advance("8 days");
    assert_eq!(world.run().await.report.opened(), 0, "its case is open");
    close_all(&world);
    let told = world.run().await;
    assert_eq!(told.report.opened(), 1, "{}", told.text());
    let tenant = &world.connections.khoros.tenant_id;
    assert_eq!(keys(&world), [format!("{tenant}:9001"), format!("{tenant}:9001:2")]);
    close_all(&world);
    assert_eq!(world.run().await.report.opened(), 0, "again_after counts from the last one");
    world.advance("8 days");
    assert_eq!(world.run().await.report.opened(), 1);
    assert_eq!(keys(&world)[2], format!("{tenant}:9001:3"));
}

#[tokio::test]
async fn a_lost_answer_to_a_second_case_finds_the_second_and_not_the_first() {
    let world = with_a_case_that_may_come_again().await;
    world.advance("8 days");
    close_all(&world);
    world.org_fault(json!({ "match": { "path": "/composite/sobjects" }, "do": "lost_answer", "times": 1 })).await;
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (1, 0), "{}", told.text());
    let cases = world.cases();
    assert_eq!(cases.len(), 2);
    let second = cases[1]["id"].as_str().expect("an id");
    let link = world.export().lines().find(|line| line.contains("link/thread/acme/9001")).expect("a link").to_owned();
    assert!(link.contains(&second[..15]), "{link} names {second}");
}
