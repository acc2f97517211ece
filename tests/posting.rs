//! What is written in the community in somebody's name: who speaks, what the community does not take, and what becomes of
//! an answer that was lost (behaviours PB-1 to PB-10, PM-1).

use casebridge::catalog::{Item, Reply};
use casebridge::failure::{FailureClass, HostError};
use casebridge::hosts::khoros::liql::Liql;
use casebridge::marker;
use casebridge::run::Why;
use casebridge::sandbox::SceneChoice;
use casebridge::value::Value;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::hosts_pair::{Logins, Pair, on};
use crate::world::{Told, World};

const POST: &str = "khoros.post_reply";
const NOTE: &str = "khoros.send_private_message";

async fn community() -> Pair {
    let scene = json!({
        "boards": [{ "id": "b", "title": "B", "style": "forum" }, { "id": "other", "title": "O", "style": "forum" },
            { "id": "slow", "title": "S", "style": "forum", "moderated": true }],
        "members": [
            { "id": "1", "login": "connector", "email": "connector@acme.test", "roles": ["Administrator"] },
            { "id": "2", "login": "support-team", "email": "team@acme.test" },
            { "id": "3", "login": "zoe", "email": "zoe@acme.test" },
            { "id": "4", "login": "kai", "email": "kai@acme.test" },
            { "id": "5", "login": "closed", "email": "closed@acme.test", "deleted": true },
            { "id": "6", "login": "banned", "email": "banned@acme.test", "banned": true },
            { "id": "11", "login": "ana", "email": "ana@people.test" },
        ],
        "threads": [
            { "id": "42", "board": "b", "author": "ana", "age": "60 hours", "subject": "VPN", "body": "<p>Help</p>" },
            { "id": "43", "board": "b", "author": "ana", "age": "50 hours", "subject": "Router", "body": "<p>Help</p>" },
            { "id": "44", "board": "slow", "author": "ana", "age": "40 hours", "subject": "Slow", "body": "<p>Help</p>" },
        ],
        "replies": [{ "id": "50", "thread": "42", "author": "ana", "age": "20 hours", "body": "<p>More</p>" }],
    });
    Pair::of(SceneChoice::Value(scene), Logins::default()).await
}

/// The arguments of a post, with others on top.
fn post(body: &str, by: &[&str], more: Json) -> Value {
    let mut args = json!({ "thread": "42", "body": body, "as": by });
    args.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    Value::from_json(&args)
}

async fn say(pair: &Pair, key: &str, args: Value) -> Reply {
    pair.write(POST, &[(key, args)]).await.remove(0)
}

fn done(reply: &Reply) -> &Value {
    let Reply::Done(result) = reply else { panic!("not done: {reply:?}") };
    result
}

/// The code of what a person is to look at.
fn parked(reply: &Reply) -> &Why {
    let Reply::Parked(why) = reply else { panic!("not parked: {reply:?}") };
    why
}

fn no(reply: &Reply) -> &Why {
    let Reply::No(why) = reply else { panic!("not a no: {reply:?}") };
    why
}

/// Author, thread and text of all replies but those of the scene, in order, without what nobody sees.
fn replies(pair: &Pair) -> Vec<(String, String, String)> {
    let text = |reply: &Json, name: &str| reply[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(u64, (String, String, String))> = written(pair)
        .iter()
        .map(|reply| {
            let body = marker::without(&text(reply, "body"));
            let of = ["thread", "parent"].map(|name| text(reply, name)).into_iter().find(|id| !id.is_empty());
            (text(reply, "id").parse().expect("an id"), (text(reply, "author"), of.unwrap_or_default(), body))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, reply)| reply).collect()
}

fn written(pair: &Pair) -> Vec<Json> {
    let world = pair.sandbox.khoros.world();
    let replies = world["replies"].as_array().cloned().unwrap_or_default();
    replies.into_iter().filter(|reply| reply["id"] != "50").collect()
}

/// What was posted, and by whom.
fn said(pair: &Pair) -> Vec<(String, String)> {
    replies(pair).into_iter().map(|(author, _, body)| (author, body)).collect()
}

fn by(login: &str, body: &str) -> (String, String) {
    (login.to_owned(), body.to_owned())
}

fn refusal(code: i64, message: &str) -> Json {
    let body = json!({ "status": "error", "message": message, "data": { "type": "error_data", "code": code } });
    json!({ "do": "status", "status": 200, "body": body.to_string() })
}

/// A refusal of the next posts.
async fn refuse_posts(pair: &Pair, times: u64, what: Json) {
    let mut fault = on("/api/2.0/messages", what);
    fault["times"] = json!(times);
    fault["match"]["method"] = json!("POST");
    pair.khoros_fault(fault).await;
}

#[tokio::test]
async fn the_first_of_the_list_who_can_speaks_and_says_who_was_passed_over() {
    let pair = community().await;
    let list = ["nobody-at-all", "closed", "banned", "zoe", "support-team"];
    let reply = say(&pair, "k1", post("<p>On it</p>", &list, json!({}))).await;
    let result = done(&reply);
    assert_eq!((result.get("by"), result.get("moderation")), (&"zoe".into(), &"approved".into()));
    let Value::List(passed) = result.get("passed") else { panic!("{result}") };
    let passed: Vec<String> = passed.iter().map(|one| format!("{} {}", one.get("login"), one.get("why"))).collect();
    assert!(passed[0].contains("nobody in the community is called `nobody-at-all`"), "{passed:?}");
    assert!(passed[1].contains("the account closed is closed"), "{passed:?}");
    assert!(passed[2].contains("the account banned is banned"), "{passed:?}");
    assert_eq!(replies(&pair), [("zoe".into(), "42".into(), "<p>On it</p>".into())]);
    assert!(result.get("url").as_str().is_some_and(|url| url.starts_with("http")), "{result}");
}

#[tokio::test]
async fn who_may_not_post_there_is_passed_over_with_the_reason() {
    let pair = community().await;
    refuse_posts(&pair, 1, refusal(203, "You are not authorized to make this request")).await;
    let reply = say(&pair, "k1", post("On it", &["zoe", "support-team"], json!({}))).await;
    let Value::List(passed) = done(&reply).get("passed") else { panic!("{reply:?}") };
    assert_eq!(passed[0].get("login"), &"zoe".into());
    assert!(passed[0].get("why").to_string().contains("not authorized"), "{passed:?}");
    assert_eq!(said(&pair), [by("support-team", "On it")]);
}

#[tokio::test]
async fn where_nobody_can_speak_it_waits_for_a_person_and_names_all_candidates() {
    let pair = community().await;
    let reply = say(&pair, "k1", post("On it", &["closed", "banned"], json!({}))).await;
    assert_eq!(parked(&reply).code.as_str(), "nobody_can_speak");
    assert!(parked(&reply).text.contains("closed:") && parked(&reply).text.contains("banned:"), "{reply:?}");
    let reply = say(&pair, "k2", post("On it", &["closed"], json!({ "nobody": "drop" }))).await;
    assert_eq!(no(&reply).code.as_str(), "nobody_can_speak");
    let reply = say(&pair, "k3", post("On it", &[], json!({}))).await;
    assert_eq!(parked(&reply).code.as_str(), "nobody_can_speak");
    assert_eq!(said(&pair), []);
}

#[tokio::test]
async fn the_agent_and_the_fallback_sign_differently_pb_9() {
    let pair = community().await;
    let sign = json!({ "sign": { "speaker": "zoe", "agent": "Zoe", "fallback": "Posted on behalf of Support" } });
    done(&say(&pair, "k1", post("One", &["zoe", "support-team"], sign.clone())).await);
    done(&say(&pair, "k2", post("Two", &["support-team"], sign)).await);
    let expected = [by("zoe", "One<p>Zoe</p>"), by("support-team", "Two<p>Posted on behalf of Support</p>")];
    assert_eq!(said(&pair), expected);
}

#[tokio::test]
async fn text_is_escaped_once_and_reads_back_as_it_was_f_075() {
    let pair = community().await;
    let escaped = "09:50 &lt;kai&gt; try a &lt; b &amp;&amp; &quot;c&quot;";
    done(&say(&pair, "k1", post(escaped, &["zoe"], json!({}))).await);
    let body = said(&pair).remove(0).1;
    assert_eq!(body.replace('"', "&quot;"), escaped);
}

#[tokio::test]
async fn scripts_are_taken_out_and_an_empty_post_is_none_f_064() {
    let pair = community().await;
    let body = "<p onclick=\"x()\">a</p><script>alert(1)</script>";
    done(&say(&pair, "k1", post(body, &["zoe"], json!({}))).await);
    let empty = say(&pair, "k2", post("<p> </p>", &["zoe"], json!({}))).await;
    assert!(matches!(empty, Reply::Refused(_)), "{empty:?}");
    assert_eq!(said(&pair), [by("zoe", "<p>a</p>")]);
}

#[tokio::test]
async fn a_post_stands_under_the_question_or_under_the_last_reply() {
    let pair = community().await;
    done(&say(&pair, "k1", post("One", &["zoe"], json!({ "under": "last_reply" }))).await);
    done(&say(&pair, "k2", post("Two", &["zoe"], json!({}))).await);
    let parents: Vec<Json> = written(&pair).iter().map(|reply| reply["parent"].clone()).collect();
    assert_eq!(parents[0], "50");
    assert_ne!(parents[1], "50");
}

#[tokio::test]
async fn a_locked_thread_is_answered_by_nobody_not_even_by_an_administrator_pb_6() {
    let pair = community().await;
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "42", "read_only": true }] })).expect("locked");
    let reply = say(&pair, "k1", post("On it", &["zoe", "connector"], json!({}))).await;
    assert_eq!(parked(&reply).code.as_str(), "locked");
    let reply = say(&pair, "k2", post("On it", &["zoe"], json!({ "locked": "drop" }))).await;
    assert_eq!(no(&reply).code.as_str(), "locked");
    assert_eq!(said(&pair), []);
}

#[tokio::test]
async fn a_thread_that_is_gone_refuses_under_its_own_code_pb_6() {
    let pair = community().await;
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "42", "deleted": true }] })).expect("deleted");
    let reply = say(&pair, "k1", post("On it", &["zoe"], json!({}))).await;
    assert_eq!(no(&reply).code.as_str(), "thread_gone");
}

#[tokio::test]
async fn a_post_follows_a_thread_that_was_moved_and_one_that_was_merged_pb_6() {
    let pair = community().await;
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "42", "board": "other" }] })).expect("moved");
    done(&say(&pair, "k1", post("One", &["zoe"], json!({}))).await);
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "42", "merged_into": "43" }] })).expect("merged");
    let reply = say(&pair, "k2", post("Two", &["zoe"], json!({}))).await;
    assert_eq!(done(&reply).get("by"), &"zoe".into());
    let topic = pair.khoros.get(&format!("messages/{}", done(&reply).get("id").as_str().expect("an id"))).await;
    assert_eq!(topic.expect("the post")["topic"]["id"], "43");
}

#[tokio::test]
async fn what_the_board_wants_or_turned_off_has_its_own_code_pb_8a() {
    let pair = community().await;
    for (message, code) in [("page.post.error.tag_required", "tag_required"), ("replies_disabled", "replies_off")] {
        refuse_posts(&pair, 1, refusal(309, message)).await;
        let reply = say(&pair, code, post("On it", &["zoe", "support-team"], json!({}))).await;
        assert_eq!(parked(&reply).code.as_str(), code);
        assert!(parked(&reply).text.contains(message), "{reply:?}");
    }
    assert_eq!(said(&pair), [], "nobody else is tried for it");
}

#[tokio::test]
async fn what_is_held_for_moderation_was_not_delivered_pb_8a() {
    let pair = community().await;
    let reply = say(&pair, "k1", post("On it", &["zoe"], json!({ "thread": "44" }))).await;
    assert_eq!(parked(&reply).code.as_str(), "held_for_moderation");
    let asked = find_ours(&pair, "k1", "44").await;
    assert_eq!(asked[0].get("parked").get("code"), &"held_for_moderation".into(), "nor is one whose answer was lost");
}

/// What the engine asks after a lost answer.
async fn find_ours(pair: &Pair, key: &str, thread: &str) -> Vec<Value> {
    let call = pair.catalog.read_call("khoros.find_our_post").expect("a read");
    let shared = [("thread".into(), Value::text(thread))].into();
    (call.call)(casebridge::catalog::Asked { shared, keys: vec![Value::text(key)] }).await.expect("rows").rows
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_marker_and_parts_are_told_apart_pb_2() {
    let pair = community().await;
    done(&say(&pair, "says:a:khoros.post_reply:c:0", post("(1/2) a", &["zoe"], json!({}))).await);
    refuse_posts(&pair, 1, json!({ "do": "lost_answer" })).await;
    let lost = say(&pair, "says:a:khoros.post_reply:c:1", post("(2/2) b", &["zoe"], json!({}))).await;
    assert!(matches!(lost, Reply::Unknown(_)), "{lost:?}");
    let found = find_ours(&pair, "says:a:khoros.post_reply:c:1", "42").await;
    assert_eq!((found[0].get("by"), found[0].get("moderation")), (&"zoe".into(), &"approved".into()));
    let other = find_ours(&pair, "says:a:khoros.post_reply:c:0", "42").await;
    assert_ne!(found[0].get("id"), other[0].get("id"));
    assert!(find_ours(&pair, "says:a:khoros.post_reply:c:2", "42").await.is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_thread_that_is_left_of_a_merge_pb_2_pb_6() {
    let pair = community().await;
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "42", "merged_into": "43" }] })).expect("merged");
    refuse_posts(&pair, 1, json!({ "do": "lost_answer" })).await;
    let lost = say(&pair, "k1", post("On it", &["zoe"], json!({}))).await;
    assert!(matches!(lost, Reply::Unknown(_)), "{lost:?}");
    let found = find_ours(&pair, "k1", "42").await;
    assert_eq!((found.len(), found[0].get("thread")), (1, &"43".into()));
}

#[tokio::test]
async fn a_question_tells_how_new_the_index_is() {
    let pair = community().await;
    pair.sandbox.khoros.set_switches(&json!({ "index_lag_ms": 600_000 })).expect("a switch");
    done(&say(&pair, "k1", post("On it", &["zoe"], json!({}))).await);
    let call = pair.catalog.read_call("khoros.find_our_post").expect("a read");
    let asked = || casebridge::catalog::Asked {
        shared: [("thread".into(), Value::text("42"))].into(),
        keys: vec![Value::text("k1")],
    };
    let rows = (call.call)(asked()).await.expect("rows");
    let newest = rows.newest.expect("the index shows something");
    assert!(rows.rows.is_empty() && newest < pair.sandbox.clock.now() - SignedDuration::from_hours(1), "{newest}");
    pair.sandbox.clock.advance(SignedDuration::from_mins(11));
    assert_eq!((call.call)(asked()).await.expect("rows").rows.len(), 1);
}

#[tokio::test]
async fn a_dead_session_is_opened_anew_and_the_post_is_made_once_f_072() {
    let pair = community().await;
    done(&say(&pair, "k1", post("One", &["zoe"], json!({}))).await);
    let body =
        json!({ "response": { "status": "error", "error": { "code": 301, "message": "Invalid session key." } } });
    refuse_posts(&pair, 1, json!({ "do": "status", "status": 200, "body": body.to_string() })).await;
    let logins = pair.khoros.budget().counts().logins;
    done(&say(&pair, "k2", post("Two", &["zoe"], json!({}))).await);
    assert_eq!(pair.khoros.budget().counts().logins, logins + 1);
    assert_eq!(said(&pair), [by("zoe", "One"), by("zoe", "Two")]);
}

#[tokio::test]
async fn a_missing_right_is_not_tried_again_and_halts_no_connection_f_072() {
    let pair = community().await;
    let body = json!({ "response": { "status": "error", "error": { "code": 203, "message": "Not authorised." } } });
    refuse_posts(&pair, 9, json!({ "do": "status", "status": 200, "body": body.to_string() })).await;
    let reply = say(&pair, "k1", post("On it", &["zoe"], json!({}))).await;
    assert!(parked(&reply).text.contains("Not authorised."), "{reply:?}");
    assert_eq!(pair.calls(&pair.sandbox.khoros_url, "POST /api/2.0/messages").await, 1);
}

#[tokio::test]
async fn a_member_whose_new_session_is_dead_too_halts_no_connection() {
    let pair = community().await;
    refuse_posts(&pair, 2, refusal(301, "Invalid session key.")).await;
    let reply = say(&pair, "k1", post("On it", &["zoe"], json!({}))).await;
    assert!(matches!(&reply, Reply::Refused(error) if error.class == FailureClass::Refused), "{reply:?}");
}

#[tokio::test]
async fn our_own_dead_session_is_no_refusal_of_the_author() {
    let pair = community().await;
    done(&say(&pair, "k1", post("One", &["zoe"], json!({}))).await);
    pair.sandbox.khoros.expire();
    done(&say(&pair, "k2", post("Two", &["kai", "support-team"], json!({}))).await);
    assert_eq!(said(&pair), [by("zoe", "One"), by("kai", "Two")]);
    let dead =
        json!({ "response": { "status": "error", "error": { "code": 301, "message": "Invalid session key." } } });
    let mut fault =
        on("sessions/login", json!({ "do": "status", "status": 200, "body": dead.to_string(), "times": 9 }));
    fault["match"]["body"] = json!("user.login=support-team");
    pair.khoros_fault(fault).await;
    let reply = say(&pair, "k3", post("Three", &["support-team", "zoe"], json!({}))).await;
    assert!(matches!(&reply, Reply::Again(error) if error.class == FailureClass::SignedOut), "{reply:?}");
}

#[tokio::test]
async fn an_author_signs_in_once_in_25_minutes_and_the_key_is_never_on_the_disk() {
    let pair = community().await;
    for n in 0..3 {
        done(&say(&pair, &format!("k{n}"), post("On it", &["zoe"], json!({}))).await);
    }
    assert_eq!(pair.khoros.budget().counts().logins, 2, "the connector's own and zoe's");
    assert_eq!(pair.secrets().matches("khoros:").count(), 1, "the connector's own alone is kept");
    pair.sandbox.clock.advance(SignedDuration::from_mins(24));
    done(&say(&pair, "k4", post("On it", &["zoe"], json!({}))).await);
    assert_eq!(pair.khoros.budget().counts().logins, 2);
    pair.sandbox.clock.advance(SignedDuration::from_mins(2));
    done(&say(&pair, "k5", post("On it", &["zoe"], json!({}))).await);
    assert_eq!(pair.khoros.budget().counts().logins, 3);
}

/// How long a refusal for flood asks to wait.
fn wait(reply: &Reply) -> i64 {
    match reply {
        Reply::Again(HostError { class: FailureClass::Temporary { after: Some(after) }, .. }) => after.as_secs() as i64,
        other => panic!("no wait: {other:?}"),
    }
}

#[tokio::test]
async fn who_wrote_too_much_waits_under_the_same_name_and_others_go_on() {
    let pair = community().await;
    for n in 1..=5 {
        done(&say(&pair, &format!("z{n}"), post(&format!("z{n}"), &["zoe", "support-team"], json!({}))).await);
    }
    let (sixth, seventh) = (post("z6", &["zoe", "support-team"], json!({})), post("z7", &["zoe"], json!({})));
    let posts = pair.calls(&pair.sandbox.khoros_url, "POST /api/2.0/messages").await;
    let waits = wait(&say(&pair, "z6", sixth.clone()).await);
    assert!((1..=30).contains(&waits), "{waits}");
    wait(&say(&pair, "z7", seventh.clone()).await);
    assert_eq!(pair.calls(&pair.sandbox.khoros_url, "POST /api/2.0/messages").await, posts, "nothing was sent");
    done(&say(&pair, "k1", post("k1", &["kai"], json!({}))).await);
    pair.sandbox.clock.advance(SignedDuration::from_secs(waits + 1));
    done(&say(&pair, "z6", sixth).await);
    done(&say(&pair, "z7", seventh).await);
    let order: Vec<(String, String)> = said(&pair);
    let zoes = ["z1", "z2", "z3", "z4", "z5"].map(|text| by("zoe", text));
    assert_eq!(order[..5], zoes);
    assert_eq!(order[5..], [by("kai", "k1"), by("zoe", "z6"), by("zoe", "z7")]);
}

#[tokio::test]
async fn a_refusal_for_flood_by_the_community_never_goes_to_the_next_author_pb_8a() {
    let pair = community().await;
    refuse_posts(&pair, 1, refusal(309, "page.post.error.flood_control_exceeded")).await;
    let args = post("On it", &["zoe", "support-team"], json!({}));
    assert_eq!(wait(&say(&pair, "k1", args.clone()).await), 30);
    assert_eq!(said(&pair), []);
    done(&say(&pair, "k1", args).await);
    assert_eq!(said(&pair), [by("zoe", "On it")]);
}

#[tokio::test]
async fn a_marker_is_hidden_seen_or_left_out() {
    let pair = community().await;
    for kind in ["hidden", "visible", "none"] {
        done(&say(&pair, kind, post("On it", &["zoe"], json!({ "marker": kind }))).await);
    }
    let bodies: Vec<String> =
        written(&pair).iter().map(|reply| reply["body"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(bodies[0], format!("On it{}", marker::of("hidden")));
    assert_eq!(bodies[1], format!("On it<p>{}</p>", marker::visible("visible")));
    assert_eq!(bodies[2], "On it");
}

#[tokio::test]
async fn an_edit_keeps_the_marker_and_hiding_takes_a_reply_out_of_sight_pb_8() {
    let pair = community().await;
    let reply = say(&pair, "k1", post("On it", &["zoe"], json!({}))).await;
    let id = done(&reply).get("id").as_str().expect("an id").to_owned();
    let edit = Value::from_json(&json!({ "reply": id, "body": "<p>Mended</p>", "as": "zoe" }));
    done(&pair.write("khoros.edit_reply", &[("e1", edit.clone())]).await.remove(0));
    assert_eq!(written(&pair)[0]["body"], format!("<p>Mended</p>{}", marker::of("k1")));
    let hide = Value::from_json(&json!({ "reply": id }));
    done(&pair.write("khoros.hide_reply", &[("h1", hide)]).await.remove(0));
    let query = Liql::select(&["id"], "messages").is_one_of("id", [id.as_str()]);
    assert!(pair.khoros.search_anonymously(&query).await.expect("rows").is_empty());
    pair.sandbox.khoros.edit(&json!({ "replies": [{ "id": id, "deleted": true }] })).expect("deleted");
    let gone = pair.write("khoros.edit_reply", &[("e2", edit)]).await.remove(0);
    assert_eq!(no(&gone).code.as_str(), "reply_gone");
}

#[tokio::test]
async fn a_thread_is_locked_and_a_solution_accepted_once() {
    let pair = community().await;
    let solution = Value::from_json(&json!({ "reply": "50" }));
    done(&pair.write("khoros.accept_solution", &[("s1", solution.clone())]).await.remove(0));
    let again = pair.write("khoros.accept_solution", &[("s2", solution)]).await.remove(0);
    assert!(matches!(again, Reply::AlreadyDone(_)), "{again:?}");
    let lock = Value::from_json(&json!({ "thread": "42" }));
    done(&pair.write("khoros.lock_thread", &[("l1", lock)]).await.remove(0));
    let thread = pair.khoros.get("messages/42").await.expect("the thread");
    assert_eq!((thread["read_only"].clone(), thread["conversation"]["solved"].clone()), (json!(true), json!(true)));
}

fn note(to: &str, subject: &str, more: Json) -> Value {
    let mut args = json!({ "to": to, "subject": subject, "body": "<p>Your case is closed</p>", "as": ["zoe"] });
    args.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    Value::from_json(&args)
}

async fn send(pair: &Pair, args: Value) -> Reply {
    pair.write(NOTE, &[("says:a:khoros.send_private_message:r:0", args)]).await.remove(0)
}

fn sent(pair: &Pair) -> u64 {
    pair.sandbox.khoros.applied().get("send note").copied().unwrap_or(0)
}

#[tokio::test]
async fn a_subject_of_43_characters_is_sent_and_one_of_44_is_not_pm_1_f_123() {
    let pair = community().await;
    done(&send(&pair, note("ana", &"x".repeat(43), json!({}))).await);
    done(&send(&pair, note("ana", &"👩🏽‍💻".repeat(43), json!({}))).await);
    let long = send(&pair, note("ana", &"x".repeat(44), json!({}))).await;
    assert!(no(&long).to_string().contains("44"), "{long:?}");
    let empty = send(&pair, note("ana", "", json!({}))).await;
    assert_eq!(no(&empty).code.as_str(), "subject_length");
    assert_eq!(sent(&pair), 2);
}

#[tokio::test]
async fn a_message_comes_from_the_agent_and_nobody_else_speaks_for_him_pm_1() {
    let pair = community().await;
    let reply = send(&pair, note("ANA", "Your case", json!({}))).await;
    assert_eq!((done(&reply).get("by"), done(&reply).get("to")), (&"zoe".into(), &"ANA".into()));
    let nobody = send(&pair, note("ana", "Your case", json!({ "as": ["closed"] }))).await;
    assert_eq!(parked(&nobody).code.as_str(), "nobody_can_speak");
    let dropped = send(&pair, note("ana", "Your case", json!({ "as": [], "nobody": "drop" }))).await;
    assert_eq!(no(&dropped).code.as_str(), "nobody_can_speak");
    assert_eq!(sent(&pair), 1);
}

#[tokio::test]
async fn a_recipient_who_cannot_be_reached_is_a_failure_to_be_kept_pm_1() {
    let pair = community().await;
    for to in ["nobody-at-all", "closed", "banned"] {
        let reply = send(&pair, note(to, "Your case", json!({}))).await;
        assert_eq!(parked(&reply).code.as_str(), "no_recipient", "{to}");
        assert!(parked(&reply).text.contains(to), "{reply:?}");
    }
    pair.sandbox.khoros.set_switches(&json!({ "private_notes": false })).expect("a switch");
    let off = send(&pair, note("ana", "Your case", json!({ "as": ["zoe", "support-team"] }))).await;
    assert_eq!(no(&off).code.as_str(), "not_delivered");
    assert_eq!(sent(&pair), 0);
    assert_eq!(pair.calls(&pair.sandbox.khoros_url, "notes/send").await, 1, "nobody else is tried");
}

#[tokio::test]
async fn messages_keep_to_their_own_flood_control_whatever_language_the_community_speaks_pm_1() {
    let pair = community().await;
    for _ in 0..5 {
        done(&send(&pair, note("ana", "Your case", json!({}))).await);
    }
    wait(&send(&pair, note("ana", "Your case", json!({}))).await);
    let limit = "Sie haben das Limit erreicht. Versuchen Sie es später.";
    let body = json!({ "response": { "status": "error", "error": { "code": 100, "message": limit } } });
    pair.khoros_fault(on("notes/send", json!({ "do": "status", "status": 200, "body": body.to_string() }))).await;
    wait(&send(&pair, note("ana", "Your case", json!({ "as": ["kai", "support-team"] }))).await);
    assert_eq!(sent(&pair), 5);
}

#[tokio::test]
async fn the_answer_to_a_message_that_was_lost_is_a_persons() {
    let pair = community().await;
    pair.khoros_fault(on("notes/send", json!({ "do": "lost_answer" }))).await;
    let reply = send(&pair, note("ana", "Your case", json!({}))).await;
    assert!(matches!(reply, Reply::Unknown(_)), "{reply:?}");
    let call = pair.catalog.write_call(NOTE).expect("a write");
    assert_eq!(call.unanswered, casebridge::catalog::Unanswered::Person);
}

#[tokio::test]
async fn a_search_by_e_mail_finds_all_spellings_and_whom_the_index_does_not_show_yet() {
    let pair = community().await;
    let again = json!({ "members": [{ "id": "31", "login": "zoe2", "email": "Zoe@ACME.test" }] });
    pair.sandbox.khoros.set_switches(&json!({ "index_lag_ms": 600_000 })).expect("a switch");
    pair.sandbox.khoros.edit(&again).expect("a second account");
    let found = pair.read("khoros.find_people", &[" zoe@acme.test"]).await.expect("people");
    let mut logins: Vec<String> = found.rows.iter().map(|person| person.get("login").to_string()).collect();
    logins.sort();
    assert_eq!(logins, [r#""zoe""#, r#""zoe2""#]);
    assert!(pair.read("khoros.find_people", &["none@acme.test"]).await.expect("people").rows.is_empty());
}

#[tokio::test]
async fn keys_of_actions_that_leave_no_marker_cannot_be_asked_about() {
    let item = |kind: &str| Item { key: "k".into(), args: [("marker".into(), Value::text(kind))].into() };
    assert!(marker::is_left(&item("hidden").args) && marker::is_left(&item("visible").args));
    assert!(!marker::is_left(&item("none").args));
}

const SETTINGS: &str = "
support_boards: [support]
staff_roles: [Employee]
index_lag: 1 minutes
fallback_username: support-team
";

/// A thread with a case, and a bridge that posts what agents comment.
async fn with_a_case(members: Json, settings: &str) -> World {
    let mut all =
        json!([{ "login": "support-team", "email": "team@acme.test" }, { "login": "ana", "email": "ana@people.test" }]);
    all.as_array_mut().expect("a list").extend(members.as_array().expect("a list").clone());
    let thread = json!({ "id": "9001", "board": "support", "subject": "A", "body": "<p>Help</p>", "author": "ana", "age": "60 hours" });
    let world = World::with(json!({ "members": all, "threads": [thread] })).await.settings(settings);
    world.org(json!({ "users": [user("Tim", "team")] }));
    assert_eq!(world.run().await.outcomes("salesforce.create_case"), ["done"]);
    world
}

fn user(name: &str, login: &str) -> Json {
    let address = format!("{login}@acme.test");
    json!({ "Username": address, "Email": address, "FirstName": name, "LastName": "Agent", "Alias": login })
}

fn comments(world: &World, agent: &str, body: &str) {
    let case = world.case_of("9001").expect("a case")["Id"].clone();
    let comment = json!({ "case": case, "body": body, "is_published": true, "by": format!("{agent}@acme.test") });
    world.org(json!({ "comments": [comment] }));
}

/// Author and text of every reply, in order.
fn heard(world: &World) -> Vec<(String, String)> {
    let community = world.sandbox.khoros.world();
    let replies = community["replies"].as_array().cloned().unwrap_or_default();
    let text = |reply: &Json, name: &str| reply[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(u64, String, String)> = replies
        .iter()
        .map(|reply| {
            let id = text(reply, "id").parse().expect("an id");
            (id, text(reply, "author"), marker::without(&text(reply, "body")))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, author, body)| (author, body)).collect()
}

fn came_to(told: &Told, expected: &[&str]) {
    assert_eq!(told.outcomes(POST), expected, "{}", told.text());
}

/// Who is heard when zoe comments on the case.
async fn speaks_for_zoe(members: Json) -> Vec<(String, String)> {
    let world = with_a_case(members, SETTINGS).await;
    comments(&world, "zoe", "On it");
    came_to(&world.run().await, &["done"]);
    heard(&world)
}

#[tokio::test]
async fn exactly_one_active_account_is_the_author() {
    let members = json!([{ "login": "zoe", "email": "Zoe@ACME.test" }]);
    assert_eq!(speaks_for_zoe(members).await, [by("zoe", "On it")]);
}

#[tokio::test]
async fn the_only_account_that_is_deleted_or_banned_leaves_it_to_the_fallback() {
    for state in ["deleted", "banned"] {
        let members = json!([{ "login": "zoe", "email": "zoe@acme.test", state: true }]);
        assert_eq!(speaks_for_zoe(members).await, [by("support-team", "On it")], "{state}");
    }
}

#[tokio::test]
async fn the_only_account_that_may_not_post_there_leaves_it_to_the_fallback() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    comments(&world, "zoe", "On it");
    let mut fault = on("/api/2.0/messages", refusal(203, "You are not authorized to make this request"));
    fault["match"]["method"] = json!("POST");
    world.community_fault(fault).await;
    let told = world.run().await;
    came_to(&told, &["done"]);
    assert_eq!(heard(&world), [by("support-team", "On it")]);
    assert!(world.export().contains("not authorized"), "the reason is kept");
}

#[tokio::test]
async fn no_account_leaves_it_to_the_fallback() {
    assert_eq!(speaks_for_zoe(json!([])).await, [by("support-team", "On it")]);
}

#[tokio::test]
async fn an_agent_without_an_e_mail_is_spoken_for_by_the_fallback() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    let users = world.sandbox.salesforce.world()["users"].as_array().cloned().expect("users");
    let zoe = users.iter().find(|user| user["fields"]["Email"] == "zoe@acme.test").expect("zoe")["fields"].clone();
    let user = json!({ "Id": zoe["Id"], "Name": "Zoe Park", "Email": null });
    let answer = json!({ "totalSize": 1, "done": true, "records": [user] });
    let mut fault = on("FROM User", json!({ "do": "status", "status": 200, "body": answer.to_string() }));
    fault["times"] = json!("always");
    world.org_fault(fault).await;
    comments(&world, "zoe", "On it");
    came_to(&world.run().await, &["done"]);
    assert_eq!(heard(&world), [by("support-team", "On it")]);
}

#[tokio::test]
async fn two_accounts_leave_it_to_the_fallback_and_never_to_the_first() {
    let members = json!([{ "login": "zoe", "email": "zoe@acme.test" }, { "login": "zoe2", "email": "ZOE@acme.test" }]);
    assert_eq!(speaks_for_zoe(members).await, [by("support-team", "On it")]);
}

#[tokio::test]
async fn without_an_account_and_a_valid_fallback_nothing_is_posted_and_a_person_is_told() {
    let settings = SETTINGS.replace("support-team", "nobody-at-all");
    let world = with_a_case(json!([]), &settings).await;
    comments(&world, "zoe", "On it");
    let told = world.run().await;
    let outcomes = told.outcomes(POST);
    assert!(outcomes[0].starts_with("parked: nobody_can_speak: nobody-at-all:"), "{outcomes:?}");
    assert_eq!(heard(&world), []);
}

#[tokio::test]
async fn the_fallback_whose_own_e_mail_is_the_agents_is_a_match_like_any_other() {
    let world = with_a_case(json!([]), SETTINGS).await;
    comments(&world, "team", "On it");
    came_to(&world.run().await, &["done"]);
    assert_eq!(heard(&world), [by("support-team", "On it")]);
}

#[tokio::test]
async fn each_new_comment_is_posted_once_and_in_order_pb_2_pb_3_pb_4() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    for body in ["One", "Two", "Three"] {
        comments(&world, "zoe", body);
    }
    came_to(&world.run().await, &["done", "done", "done"]);
    came_to(&world.run().await, &[]);
    assert_eq!(heard(&world), [by("zoe", "One"), by("zoe", "Two"), by("zoe", "Three")]);
}

#[tokio::test]
async fn a_post_that_waits_holds_those_behind_it_pb_3() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    comments(&world, "zoe", "One");
    comments(&world, "zoe", "Two");
    let mut fault = on("/api/2.0/messages", json!({ "do": "status", "status": 503 }));
    fault["match"]["method"] = json!("POST");
    fault["times"] = json!(2);
    world.community_fault(fault).await;
    came_to(&world.run().await, &["done", "done"]);
    assert_eq!(heard(&world), [by("zoe", "One"), by("zoe", "Two")]);
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_found_and_not_made_again_pb_2() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    world.switch_community(json!({ "index_lag_ms": 90_000 }));
    comments(&world, "zoe", "On it");
    let mut fault = on("/api/2.0/messages", json!({ "do": "lost_answer" }));
    fault["match"]["method"] = json!("POST");
    world.community_fault(fault).await;
    came_to(&world.run().await, &["already done"]);
    assert_eq!(heard(&world), [by("zoe", "On it")]);
}

#[tokio::test]
async fn a_post_that_never_came_through_is_made_once_the_index_shows_something_newer_pb_2() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    comments(&world, "zoe", "On it");
    let mut fault = on("/api/2.0/messages", json!({ "do": "drop" }));
    fault["match"]["method"] = json!("POST");
    world.community_fault(fault).await;
    came_to(&world.run().await, &[]);
    assert_eq!(heard(&world), [], "an index that shows nothing newer proves nothing");
    world.community(
        json!({ "threads": [{ "board": "support", "subject": "B", "body": "b", "author": "ana", "age": "0 s" }] }),
    );
    world.advance("10 minutes");
    came_to(&world.run().await, &["done"]);
    assert_eq!(heard(&world), [by("zoe", "On it")]);
}

#[tokio::test]
async fn without_a_marker_a_lost_answer_is_a_persons_pb_2() {
    let rules = "postbacks:\n  agent-comment:\n    on: salesforce.case_comment_added\n    body: = text::html(comment.body)\n    as: [ agent ]\n    marker: none\n    record: none\n";
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    let world = world.rules("postbacks.yaml", rules);
    comments(&world, "zoe", "On it");
    let mut fault = on("/api/2.0/messages", json!({ "do": "lost_answer" }));
    fault["match"]["method"] = json!("POST");
    world.community_fault(fault).await;
    let outcomes = world.run().await.outcomes(POST);
    assert!(outcomes[0].starts_with("parked: uncertain"), "{outcomes:?}");
    assert_eq!(heard(&world), [by("zoe", "On it")]);
}

#[tokio::test]
async fn two_authors_and_a_flood_lose_nothing_turn_nothing_round_and_nobody_steps_in_pb_3_pb_8a() {
    let members = json!([{ "login": "zoe", "email": "zoe@acme.test" }, { "login": "kai", "email": "kai@acme.test" }]);
    let rules = "postbacks:\n  agent-comment:\n    on: salesforce.case_comment_added\n    body: = text::html(comment.body)\n    as: [ agent, = settings.fallback_username ]\n    max: 200 characters\n    record: none\n";
    let world = with_a_case(members, SETTINGS).await.rules("postbacks.yaml", rules);
    let long = |letter: &str| format!("{} ", letter.repeat(9)).repeat(40);
    for (agent, letter) in [("zoe", "a"), ("kai", "b"), ("zoe", "c")] {
        comments(&world, agent, &long(letter));
    }
    let mut fault = on("/api/2.0/messages", refusal(309, "page.post.error.flood_control_exceeded"));
    fault["match"]["method"] = json!("POST");
    fault["skip"] = json!(1);
    world.community_fault(fault).await;
    let told = world.run().await;
    let heard = heard(&world);
    let parts: Vec<String> = heard
        .iter()
        .map(|(author, body)| {
            let letter = ["aaa", "bbb", "ccc"].into_iter().find(|text| body.contains(text)).expect("a comment");
            let number = body.split_once('(').and_then(|(_, rest)| rest.split_once('/')).expect("a number").0;
            format!("{author} {} {number}", &letter[..1])
        })
        .collect();
    let expected = ["zoe a 1", "zoe a 2", "zoe a 3", "kai b 1", "kai b 2", "kai b 3", "zoe c 1", "zoe c 2", "zoe c 3"];
    assert_eq!(parts, expected, "{}", told.text());
}

#[tokio::test]
async fn a_comment_of_which_one_part_is_parked_is_not_recorded_as_posted_pb_1_pb_8a() {
    let world = with_a_case(json!([{ "login": "zoe", "email": "zoe@acme.test" }]), SETTINGS).await;
    let world =
        world.overlay("overlay: standard\nmade_for: 0.1.0\nset:\n  postbacks.agent-comment.max: 120 characters\n");
    comments(&world, "zoe", &"Reboot it, please. ".repeat(20));
    let mut fault = on("/api/2.0/messages", refusal(309, "page.post.error.tag_required"));
    fault["match"]["method"] = json!("POST");
    (fault["skip"], fault["times"]) = (json!(1), json!(1));
    world.community_fault(fault).await;
    let outcomes = world.run().await.outcomes(POST);
    assert!(outcomes[0] == "done" && outcomes[1].starts_with("parked: tag_required"), "{outcomes:?}");
    let statuses = || -> Vec<Json> {
        let org = world.sandbox.salesforce.world();
        let records = org["postback_comments"].as_array().cloned().unwrap_or_default();
        records.iter().map(|record| record["fields"]["Status__c"].clone()).collect()
    };
    assert_eq!(statuses(), [json!("Failed")]);
    let seen = crate::world::Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> =
        bridge.engine.parked().expect("the state is readable").into_iter().map(|parked| parked.run).collect();
    bridge.engine.retry(&parked, &casebridge::engine::Until::Settled).await.expect("the state holds");
    assert_eq!(statuses(), [json!("Posted")], "once all of it is there: {:?}", heard(&world));
}
