//! Generated communities: members, threads and cases, and pages through them.

use std::collections::BTreeSet;

use casebridge::sandbox::{Options, SceneChoice};
use serde_json::json;

use super::site::Site;

async fn generated(threads: u64, members: u64) -> Site {
    Site::with(Options { threads: Some(threads), members: Some(members), seed: 3, ..Options::default() })
        .await
        .signed_in()
        .await
}

#[tokio::test]
async fn every_member_comes_once_by_visit_and_by_id() {
    let site = generated(10, 2500).await;
    for order in ["ORDER BY last_visit_time DESC", "ORDER BY id DESC", ""] {
        let query = format!("SELECT id, login, last_visit_time FROM users {order} LIMIT 1000");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let data = site.search(&format!("{query}{cursor}")).await;
            seen.extend(data["items"].as_array().expect("items").clone());
            let Some(next) = data["next_cursor"].as_str() else { break };
            cursor = format!(" CURSOR '{next}'");
        }
        let ids: BTreeSet<String> = seen.iter().map(|item| item["id"].to_string()).collect();
        assert_eq!((seen.len(), ids.len()), (2514, 2514), "{order}");
        if order.contains("visit") {
            assert!(seen.is_sorted_by(|one, two| one["last_visit_time"].as_str() >= two["last_visit_time"].as_str()));
        }
    }
    assert_eq!(site.search("SELECT id FROM users WHERE login = 'member-1234'").await["size"], 1);
    assert_eq!(site.search("SELECT id FROM users WHERE id >= '9' AND id <= '5' ORDER BY id DESC").await["size"], 0);
    assert_eq!(site.search("SELECT id FROM messages WHERE post_time > 9 AND post_time < 5").await["size"], 0);
    assert_eq!(site.search("SELECT id FROM users WHERE id >= '100' AND id <= '149' LIMIT 1000").await["size"], 50);
}

#[tokio::test]
async fn a_cursor_goes_on_although_threads_come_and_go() {
    let site = generated(60, 5).await;
    let query = "SELECT id FROM messages WHERE board.id = 'support' AND depth = 0 ORDER BY id LIMIT 30";
    let first = site.search(query).await;
    let seen: Vec<&str> =
        first["items"].as_array().expect("items").iter().filter_map(|item| item["id"].as_str()).collect();
    let last = seen[29];
    let edit = json!({ "threads": [
        { "id": seen[3], "deleted": true }, { "id": last, "deleted": true },
        { "board": "support", "author": "ana", "subject": "new" },
    ]});
    site.control(reqwest::Method::POST, "world", edit).await;
    let next = format!("{query} CURSOR '{}'", first["next_cursor"].as_str().expect("a cursor"));
    let second = site.ids(&next).await;
    assert_eq!(second.len(), 30, "nothing is skipped");
    assert!(second.iter().all(|id| !seen.contains(&&**id)), "nothing comes twice");
}

#[tokio::test]
async fn members_need_no_threads_and_cases_are_the_orgs() {
    let options = Options { scene: SceneChoice::Empty, members: Some(3), cases: Some(7), ..Options::default() };
    let site = Site::with(options).await;
    assert_eq!(site.sandbox.khoros.world()["members"].as_array().map(Vec::len), Some(5));
    assert_eq!(site.sandbox.salesforce.world()["cases"].as_array().map(Vec::len), Some(7));
}

#[tokio::test]
async fn a_taken_login_or_a_missing_board_stops_the_start() {
    let start = async |scene| {
        let options = Options { scene: SceneChoice::Value(scene), threads: Some(3), ..Options::default() };
        casebridge::sandbox::start(options).await.err().expect("no start")
    };
    assert!(start(json!({})).await.contains("`support`"));
    let taken = json!({ "boards": [{ "id": "support" }], "members": [{ "login": "Member-7" }] });
    assert!(start(taken).await.contains("`Member-7`"));
}
