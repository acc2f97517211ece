//! A link of which one side is gone: it has a name, is asked about seldom, and makes nothing by itself (CLO-6).

use casebridge::cli::output::Output;
use casebridge::cli::report::Format;
use casebridge::cli::state;
use casebridge::event::Event;
use casebridge::names::Subject;
use casebridge::plan::explained;
use casebridge::service::control::Said;
use casebridge::value::Value;
use serde_json::json;

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::world::{Seen, Told, World};

fn delete_case(world: &World) {
    world.org(json!({ "cases": [{ "id": case(world), "deleted": true }] }));
}

async fn later(world: &World, span: &str) -> Told {
    world.advance(span);
    world.run().await
}

/// The names of what is kept of orphans.
fn orphans(world: &World) -> Vec<String> {
    let kept = casebridge::ports::Store::range(&*world.store(), "orphan/").expect("the state is readable");
    kept.iter().filter_map(|(key, _)| key.rsplit('/').next().map(str::to_owned)).collect()
}

/// What `state info` prints.
fn info(world: &World) -> String {
    let (asker, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let output = Output::Asker(asker);
    state::info(&*world.store(), &world.folder.path().join("state"), Format::Text, &output).expect("a state");
    std::iter::from_fn(|| heard.try_recv().ok())
        .map(|said| match said {
            Said::Out(text) => text,
            other => panic!("{other:?}"),
        })
        .collect()
}

async fn explained_of(world: &World, subject: Subject) -> String {
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    explained::show(&bridge.engine.explain(&subject).await.expect("the state holds"))
}

/// How often the community was searched.
async fn searches(world: &World) -> u64 {
    let calls = world.community_calls().await;
    let searched = calls.as_object().into_iter().flatten().filter(|(route, _)| route.contains("search"));
    searched.filter_map(|(_, count)| count.as_u64()).sum()
}

/// How many of these one pass makes.
async fn searches_of_a_pass(world: &World) -> u64 {
    let before = searches(world).await;
    later(world, "1 seconds").await;
    searches(world).await - before
}

#[tokio::test]
async fn the_link_of_a_deleted_case_has_a_name_until_the_case_is_back_clo_6_f_113() {
    let world = with_a_case().await;
    world.run().await;
    delete_case(&world);
    later(&world, "2 minutes").await;
    assert_eq!(orphans(&world), ["orphan_case"]);
    let info = info(&world);
    assert!(info.contains(" 1  links whose case is gone\n"), "{info}");
    let id = case(&world).as_str().expect("an id").to_owned();
    for subject in [Subject::new("khoros", "thread", "9001"), Subject::new("salesforce", "case", &id)] {
        let text = explained_of(&world, subject).await;
        assert!(text.contains("its link is `orphan_case`: its case is gone"), "{text}");
    }
    world.org(json!({ "cases": [{ "id": case(&world), "undeleted": true }] }));
    comments_by(&world, "zoe", "Back again", true);
    later(&world, "1 hours").await;
    assert_eq!(orphans(&world), [""; 0]);
    later(&world, "1 minutes").await;
    assert_eq!(replies(&world), [("zoe".to_owned(), "Back again".to_owned())]);
    let text = explained_of(&world, Subject::new("khoros", "thread", "9001")).await;
    assert!(!text.contains("orphan"), "{text}");
}

#[tokio::test]
async fn orphans_are_asked_about_seldom_clo_6() {
    let world = World::with_threads(48).await;
    world.run().await;
    later(&world, "1 minutes").await;
    let linked = searches_of_a_pass(&world).await;
    let gone = world.cases().iter().map(|case| json!({ "id": case["id"], "deleted": true })).collect::<Vec<_>>();
    world.org(json!({ "cases": gone }));
    later(&world, "2 minutes").await;
    later(&world, "1 minutes").await;
    let orphaned = searches_of_a_pass(&world).await;
    assert_eq!(orphans(&world).len(), 48);
    assert!(orphaned + 3 <= linked, "twelve threads are asked about in one search: {orphaned} of {linked}");
}

#[tokio::test]
async fn the_link_of_a_deleted_thread_has_a_name_clo_6() {
    let world = with_a_case().await;
    world.run().await;
    world.community(json!({ "threads": [{ "id": "9001", "deleted": true }] }));
    later(&world, "2 minutes").await;
    assert_eq!(orphans(&world), ["orphan_thread"]);
    let text = explained_of(&world, Subject::new("khoros", "thread", "9001")).await;
    assert!(text.contains("its link is `orphan_thread`: its thread is gone"), "{text}");
    world.community(json!({ "threads": [{ "id": "9001", "undeleted": true }] }));
    later(&world, "1 hours").await;
    assert_eq!(orphans(&world), [""; 0]);
}

/// A rule that opens another case each week, and one for people.
const AGAIN: &str = "escalations:
  weekly:
    every: 15 minutes
    when: [ thread.board in settings.support_boards ]
    again_after: 7 days
    with: thread-to-case
  by-hand:
    on: khoros.escalation_requested
    with: thread-to-case
";

/// Somebody escalates the thread.
async fn escalate(world: &World, id: &str) -> Told {
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let event = Event {
        id: format!("acme:khoros:thread:9001:requested:{id}").as_str().into(),
        bridge: "acme".into(),
        kind: "khoros.escalation_requested".into(),
        subject: "khoros:thread:9001".into(),
        lane: "khoros:thread:9001".into(),
        found_by: vec![],
        at: world.sandbox.clock.now(),
        hint: Value::Nothing,
    };
    let summary = bridge.engine.handle(vec![event]).await.expect("the state holds");
    seen.told(summary)
}

#[tokio::test]
async fn no_rule_opens_another_case_by_itself_and_a_person_does_clo_6() {
    let world = with_a_case().await.rules("escalations.yaml", AGAIN);
    world.run().await;
    let closed = json!({ "id": case(&world), "by": "zoe@acme.test", "fields": { "Status": "Closed" } });
    world.org(json!({ "cases": [closed] }));
    let told = later(&world, "8 days").await;
    assert_eq!(
        world.applied("create Case"),
        2,
        "{} the weekly rule opens another one of a case that is closed",
        told.text()
    );
    let cases = world.cases();
    let newest = cases.iter().max_by_key(|case| case["id"].as_str().unwrap_or_default().to_owned()).expect("a case");
    world.org(json!({ "cases": [{ "id": newest["id"], "deleted": true }] }));
    later(&world, "2 minutes").await;
    for _ in 0..3 {
        later(&world, "8 days").await;
    }
    assert_eq!(world.applied("create Case"), 2);
    assert_eq!(orphans(&world), ["orphan_case"]);
    let told = escalate(&world, "1").await;
    assert_eq!(told.outcomes("salesforce.create_case"), ["done"], "{}", told.text());
    let again = escalate(&world, "2").await;
    assert_eq!(again.outcomes("salesforce.create_case"), [""; 0], "{}", again.text());
    assert_eq!(world.applied("create Case"), 3);
    later(&world, "1 minutes").await;
    assert_eq!(orphans(&world), [""; 0]);
}

#[tokio::test]
async fn what_agents_write_on_a_case_that_a_person_asked_for_is_posted_like_any_other_pb_5() {
    let by_hand = &AGAIN[AGAIN.find("  by-hand:").expect("a rule")..];
    let world = World::with(json!({
        "members": [{ "login": "zoe", "email": "zoe@acme.test" }, { "login": "ana", "email": "ana@people.test" }],
        "threads": [{ "id": "9001", "board": "support", "subject": "A", "body": "<p>Help</p>", "author": "ana",
            "age": "1 hours" }],
    }))
    .await
    .settings("support_boards: [support]\nfallback_username: zoe\n")
    .rules("escalations.yaml", &format!("escalations:\n{by_hand}"));
    world.run().await;
    assert!(world.cases().is_empty(), "it is not due");
    assert_eq!(escalate(&world, "1").await.outcomes("salesforce.create_case"), ["done"]);
    comments_by(&world, "zoe", "Please reboot", true);
    let told = later(&world, "2 minutes").await;
    assert_eq!(told.outcomes("khoros.post_reply"), ["done"], "{}", told.text());
    assert_eq!(replies(&world), [("zoe".to_owned(), "Please reboot".to_owned())]);
}
