//! A day with both hosts busy: faults on one call in five, a lagging index, passes that are killed. In the end nothing is
//! lost and nothing is there twice.
//!
//! `CASEBRIDGE_SEEDS`: how many seeds, from `CASEBRIDGE_SEED` on; `CASEBRIDGE_HOURS`, `CASEBRIDGE_THREADS`: how long and
//! how busy, for one thread four replies, two comments and two fifths of a solution. The full measure is 20 seeds of 24
//! hours with 500 threads.

mod busy;
mod checked;
mod checker;
mod faults;
mod messenger;
mod random;
mod served;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jiff::SignedDuration;
use serde_json::json;

use crate::killed::from_environment;
use crate::world::killing::{Killer, run_over_until};
use crate::world::{Seen, World};
use busy::{Busy, Size};
use checker::Policy;
use faults::Disturbed;
use random::Random;

const SETTINGS: &str = "
support_boards: [support]
staff_roles: [Employee]
index_lag: 1 minutes
hours_before_escalation: 1
case_closure: true
status_labels: true
fallback_username: support-team
keep_runs: 1 days
";

/// Short enough for parts, and a breaker that does not hold what chance made of a thread.
const OVERLAY: &str = "
overlay: standard
made_for: 0.1.0
set:
  postbacks.agent-comment.max: 600 characters
  postbacks.agent-comment.alternations: 1000
";

/// A pass in so many is killed.
const KILLED: usize = 4;

/// Its state lies in memory where that is possible: a day has thousands of commits, and nobody pulls the plug.
async fn world() -> World {
    let mut world = World::with(json!({})).await.settings(SETTINGS).overlay(OVERLAY);
    if let Ok(folder) = tempfile::tempdir_in("/dev/shm") {
        world.folder = folder;
    }
    world.switch_community(json!({ "index_lag_ms": 60_000, "delete_label": true }));
    busy::people(&world);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_busy_day_with_faults_and_kills_nothing_is_lost_and_nothing_is_there_twice() {
    let first = from_environment("CASEBRIDGE_SEED", 1);
    for seed in first..first + from_environment("CASEBRIDGE_SEEDS", 1) {
        day(seed, size_from_environment()).await;
    }
}

fn size_from_environment() -> Size {
    let threads = from_environment("CASEBRIDGE_THREADS", 40) as usize;
    let hours = from_environment("CASEBRIDGE_HOURS", 3) as i64;
    Size { threads, replies: threads * 4, comments: threads * 2, solutions: threads * 2 / 5, hours }
}

async fn day(seed: u64, size: Size) {
    let (started, world) = (Instant::now(), Arc::new(world().await));
    let mut random = Random(seed);
    let begin = world.sandbox.clock.now();
    let busy = Arc::new(Mutex::new(Busy::new(seed, size, begin)));
    let (mut next, mut places, mut passes, mut kills) = (begin, 100, 0, 0);
    loop {
        let now = world.sandbox.clock.now().max(next);
        world.sandbox.clock.set(now);
        if busy.lock().expect("nobody panicked").is_over(now) {
            break;
        }
        next = now + SignedDuration::from_secs(180 + random.below(600) as i64);
        people_act(&world, &busy);
        faults::strike(&world, &mut random).await;
        let killer = Killer::at(if random.once_in(KILLED) { 1 + random.below(places) as u64 } else { 0 });
        if run_over_until(&world, disturbed(&world, &busy, &mut random), &killer).await {
            places = (killer.places() as usize).max(1);
        } else {
            kills += 1;
        }
        passes += 1;
    }
    let busy_for = started.elapsed();
    let quiet = come_to_rest(&world).await;
    check(seed, &world);
    let told = busy.lock().expect("nobody panicked").told();
    println!(
        "seed {seed}: {told}; {passes} passes, {kills} killed, {quiet} quiet; {:.1} s and {:.1} s",
        busy_for.as_secs_f64(),
        (started.elapsed() - busy_for).as_secs_f64()
    );
}

fn people_act(world: &World, busy: &Mutex<Busy>) {
    busy.lock().expect("nobody panicked").go_on(world, world.sandbox.clock.now());
}

/// A network in which people act once more in the middle of the pass.
fn disturbed(world: &Arc<World>, busy: &Arc<Mutex<Busy>>, random: &mut Random) -> Arc<Disturbed> {
    let (at, seed) = (random.below(60), random.below(usize::MAX) as u64);
    let (there, people) = (world.clone(), busy.clone());
    let deed: faults::Deed = Box::new(move || people_act(&there, &people));
    Arc::new(Disturbed {
        inner: world.web(),
        clock: world.sandbox.clock.clone(),
        random: Mutex::new(Random(seed)),
        deed: Mutex::new((at, Some(deed))),
    })
}

/// Passes without faults until nothing waits and nothing more happens; how many it took.
async fn come_to_rest(world: &World) -> usize {
    world.no_more_faults().await;
    let mut quiet = 0;
    for pass in 1..=60 {
        world.advance("20 minutes");
        let told = world.run().await;
        let parked = parked(world);
        assert!(parked.is_empty(), "nothing here needs a person: {parked:#?}\n{}", told.text());
        let rests = told.summary.waiting.is_empty() && told.report.settled.is_empty() && told.summary.ahead.0 == 0;
        quiet = if rests { quiet + 1 } else { 0 };
        if quiet == 4 {
            return pass;
        }
    }
    panic!("it does not come to rest: {}", world.export());
}

/// What waits for a person, and why.
fn parked(world: &World) -> Vec<String> {
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let parked = bridge.engine.parked().expect("the state is readable");
    parked.into_iter().map(|one| format!("{} {} of {}: {}", one.subject, one.function, one.rule, one.why)).collect()
}

fn check(seed: u64, world: &World) {
    let policy =
        Policy { boards: &["support"], due_after: SignedDuration::from_hours(1), now: world.sandbox.clock.now() };
    let (community, org) = (world.sandbox.khoros.world(), world.sandbox.salesforce.world());
    let wrong = checker::wrong(&policy, &community, &org);
    if wrong.is_empty() {
        return;
    }
    let files = [("state", world.export()), ("community", community.to_string()), ("org", org.to_string())];
    let files = files.map(|(name, text)| kept(&format!("{seed}.{name}"), &text)).join(", ");
    panic!("seed {seed}: {} wrong, see {files}\n{}", wrong.len(), wrong.join("\n"));
}

/// Writes down what a person who looks for the fault wants to see; where.
fn kept(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("day-{name}.json"));
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}
