//! The community as the program sees it: what is read, searched and stuck on threads.

use casebridge::catalog::Reply;
use casebridge::failure::FailureClass;
use casebridge::predicate::{Predicate, Test};
use casebridge::sandbox::SceneChoice;
use casebridge::value::Value;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::hosts_pair::{Logins, Pair, on, row};

fn mark(kind: &str, thread: &str, text: &str) -> Value {
    Value::map([("thread", Value::text(thread)), (kind, Value::text(text))])
}

#[tokio::test]
async fn many_threads_are_read_with_one_call_and_their_moments_are_instants() {
    let pair = Pair::small().await;
    let rows = pair.read("khoros.get_thread", &["120", "102", "103", "999"]).await.expect("rows");
    assert_eq!(rows.rows.len(), 2, "103 is a reply and 999 is nothing");
    let vpn = row(&rows, "id", "120");
    assert_eq!(vpn.get("subject"), &Value::text("VPN drops every hour"));
    assert_eq!((vpn.get("board"), vpn.get("author_login")), (&"support".into(), &"ana".into()));
    assert_eq!((vpn.get("kudos"), vpn.get("views"), vpn.get("replies")), (&2.into(), &57.into(), &0.into()));
    assert_eq!(vpn.get("solved"), &false.into());
    assert_eq!(row(&rows, "id", "102").get("replies"), &2.into());
    let Value::Moment(posted) = vpn.get("posted_at") else { panic!("no moment: {vpn}") };
    let age = pair.sandbox.clock.now().duration_since(*posted);
    assert!((age - SignedDuration::from_hours(96)).abs() < SignedDuration::from_mins(2), "{age}");
    assert_eq!(pair.khoros.budget().counts().reads, 1);
}

#[tokio::test]
async fn people_roles_replies_and_marks_are_read() {
    let pair = Pair::small().await;
    let people = pair.read("khoros.find_person", &["11", "19", "17"]).await.expect("people");
    let ana = row(&people, "id", "11");
    assert_eq!((ana.get("name"), ana.get("rank")), (&"Ana Ruiz".into(), &"VIP".into()));
    assert_eq!((ana.get("email"), ana.get("location")), (&"ana@people.test".into(), &"Lima".into()));
    let igor = row(&people, "id", "19");
    assert_eq!((igor.get("name"), igor.get("email")), (&"igor".into(), &Value::Nothing));
    let roles = pair.read("khoros.find_roles", &["4"]).await.expect("roles");
    assert_eq!(row(&roles, "person", "4").get("names").to_string(), r#"["Employee", "Moderator"]"#);
    let replies = pair.read("khoros.find_replies", &["102"]).await.expect("replies");
    let by: Vec<_> = replies.rows.iter().map(|reply| reply.get("author_id").to_string()).collect();
    assert_eq!(by, [r#""3""#, r#""18""#]);
    let labels = pair.read("khoros.find_labels", &["120"]).await.expect("labels");
    assert_eq!(row(&labels, "thread", "120").get("texts"), &Value::List(vec!["vpn".into()]));
    let none = pair.read("khoros.find_tags", &["120"]).await.expect("tags");
    assert_eq!(row(&none, "thread", "120").get("texts"), &Value::List(vec![]));
}

#[tokio::test]
async fn staff_is_found_with_one_call_a_role() {
    let pair = Pair::small().await;
    let call = pair.catalog.read_call("khoros.find_staff").expect("a read");
    let roles = Value::List(vec!["Employee".into(), "Moderator".into()]);
    let asked = casebridge::catalog::Asked { shared: Default::default(), keys: vec![roles.clone()] };
    let rows = (call.call)(asked).await.expect("rows");
    assert_eq!(rows.rows[0].get("roles"), &roles);
    assert_eq!(rows.rows[0].get("ids"), &Value::List(vec!["2".into(), "3".into(), "4".into()]));
    assert_eq!(pair.khoros.budget().counts().reads, 2);
}

#[tokio::test]
async fn a_scan_pushes_down_what_the_community_can_judge() {
    let pair = Pair::small().await;
    let two_days_ago = pair.sandbox.clock.now() - SignedDuration::from_hours(48);
    let predicates = vec![
        Predicate::new("thread.board", Test::In(vec!["support".into(), "returns".into()])),
        Predicate::new("thread.style", Test::Is("forum".into())),
        Predicate::new("thread.solved", Test::Is(false.into())),
        Predicate::new("thread.replies", Test::Is(0.into())),
        Predicate::new("thread.posted_at", Test::AtMost(Value::Moment(two_days_ago))),
    ];
    let page = pair.scan(predicates.clone(), None).await.expect("a page");
    assert!(page.next.is_none() && page.rows.len() > 5, "{} rows", page.rows.len());
    for (predicate, row) in predicates.iter().flat_map(|p| page.rows.iter().map(move |row| (p, row))) {
        let name = predicate.fact.behind("thread").expect("a fact of a thread");
        assert!(predicate.holds(row.at(&name)), "{predicate:?} {row}");
    }
    let moments: Vec<Timestamp> = page.rows.iter().filter_map(|row| moment(row.get("posted_at"))).collect();
    assert!(moments.len() == page.rows.len() && moments.is_sorted());
    let id = page.rows[0].get("id").as_str().expect("an id").to_owned();
    let read = pair.read("khoros.get_thread", &[&id]).await.expect("a row");
    assert_eq!(read.rows[0], page.rows[0], "a row of the scan is the answer of the read");
}

fn moment(value: &Value) -> Option<Timestamp> {
    if let Value::Moment(moment) = value { Some(*moment) } else { None }
}

#[tokio::test]
async fn a_scan_goes_on_behind_its_cursor_until_there_is_none() {
    let threads: Vec<_> = (0..1005)
        .map(|n| json!({ "id": (1000 + n).to_string(), "board": "b", "author": "a", "age": "60 hours", "subject": "s", "body": "b" }))
        .collect();
    let scene = json!({ "boards": [{ "id": "b", "title": "B", "style": "forum" }],
        "members": [{ "id": "1", "login": "connector", "roles": ["Administrator"] }, { "id": "11", "login": "a" }],
        "threads": threads });
    let pair = Pair::of(SceneChoice::Value(scene), Logins::default()).await;
    let first = pair.scan(vec![], None).await.expect("a page");
    let second = pair.scan(vec![], first.next.clone()).await.expect("a page");
    assert_eq!((first.rows.len(), second.rows.len(), second.next), (1000, 5, None));
}

#[tokio::test]
async fn ids_that_look_like_dates_and_boards_with_quotes_find_their_rows() {
    let scene = json!({ "boards": [{ "id": "2026-11-25", "title": "B", "style": "forum" }],
        "members": [{ "id": "1", "login": "connector", "roles": ["Administrator"] }, { "id": "11", "login": "a" }],
        "threads": [{ "id": "20261125", "board": "2026-11-25", "author": "a", "age": "1 hour", "subject": "s", "body": "b" }] });
    let pair = Pair::of(SceneChoice::Value(scene), Logins::default()).await;
    let rows = pair.read("khoros.get_thread", &["20261125"]).await.expect("rows");
    assert_eq!(rows.rows.len(), 1);
    let board = |id: &str| vec![Predicate::new("thread.board", Test::Is(id.into()))];
    assert_eq!(pair.scan(board("2026-11-25"), None).await.expect("a page").rows.len(), 1);
    assert_eq!(pair.scan(board(r"o'b\"), None).await.expect("a valid query").rows.len(), 0);
}

#[tokio::test]
async fn labels_and_tags_are_stuck_once() {
    let pair = Pair::small().await;
    let replies = pair.write("khoros.label_thread", &[("k", mark("label", "120", "it's \"urgent\""))]).await;
    assert!(matches!(replies.as_slice(), [Reply::Done(_)]), "{replies:?}");
    let replies = pair.write("khoros.tag_thread", &[("k", mark("tag", "120", "Case-7"))]).await;
    assert!(matches!(replies.as_slice(), [Reply::Done(_)]), "{replies:?}");
    let labels = pair.read("khoros.find_labels", &["120"]).await.expect("labels");
    assert_eq!(row(&labels, "thread", "120").get("texts").to_string(), r#"["vpn", "it's \"urgent\""]"#);
    let tags = pair.read("khoros.find_tags", &["120"]).await.expect("tags");
    assert_eq!(row(&tags, "thread", "120").get("texts").to_string(), r#"["case-7"]"#);
    assert_eq!(pair.khoros.budget().counts().writes, 2);
}

#[tokio::test]
async fn an_id_never_leads_a_write_elsewhere() {
    let pair = Pair::small().await;
    let replies = pair.write("khoros.label_thread", &[("k", mark("label", "../users/1", "x"))]).await;
    assert!(matches!(replies.as_slice(), [Reply::Refused(_)]), "{replies:?}");
    let gone = pair.write("khoros.label_thread", &[("k", mark("label", "99999", "x"))]).await;
    assert!(matches!(gone.as_slice(), [Reply::Refused(error)] if error.class == FailureClass::NotFound), "{gone:?}");
}

#[tokio::test]
async fn a_lost_answer_leaves_a_write_unknown_and_a_refused_connection_does_not() {
    let pair = Pair::small().await;
    pair.read("khoros.get_thread", &["120"]).await.expect("a session");
    pair.khoros_fault(on("/labels", json!({ "do": "lost_answer" }))).await;
    let lost = pair.write("khoros.label_thread", &[("k", mark("label", "120", "escalated"))]).await;
    assert!(matches!(lost.as_slice(), [Reply::Unknown(_)]), "{lost:?}");
    let labels = pair.read("khoros.find_labels", &["120"]).await.expect("labels");
    assert_eq!(row(&labels, "thread", "120").get("texts").to_string(), r#"["vpn", "escalated"]"#);
    pair.khoros_fault(on("/tags", json!({ "do": "status", "status": 503 }))).await;
    let busy = pair.write("khoros.tag_thread", &[("k", mark("tag", "120", "x"))]).await;
    assert!(matches!(busy.as_slice(), [Reply::Again(_)]), "{busy:?}");
}

#[tokio::test]
async fn an_expired_session_is_renewed_once_for_all_that_wait() {
    let pair = Pair::small().await;
    pair.read("khoros.get_thread", &["120"]).await.expect("rows");
    pair.sandbox.khoros.expire();
    let reads = ["120", "102", "108", "117"].map(|id| async { pair.read("khoros.get_thread", &[id]).await });
    for read in futures_util::future::join_all(reads).await {
        assert_eq!(read.expect("rows").rows.len(), 1);
    }
    assert_eq!(pair.khoros.budget().counts().logins, 2);
}

#[tokio::test]
async fn a_wrong_password_is_tried_three_times_and_never_said() {
    let pair = Pair::with(Logins { khoros_password: Some("falsch-4711"), ..Logins::default() }).await;
    for _ in 0..5 {
        let error = pair.read("khoros.get_thread", &["120"]).await.expect_err("signed out");
        assert_eq!(error.class, FailureClass::SignedOut);
        assert!(!format!("{error:?}").contains("falsch-4711"), "{error:?}");
        pair.sandbox.clock.advance(jiff::SignedDuration::from_mins(1));
    }
    assert_eq!(pair.khoros.budget().counts().logins, 3);
    assert_eq!(pair.calls(&pair.sandbox.khoros_url, "sessions/login").await, 3);
}

#[tokio::test]
async fn the_web_server_in_front_wants_its_own_password() {
    let gated = Logins { khoros_gate: Some("stage:p%40ss"), ..Logins::default() };
    let pair = Pair::with(gated).await;
    pair.sandbox.khoros.set_switches(&json!({ "ht_access": "stage:p@ss" })).expect("a switch");
    assert_eq!(pair.read("khoros.get_thread", &["120"]).await.expect("rows").rows.len(), 1);
    let stranger = Pair::small().await;
    stranger.sandbox.khoros.set_switches(&json!({ "ht_access": "stage:p@ss" })).expect("a switch");
    let error = stranger.read("khoros.get_thread", &["120"]).await.expect_err("not let in");
    assert_eq!(error.class, FailureClass::SignedOut);
    assert!(error.said.contains("HT-access"), "{error}");
}
