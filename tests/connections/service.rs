//! What the service does about logins: holds work, mails, goes on (CON-7, F-047).

use std::future::ready;
use std::sync::{Arc, Mutex};

use casebridge::app::service::{Parts, opened};
use casebridge::ports::Store;
use casebridge::service::incidents::Letter;
use casebridge::service::lookout::{Lookout, Post};
use casebridge::service::metrics::Metrics;
use serde_json::json;

use super::{by_consent, consent, kept};
use crate::both_ways::{comments_by, replies, with_a_case};
use crate::world::World;
use crate::world::clock::Moved;
use crate::world::serving::{Serving, until};
use crate::world::smtp::Sink;

/// A world whose community has rotating tokens and a consent.
async fn authorized() -> World {
    let mut world = with_a_case().await;
    world.switch_community(json!({ "refresh_rotation": true }));
    world.connections.khoros.login = by_consent(&world);
    consent::at_community(&world).await;
    world
}

/// Somebody else uses our refresh token up, and our access token ends.
async fn rights_are_lost(world: &World) {
    let refresh = super::text(&kept(world, "khoros").refresh);
    let url = format!("{}/{}/api/2.0/auth/refreshToken", world.sandbox.khoros_url, world.connections.khoros.tenant_id);
    let hosts = &world.sandbox.hosts["khoros"];
    let body = json!({ "client_id": hosts["client_id"], "client_secret": hosts["client_secret"], "grant_type": "refresh_token", "refresh_token": refresh });
    let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("an answer");
    assert!(answer.status().is_success());
    world.sandbox.khoros.expire();
}

/// Polls, and what comes of them.
async fn a_minute(world: &World, serving: &Serving) {
    world.advance("1 minutes");
    serving.turns().await;
}

fn subjects(sink: &Sink) -> Vec<String> {
    let subject = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).map(str::to_owned);
    sink.mails().iter().filter_map(subject).collect()
}

/// A mail as its reader sees it.
fn body(mail: &str) -> String {
    mail.replace("=\n", "").replace("=3D", "=")
}

#[tokio::test]
async fn a_halted_connection_holds_the_work_mails_once_and_a_day_later_and_goes_on_when_authorized_con_7() {
    let world = authorized().await;
    let sink = Sink::start(false).await;
    let serving = world.serve_and_mail(&sink).await;
    rights_are_lost(&world).await;
    comments_by(&world, "zoe", "Please restart the hub.", true);
    a_minute(&world, &serving).await;
    until("it is halted", || serving.standing().halted.len() == 1).await;
    let halted = serving.standing().halted[0].clone();
    assert_eq!((halted.connection.as_str(), halted.host.as_str()), ("khoros:sandbox", "khoros"));
    a_minute(&world, &serving).await;
    comments_by(&world, "zoe", "Did it help?", true);
    for _ in 0..10 {
        a_minute(&world, &serving).await;
    }
    until("a mail", || !sink.mails().is_empty()).await;
    assert_eq!(subjects(&sink), ["casebridge: connection khoros:sandbox is halted"], "one, and no second one");
    let mail = body(&sink.mails()[0]);
    for words in [
        "ops@acme.test",
        "ana@acme.test",
        "since 2026-03-0",
        "The first error: ",
        "connect authorize khoros:sandbox",
        "wait",
    ] {
        assert!(mail.contains(words), "{words} is not in {mail}");
    }
    assert!(replies(&world).is_empty(), "nothing is posted meanwhile");
    world.advance("23 hours");
    serving.turns().await;
    assert_eq!(sink.mails().len(), 1);
    world.advance("2 hours");
    until("a second one after a day", || sink.mails().len() == 2).await;
    assert_eq!(subjects(&sink)[1], "casebridge: still: connection khoros:sandbox is halted");
    consent::at_community(&world).await;
    a_minute(&world, &serving).await;
    until("both are posted", || replies(&world).len() == 2).await;
    let texts: Vec<String> = replies(&world).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Please restart the hub.", "Did it help?"], "in order, and each once");
    world.advance("10 seconds");
    until("one that it is over", || sink.mails().len() == 3).await;
    assert_eq!(subjects(&sink)[2], "casebridge: over: connection khoros:sandbox is halted");
    assert!(serving.standing().halted.is_empty());
    serving.stopped().await;
}

#[tokio::test]
async fn a_mail_about_one_bridge_waits_for_no_other_that_never_comes_to_its_first_turn_con_7() {
    let world = authorized().await;
    let store: Arc<dyn Store> = world.store();
    let serving = world.serve_on(store.clone()).await;
    let mut opening = world.opening(store.clone(), world.web());
    opening.bridge = "beta".into();
    let parts = Parts { opening, community: None, stop: serving.stop.clone(), metrics: Metrics::default() };
    let beta = opened(parts).unwrap_or_else(|error| panic!("{error:?}"));
    let mailed = Arc::new(Mutex::new(Vec::new()));
    let sent = mailed.clone();
    let post: Post = Arc::new(move |letter: Letter| {
        sent.lock().expect("nobody panics").push(letter.subject);
        Box::pin(ready(Ok(())))
    });
    let workers = vec![beta.worker.clone(), serving.worker.clone()];
    let clock = Arc::new(Moved(world.sandbox.clock.clone()));
    let looking = tokio::spawn(Lookout { workers, store, clock, post: Some(post), stop: serving.stop.clone() }.watch());
    rights_are_lost(&world).await;
    for _ in 0..10 {
        a_minute(&world, &serving).await;
    }
    let subjects = || mailed.lock().expect("nobody panics").clone();
    until("a mail", || !subjects().is_empty()).await;
    assert_eq!(subjects(), ["casebridge: connection khoros:sandbox is halted"]);
    serving.stopped().await;
    looking.await.expect("nothing breaks").expect("the state holds");
}

#[tokio::test]
async fn a_restart_in_the_middle_of_an_incident_sends_no_second_mail_con_7() {
    let world = authorized().await;
    let sink = Sink::start(false).await;
    let serving = world.serve_and_mail(&sink).await;
    rights_are_lost(&world).await;
    a_minute(&world, &serving).await;
    until("a mail", || sink.mails().len() == 1).await;
    serving.killed().await;
    let serving = world.serve_and_mail(&sink).await;
    for _ in 0..5 {
        a_minute(&world, &serving).await;
    }
    assert_eq!(sink.mails().len(), 1);
    consent::at_community(&world).await;
    a_minute(&world, &serving).await;
    until("it is over", || sink.mails().len() == 2).await;
    serving.stopped().await;
    assert!(!world.export().contains("\"incident/"), "nothing of it is left");
}

#[tokio::test]
async fn a_mail_that_does_not_get_through_is_tried_again_and_the_status_says_so_meanwhile_con_7() {
    let world = authorized().await;
    let closed = Sink::start(true).await;
    let serving = world.serve_and_mail(&closed).await;
    rights_are_lost(&world).await;
    a_minute(&world, &serving).await;
    let tokens: std::sync::Arc<dyn casebridge::ports::Tokens> = super::tokens(&world);
    let failing = || casebridge::hosts::mail::last_failure(&tokens);
    until("it is kept that mail fails", || failing().is_some()).await;
    assert!(failing().is_some_and(|why| why.contains("nobody here")), "{:?}", failing());
    serving.killed().await;
    let open = Sink::start(false).await;
    let serving = world.serve_and_mail(&open).await;
    world.advance("16 minutes");
    until("it gets through", || open.mails().len() == 1).await;
    until("it is kept that mail works", || failing().is_none()).await;
    serving.stopped().await;
}

#[tokio::test]
async fn an_outage_is_no_incident_and_nobody_is_mailed_f_050() {
    let world = authorized().await;
    let sink = Sink::start(false).await;
    let serving = world.serve_and_mail(&sink).await;
    let page = include_str!("../data/F-050.html");
    world.community_fault(json!({ "match": { "path": "" }, "times": 100_000, "do": "status", "status": 503, "headers": { "content-type": "text/html" }, "body": page })).await;
    for _ in 0..5 {
        world.advance("1 minutes");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    until("it says that it fails", || {
        world.advance("5 seconds");
        serving.standing().failing.is_some()
    })
    .await;
    let failing = serving.standing().failing.expect("it fails").1;
    assert!(failing.contains("503") && !failing.contains('<') && !failing.contains('\n'), "{failing}");
    world.no_more_faults().await;
    until("it works again", || {
        world.advance("5 seconds");
        serving.standing().failing.is_none()
    })
    .await;
    assert!(sink.mails().is_empty(), "{:?}", subjects(&sink));
    serving.stopped().await;
}

#[tokio::test]
async fn a_connection_that_was_never_authorized_is_mailed_about_as_that_and_not_as_halted_con_7() {
    let mut world = with_a_case().await;
    world.connections.khoros.login = by_consent(&world);
    // Another way to sign in begins anew: nobody ever consented to it.
    let sink = Sink::start(false).await;
    let serving = world.serve_and_mail(&sink).await;
    a_minute(&world, &serving).await;
    world.advance("10 seconds");
    until("a mail", || !sink.mails().is_empty()).await;
    assert_eq!(subjects(&sink), ["casebridge: connection khoros:sandbox was never authorized"]);
    let mail = body(&sink.mails()[0]);
    assert!(mail.contains("`casebridge connect authorize khoros:sandbox`"), "{mail}");
    assert!(!mail.contains("halted") && !mail.contains("since"), "{mail}");
    consent::at_community(&world).await;
    a_minute(&world, &serving).await;
    world.advance("10 seconds");
    until("one that it is over", || sink.mails().len() == 2).await;
    assert_eq!(subjects(&sink)[1], "casebridge: connection khoros:sandbox is authorized");
    serving.stopped().await;
}
