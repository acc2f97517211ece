//! The bytes of files on messages (sheet 5.4, 7.6).

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::site::Site;

/// A thread that everybody may read and one on a board for members, each with a file.
async fn site() -> Site {
    let file =
        |name: &str| json!([{ "filename": name, "content_type": "image/png", "filesize": 4, "content": "iVBO/w==" }]);
    let thread = |id: &str, board: &str, files: Value| json!({ "id": id, "board": board, "author": "ana", "subject": "A", "body": "<p>1</p>", "attachments": files });
    Site::scene(json!({
        "boards": [{ "id": "help", "title": "Help" }, { "id": "inside", "title": "Inside", "members_only": true }],
        "threads": [thread("101", "help", file("a b?ä.png")), thread("102", "inside", file("in.png"))],
    }))
    .await
}

async fn url(site: &Site, message: &str) -> String {
    let files = site.search(&format!("SELECT id, url FROM attachments WHERE message.id = '{message}'")).await;
    files["items"][0]["url"].as_str().expect("an address").to_owned()
}

async fn open(site: &Site, url: &str) -> (u16, String, Vec<u8>) {
    let path = url.strip_prefix(&site.sandbox.khoros_url).expect("an address of the community");
    let answer = site.request(Method::GET, path).send().await.expect("an answer");
    let kind = answer.headers()[CONTENT_TYPE].to_str().expect("a text").to_owned();
    (answer.status().as_u16(), kind, answer.bytes().await.expect("bytes").to_vec())
}

#[tokio::test]
async fn a_file_is_given_byte_for_byte_to_whoever_may_read_its_message() {
    let site = site().await.signed_in().await;
    let (open_to_all, for_members) = (url(&site, "101").await, url(&site, "102").await);
    let picture = (200, "image/png".to_owned(), vec![0x89, 0x50, 0x4e, 0xff]);
    assert_eq!(open(&site, &open_to_all).await, picture);
    assert_eq!(open(&site, &for_members).await, picture);
    assert_eq!(open(&site, &open_to_all.replace("101_1", "101_2")).await.0, 404);
    assert_eq!(open(&site, &open_to_all.replace("101_1", "999_1")).await.0, 404);
    let nobody = Site { key: None, ..site };
    assert_eq!(open(&nobody, &open_to_all).await, picture);
    assert_eq!(open(&nobody, &for_members).await.0, 403);
    let forgotten = Site { key: Some("dead".into()), ..nobody };
    assert_eq!(open(&forgotten, &open_to_all).await.0, 401);
}

#[tokio::test]
async fn a_file_that_a_scene_does_not_fill_has_the_size_that_it_says() {
    let site = Site::scene(json!({})).await;
    let file = json!({ "filename": "big.pdf", "content_type": "application/pdf", "filesize": 1_000_001 });
    let thread =
        json!({ "id": "101", "board": "help", "author": "ana", "subject": "A", "body": "x", "attachments": [file] });
    site.control(Method::POST, "world", json!({ "threads": [thread] })).await;
    let (status, kind, bytes) = open(&site, &url(&site, "101").await).await;
    assert_eq!((status, kind.as_str(), bytes.len()), (200, "application/pdf", 1_000_001));
    let wrong = json!({ "threads": [{ "id": "101", "attachments": [{ "filename": "a", "content_type": "b", "filesize": 1, "content": "?" }] }] });
    assert!(site.sandbox.khoros.edit(&wrong).is_err(), "what is no base64 is refused");
}
