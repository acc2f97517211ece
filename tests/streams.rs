//! Events that an org tells by itself, over CometD: heard at once, none lost and none twice, whatever breaks on the way.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use casebridge::app::connections::Connections;
use casebridge::config::Stream;
use casebridge::ports::{Batch, Boxed, Store, StoreError};
use casebridge::service::health::Health;
use casebridge::service::streams::StreamStanding;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::home::Home;
use crate::world::World;
use crate::world::clock::Moved;
use crate::world::serving::{Serving, until};

const COMMENTS: &str = "/data/CaseCommentChangeEvent";

fn channels(names: &[&str]) -> Vec<Stream> {
    let record_id = |name: &&str| name.starts_with("/event/").then(|| "Case_Id__c".into());
    names.iter().map(|name| Stream { channel: (*name).to_owned(), record_id: record_id(name) }).collect()
}

/// A thread with a case, in an org that tells of comments.
async fn telling() -> World {
    let world = with_a_case().await;
    world.switch_org(json!({ "change_events": ["Case", "CaseComment"] }));
    world
}

/// A service that hears of comments, and looks for them every minute.
async fn hearing(world: &World) -> Serving {
    let serving = world.serve_hearing(&channels(&[COMMENTS])).await;
    heard(&serving).await;
    serving
}

/// A service that only hears of comments: it looks for them once, at its start.
async fn only_hearing(world: &World) -> Serving {
    let serving = world.serve_still(&channels(&[COMMENTS])).await;
    heard(&serving).await;
    serving
}

fn standing(serving: &Serving) -> StreamStanding {
    serving.streams.standing()["main"].clone()
}

async fn heard(serving: &Serving) {
    until("the org is listened to", || standing(serving).listening).await;
}

fn events(serving: &Serving, channel: &str) -> u64 {
    standing(serving).channels[channel].events
}

fn says(world: &World, text: &str) {
    comments_by(world, "zoe", text, true);
}

fn texts(world: &World) -> Vec<String> {
    replies(world).into_iter().map(|(_, text)| text).collect()
}

async fn posted(world: &World, texts: &[&str]) {
    until(&format!("{texts:?} are posted"), || self::texts(world) == texts).await;
}

/// Waits until something is so while time passes, ten seconds a look.
async fn in_time(world: &World, what: &str, is_so: impl Fn() -> bool) {
    let passing = async {
        while !is_so() {
            world.sandbox.clock.advance(SignedDuration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), passing).await.is_ok(), "it never came true: {what}");
}

async fn logins(world: &World) -> u64 {
    let calls = world.org_calls().await;
    let calls = calls.as_object().expect("calls by route");
    calls.iter().filter(|(route, _)| route.contains("oauth2/token")).filter_map(|(_, count)| count.as_u64()).sum()
}

/// A fault of calls over CometD whose body says something.
async fn org_fault(world: &World, body: &str, more: Json) {
    let mut fault = json!({ "match": { "path": "/cometd/", "body": body } });
    fault.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    world.org_fault(fault).await;
}

#[tokio::test]
async fn a_comment_that_the_org_tells_of_is_posted_at_once() {
    let world = telling().await;
    let serving = only_hearing(&world).await;
    says(&world, "Please restart the hub.");
    posted(&world, &["Please restart the hub."]).await;
    assert_eq!(events(&serving, COMMENTS), 1);
    serving.turns().await;
    assert_eq!(texts(&world).len(), 1);
    serving.stopped().await;
    assert!(!world.export().contains("\"hint/"), "the hint is over");
}

#[tokio::test]
async fn an_event_of_the_orgs_own_says_in_its_field_where_to_look() {
    let world = with_a_case().await;
    let serving = world.serve_still(&channels(&["/event/Case_Event__e"])).await;
    heard(&serving).await;
    says(&world, "Please try v2.");
    let short = case(&world).as_str().expect("an id")[..15].to_owned();
    for id in [short.as_str(), "", "no id", "500000000000001AAA"] {
        let event =
            json!({ "attributes": { "type": "Case_Event__e" }, "Case_Id__c": id, "Body__c": "<b>never read</b>" });
        serving.clients.salesforce.create(vec![event]).await.expect("it is published");
    }
    posted(&world, &["Please try v2."]).await;
    until("all are heard", || events(&serving, "/event/Case_Event__e") == 4).await;
    serving.turns().await;
    assert_eq!(texts(&world).len(), 1);
    serving.stopped().await;
}

#[tokio::test]
async fn a_push_topic_is_heard_too() {
    let world = with_a_case().await;
    let query = "SELECT Id, ParentId FROM CaseComment";
    let topic = json!({ "attributes": { "type": "PushTopic" }, "Name": "Comments", "Query": query, "ApiVersion": 65.0,
        "IsActive": true, "NotifyForFields": "All", "NotifyForOperationCreate": true });
    let serving = world.serve().await;
    let made = serving.clients.salesforce.create(vec![topic]).await.expect("an answer");
    assert_eq!(made[0]["success"], true, "{made:?}");
    serving.stopped().await;
    let serving = world.serve_still(&channels(&["/topic/Comments"])).await;
    heard(&serving).await;
    says(&world, "Hello");
    posted(&world, &["Hello"]).await;
    assert_eq!(events(&serving, "/topic/Comments"), 1);
    serving.stopped().await;
}

#[tokio::test]
async fn killed_when_an_event_was_stored_and_nobody_had_looked_the_next_start_looks() {
    let world = telling().await;
    let serving = hearing(&world).await;
    world.org_fault(json!({ "match": { "path": "/services/data/" }, "times": "always", "do": "reset" })).await;
    says(&world, "Please restart the hub.");
    until("it is stored", || events(&serving, COMMENTS) == 1).await;
    serving.killed().await;
    let kept = world.export();
    assert!(kept.contains("\"hint/acme/") && kept.contains("stream/acme/main/data/CaseCommentChangeEvent"), "{kept}");
    world.no_more_faults().await;
    // It need not be told again: the hint was there with the place up to which the channel was heard.
    let serving = hearing(&world).await;
    posted(&world, &["Please restart the hub."]).await;
    assert_eq!(events(&serving, COMMENTS), 0);
    serving.stopped().await;
}

/// A store that keeps no more hints once it is stuck: the commit never ends.
struct Stuck {
    inner: Arc<dyn Store>,
    is_stuck: AtomicBool,
}

impl Store for Stuck {
    fn commit(&self, batch: Batch) -> Boxed<Result<(), StoreError>> {
        if self.is_stuck.load(Ordering::SeqCst) && batch.changes.keys().any(|key| key.starts_with("hint/")) {
            return Box::pin(std::future::pending());
        }
        self.inner.commit(batch)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn range(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.inner.range(prefix)
    }
}

#[tokio::test]
async fn killed_before_an_event_was_stored_the_org_tells_of_it_again() {
    let world = telling().await;
    let store = Arc::new(Stuck { inner: world.store(), is_stuck: AtomicBool::new(false) });
    let serving =
        world.serve_over(store.clone(), Arc::new(Moved(world.sandbox.clock.clone())), &channels(&[COMMENTS])).await;
    heard(&serving).await;
    says(&world, "One");
    posted(&world, &["One"]).await;
    // Handshake, subscription, the poll that is answered at once, the one that told of it, the next.
    asked(&world, 5).await;
    store.is_stuck.store(true, Ordering::SeqCst);
    says(&world, "Two");
    // The org has told of it once the poll is over; the next one does not come before the commit.
    for _ in 0..20 {
        serving.turns().await;
    }
    assert_eq!(cometd(&world).await, 5, "no poll while nothing is stored");
    serving.killed().await;
    drop(store);
    let serving = hearing(&world).await;
    posted(&world, &["One", "Two"]).await;
    until("it is told again, the first one is not", || events(&serving, COMMENTS) == 1).await;
    serving.stopped().await;
}

async fn cometd(world: &World) -> u64 {
    let calls = world.org_calls().await;
    let calls = calls.as_object().expect("calls by route");
    calls.iter().filter(|(route, _)| route.contains("cometd")).filter_map(|(_, count)| count.as_u64()).sum()
}

/// Waits until the org was asked so often.
async fn asked(world: &World, times: u64) {
    let asking = async {
        while cometd(world).await < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), asking).await.is_ok(), "it is not asked {times} times");
}

#[tokio::test]
async fn a_restart_hears_what_was_told_meanwhile_and_nothing_twice() {
    let world = telling().await;
    let serving = hearing(&world).await;
    says(&world, "One");
    posted(&world, &["One"]).await;
    serving.stopped().await;
    says(&world, "Two");
    says(&world, "Three");
    let serving = hearing(&world).await;
    posted(&world, &["One", "Two", "Three"]).await;
    until("the two are told again", || events(&serving, COMMENTS) == 2).await;
    serving.turns().await;
    assert_eq!((texts(&world).len(), events(&serving, COMMENTS)), (3, 2));
    serving.stopped().await;
}

#[tokio::test]
async fn what_is_told_after_a_first_connection_without_events_is_heard_after_a_restart() {
    let world = telling().await;
    says(&world, "Before anybody listened");
    let serving = hearing(&world).await;
    posted(&world, &["Before anybody listened"]).await;
    assert_eq!(events(&serving, COMMENTS), 0, "only what is new, the first time");
    serving.stopped().await;
    says(&world, "While it was down");
    let serving = hearing(&world).await;
    until("all that is kept", || events(&serving, COMMENTS) == 2).await;
    posted(&world, &["Before anybody listened", "While it was down"]).await;
    serving.stopped().await;
}

#[tokio::test]
async fn what_the_org_has_not_kept_is_said_and_found_by_the_polls() {
    let world = telling().await;
    let serving = hearing(&world).await;
    says(&world, "One");
    posted(&world, &["One"]).await;
    serving.stopped().await;
    says(&world, "Two, which is forgotten");
    world.advance("80 hours");
    says(&world, "Three");
    let serving = hearing(&world).await;
    posted(&world, &["One", "Two, which is forgotten", "Three"]).await;
    let standing = standing(&serving);
    assert!(standing.is_well() && standing.channels[COMMENTS].missed == 1, "{standing:?}");
    until("what is left is told", || events(&serving, COMMENTS) == 1).await;
    serving.stopped().await;
    let serving = hearing(&world).await;
    assert_eq!(self::standing(&serving).channels[COMMENTS].missed, 0, "it is said once");
    serving.stopped().await;
}

#[tokio::test]
async fn when_the_session_ends_another_one_is_opened_once_and_nothing_is_lost() {
    let world = telling().await;
    let serving = only_hearing(&world).await;
    let before = logins(&world).await;
    let expired = reqwest::Client::new().post(format!("{}/_sandbox/expire", world.sandbox.salesforce_url)).send().await;
    assert!(expired.expect("an answer").status().is_success());
    says(&world, "Are you there?");
    posted(&world, &["Are you there?"]).await;
    until("it is told in the new session", || events(&serving, COMMENTS) == 1).await;
    assert_eq!(logins(&world).await, before + 1, "all share the new session");
    assert!(standing(&serving).down.is_none(), "it was never down");
    serving.stopped().await;
}

#[tokio::test]
async fn a_client_that_the_org_has_forgotten_shakes_hands_again() {
    let world = telling().await;
    let serving = only_hearing(&world).await;
    let before = logins(&world).await;
    let unknown = json!([{ "channel": "/meta/connect", "successful": false, "error": "403::Unknown client",
        "advice": { "reconnect": "handshake", "interval": 0 } }]);
    org_fault(&world, "/meta/connect", json!({ "do": "status", "status": 200, "body": unknown.to_string() })).await;
    says(&world, "One");
    posted(&world, &["One"]).await;
    says(&world, "Two");
    posted(&world, &["One", "Two"]).await;
    until("both are told", || events(&serving, COMMENTS) == 2).await;
    assert_eq!(logins(&world).await, before, "the session was good");
    serving.stopped().await;
}

#[tokio::test]
async fn an_org_that_takes_no_session_is_not_stormed_with_logins() {
    let world = telling().await;
    let denied = json!([{ "channel": "/meta/handshake", "successful": false, "error": "403::Handshake denied",
        "ext": { "sfdc": { "failureReason": "401::Authentication invalid" } }, "advice": { "reconnect": "none" } }]);
    let always = json!({ "times": "always", "do": "status", "status": 200, "body": denied.to_string() });
    org_fault(&world, "/meta/handshake", always).await;
    let serving = world.serve_hearing(&channels(&[COMMENTS])).await;
    until("it is down", || standing(&serving).down.is_some()).await;
    let (before, begun) = (logins(&world).await, world.sandbox.clock.now());
    let an_hour_later = begun + SignedDuration::from_hours(1);
    in_time(&world, "an hour", || world.sandbox.clock.now() > an_hour_later).await;
    let made = logins(&world).await - before;
    assert!(made <= 25, "{made} logins in an hour");
    // The service does its work all the same.
    says(&world, "Found by the polls");
    in_time(&world, "it is posted", || texts(&world) == ["Found by the polls"]).await;
    world.no_more_faults().await;
    in_time(&world, "the org is listened to", || standing(&serving).listening).await;
    serving.stopped().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_on_its_way_is_told_again() {
    let world = telling().await;
    let serving = hearing(&world).await;
    says(&world, "One");
    posted(&world, &["One"]).await;
    // The next poll waits already: the fault hits the one after it.
    org_fault(&world, "/meta/connect", json!({ "do": "truncate" })).await;
    says(&world, "Two");
    posted(&world, &["One", "Two"]).await;
    says(&world, "Three");
    in_time(&world, "it is posted", || texts(&world) == ["One", "Two", "Three"]).await;
    in_time(&world, "all are told", || events(&serving, COMMENTS) == 3).await;
    serving.stopped().await;
}

#[tokio::test]
async fn events_that_come_doubled_and_in_any_order_have_one_effect_each_f_068() {
    let world = telling().await;
    let serving = only_hearing(&world).await;
    let told = |replay: u64, change: &str| {
        json!({ "channel": COMMENTS, "data": { "event": { "replayId": replay }, "payload": {
        "ChangeEventHeader": { "entityName": "CaseComment", "changeType": change, "recordIds": ["00a000000000001AAA"] },
        "ParentId": case(&world) } } })
    };
    let mut answer =
        vec![told(9, "UPDATE"), told(7, "CREATE"), told(9, "UPDATE"), told(8, "CREATE"), told(7, "CREATE")];
    answer.push(json!({ "channel": "/meta/connect", "successful": true }));
    let answer = Json::from(answer).to_string();
    org_fault(&world, "/meta/connect", json!({ "times": 3, "do": "status", "status": 200, "body": answer })).await;
    says(&world, "One");
    says(&world, "Two");
    posted(&world, &["One", "Two"]).await;
    until("all are heard", || events(&serving, COMMENTS) >= 15).await;
    serving.turns().await;
    assert_eq!(texts(&world), ["One", "Two"]);
    serving.stopped().await;
}

#[tokio::test]
async fn a_gap_hints_at_the_records_that_it_names_and_the_polls_find_those_that_it_does_not() {
    let world = telling().await;
    let serving = only_hearing(&world).await;
    world.switch_org(json!({ "change_event_gaps": "records" }));
    says(&world, "Not told whole");
    posted(&world, &["Not told whole"]).await;
    assert_eq!(events(&serving, COMMENTS), 1);
    serving.stopped().await;
    let serving = hearing(&world).await;
    world.switch_org(json!({ "change_event_gaps": "overflow" }));
    says(&world, "Not told at all");
    until("it is heard that something changed", || events(&serving, COMMENTS) == 1).await;
    world.advance("1 minutes");
    posted(&world, &["Not told whole", "Not told at all"]).await;
    serving.stopped().await;
}

#[tokio::test]
async fn a_stream_that_is_down_for_an_hour_stops_nobody_and_nothing_is_posted_twice() {
    let world = telling().await;
    let serving = hearing(&world).await;
    let (_, rules) = tokio::sync::watch::channel(Default::default());
    let health = Health {
        workers: vec![serving.worker.clone()],
        streams: serving.streams.clone(),
        stop: serving.stop.clone(),
        rules,
    };
    assert_eq!(health.report().1["streams"]["main"]["state"], "listening");
    world.org_fault(json!({ "match": { "path": "/cometd/" }, "times": "always", "do": "status", "status": 503 })).await;
    // The poll that is held ends after two minutes.
    in_time(&world, "it is down", || standing(&serving).down.is_some()).await;
    says(&world, "While it is down");
    in_time(&world, "the polls find it", || texts(&world) == ["While it is down"]).await;
    let an_hour_later = world.sandbox.clock.now() + SignedDuration::from_hours(1);
    in_time(&world, "an hour", || world.sandbox.clock.now() > an_hour_later).await;
    let (is_well, report) = health.report();
    assert!(!is_well && report["streams"]["main"]["state"] == "down", "{report}");
    let metrics = || serving.metrics.text(&[], &serving.streams);
    assert!(metrics().contains("casebridge_streams_down{org=\"main\"} 1"), "{}", metrics());
    world.no_more_faults().await;
    in_time(&world, "it is heard again", || standing(&serving).listening).await;
    until("what was told meanwhile is heard", || events(&serving, COMMENTS) == 1).await;
    says(&world, "And on");
    posted(&world, &["While it is down", "And on"]).await;
    assert!(metrics().contains("casebridge_streams_down{org=\"main\"} 0"), "{}", metrics());
    assert_eq!(health.report().1["streams"]["main"]["down"], Json::Null);
    serving.stopped().await;
}

#[tokio::test]
async fn a_channel_that_the_org_does_not_have_is_said_and_the_others_go_on() {
    let world = telling().await;
    let serving = world.serve_still(&channels(&["/data/ContactChangeEvent", COMMENTS])).await;
    heard(&serving).await;
    let refused = standing(&serving).channels["/data/ContactChangeEvent"].refused.clone();
    assert!(refused.is_some_and(|why| why.contains("does not exist")));
    assert!(!standing(&serving).is_well());
    says(&world, "Hello");
    posted(&world, &["Hello"]).await;
    assert_eq!(events(&serving, COMMENTS), 1);
    serving.stopped().await;
    // An admin switches it on: nobody has to start anything again.
    let serving = world.serve_hearing(&channels(&["/data/ContactChangeEvent", COMMENTS])).await;
    heard(&serving).await;
    world.switch_org(json!({ "change_events": ["CaseComment", "Contact"] }));
    in_time(&world, "all is heard", || standing(&serving).is_well()).await;
    serving.stopped().await;
}

#[tokio::test]
async fn an_org_that_tells_of_its_limit_is_left_alone_until_a_window_has_moved_on() {
    let world = telling().await;
    let serving = hearing(&world).await;
    world.switch_org(json!({ "daily_events": 0 }));
    says(&world, "Over the limit");
    until("it is down", || standing(&serving).down.is_some()).await;
    let wait = standing(&serving).next.expect("a moment").duration_since(world.sandbox.clock.now());
    assert!(wait > SignedDuration::from_mins(10), "{wait}");
    world.switch_org(json!({ "daily_events": 100 }));
    in_time(&world, "it is heard again", || events(&serving, COMMENTS) == 1).await;
    posted(&world, &["Over the limit"]).await;
    serving.stopped().await;
}

#[tokio::test]
async fn cookies_go_back_to_an_org_that_has_a_name() {
    let mut world = telling().await;
    let named: Json =
        serde_json::from_str(&world.sandbox.hosts.to_string().replace("127.0.0.1", "localhost")).expect("hosts");
    world.connections = Connections::of_sandbox(&named).expect("the sandbox says its logins");
    let serving = only_hearing(&world).await;
    says(&world, "Hello");
    posted(&world, &["Hello"]).await;
    until("it is heard", || events(&serving, COMMENTS) == 1).await;
    serving.stopped().await;
}

#[tokio::test]
async fn a_service_that_stops_says_goodbye_and_does_not_wait_for_the_org_run_7() {
    let world = telling().await;
    let serving = hearing(&world).await;
    asked(&world, 4).await;
    let stopping = tokio::time::timeout(Duration::from_secs(30), serving.stopped());
    assert!(stopping.await.is_ok(), "the poll would be held for 110 seconds");
    assert_eq!(cometd(&world).await, 5);
    // One that does not answer does not keep it either.
    let serving = hearing(&world).await;
    org_fault(&world, "/meta/disconnect", json!({ "do": "delay", "ms": 60_000 })).await;
    assert!(tokio::time::timeout(Duration::from_secs(30), serving.stopped()).await.is_ok());
}

/// A process that ends with its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn serve_listens_to_the_streams_of_its_orgs_and_tells_how_they_stand() {
    let home = Home::that_serves();
    let login = "client_secret: { env: SALESFORCE_SECRET } } }\n";
    home.replace("casebridge.yaml", login, &format!("{login}    streams: [ /data/CaseChangeEvent ]\n"));
    let mut command = home.command(&["serve", "--sandbox"]);
    let mut process = Process(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts"));
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("a line");
    let told: Json = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it does not serve: {line:?}"));
    let page = async |name: &str| {
        let address = format!("{}/{name}", told["operators"].as_str().expect("an address"));
        reqwest::get(address).await.expect("an answer").text().await.expect("a text")
    };
    let listening = async {
        while !page("health").await.contains(r#""state":"listening""#) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let listens = tokio::time::timeout(Duration::from_secs(60), listening).await;
    assert!(listens.is_ok(), "{}", page("health").await);
    assert!(page("metrics").await.contains("casebridge_streams_down{org=\"main\"} 0"));
    let killed = Command::new("kill").arg(process.0.id().to_string()).status().expect("kill is there");
    assert!(killed.success());
    let ended = tokio::task::spawn_blocking(move || process.0.wait()).await.expect("no panic").expect("it ends");
    assert_eq!(ended.code(), Some(0));
}
