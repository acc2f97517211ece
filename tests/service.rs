//! The service: events that are heard at once, polls that heal, what was due before, pauses, stops and kills.

use futures_util::StreamExt as _;
use jiff::SignedDuration;
use serde_json::json;

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::world::serving::{Serving, until};
use crate::world::{Told, World};

const F_066: &str = include_str!("data/F-066.xml");

fn created(message: &str) -> String {
    let xml =
        format!(r#"<message type="message" href="/messages/id/{message}"><id type="int">{message}</id></message>"#);
    let form = [("token", "9f2c"), ("event.type", "MessageCreate"), ("message", &xml)];
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn outbound(case: &str) -> String {
    F_066.replace("5005g00000CaseAAAR", case)
}

fn outcomes(serving: &Serving, function: &str) -> Vec<String> {
    Told::outcomes(&serving.told(), function)
}

#[tokio::test]
async fn an_outbound_message_is_heard_at_once_and_three_times_is_once_f_066() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    comments_by(&world, "zoe", "Please restart the hub.", true);
    let body = outbound(case(&world).as_str().expect("an id"));
    for _ in 0..3 {
        let (status, answer) = serving.post("/events/salesforce/main?token=s3cret", body.clone()).await;
        assert_eq!(status, 200);
        assert!(answer.contains("notificationsResponse") && answer.contains("<Ack>true</Ack>"), "{answer}");
    }
    until("the comment is posted", || replies(&world).len() == 1).await;
    serving.turns().await;
    assert_eq!(replies(&world), [("zoe".to_owned(), "Please restart the hub.".to_owned())]);
    serving.stopped().await;
}

#[tokio::test]
async fn a_message_without_the_text_is_read_afresh_f_064() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    comments_by(&world, "zoe", "Please try v2.", true);
    let body = outbound(case(&world).as_str().expect("an id"))
        .replace("<sf:CommentBody>Please restart the hub.</sf:CommentBody>", "");
    assert_eq!(serving.post("/events/salesforce/main?token=s3cret", body).await.0, 200);
    until("the comment is posted", || replies(&world).len() == 1).await;
    assert_eq!(replies(&world)[0].1, "Please try v2.");
    serving.stopped().await;
}

#[tokio::test]
async fn a_reply_is_told_to_the_agent_as_soon_as_the_community_says_so_and_by_the_next_poll_when_it_does_not_f_069() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    world.community(
        json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "ana", "body": "<p>It hums</p>" }] }),
    );
    assert_eq!(serving.post("/events/khoros/main", created("9101")).await.0, 200);
    until("the reply is a comment", || world.comments() == ["ana wrote: It hums"]).await;
    // Nobody tells of the second one.
    world
        .community(json!({ "replies": [{ "id": "9102", "thread": "9001", "author": "ana", "body": "<p>Still</p>" }] }));
    serving.turns().await;
    assert_eq!(world.comments().len(), 1, "it is not yet time for the polls");
    world.advance("1 minutes");
    until("the poll finds it", || world.comments().len() == 2).await;
    serving.stopped().await;
}

#[tokio::test]
async fn events_in_any_order_and_again_have_one_effect_f_068() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    world.community(json!({ "replies": [
        { "id": "9101", "thread": "9001", "author": "ana", "body": "<p>One</p>" },
        { "id": "9102", "thread": "9001", "author": "ana", "body": "<p>Two</p>" },
    ] }));
    for message in ["9102", "9101", "9102", "9001", "77777", "9101"] {
        assert_eq!(serving.post("/events/khoros/main", created(message)).await.0, 200);
    }
    until("both are comments", || world.comments().len() == 2).await;
    serving.turns().await;
    assert_eq!(world.comments(), ["ana wrote: One", "ana wrote: Two"]);
    serving.stopped().await;
}

#[tokio::test]
async fn two_comments_and_one_event_make_two_posts_in_order_f_079() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    comments_by(&world, "zoe", "First", true);
    comments_by(&world, "zoe", "Second", true);
    let body = outbound(case(&world).as_str().expect("an id"));
    serving.post("/events/salesforce/main?token=s3cret", body).await;
    until("both are posted", || replies(&world).len() == 2).await;
    assert_eq!(replies(&world).into_iter().map(|(_, body)| body).collect::<Vec<_>>(), ["First", "Second"]);
    serving.stopped().await;
}

#[tokio::test]
async fn a_batch_of_the_firehose_is_heard_that_fetched_a_token_before() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let client = reqwest::Client::new();
    let address = format!("{}/events/khoros/main", serving.public);
    let token = client.post(format!("{address}/token")).basic_auth("stream", Some("str3am")).send().await;
    let token: serde_json::Value = token.expect("an answer").json().await.expect("a token");
    world.community(
        json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "ana", "body": "<p>It hums</p>" }] }),
    );
    let batch = json!({ "count": 2, "events": [{ "message": { "uid": 9101 } }, { "page": "view" }] });
    let authorization = format!("bearer {}", token["access_token"].as_str().expect("a token"));
    let sent = client.post(&address).header("authorization", &authorization).json(&batch).send().await;
    assert_eq!(sent.expect("an answer").status().as_u16(), 200);
    until("the reply is a comment", || world.comments() == ["ana wrote: It hums"]).await;
    world.advance("61 minutes");
    let late = client.post(&address).header("authorization", &authorization).json(&batch).send().await;
    assert_eq!(late.expect("an answer").status().as_u16(), 401, "a token is good for an hour");
    serving.stopped().await;
}

#[tokio::test]
async fn an_event_that_is_quicker_than_the_index_loses_no_reply_f_069() {
    let world = with_a_case().await;
    world.switch_community(json!({ "index_lag_ms": 90_000 }));
    let serving = world.serve().await;
    world.community(
        json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "ana", "body": "<p>It hums</p>" }] }),
    );
    assert_eq!(serving.post("/events/khoros/main", created("9101")).await.0, 200);
    serving.turns().await;
    assert!(world.comments().is_empty(), "the index does not show it yet");
    world.advance("2 minutes");
    until("the reply is a comment", || world.comments() == ["ana wrote: It hums"]).await;
    serving.stopped().await;
}

#[tokio::test]
async fn a_thread_that_the_index_misses_is_not_taken_for_deleted_however_many_events_come() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let nothing = json!({ "status": "success", "data": { "type": "messages", "size": 0, "items": [] } }).to_string();
    let searches = json!({ "path": "/search?*conversation.solved" });
    world
        .community_fault(json!({ "match": searches, "times": 6, "do": "status", "status": 200, "body": nothing }))
        .await;
    for _ in 0..3 {
        assert_eq!(serving.post("/events/khoros/main", created("9001")).await.0, 200);
        serving.turns().await;
    }
    assert!(world.comments().is_empty(), "{:?}", world.comments());
    world.no_more_faults().await;
    world.community(json!({ "threads": [{ "id": "9001", "deleted": true }] }));
    assert_eq!(serving.post("/events/khoros/main", created("9001")).await.0, 200);
    until("the case says so", || world.comments() == ["The thread of this case was removed from the community."]).await;
    serving.stopped().await;
}

#[tokio::test]
async fn a_hint_that_the_host_refuses_holds_up_no_other() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    comments_by(&world, "zoe", "Please restart the hub.", true);
    let refusal = json!([{ "errorCode": "INVALID_QUERY_FILTER_OPERATOR", "message": "invalid ID field: 00a" }]);
    let located = json!({ "path": "/queryAll?*FROM CaseComment WHERE Id IN" });
    let fault = json!({ "match": located, "times": 1, "do": "status", "status": 400, "body": refusal.to_string() });
    world.org_fault(fault).await;
    let org = world.sandbox.salesforce.world();
    let comment = org["comments"][0]["id"].as_str().expect("an id").to_owned();
    let both = [&comment[..15], "00a000000000001"].map(|id| {
        format!(r#"<Notification><Id>04l5g00000AAAAAAA4</Id><sObject xsi:type="sf:CaseComment"><sf:Id>{id}</sf:Id></sObject></Notification>"#)
    });
    let start = F_066.find("<Notification>").expect("one notification");
    let end = F_066.rfind("</Notification>").expect("one notification") + "</Notification>".len();
    let body = format!("{}{}{}", &F_066[..start], both.concat(), &F_066[end..]);
    assert_eq!(serving.post("/events/salesforce/main?token=s3cret", body).await.0, 200);
    until("the comment is posted", || replies(&world).len() == 1).await;
    serving.turns().await;
    serving.stopped().await;
    assert!(!world.export().contains("\"hint/"), "no hint is left over");
}

#[tokio::test]
async fn nobody_is_heard_who_does_not_know_the_secret_f_111() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let calls = world.org_calls().await;
    let body = outbound("500000000000001AAA");
    for (path, body, status) in [
        ("/events/salesforce/main", body.clone(), 401),
        ("/events/salesforce/main?token=", body.clone(), 401),
        ("/events/salesforce/main?token=wrong", body.clone(), 401),
        ("/events/salesforce/main?token=%27%20OR%201%3D1", body.clone(), 401),
        ("/events/salesforce/main?token=%ff&token", body.clone(), 401),
        ("/events/salesforce/other?token=s3cret", body.clone(), 404),
        ("/events/khoros/main", created("1").replace("9f2c", "wrong"), 401),
        ("/events/khoros/main", "token=9f2c' OR 1=1".to_owned(), 401),
        ("/events/khoros/main", String::new(), 401),
        ("/events/khoros/other", created("1"), 404),
        ("/events/khoros/main/token", "client_id=x&client_secret=y".to_owned(), 401),
        ("/events", body.clone(), 404),
        ("/events/salesforce/main?token=s3cret", "x".repeat(3 << 20), 413),
        ("/events/salesforce/main?token=s3cret", "no envelope".to_owned(), 400),
    ] {
        let (said, answer) = serving.post(path, body).await;
        assert_eq!(said, status, "{path}");
        assert!(status != 401 || answer.is_empty(), "401 says nothing, {path} says {answer}");
    }
    for path in ["/events/khoros/main", "/events/salesforce/main?token=s3cret"] {
        let answer = reqwest::get(format!("{}{path}", serving.public)).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 405, "{path}");
    }
    let metrics = serving.metrics.text(&[], &serving.streams);
    assert!(metrics.contains(r#"casebridge_deliveries_total{host="khoros",status="401"} 4"#), "{metrics}");
    serving.turns().await;
    assert_eq!(world.org_calls().await, calls, "nobody was asked anything");
    serving.stopped().await;
    assert!(!world.export().contains("\"hint/"), "nothing was stored");
}

#[tokio::test]
async fn who_sends_slowly_by_the_hundred_keeps_nobody_else_out() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let slow = |_| {
        let first: Result<_, std::io::Error> = Ok("<soapenv:Envelope>".to_owned());
        let never = futures_util::stream::once(async { first }).chain(futures_util::stream::pending());
        let address = format!("{}/events/salesforce/main?token=s3cret", serving.public);
        tokio::spawn(reqwest::Client::new().post(address).body(reqwest::Body::wrap_stream(never)).send())
    };
    let slow: Vec<_> = (0..200).map(slow).collect();
    comments_by(&world, "zoe", "Please restart the hub.", true);
    let body = outbound(case(&world).as_str().expect("an id"));
    assert_eq!(serving.post("/events/salesforce/main?token=s3cret", body).await.0, 200);
    until("the comment is posted", || replies(&world).len() == 1).await;
    slow.iter().for_each(tokio::task::JoinHandle::abort);
    serving.stopped().await;
}

#[tokio::test]
async fn what_was_due_before_the_first_start_is_held_until_a_person_asks_for_the_rule_x_10_f_007() {
    let thread = |id: u32, age: &str| json!({ "id": id.to_string(), "board": "support", "subject": format!("T{id}"), "body": "<p>Help</p>", "author": "ana", "age": age });
    let mut threads: Vec<_> = (0..5).map(|n| thread(9001 + n, &format!("{} hours", 60 + n))).collect();
    threads.push(thread(9100, "47 hours"));
    let world =
        World::with(json!({ "members": [{ "login": "ana", "email": "ana@people.test" }], "threads": threads })).await;
    let serving = world.serve().await;
    assert_eq!(serving.standing().from_before, 5);
    for _ in 0..4 {
        world.advance("30 minutes");
        serving.turns().await;
    }
    until("the one that came due since", || world.cases().len() == 1).await;
    serving.stopped().await;
    // Another start is no first one.
    let serving = world.serve().await;
    world.advance("30 minutes");
    serving.turns().await;
    assert_eq!(world.cases().len(), 1);
    serving.stopped().await;
    let told = world.run_rule("escalations.unanswered-support").await;
    assert_eq!(told.outcomes("salesforce.create_case"), ["done"; 5], "{}", told.text());
}

#[tokio::test]
async fn a_paused_rule_does_nothing_stays_paused_over_a_restart_and_makes_up_for_it_when_resumed() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let rule = "postbacks.agent-comment";
    assert!(serving.ask(move |engine| Box::pin(async move { engine.pause(&rule.into(), true).await.unwrap() })).await);
    comments_by(&world, "zoe", "While it is paused", true);
    world.advance("2 minutes");
    serving.turns().await;
    assert!(replies(&world).is_empty());
    serving.stopped().await;
    let serving = world.serve().await;
    world.advance("2 minutes");
    serving.turns().await;
    assert!(replies(&world).is_empty() && serving.standing().paused == [rule]);
    assert!(serving.ask(move |engine| Box::pin(async move { engine.pause(&rule.into(), false).await.unwrap() })).await);
    until("what it missed is posted", || replies(&world).len() == 1).await;
    serving.stopped().await;
}

#[tokio::test]
async fn killed_with_hints_that_nobody_looked_at_the_next_start_looks() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    world.community_fault(json!({ "match": { "path": "search" }, "times": 1000, "do": "reset" })).await;
    world.community(
        json!({ "replies": [{ "id": "9101", "thread": "9001", "author": "ana", "body": "<p>It hums</p>" }] }),
    );
    assert_eq!(serving.post("/events/khoros/main", created("9101")).await.0, 200);
    serving.killed().await;
    assert!(world.export().contains("khoros:message:9101"), "the hint was stored before the answer");
    world.no_more_faults().await;
    let serving = world.serve().await;
    until("the reply is a comment", || world.comments() == ["ana wrote: It hums"]).await;
    serving.turns().await;
    serving.stopped().await;
    assert!(!world.export().contains("\"hint/"), "the hint is over");
}

#[tokio::test]
async fn both_hosts_down_for_an_hour_then_everything_goes_out_in_order_without_a_storm_of_logins() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    let logins = |calls: serde_json::Value| calls["POST /services/oauth2/token"].as_u64().unwrap_or_default();
    let before = logins(world.org_calls().await);
    let down = || json!({ "match": { "path": "" }, "times": "always", "do": "status", "status": 503 });
    world.community_fault(down()).await;
    world.org_fault(down()).await;
    for body in ["First", "Second", "Third"] {
        comments_by(&world, "zoe", body, true);
    }
    for _ in 0..120 {
        world.sandbox.clock.advance(SignedDuration::from_secs(30));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(replies(&world).is_empty() && serving.standing().failing.is_some());
    let lag = |rule: &str| serving.worker.lag()[rule];
    for rule in ["escalations.unanswered-support", "postbacks.agent-comment"] {
        assert!((40 * 60..=61 * 60).contains(&lag(rule)), "{rule} is {} s late", lag(rule));
    }
    let metrics = || serving.metrics.text(std::slice::from_ref(&serving.worker), &serving.streams);
    let line = r#"casebridge_lag_seconds{bridge="acme",rule="postbacks.agent-comment"} "#;
    let shown = metrics().lines().find_map(|shown| shown.strip_prefix(line)?.parse::<i64>().ok());
    assert!(shown.is_some_and(|shown| shown >= 40 * 60), "{shown:?} in {}", metrics());
    world.no_more_faults().await;
    let moving = async {
        while replies(&world).len() < 3 || serving.worker.lag().values().any(|lag| *lag > 0) {
            world.sandbox.clock.advance(SignedDuration::from_secs(10));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_secs(60), moving).await.is_ok(), "it works off its backlog");
    let bodies: Vec<_> = replies(&world).into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, ["First", "Second", "Third"]);
    assert!(logins(world.org_calls().await) - before <= 2, "{}", world.org_calls().await);
    serving.stopped().await;
}

#[tokio::test]
async fn while_a_host_is_down_nothing_is_lost_and_it_goes_on_by_itself() {
    let world = with_a_case().await;
    let serving = world.serve().await;
    world.community_fault(json!({ "match": { "path": "" }, "times": 100_000, "do": "status", "status": 503 })).await;
    comments_by(&world, "zoe", "Hello", true);
    let moving = async {
        while serving.standing().failing.is_none() {
            world.sandbox.clock.advance(SignedDuration::from_secs(10));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_secs(60), moving).await.is_ok(), "it says that it fails");
    world.no_more_faults().await;
    let moving = async {
        while replies(&world).is_empty() {
            world.sandbox.clock.advance(SignedDuration::from_secs(10));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_secs(60), moving).await.is_ok(), "it is posted");
    until("it is settled", || outcomes(&serving, "khoros.post_reply") == ["done"]).await;
    until("it says that it works", || serving.standing().failing.is_none()).await;
    serving.stopped().await;
}
