//! The service as a process that is told to stop (RUN-7), while a call has no answer.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::home::{Home, Running};
use crate::world::serving::LIMIT;

/// Waits until something is so that is asked for.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, waited).await.is_ok(), "it never came true: {what}");
}

/// A service one of whose calls is out and gets no answer within the hour.
async fn with_a_call_that_is_out(home: &Home, sandbox: &Running) -> Running {
    let never = json!({ "match": { "path": "search" }, "times": "always", "do": "delay", "ms": 3_600_000 });
    sandbox.control("khoros", "faults", never).await;
    let serving = Running::start(home, &["serve", "--sandbox", sandbox.says("/khoros/url")]);
    let counts = format!("{}/_sandbox/counts", sandbox.says("/khoros/url"));
    until("a search is out", async || {
        let counts: Json = reqwest::get(&counts).await.expect("an answer").json().await.expect("counts");
        counts["calls"].to_string().contains("/search")
    })
    .await;
    serving
}

#[tokio::test]
async fn a_service_that_is_told_to_stop_does_not_wait_for_an_answer_that_never_comes_run_7() {
    let home = Home::that_serves();
    let sandbox = Running::start(&home, &["sandbox"]);
    let mut serving = with_a_call_that_is_out(&home, &sandbox).await;
    serving.terminate();
    assert_eq!(serving.ended(LIMIT), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_the_service_at_once_run_7() {
    let home = Home::that_serves();
    let sandbox = Running::start(&home, &["sandbox"]);
    let mut serving = with_a_call_that_is_out(&home, &sandbox).await;
    serving.terminate();
    let ready = format!("{}/ready", serving.says("/operators"));
    until("it is stopping", async || reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 503)).await;
    serving.terminate();
    assert_eq!(serving.ended(LIMIT), Some(1), "it did not wait for the end of its patience");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_tests_of_new_rules_that_are_being_played_run_7() {
    let home = Home::that_serves();
    let sandbox = Running::start(&home, &["sandbox"]);
    let mut serving = Running::start(&home, &["serve", "--sandbox", sandbox.says("/khoros/url")]);
    let health = format!("{}/health", serving.says("/operators"));
    until("its rules are watched", async || {
        let health: Json = reqwest::get(&health).await.expect("an answer").json().await.expect("health is JSON");
        health["bridges"]["acme"]["rules"]["at_work"] == true
    })
    .await;
    // In one file, so that between two of them nobody asks whether to go on.
    let test = |n: u32| format!("nothing happens {n}:\n  expect: {{ nothing: true }}\n");
    let every = "every test:\n  settings: { support_boards: [support] }\n  given: { thread: { board: lounge } }\n";
    home.write("rules/tests/all.yaml", &format!("{every}{}", (0..15_000).map(test).collect::<String>()));
    home.replace("rules/escalations.yaml", "look_back: 30 days", "look_back: 20 days");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    serving.terminate();
    assert_eq!(serving.ended(LIMIT), Some(0));
}
