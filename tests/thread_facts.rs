//! What a community tells of its threads and people, fact by fact, over the emulated one.

use casebridge::value::Value;
use serde_json::json;

use crate::hosts_facts::Looking;
use crate::hosts_pair::Pair;

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::text(*item)).collect())
}

/// A community of its own: a board two categories down, one that only members see, a thread with everything on it.
async fn pair() -> Pair {
    let pair = Pair::small().await;
    let entries = json!({
        "categories": [{ "id": "network", "title": "Network", "parent": "products" }, { "id": "products" }],
        "boards": [{ "id": "vpn", "category": "network" }, { "id": "inner", "category": "network", "members_only": true }],
        "members": [
            { "login": "mia", "id": "801", "custom": { "c_plan": "gold" }, "first_name": "Mia" },
            { "login": "noa", "id": "802" },
        ],
        "threads": [
            { "id": "8001", "board": "vpn", "author": "mia", "subject": "Drops", "body": "<p>x</p>", "age": "60 hours",
              "language": "DE", "me_toos": ["noa", "mia"], "custom": { "c_serial": "XB-7" }, "archived": true,
              "attachments": [{ "filename": "log.txt", "content_type": "text/plain", "filesize": 512 }] },
            { "id": "8002", "board": "inner", "author": "noa", "subject": "Quiet", "body": "<p>x</p>", "age": "50 hours" },
        ],
        "replies": [{ "id": "8003", "thread": "8001", "author": "noa", "body": "Reboot", "kudos": ["mia"] }],
        "solutions": [{ "reply": "8003" }],
    });
    pair.sandbox.khoros.edit(&entries).expect("an edit");
    pair
}

#[tokio::test]
async fn a_thread_stands_in_its_board_and_all_above_it() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8001");
    assert_eq!(looking.see("thread.places").await, texts(&["vpn", "network", "products", "sandbox.prod"]));
    assert_eq!(looking.asked(), ["khoros.get_thread", "khoros.find_places"]);
}

#[tokio::test]
async fn what_strangers_do_not_see_is_restricted_x_8() {
    let pair = pair().await;
    assert_eq!(Looking::at(&pair, "8001").see("thread.visibility").await, "public".into());
    assert_eq!(Looking::at(&pair, "8002").see("thread.visibility").await, "restricted".into());
}

#[tokio::test]
async fn a_thread_tells_who_else_has_its_problem_its_files_and_its_solutions() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8001");
    assert_eq!(looking.see("thread.me_too").await, 2.into());
    assert_eq!(looking.see("thread.solutions").await, 1.into());
    assert_eq!(looking.see("thread.archived").await, true.into());
    assert_eq!(looking.see("thread.language").await, "de".into());
    let Value::List(files) = looking.see("thread.attachments").await else { panic!("no list") };
    assert_eq!((files[0].get("name"), files[0].get("size")), (&"log.txt".into(), &512.into()));
    assert_eq!(files[0].get("type"), &"text/plain".into());
    assert!(files[0].get("url").as_str().expect("an address").starts_with("http"));
    let mut other = Looking::at(&pair, "8002");
    assert_eq!(other.see("thread.attachments").await, Value::List(vec![]));
    assert_eq!((other.see("thread.me_too").await, other.see("thread.archived").await), (0.into(), false.into()));
}

#[tokio::test]
async fn an_unsolved_thread_has_no_solutions_without_a_look_at_its_replies() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8002");
    assert_eq!(looking.see("thread.solutions").await, 0.into());
    assert_eq!(looking.asked(), ["khoros.get_thread"]);
}

#[tokio::test]
async fn custom_fields_are_read_by_name() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8001");
    assert_eq!(looking.see("thread.custom.serial").await, "XB-7".into());
    assert_eq!(looking.see("thread.author.custom.plan").await, "gold".into());
    let mut other = Looking::at(&pair, "8002");
    assert_eq!(other.see("thread.custom.serial").await, Value::Nothing, "it has the field without a value");
    assert_eq!(other.see("thread.author.custom.plan").await, Value::Nothing);
}

#[tokio::test]
async fn a_custom_field_that_the_community_does_not_know_is_an_error_once_and_not_for_each_thread() {
    let pair = pair().await;
    let call = pair.catalog.read_call("khoros.find_thread_field").expect("a read");
    let asked = casebridge::catalog::Asked {
        shared: [("field".into(), "serail".into())].into(),
        keys: vec!["8001".into(), "8002".into()],
    };
    let error = (call.call)(asked).await.expect_err("no such field");
    assert_eq!(error.class, casebridge::failure::FailureClass::NotFound);
    assert!(error.said.contains("no field `c_serail`"), "{error}");
}

#[tokio::test]
async fn what_the_community_counts_of_a_person_is_live() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8002");
    assert_eq!(looking.see("thread.author.kudos").await, 1.into());
    assert_eq!(looking.see("thread.author.solutions").await, 1.into());
    pair.sandbox.khoros.edit(&json!({ "solutions": [{ "reply": "8003", "deleted": true }] })).expect("an edit");
    assert_eq!(Looking::at(&pair, "8002").see("thread.author.solutions").await, 0.into());
}

/// The reference names no time of a move, so nothing is made up.
#[tokio::test]
async fn when_a_thread_was_moved_is_not_known() {
    let pair = pair().await;
    assert_eq!(Looking::at(&pair, "8001").see("thread.moved_at").await, Value::Nothing);
}

/// ESC-5.
#[tokio::test]
async fn a_thread_is_as_old_as_its_approval() {
    let pair = pair().await;
    let hours = |value: Value| if let Value::Span(span) = value { span.as_hours() } else { panic!("{value:?}") };
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "8002", "approved": "20 hours" }] })).expect("an edit");
    assert_eq!(hours(Looking::at(&pair, "8002").see("thread.age").await), 20);
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "8002", "approved": "70 hours" }] })).expect("an edit");
    assert_eq!(hours(Looking::at(&pair, "8002").see("thread.age").await), 50, "approved before it was posted");
    pair.sandbox.khoros.edit(&json!({ "threads": [{ "id": "8002", "subject": "Edited" }] })).expect("an edit");
    assert_eq!(hours(Looking::at(&pair, "8002").see("thread.age").await), 50, "editing starts nothing anew");
}

#[tokio::test]
async fn a_program_is_who_the_settings_name_or_the_connector_itself() {
    let pair = pair().await;
    let mut looking = Looking::at(&pair, "8002");
    assert_eq!(looking.see("thread.author.bot").await, false.into());
    looking.set("bots", json!(["NOA"]));
    assert_eq!(looking.see("thread.author.bot").await, true.into());
    let own =
        json!({ "threads": [{ "id": "8009", "board": "vpn", "author": "connector", "subject": "News", "body": "x" }] });
    pair.sandbox.khoros.edit(&own).expect("an edit");
    assert_eq!(Looking::at(&pair, "8009").see("thread.author.bot").await, true.into());
}

#[tokio::test]
async fn what_is_left_of_a_closed_account_counts_as_deleted() {
    let pair = pair().await;
    let orphan = json!({ "threads": [{ "id": "8009", "board": "vpn", "author": "", "subject": "Old", "body": "x" }] });
    pair.sandbox.khoros.edit(&orphan).expect("an edit");
    let mut looking = Looking::at(&pair, "8009");
    assert_eq!(looking.see("thread.author.deleted").await, true.into());
    assert_eq!(looking.see("thread.author.email").await, Value::Nothing);
}
