//! `state forget`: a member's texts and addresses are gone from what is kept, and nothing is done twice for it.

use std::path::Path;

use casebridge::engine::Until;
use casebridge::engine::forget::Forgotten;
use casebridge::state::SledStore;
use serde_json::json;

use crate::both_ways::{comments_by, replies};
use crate::home::{Home, Running};
use crate::world::World;
use crate::world::serving::{Serving, until};

const EMAIL: &str = "ana.ruiz@people.test";
/// Long enough to be kept once, by its digest.
const LONG: &str =
    "My router with the serial number zx81-spectrum drops the line every hour, and the lamp on its back is red.";
const SHORT: &str = "It hums in the key of b flat";

/// Ana's thread is a case, and both sides have answered; noa has a thread of her own.
async fn world() -> World {
    let body = [LONG; 4].join(" ");
    let thread = |id: &str, author: &str, subject: &str, body: &str| json!({ "id": id, "board": "support", "subject": subject, "body": body, "author": author, "age": "60 hours" });
    let world = World::with(json!({
        "members": [
            { "login": "ana", "email": EMAIL }, { "login": "noa", "email": "noa@people.test" },
            { "login": "zoe", "email": "zoe@acme.test" },
        ],
        "threads": [thread("9001", "ana", SHORT, &body), thread("9002", "noa", "Else", "Noa writes of a quite different thing")],
    }))
    .await
    .settings("{ support_boards: [support], staff_roles: [Employee], index_lag: 1 minutes, fallback_username: zoe, create_new_contact_record: true }");
    assert_eq!(world.run().await.report.opened(), 2);
    comments_by(&world, "zoe", "Please reboot", true);
    let reply = json!({ "thread": "9001", "author": "ana", "body": format!("<p>{SHORT}</p>") });
    world.community(json!({ "replies": [reply] }));
    world.advance("1 minutes");
    world.run().await;
    assert_eq!((world.comments().len(), replies(&world).len()), (2, 2));
    world
}

/// What of the member is still to be found in an export, and in the bytes of the files.
fn found(world: &World) -> Vec<&'static str> {
    let (export, folder) = (world.export().to_lowercase(), world.folder.path().join("state"));
    let all = [EMAIL, "zx81-spectrum", "b flat"];
    all.into_iter().filter(|text| export.contains(text) || is_on_disk(&folder, text)).collect()
}

fn is_on_disk(folder: &Path, text: &str) -> bool {
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).expect("a file");
        bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
    };
    let mut files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    files.any(|path| if path.is_dir() { is_on_disk(&path, text) } else { holds(&path) })
}

async fn forget(world: &World, member: &str) -> Forgotten {
    casebridge::engine::forget::forget(&*world.store(), member).await.expect("the state holds")
}

#[tokio::test]
async fn by_login_by_mail_and_by_id_a_member_is_forgotten_and_nothing_is_done_twice() {
    for by in ["ana", EMAIL, "id"] {
        let world = world().await;
        assert_eq!(found(&world).len(), 3, "it is there before");
        let ids = world.sandbox.khoros.world()["members"].as_array().expect("members").clone();
        let ana = ids.iter().find(|member| member["login"] == "ana").expect("ana")["id"].clone();
        let ana = ana.as_str().map_or_else(|| ana.to_string(), str::to_owned);
        let forgotten = forget(&world, if by == "id" { &ana } else { by }).await;
        assert!(forgotten.runs > 0 && forgotten.texts > 0, "{forgotten:?}");
        assert!(forgotten.known_as.contains(&EMAIL.to_owned()) || by == "ana", "{forgotten:?}");
        SledStore::compact(&world.folder.path().join("state")).expect("it is built anew");
        assert_eq!(found(&world), Vec::<&str>::new(), "by {by}: {forgotten:?}");
        assert!(world.export().contains("quite different"), "noa is not ana");
        let applied = world.all_applied();
        for _ in 0..3 {
            world.advance("15 minutes");
            let told = world.run().await;
            assert_eq!(told.report.opened(), 0, "{}", told.text());
        }
        assert_eq!(world.all_applied(), applied);
        let again = forget(&world, "ana").await;
        assert_eq!((again.runs, again.texts), (0, 0), "{again:?}");
    }
}

#[tokio::test]
async fn what_is_not_over_stays_and_is_counted_until_it_is_over() {
    let world = world().await;
    world.community(json!({ "threads": [{ "id": "9001", "read_only": true }] }));
    comments_by(&world, "zoe", "Ana, does it still hum?", true);
    world.advance("1 minutes");
    assert_eq!(world.run().await.summary.kept_back.0, 1, "the post is parked");
    let forgotten = forget(&world, "ana").await;
    assert!(forgotten.parked > 0 || !world.export().contains("still hum"), "{forgotten:?}");
    world.community(json!({ "threads": [{ "id": "9001", "read_only": false }] }));
    let seen = crate::world::Seen::default();
    let bridge = world.open(world.store(), world.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
    let parked: Vec<_> = bridge.engine.parked().expect("readable").into_iter().map(|parked| parked.run).collect();
    bridge.engine.retry(&parked, &Until::Settled).await.expect("the state holds");
    assert!(replies(&world).iter().any(|(_, body)| body.contains("still hum")), "its text was still there to be said");
}

#[tokio::test]
async fn a_running_service_forgets_between_two_turns_and_goes_on() {
    let world = world().await;
    let serving: Serving = world.serve().await;
    let forgotten = serving.ask(|engine| Box::pin(async move { engine.forget("ana").await.expect("it holds") })).await;
    assert!(forgotten.runs > 0, "{forgotten:?}");
    comments_by(&world, "zoe", "And now?", true);
    world.advance("1 minutes");
    until("it goes on", || replies(&world).len() == 3).await;
    serving.stopped().await;
}

#[test]
fn the_command_asks_the_service_and_says_what_was_erased_and_what_stays() {
    let home = Home::that_serves();
    let sandbox = Running::start(&home, &["sandbox"]);
    let at = sandbox.says("/khoros/url");
    assert_eq!(home.run(&["run", "--sandbox", at]).code, 0);
    let serving = Running::start(&home, &["serve", "--sandbox", at]);
    let export = |home: &Home| home.run(&["state", "export", "--sandbox"]).out;
    let said = home.run(&["state", "forget", "noa", "--sandbox"]);
    assert_eq!(said.code, 0, "{said:?}");
    for words in
        ["`noa` is known here as", "erased: ", "what stays, and why:", "so that nothing is done twice", "state compact"]
    {
        assert!(said.out.contains(words), "{words} is not in {said:?}");
    }
    drop(serving);
    let again = home.run(&["--format", "json", "state", "forget", "noa", "--sandbox"]);
    let json: serde_json::Value = serde_json::from_str(&again.out).unwrap_or_else(|_| panic!("{again:?}"));
    assert_eq!((&json["erased"]["runs"], again.code), (&json!(0), 0), "{json}");
    assert!(!export(&home).is_empty());
}
