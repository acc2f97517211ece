//! A `.rhai` file of a pack is a rule: found by the scan, planned, applied, and its Later values filled in.

use casebridge::engine::report::Admitted;
use serde_json::json;

use crate::world::World;

const LOUD: &str = r#"//! A loud question is labelled, and remembered beside its thread.
import "scripts/mood" as mood;
import "std/text" as text;

fn rule() { #{ every: "15 minutes", when: ["thread.solved == false"], limits: #{ per_day: 20 } } }

fn then(thread, settings) {
    if mood::loudness(text::plain(thread.body)) < 2 { return skip("calm"); }
    khoros::label_thread(#{ thread: thread.id, label: "loud" });
    notebook::remember(#{ about: thread.id, name: "loud", value: thread.posted_at });
}
"#;
const MOOD: &str = "fn loudness(text) { let n = 0; for word in [\"again\", \"useless\", \"refund\"] { if text.contains(word) { n += 1; } } n }\n";

async fn world(script: &str) -> World {
    let entries = json!({ "members": [{ "login": "ana" }], "threads": [
        { "id": "9001", "board": "support", "subject": "Loud", "body": "useless, again useless", "author": "ana", "age": "3 hours", "tags": ["loud"] },
        { "id": "9002", "board": "support", "subject": "Calm", "body": "A question", "author": "ana", "age": "3 hours" },
    ] });
    World::with(entries).await.rules("loud.rhai", script).rules("scripts/mood.rhai", MOOD)
}

#[tokio::test]
async fn a_script_acts_on_what_it_finds_and_says_why_it_skips() {
    let world = world(LOUD).await;
    let told = world.run().await;
    assert_eq!((world.applied("add label"), told.code), (1, 0), "{}", told.text());
    let planned: Vec<_> = told.report.planned.iter().map(|planned| planned.subject.as_str()).collect();
    assert_eq!(planned, ["khoros:thread:9001"]);
    assert_eq!(told.report.planned[0].admitted, Admitted::Goes);
    let calm = told.report.silent.iter().find(|silent| silent.title == "Calm").expect("it was looked at");
    assert!(calm.unmet.iter().any(|unmet| unmet.line.as_str() == "skip" && unmet.text.to_string() == "calm"));
    assert!(world.export().contains("note/acme/9001/loud"));
    assert_eq!(world.run().await.report.planned.len(), 0, "once");
}

#[tokio::test]
async fn a_subject_is_acted_on_no_more_often_in_a_day_than_its_cap_says() {
    let capped =
        LOUD.replace("limits: #{ per_day: 20 }", "again_after: \"1 hour\", limits: #{ per_subject_per_day: 2 }");
    let world = world(&capped).await;
    // At noon, so that two hours later it is still the same day.
    let tomorrow =
        world.sandbox.clock.now().in_tz("UTC").and_then(|now| now.date().tomorrow()?.at(12, 0, 0, 0).in_tz("UTC"));
    world.sandbox.clock.set(tomorrow.expect("a noon").timestamp());
    let mut admitted = vec![];
    for _ in 0..3 {
        admitted.extend(world.run().await.report.planned.into_iter().map(|planned| planned.admitted));
        world.advance("61 minutes");
    }
    assert_eq!(admitted[..2], [Admitted::Goes, Admitted::Goes]);
    assert!(matches!(&admitted[2], Admitted::Waits(why) if why.text.contains("per_subject_per_day")), "{admitted:?}");
    world.advance("24 hours");
    assert_eq!(world.run().await.report.planned[0].admitted, Admitted::Goes, "the next day it is due again");
}

#[tokio::test]
async fn a_script_that_runs_for_ever_is_blamed_and_stops_nobody_else() {
    let endless = LOUD.replace("    khoros::label_thread", "    loop { }\n    khoros::label_thread");
    let told = world(&endless).await.run().await;
    assert_eq!((told.report.planned.len(), told.code), (1, 1));
    let problem = &told.report.planned[0].plan.problems[0];
    assert_eq!((problem.code.as_str(), problem.at.line), ("script-limit", 9), "{problem:?}");
    assert!(problem.at.file.ends_with("loud.rhai"));
    assert_eq!(told.report.planned[0].admitted, Admitted::Parked);
}

#[tokio::test]
async fn a_read_that_fails_parks_the_item_with_the_hosts_words_and_its_neighbours_go_on() {
    let script = LOUD.replace(
        "    khoros::label_thread",
        "    if thread.tags.contains(\"x\") { return skip(\"x\"); }\n    khoros::label_thread",
    );
    let world = world(&script).await;
    world.community(json!({ "threads": [
        { "id": "9003", "board": "support", "subject": "Louder", "body": "useless, again useless", "author": "ana", "age": "4 hours" },
    ] }));
    let refused = json!({ "status": "error", "message": "Not for you", "data": { "code": 203 } }).to_string();
    world.community_fault(json!({ "match": { "path": "FROM tags*9001" }, "do": "status", "status": 403, "body": refused, "times": "always" })).await;
    let told = world.run().await;
    assert_eq!((world.applied("add label"), told.code), (1, 1), "{}", told.text());
    let parked =
        told.report.planned.iter().find(|planned| planned.admitted == Admitted::Parked).expect("one is parked");
    assert_eq!(parked.subject.as_str(), "khoros:thread:9001");
    assert!(parked.plan.problems[0].what.contains("Not for you"), "{:?}", parked.plan.problems);
}
