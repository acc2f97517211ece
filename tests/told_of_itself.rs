//! What a bridge tells of itself: parked items, caps, refused rules, connections. Rules hear it, and people are mailed.

use casebridge::engine::Until;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::connections::{by_consent, consent};
use crate::world::editing::{Editing, Files, escalations};
use crate::world::serving::{Serving, until};
use crate::world::smtp::Sink;
use crate::world::{Seen, World};

/// A rule that notes what it hears.
fn noting(name: &str, kind: &str, value: &str) -> String {
    format!(
        "  {name}:\n    on: {kind}\n    then: [ {{ notebook.remember: {{ about: bridge, name: = \"{name}-\" + event.at, value: = {value} }} }} ]\n"
    )
}

/// What was noted, in order.
fn noted(store: &dyn casebridge::ports::Store, name: &str) -> Vec<String> {
    let rows = store.range("note/acme/bridge/").expect("readable");
    let mine = rows.into_iter().filter(|(key, _)| key.contains(&format!("/{name}-")));
    mine.map(|(_, value)| serde_json::from_slice::<Json>(&value).expect("JSON").as_str().unwrap_or_default().to_owned())
        .collect()
}

/// A locked thread with a case, in which the comments of agents cannot be posted.
async fn locked(rules: &str) -> World {
    let world = with_a_case().await.rules("more.yaml", &format!("rules:\n{rules}"));
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", "First", true);
    world
}

#[tokio::test]
async fn a_rule_hears_of_a_parked_item_once_and_of_a_second_try_again_x_12() {
    let world =
        locked(&noting("parked", "bridge.item_parked", "event.item + \" \" + event.function + \" \" + event.code"))
            .await;
    let told = world.run().await;
    assert_eq!(told.outcomes("khoros.post_reply"), ["parked: locked: the thread is locked"]);
    let item = format!("salesforce:case:{} khoros.post_reply locked", case(&world).as_str().expect("an id"));
    let notes = |world: &World| noted(&*world.store(), "parked");
    assert_eq!(notes(&world), [item.as_str()]);
    world.advance("10 minutes");
    world.run().await;
    assert_eq!(notes(&world).len(), 1, "it is parked once");
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> = bridge.engine.parked().expect("readable").into_iter().map(|parked| parked.run).collect();
    bridge.engine.retry(&parked, &Until::Settled).await.expect("the state holds");
    drop(bridge);
    assert_eq!(notes(&world).len(), 2, "the thread is still locked");
}

#[tokio::test]
async fn a_rule_that_parks_what_it_was_woken_for_wakes_nobody_x_12() {
    let rules = "  parks:\n    on: bridge.item_parked\n    then: [ { notebook.park: { why: nobody is there } } ]\n";
    let world = locked(rules).await;
    for _ in 0..3 {
        world.run().await;
        world.advance("1 minutes");
    }
    let seen = Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked = bridge.engine.parked().expect("readable");
    assert_eq!(parked.len(), 2, "the post, and what the rule made of it: {parked:?}");
}

#[tokio::test]
async fn a_plan_with_problems_is_a_parked_item_x_12() {
    let set = |name: &str, priority: &str, line: &str| {
        format!(
            "  {name}:\n    every: 15 minutes\n    look_at: notebook.find_links\n    when: [ {line} ]\n    \
             then: [ {{ salesforce.update_case: {{ case: = case.Id, fields: {{ Priority: {priority} }} }} }} ]\n"
        )
    };
    let rules = set("one", "High", "thread.views >= 0") + &set("other", "Low", "thread.kudos >= 0");
    let hears = noting("parked", "bridge.item_parked", "event.code + \" \" + event.said");
    let world = with_a_case().await.rules("more.yaml", &format!("rules:\n{rules}{hears}"));
    world.run().await;
    let said = noted(&*world.store(), "parked");
    assert!(
        said.len() == 1 && said[0].starts_with("problem ") && said[0].contains("both write `Priority`"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_rule_hears_of_a_connection_that_halts_and_comes_back_x_12() {
    let rules = noting("halted", "bridge.connection_halted", "event.connection")
        + &noting("restored", "bridge.connection_restored", "event.connection");
    let mut world = with_a_case().await.rules("more.yaml", &format!("rules:\n{rules}"));
    world.connections.khoros.login = by_consent(&world);
    consent::at_community(&world).await;
    let store = world.store();
    let serving = world.serve_on(store.clone()).await;
    world.sandbox.khoros.expire();
    let refused =
        json!({ "match": { "path": "/auth/refreshToken" }, "times": "always", "do": "status", "status": 401 });
    world.community_fault(refused).await;
    world.advance("26 hours");
    until("it is halted", || !serving.standing().halted.is_empty()).await;
    let moving = |what: &'static str| {
        let (world, serving, store) = (&world, &serving, &store);
        async move {
            for _ in 0..200 {
                world.advance("10 seconds");
                serving.turns().await;
                if !noted(&**store, what).is_empty() {
                    break;
                }
            }
            noted(&**store, what)
        }
    };
    assert_eq!(moving("halted").await, ["khoros:sandbox"]);
    assert!(noted(&*store, "restored").is_empty());
    world.no_more_faults().await;
    consent::at_community(&world).await;
    assert_eq!(moving("restored").await, ["khoros:sandbox"]);
    assert_eq!(noted(&*store, "halted").len(), 1, "once an incident");
    drop(store);
    serving.stopped().await;
}

/// Lets the look-out look, and the turn behind it.
async fn a_while(world: &World, serving: &Serving) {
    for _ in 0..6 {
        world.advance("10 seconds");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        serving.turns().await;
    }
}

#[tokio::test]
async fn a_rule_hears_once_that_another_has_reached_its_cap_x_12() {
    let thread = |id: u32| json!({ "id": id.to_string(), "board": "support", "subject": "A", "body": "x", "author": "ana", "age": "47 hours 50 minutes" });
    let threads: Vec<_> = (9001..9006).map(thread).collect();
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads }))
        .await
        .overlay("overlay: standard\nmade_for: 0.1.0\nset:\n  escalations.unanswered-support.limits: { per_day: 2 }\n")
        .rules("more.yaml", &format!("rules:\n{}", noting("capped", "bridge.cap_reached", "event.rule")));
    let store = world.store();
    let serving = world.serve_on(store.clone()).await;
    for _ in 0..3 {
        world.advance("15 minutes");
        serving.turns().await;
        a_while(&world, &serving).await;
    }
    assert_eq!(world.cases().len(), 2);
    assert_eq!(noted(&*store, "capped"), ["escalations.unanswered-support"], "once an incident");
    serving.stopped().await;
    let serving = world.serve_on(store.clone()).await;
    a_while(&world, &serving).await;
    world.advance("15 minutes");
    a_while(&world, &serving).await;
    assert_eq!(noted(&*store, "capped"), ["escalations.unanswered-support"], "a restart does not end it");
    drop(store);
    serving.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_hears_that_newer_rules_were_refused_x_12() {
    let world = World::with(json!({ "members": [{ "login": "ana" }] })).await;
    let files = Files::numbered(1);
    files.write("rules/more.yaml", &format!("rules:\n{}", noting("refused", "bridge.rules_refused", "event.said")));
    let editing = Editing::start(world, files).await;
    editing.files.write("rules/escalations.yaml", &escalations(2).replace("    with:", "    wiht:"));
    editing.refused().await;
    a_while(&editing.world, &editing.serving).await;
    let said = noted(&*editing.store, "refused");
    assert!(said.len() == 1 && said[0].contains("unknown key `wiht`"), "{said:?}");
    editing.stopped().await;
}

#[tokio::test]
async fn parked_items_are_mailed_about_once_until_nothing_is_parked_con_7() {
    let world = locked("").await.rules("more.yaml", "");
    let sink = Sink::start(false).await;
    let serving = world.serve_and_mail(&sink).await;
    let subjects = |sink: &Sink| -> Vec<String> {
        let subject = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).map(str::to_owned);
        sink.mails().iter().filter_map(subject).collect()
    };
    world.advance("1 minutes");
    serving.turns().await;
    world.advance("10 seconds");
    until("a mail", || !sink.mails().is_empty()).await;
    comments_by(&world, "zoe", "Second", true);
    a_while(&world, &serving).await;
    assert_eq!(subjects(&sink), ["casebridge: items of acme are parked"]);
    let mail = sink.mails()[0].replace("=\n", "");
    for words in ["the thread is locked", "1 item waits", "casebridge parked list"] {
        assert!(mail.contains(words), "{words} is not in {mail}");
    }
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    let retried = serving.ask(|engine| -> casebridge::ports::Boxed<()> {
        Box::pin(async move {
            let parked: Vec<_> = engine.parked().expect("readable").into_iter().map(|parked| parked.run).collect();
            engine.retry(&parked, &Until::Settled).await.expect("the state holds");
        })
    });
    retried.await;
    a_while(&world, &serving).await;
    until("it is over", || subjects(&sink).len() == 2).await;
    assert_eq!(subjects(&sink)[1], "casebridge: over: items of acme are parked");
    assert_eq!(replies(&world).len(), 2);
    assert!(case(&world).is_string());
    serving.stopped().await;
}
