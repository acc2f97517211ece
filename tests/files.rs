//! Files of a reply in its case: copies of those that may be copied, links to all others.

use casebridge::catalog::Reply;
use casebridge::cli::report::planned_text;
use casebridge::ports::Store;
use casebridge::value::Value;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, with_a_case};
use crate::hosts_pair::Pair;
use crate::world::killing::{Killer, run_until};
use crate::world::meddling::Meddling;
use crate::world::{Told, World};

const ATTACH: &str = "salesforce.attach_file";
const COMMENT: &str = "salesforce.comment_on_case";
/// What a picture begins with, in base64; 16 bytes, of which some are no text.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUg==";

async fn world(attachments: &str) -> World {
    let rule = format!(
        "replies:\n  copied:\n    order: 1\n    on: khoros.reply_posted\n    edited: add\n    \
         body: \"${{reply.author.name}} wrote: ${{text::plain(reply.body)}}\"\n    attachments: {attachments}\n"
    );
    with_a_case().await.rules("files.yaml", &rule)
}

async fn copying() -> World {
    world("{ send: copy, max: 10 MB, types: [png, jpg, pdf] }").await
}

fn picture(name: &str) -> Json {
    json!({ "filename": name, "content_type": "image/png", "filesize": 16, "content": PICTURE })
}

fn made_up(name: &str, size: u64) -> Json {
    json!({ "filename": name, "content_type": "application/octet-stream", "filesize": size })
}

/// Ana writes a reply with files.
fn write(world: &World, files: &[Json]) {
    let reply = json!({ "id": "9100", "thread": "9001", "author": "ana", "body": "<p>Look</p>", "attachments": files });
    world.community(json!({ "replies": [reply] }));
}

/// The files in the org, oldest first: all fields of each.
fn files(world: &World) -> Vec<Json> {
    let org = world.sandbox.salesforce.world();
    let versions = org["content_versions"].as_array().expect("an org has a list of files");
    versions.iter().map(|version| version["fields"].clone()).collect()
}

fn names(world: &World) -> Vec<String> {
    files(world).iter().map(|file| file["Title"].as_str().unwrap_or_default().to_owned()).collect()
}

fn came_to(told: &Told, function: &str, expected: &[&str]) {
    let outcomes = told.outcomes(function);
    let alike = outcomes.len() == expected.len()
        && outcomes.iter().zip(expected).all(|(outcome, expected)| outcome.starts_with(expected));
    assert!(alike, "{outcomes:?} is not {expected:?}: {}", told.text());
}

/// How often a file was asked for.
async fn downloads(world: &World) -> u64 {
    let calls = world.community_calls().await;
    let calls = calls.as_object().expect("calls by route");
    calls.iter().filter(|(route, _)| route.contains("/t5/attachments")).filter_map(|(_, count)| count.as_u64()).sum()
}

#[tokio::test]
async fn a_picture_is_copied_and_what_is_too_large_or_of_another_type_is_linked_x_6() {
    let world = copying().await;
    write(&world, &[picture("Screen.PNG"), made_up("manual.pdf", 11_000_000), made_up("setup.exe", 10)]);
    let told = world.run().await;
    came_to(&told, COMMENT, &["done"]);
    came_to(&told, ATTACH, &["done"]);
    let files = files(&world);
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(
        (&files[0]["Title"], &files[0]["VersionData"]),
        (&json!("Screen.PNG"), &json!(PICTURE)),
        "byte for byte"
    );
    assert_eq!((&files[0]["ContentSize"], &files[0]["FileExtension"]), (&json!(16), &json!("PNG")));
    let links = world.sandbox.salesforce.world()["content_document_links"].clone();
    assert_eq!(links.as_array().map(Vec::len), Some(1));
    assert_eq!(links[0]["fields"]["LinkedEntityId"], case(&world), "it hangs on the case");
    let [comment] = &world.comments()[..] else { panic!("{:?}", world.comments()) };
    let lines: Vec<&str> = comment.lines().collect();
    assert_eq!((lines[0], lines[1], lines.len()), ("ana wrote: Look", "", 4), "{comment}");
    assert!(lines[2].starts_with("manual.pdf: http") && lines[3].starts_with("setup.exe: http"), "{comment}");
    assert_eq!(downloads(&world).await, 1, "what is not copied is not asked for");
    came_to(&world.run().await, ATTACH, &[]);
}

#[tokio::test]
async fn what_may_not_be_copied_is_dropped_where_a_rule_says_so_x_6() {
    let world = world("{ send: copy, types: [png], otherwise: drop }").await;
    write(&world, &[picture("a.png"), made_up("b.pdf", 10)]);
    came_to(&world.run().await, ATTACH, &["done"]);
    assert_eq!((names(&world), world.comments()), (vec!["a.png".to_owned()], vec!["ana wrote: Look".to_owned()]));
}

#[tokio::test]
async fn the_size_that_may_be_copied_may_be_worked_out() {
    let world = world("{ send: copy, types: [png], max: = 3 * 5, otherwise: drop }").await;
    write(&world, &[picture("a.png"), made_up("b.png", 15)]);
    came_to(&world.run().await, ATTACH, &["done"]);
    assert_eq!(names(&world), ["b.png"]);
}

#[tokio::test]
async fn a_reply_without_files_plans_none() {
    let world = copying().await;
    write(&world, &[]);
    let told = world.run().await;
    came_to(&told, COMMENT, &["done"]);
    came_to(&told, ATTACH, &[]);
}

#[tokio::test]
async fn an_edit_brings_the_files_that_are_new_and_no_other_twice() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    came_to(&world.run().await, ATTACH, &["done"]);
    world.advance("10 minutes");
    let files = [picture("a.png"), picture("b.png")];
    world.community(json!({ "replies": [{ "id": "9100", "body": "<p>Look again</p>", "attachments": files }] }));
    let told = world.run().await;
    came_to(&told, COMMENT, &["done"]);
    assert_eq!(names(&world), ["a.png", "b.png"], "{}", told.text());
}

#[tokio::test]
async fn a_copy_whose_answer_was_lost_is_found_in_the_case_and_not_sent_again() {
    for fault in [json!({ "do": "lost_answer" }), json!({ "do": "reset", "at": "body" }), json!({ "do": "drop" })] {
        let world = copying().await;
        write(&world, &[picture("a.png"), picture("b.png")]);
        let mut fault = fault;
        fault["match"] = json!({ "method": "POST", "path": "/sobjects/ContentVersion" });
        world.org_fault(fault.clone()).await;
        let told = world.run().await;
        assert_eq!(names(&world).len(), 2, "{fault}: {}", told.text());
        assert_eq!(world.applied("create ContentVersion"), 2, "{fault}");
        let was_lost = if fault["do"] == "drop" { "done" } else { "already done" };
        let mut outcomes = told.outcomes(ATTACH);
        outcomes.sort();
        assert_eq!(outcomes, [was_lost, "done"], "{fault}: {}", told.text());
    }
}

#[tokio::test]
async fn a_state_that_was_lost_makes_no_second_copy() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    came_to(&world.run().await, ATTACH, &["done"]);
    world.lose_state();
    world.relink().await;
    world.community(json!({ "replies": [{ "id": "9100", "body": "<p>Look again</p>" }] }));
    world.advance("2 minutes");
    came_to(&world.run().await, ATTACH, &["already done"]);
    assert_eq!(names(&world), ["a.png"]);
}

/// The places around the two calls that a copy is made of.
async fn places() -> Vec<u64> {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    let killer = Killer::at(0);
    assert!(run_until(&world, &killer).await);
    let kinds = killer.kinds();
    let of = |part: &str| kinds.iter().filter(|(kind, _)| kind.contains(part)).flat_map(|(_, at)| at.clone()).collect();
    let (download, upload): (Vec<u64>, Vec<u64>) = (of("GET attachments"), of("POST services/data/sobjects"));
    assert!(!download.is_empty() && !upload.is_empty(), "{kinds:?}");
    let first = download.iter().min().expect("one") - 3;
    let last = upload.iter().max().expect("one") + 3;
    (first..=last).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_around_a_copy_the_case_has_it_once() {
    for place in places().await {
        let world = copying().await;
        write(&world, &[picture("a.png")]);
        run_until(&world, &Killer::at(place)).await;
        world.advance("10 minutes");
        let told = world.run().await;
        assert_eq!(names(&world), ["a.png"], "killed at place {place}: {}", told.text());
        assert_eq!(world.comments(), ["ana wrote: Look"], "killed at place {place}");
        assert!(world.store().range("open/").expect("readable").is_empty(), "place {place}: a run is still open");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_by_then_is_parked_with_its_name_and_its_neighbours_go_on() {
    let world = copying().await;
    write(&world, &[picture("a.png"), picture("b.png")]);
    let host = world.sandbox.khoros.clone();
    let only_one = json!({ "replies": [{ "id": "9100", "attachments": [picture("a.png")] }] });
    let web = Meddling::before(world.web(), "/t5/attachments", move || _ = host.edit(&only_one).expect("an edit"));
    let told = world.run_over(web).await;
    came_to(&told, COMMENT, &["done"]);
    came_to(&told, ATTACH, &["done", "parked: file_gone: `b.png`"]);
    assert_eq!(names(&world), ["a.png"]);
}

#[tokio::test]
async fn a_file_that_is_longer_than_it_said_is_parked_and_none_of_it_kept() {
    let world = copying().await;
    let mut file = picture("a.png");
    file["filesize"] = json!(15);
    write(&world, &[file, picture("b.png")]);
    let told = world.run().await;
    came_to(&told, ATTACH, &["parked: file_longer_than_said: `a.png`", "done"]);
    assert_eq!(names(&world), ["b.png"]);
}

#[tokio::test]
async fn a_file_that_we_may_not_open_is_parked_and_the_connection_goes_on() {
    let to_sign_in = json!({ "do": "status", "status": 302, "headers": { "location": "/t5/user/userloginpage" } });
    let refused = |status: u16| json!({ "do": "status", "status": status });
    for mut fault in [refused(401), refused(403), to_sign_in] {
        let world = copying().await;
        write(&world, &[picture("a.png")]);
        fault["match"] = json!({ "path": "/t5/attachments" });
        fault["times"] = json!("always");
        world.community_fault(fault).await;
        came_to(&world.run().await, ATTACH, &["parked: file_refused: `a.png`"]);
        world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>More</p>" }] }));
        came_to(&world.run().await, COMMENT, &["done"]);
    }
}

#[tokio::test]
async fn a_page_in_place_of_a_file_is_no_file_and_a_busy_community_is_waited_for() {
    let faults =
        [json!({ "do": "html", "body": "<html>Please sign in</html>" }), json!({ "do": "status", "status": 503 })];
    for fault in faults {
        let world = copying().await;
        write(&world, &[picture("a.png")]);
        let mut fault = fault;
        fault["match"] = json!({ "path": "/t5/attachments" });
        world.community_fault(fault.clone()).await;
        came_to(&world.run().await, ATTACH, &["done"]);
        assert_eq!(files(&world)[0]["VersionData"], PICTURE, "{fault}");
    }
}

#[tokio::test]
async fn a_file_that_never_comes_is_parked_in_the_end_and_its_thread_goes_on_x_4() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    let on = json!({ "path": "/t5/attachments" });
    world.community_fault(json!({ "match": on, "do": "status", "status": 503, "times": "always" })).await;
    let mut came = vec![];
    for _ in 0..60 {
        came = world.run().await.outcomes(ATTACH);
        if !came.is_empty() {
            break;
        }
        world.advance("5 minutes");
    }
    assert!(came.len() == 1 && came[0].starts_with("parked: given_up"), "{came:?}");
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": "<p>More</p>" }] }));
    world.advance("2 minutes");
    came_to(&world.run().await, COMMENT, &["done"]);
}

#[tokio::test]
async fn a_dead_session_is_renewed_for_a_file_too() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    let host = world.sandbox.khoros.clone();
    let web = Meddling::before(world.web(), "/t5/attachments", move || host.expire());
    came_to(&world.run_over(web).await, ATTACH, &["done"]);
}

#[tokio::test]
async fn a_file_that_lies_elsewhere_is_linked_and_never_called() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    let row = json!({
        "type": "attachment", "id": "1", "filename": "a.png", "url": "https://files.elsewhere.test/a.png",
        "content_type": "image/png", "filesize": 16,
    });
    let body = json!({ "status": "success", "data": { "type": "attachments", "size": 1, "items": [row] } }).to_string();
    let fault = json!({ "match": { "path": "FROM attachments" }, "do": "status", "status": 200, "body": body, "times": "always" });
    world.community_fault(fault).await;
    let told = world.run().await;
    came_to(&told, ATTACH, &[]);
    assert_eq!(world.comments(), ["ana wrote: Look\n\na.png: https://files.elsewhere.test/a.png"]);
}

#[tokio::test]
async fn only_an_address_of_the_community_is_called_whatever_a_script_says_con_9() {
    let pair = Pair::small().await;
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/a.png", elsewhere.local_addr().expect("an address"));
    let org = pair.sandbox.salesforce_url.clone();
    for url in [url, format!("{org}/services/data"), "file:///etc/hostname".to_owned()] {
        let parts = [("id", "1".into()), ("name", "a.png".into()), ("size", 16.into()), ("url", Value::text(&*url))];
        let args = Value::map([("case", "500000000000001AAA".into()), ("file", Value::map(parts))]);
        let replies = pair.write(ATTACH, &[("1", args)]).await;
        let Reply::Parked(why) = &replies[0] else { panic!("{url}: {replies:?}") };
        assert!(why.to_string().contains("outside of the community"), "{why}");
    }
    let called = tokio::time::timeout(std::time::Duration::from_millis(10), elsewhere.accept()).await;
    assert!(called.is_err(), "nobody called");
}

#[tokio::test]
async fn a_preview_names_a_file_and_its_size_and_asks_for_no_byte_of_it() {
    let world = copying().await;
    write(&world, &[picture("a.png")]);
    let preview = world.preview().await;
    let planned = &preview.report.planned[0];
    let shown = planned_text(planned, &crate::problems::catalog(), false);
    assert!(shown.contains("+ salesforce.attach_file"), "{shown}");
    assert!(shown.contains("name a.png, size 16"), "{shown}");
    assert_eq!((downloads(&world).await, names(&world).len()), (0, 0));
}

#[tokio::test]
async fn no_byte_of_a_file_is_in_the_state() {
    let world = copying().await;
    let content = "VGhlIGJ5dGVzIG9mIGEgZmlsZQ==";
    let file = json!({ "filename": "a.pdf", "content_type": "application/pdf", "filesize": 19, "content": content });
    write(&world, &[file]);
    came_to(&world.run().await, ATTACH, &["done"]);
    assert_eq!(files(&world)[0]["VersionData"], content);
    let state = world.export();
    assert!(state.contains("a.pdf"), "the plan names it");
    assert!(!state.contains("The bytes of a file") && !state.contains(content));
}

#[tokio::test]
async fn the_files_of_a_question_follow_into_the_case_that_it_became() {
    let rule = "escalations:\n  with-files:\n    order: 1\n    every: 15 minutes\n    with: thread-to-case\n    \
                when: [ thread.board == \"support\", thread.age >= hours(48) ]\n    after:\n      its-files:\n        \
                then:\n          - salesforce.attach_file:\n              case: = case.Id\n              \
                file: = files::allowed(thread.attachments, [\"png\"], 1000000)\n";
    let thread = json!({
        "id": "9500", "board": "support", "subject": "B", "body": "<p>See</p>", "author": "ana", "age": "60 hours",
        "attachments": [picture("a.png"), made_up("b.exe", 4)],
    });
    let world = with_a_case().await.rules("files.yaml", rule);
    world.community(json!({ "threads": [thread] }));
    let told = world.run().await;
    came_to(&told, ATTACH, &["done"]);
    let id = world.case_of("9500").expect("a case")["Id"].clone();
    assert_eq!(files(&world)[0]["FirstPublishLocationId"], id);
}
