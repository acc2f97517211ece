//! A process that is killed while eight of its workers wait for one rotated token (F-047).
//!
//! `CASEBRIDGE_KILLS`: how many kills.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use casebridge::app::connections::Connections;
use casebridge::app::system::SystemClock;
use casebridge::ports::{Clock, Tokens};
use casebridge::state::FileTokens;
use serde_json::{Value as Json, json};

use super::{TOKEN, by_refresh_token, calls, clients, consent, describe, kept, text};
use crate::killed::from_environment;
use crate::state_folder::shared::play;
use crate::world::World;

const FOLDER: &str = "CASEBRIDGE_TEST_SESSIONS";
const WORKERS: usize = 8;

#[test]
#[ignore = "played by another test, in a process of its own"]
fn a_process_whose_workers_call_an_org_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let hosts: Json = serde_json::from_slice(&std::fs::read(folder.join("hosts.json")).unwrap()).unwrap();
    let mut connections = Connections::of_sandbox(&hosts).unwrap();
    connections.salesforce.login = super::refresh_token_of(&hosts);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().unwrap();
    runtime.block_on(async {
        let tokens: Arc<dyn Tokens> = FileTokens::open(&folder.join("state")).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let org = connections.clients(&connections.web().unwrap(), &clock, &tokens).salesforce;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..WORKERS {
            let org = org.clone();
            workers.spawn(async move { while describe(org.clone()).await {} });
        }
        workers.join_next().await;
    });
}

/// Plays the workers and kills them so long after the token that they waited for was kept.
async fn play_and_kill(world: &World, after: Duration) {
    let before = text(&kept(world, "salesforce").refresh);
    let name = "connections::killed::a_process_whose_workers_call_an_org_until_it_is_killed";
    let mut process = play(name, FOLDER, world.folder.path());
    let file = world.folder.path().join("state/tokens");
    let begun = Instant::now();
    while std::fs::read_to_string(&file).expect("a file").contains(&before) {
        assert!(begun.elapsed() < Duration::from_secs(60), "no token is renewed");
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    tokio::time::sleep(after).await;
    process.kill().expect("it can be killed");
    assert!(process.wait().expect("it ends").code().is_none(), "it ended by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_right_after_a_token_was_rotated_the_connection_is_active_without_a_person_f_047() {
    let mut world = World::with_threads(0).await;
    world.switch_org(json!({ "refresh_rotation": true }));
    world.connections.salesforce.login = by_refresh_token(&world);
    consent::at_org(&world).await;
    std::fs::write(world.folder.path().join("hosts.json"), world.sandbox.hosts.to_string()).expect("written");
    for kill in 0..from_environment("CASEBRIDGE_KILLS", 4) {
        let (before, tokens) = (kept(&world, "salesforce"), calls(&world, TOKEN).await);
        world.advance("3 hours");
        play_and_kill(&world, Duration::from_micros(kill * 700 % 9_000)).await;
        let after = kept(&world, "salesforce");
        assert_ne!(text(&after.refresh), text(&before.refresh), "the new one is on the disk");
        assert_eq!(after.state.word(), "Active", "kill {kill}");
        assert!(describe(clients(&world).salesforce).await, "kill {kill}: the next process goes on");
        assert_eq!(
            calls(&world, TOKEN).await - tokens,
            1,
            "kill {kill}: one refresh for eight workers, and none after it"
        );
    }
    world.advance("3 hours");
    assert!(describe(clients(&world).salesforce).await, "the last token that was kept is good");
}
