//! What a pass costs in calls, and that its preview said so.

use casebridge::app::bridge::offline_catalog;
use casebridge::cli::sums::cost_text;
use serde_json::Value as Json;

use crate::world::World;

/// Calls at one host, by what they are for.
#[derive(Default, Debug)]
struct Calls {
    reads: u64,
    writes: u64,
}

/// Sign-ins are left out: one a session, whatever is done in it.
fn calls(counts: &Json) -> Calls {
    let mut calls = Calls::default();
    for (route, count) in counts.as_object().expect("calls by route") {
        let count = count.as_u64().expect("a count");
        match route {
            route if route.contains("login") || route.contains("token") => {}
            route if route.starts_with("GET ") => calls.reads += count,
            _ => calls.writes += count,
        }
    }
    calls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_escalations_cost_ten_writes_fifteen_and_sixty_reads_at_most_as_their_preview_said() {
    let world = World::with_threads(1_000).await;
    let said = said_by_a_preview(&world).await;
    let before = (calls(&world.org_calls().await), calls(&world.community_calls().await));
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (1_000, 0), "{}", told.text());
    let after = (calls(&world.org_calls().await), calls(&world.community_calls().await));
    let org = Calls { reads: after.0.reads - before.0.reads, writes: after.0.writes - before.0.writes };
    let community = Calls { reads: after.1.reads - before.1.reads, writes: after.1.writes - before.1.writes };
    println!("1,000 escalations: {org:?} at the org, {community:?} at the community; the preview said: {said}");
    assert!(org.writes <= 10 && org.reads <= 15, "at the org: {org:?}");
    assert!(community.writes == 0 && community.reads <= 60, "at the community: {community:?}");
    assert!(said.contains(&format!("salesforce: {} write calls", org.writes)), "{said}: {org:?}");
    assert!(said.contains("khoros: 0 write calls"), "{said}");
    for (host, reads) in [("salesforce", org.reads), ("khoros", community.reads)] {
        let line = said.lines().find(|line| line.contains(host)).expect("a line a host");
        let most: u64 = line
            .split(" and at most ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next())
            .expect("reads")
            .parse()
            .expect("a number");
        assert!(reads <= most, "{host}: {reads} reads, and the preview said: {line}");
    }
}

async fn said_by_a_preview(world: &World) -> String {
    let preview = world.preview().await;
    cost_text(&preview.report, &preview.summary, &offline_catalog())
}
