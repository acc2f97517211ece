//! A pass killed at a place (before or after a host call or a commit) and started again: every thread has one case,
//! and what an agent changed meanwhile stays.
//!
//! `CASEBRIDGE_PLACES`: at how many places of each kind (0: all of them); `CASEBRIDGE_THREADS`: how many due threads.

use std::collections::BTreeMap;

use casebridge::ports::Store;
use serde_json::{Value as Json, json};

use crate::world::World;
use crate::world::killing::{Killer, run_until};

/// A measure that the environment may change.
pub fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn world(threads: u64) -> World {
    let label = include_str!("../rules/pack.yaml").replace("type: label,", "type: label, default: escalated,");
    World::with_threads(threads).await.rules("pack.yaml", &label)
}

/// Agents take up every third case that is there.
fn agents_edit(world: &World) -> BTreeMap<String, Json> {
    let mut edited = BTreeMap::new();
    for case in world.cases().iter().step_by(3) {
        let id = case["id"].as_str().expect("a case has an id").to_owned();
        let fields = json!({ "Priority": "Critical", "Subject": "Taken up by Zoe" });
        world.org(json!({ "cases": [{ "id": id, "by": "zoe@acme.test", "fields": fields }] }));
        edited.insert(id, fields);
    }
    edited
}

/// One case a thread, a link to it, a label on it, and the agents' values where they wrote some.
fn check(world: &World, threads: u64, edited: &BTreeMap<String, Json>, place: u64) {
    let cases = world.cases();
    assert_eq!(cases.len() as u64, threads, "cases after a kill at place {place}");
    assert_eq!(world.applied("create Case"), threads, "creates after a kill at place {place}");
    let store = world.store();
    let links = store.range("link/thread/").expect("the state is readable");
    assert_eq!(links.len() as u64, threads, "links after a kill at place {place}");
    for (_, link) in links {
        let link: Json = serde_json::from_slice(&link).expect("a link is JSON");
        let id = link["case"].as_str().expect("a link names its case");
        assert!(
            cases.iter().any(|case| case["id"] == id),
            "place {place}: the ledger names case {id}, the org does not"
        );
    }
    for case in &cases {
        if let Some(fields) = edited.get(case["id"].as_str().unwrap_or_default()) {
            assert_eq!(
                case["fields"]["Priority"], fields["Priority"],
                "place {place}: an agent's value was overwritten"
            );
            assert_eq!(case["fields"]["Subject"], fields["Subject"], "place {place}: an agent's value was overwritten");
        }
    }
    assert!(store.range("open/").expect("readable").is_empty(), "place {place}: runs are still open");
    let labelled = world.applied("add label");
    assert_eq!(labelled, threads, "labels after a kill at place {place}: {}", world.all_applied());
}

/// Some of the places, from the first to the last as far apart as they can be.
fn spread(places: &[u64], wanted: usize) -> Vec<u64> {
    let last = places.len() - 1;
    match wanted {
        0 => places.to_vec(),
        1 => vec![places[last / 2]],
        wanted if wanted > last => places.to_vec(),
        wanted => (0..wanted).map(|n| places[n * last / (wanted - 1)]).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_place_every_thread_has_one_case_and_agents_keep_their_values() {
    let threads = from_environment("CASEBRIDGE_THREADS", 60);
    let wanted = from_environment("CASEBRIDGE_PLACES", 1) as usize;
    let counting = Killer::at(0);
    let whole = world(threads).await;
    assert!(run_until(&whole, &counting).await);
    check(&whole, threads, &BTreeMap::new(), 0);
    let places = counting.places();
    assert!(places > 40, "a pass has {places} places");
    let kinds = counting.kinds();
    let mut tried = 0;
    for place in kinds.values().flat_map(|places| spread(places, wanted)) {
        let world = world(threads).await;
        run_until(&world, &Killer::at(place)).await;
        let edited = agents_edit(&world);
        // A kill may leave an answer unknown: the community is believed only after its index has had time.
        for _ in 0..3 {
            world.advance("20 minutes");
            assert!(run_until(&world, &Killer::at(0)).await);
        }
        check(&world, threads, &edited, place);
        tried += 1;
    }
    println!("killed at {tried} of {places} places of {} kinds with {threads} threads", kinds.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_that_was_not_used_holds_nothing_after_a_kill_between_two_plan_commits() {
    let threads = 600;
    let rules = include_str!("../rules/escalations.yaml");
    let rules = rules.replace(
        "    with: thread-to-case",
        &format!("    with: thread-to-case\n    limits: {{ per_hour: {threads} }}"),
    );
    let world = World::with_threads(threads).await.rules("escalations.yaml", &rules);
    // Commits of the plan come after the reads of the scan: the first place after one of them is durable.
    let counting = Killer::at(0);
    let probe = World::with_threads(threads).await.rules("escalations.yaml", &rules);
    assert!(run_until(&probe, &counting).await);
    for place in 1..=counting.places() {
        run_until(&world, &Killer::at(place)).await;
        let committed = world.store().range("run/").expect("readable").len() as u64;
        if committed > 0 {
            assert!(committed < threads, "the first plan commit holds {committed} runs");
            break;
        }
    }
    assert!(run_until(&world, &Killer::at(0)).await);
    assert_eq!(world.cases().len() as u64, threads);
}
