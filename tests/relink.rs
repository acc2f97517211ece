//! A state that was lost: the links are built anew from the external ids of the cases, and nothing is made or said twice
//! (core, section 4; CLO-6).

use casebridge::engine::relink::Relinked;
use serde_json::{Value as Json, json};

use crate::both_ways::{case, comments_by, replies, with_a_case};
use crate::home::{Home, Running};
use crate::world::World;

/// What a member writes now.
fn reply(world: &World, body: &str) {
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": format!("<p>{body}</p>") }] }));
}

/// Two passes, so that there is time to hear everything.
async fn hear(world: &World) {
    for _ in 0..2 {
        world.advance("1 minutes");
        world.run().await;
    }
}

#[tokio::test]
async fn after_the_state_was_lost_and_relinked_a_reply_goes_to_the_same_case_and_nothing_is_said_twice() {
    let world = with_a_case().await;
    reply(&world, "It hums");
    comments_by(&world, "zoe", "Please reboot", true);
    hear(&world).await;
    let before = (replies(&world).len(), world.comments().len());
    world.lose_state();
    assert_eq!(world.relink().await, Relinked { added: 1, ..Relinked::default() });
    reply(&world, "It still hums");
    comments_by(&world, "zoe", "Then send it in", true);
    hear(&world).await;
    assert_eq!((replies(&world).len(), world.comments().len()), (before.0 + 2, before.1 + 2), "{:?}", world.comments());
    assert!(world.comments().contains(&"ana wrote: It still hums".to_owned()), "{:?}", world.comments());
    assert_eq!(world.applied("create Case"), 1, "it is due, and has a case");
    assert_eq!(world.relink().await, Relinked { right: 1, ..Relinked::default() });
}

#[tokio::test]
async fn a_case_that_was_merged_meanwhile_leaves_its_thread_to_the_other_clo_6() {
    let world = with_a_case().await;
    let made =
        world.org(json!({ "cases": [{ "fields": { "Subject": "One" } }, { "fields": { "Subject": "Other" } }] }));
    let [one, other] = [0, 1].map(|which| made["cases"][which]["id"].clone());
    world.lose_state();
    world.org(json!({ "cases": [{ "id": case(&world), "merged_into": one }] }));
    world.org(json!({ "cases": [{ "id": one, "merged_into": other }] }));
    assert_eq!(world.relink().await, Relinked { added: 1, merged: 1, ..Relinked::default() });
    reply(&world, "It still hums");
    hear(&world).await;
    let org = world.sandbox.salesforce.world();
    let of: Vec<&Json> = org["comments"].as_array().expect("a list").iter().map(|comment| &comment["case"]).collect();
    assert_eq!((of, world.applied("create Case")), (vec![&other], 1));
}

#[tokio::test]
async fn a_thread_whose_case_lies_in_the_recycle_bin_gets_no_second_one_clo_6() {
    let world = with_a_case().await;
    world.lose_state();
    world.org(json!({ "cases": [{ "id": case(&world), "deleted": true }] }));
    assert_eq!(world.relink().await, Relinked { added: 1, deleted: 1, ..Relinked::default() });
    hear(&world).await;
    assert_eq!(world.applied("create Case"), 1);
}

#[tokio::test]
async fn of_several_cases_the_newest_has_the_thread_and_those_of_other_communities_are_left_alone() {
    let world = with_a_case().await;
    let tenant = &world.connections.khoros.tenant_id;
    let keyed = |key: String| json!({ "fields": { "Subject": "?", "Community_Thread_Key__c": key } });
    let keys = [format!("{tenant}:9001:2"), "other.prod:9001".into(), format!("{tenant}2:9001"), format!("{tenant}:7")];
    let made = world.org(json!({ "cases": keys.map(keyed).to_vec() }));
    let untouched = world.cases();
    let newest = made["cases"][0]["id"].as_str().expect("an id").to_owned();
    let first = case(&world).as_str().expect("an id").to_owned();
    let changed = vec![["9001".to_owned(), first.clone(), newest.clone()]];
    let expected = Relinked { added: 1, changed, earlier: 1, others: 2, ..Relinked::default() };
    assert_eq!(world.relink().await, expected);
    let state = world.export();
    let link = |key: &str, case: &str| {
        let line = |line: &&str| line.contains(&format!("\"key\":\"link/{key}\"")) && line.contains(case);
        assert_eq!(state.lines().filter(line).count(), 1, "{key}");
    };
    link("thread/acme/9001", &newest);
    link(&format!("case/acme/{}", &first[..15]), "9001");
    assert_eq!(world.cases(), untouched, "nothing is written at the org");
}

#[tokio::test]
async fn merged_threads_that_share_a_case_go_on_sharing_it() {
    let world = with_a_case().await;
    world.community(json!({ "threads": [{ "id": "9003", "board": "support", "subject": "B", "body": "<p>B</p>", "author": "ana" }] }));
    world.advance("3 days");
    hear(&world).await;
    world.community(json!({ "threads": [{ "id": "9001", "merged_into": "9003" }] }));
    hear(&world).await;
    let before = world.export();
    assert_eq!(world.relink().await, Relinked { right: 1, shared: 1, ..Relinked::default() });
    assert_eq!(world.export(), before);
}

#[tokio::test]
async fn an_org_that_does_not_answer_leaves_the_state_as_it_was() {
    let world = with_a_case().await;
    world.lose_state();
    let before = world.export();
    world.org_fault(json!({ "match": { "path": "queryAll" }, "do": "status", "status": 400, "body": "[]" })).await;
    let bridge =
        world.open(world.store(), world.web(), &Default::default()).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(bridge.engine.relink().await.is_err());
    drop(bridge);
    assert_eq!(world.export(), before);
}

#[test]
fn a_running_service_relinks_between_two_turns_and_says_what_it_found() {
    let home = Home::that_serves();
    let sandbox = Running::start(&home, &["sandbox"]);
    let at = sandbox.says("/khoros/url");
    assert_eq!(home.run(&["run", "--sandbox", at]).code, 0);
    std::fs::remove_dir_all(home.path("state-sandbox")).expect("it was there");
    let refused = home.run(&["state", "relink", "--sandbox"]);
    assert!(refused.code == 2 && refused.err.contains("the address of the running one"), "{refused:?}");
    let relinked = home.run(&["state", "relink", "--sandbox", at]);
    assert!(
        relinked.code == 0 && relinked.out.starts_with("0 threads had their case already; 15 links added, 0 changed\n"),
        "{relinked:?}"
    );
    let _serving = Running::start(&home, &["serve", "--sandbox", at]);
    let asked = home.run(&["--format", "json", "state", "relink", "--sandbox", at]);
    let told: Json = serde_json::from_str(&asked.out).unwrap_or_else(|error| panic!("{error}: {asked:?}"));
    assert_eq!((&told["relinked"], &told["right"], &told["added"]), (&json!("acme"), &json!(15), &json!(0)), "{told}");
}
