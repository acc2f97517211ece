//! The same day under a service that is left alone: events are lost, doubled and reordered on the way, one call in five
//! fails, and the process is killed by place every few turns.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use casebridge::ports::Http;
use jiff::SignedDuration;

use super::busy::{Busy, Size};
use super::messenger::Messenger;
use super::random::Random;
use super::{check, disturbed, faults, kept, parked, people_act, size_from_environment, world};
use crate::killed::from_environment;
use crate::world::World;
use crate::world::killing::Killer;
use crate::world::serving::{LIMIT, Serving};

/// A service lives for at most so many steps of a few minutes; one that is to be killed mostly dies before.
const STEPS: usize = 24;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_busy_day_under_a_service_with_lost_and_doubled_events_nothing_is_lost_and_nothing_is_there_twice() {
    let first = from_environment("CASEBRIDGE_SEED", 1);
    for seed in first..first + from_environment("CASEBRIDGE_SEEDS", 1) {
        day(seed, size_from_environment()).await;
    }
}

async fn day(seed: u64, size: Size) {
    let (started, world) = (Instant::now(), Arc::new(world().await));
    let messenger = Messenger::between(&world, seed).await;
    let mut random = Random(seed ^ 0x5E27);
    let busy = Arc::new(Mutex::new(Busy::new(seed, size, world.sandbox.clock.now())));
    let is_over = || busy.lock().expect("nobody panicked").is_over(world.sandbox.clock.now());
    let (mut a_turn, mut turns, mut lives, mut kills) = (40, 0, 0, 0);
    while !is_over() {
        let is_spared = random.once_in(4);
        let killer = Killer::at(if is_spared { 0 } else { 1 + random.below(a_turn * 6) as u64 });
        let mut life = Life::begin(&world, &messenger, &killer, disturbed(&world, &busy, &mut random)).await;
        let begin = turns;
        for _ in 0..1 + random.below(STEPS) {
            people_act(&world, &busy);
            faults::strike(&world, &mut random).await;
            turns += life.goes_on(SignedDuration::from_secs(60 + random.below(240) as i64)).await;
            if life.is_killed || is_over() {
                break;
            }
        }
        kills += usize::from(life.is_killed);
        a_turn = (killer.places() as usize / (turns - begin).max(1)).max(20);
        life.end(&messenger, is_spared).await;
        lives += 1;
    }
    let busy_for = started.elapsed();
    let quiet = come_to_rest(&world, &messenger).await;
    check(seed, &world);
    let told = busy.lock().expect("nobody panicked").told();
    println!(
        "seed {seed}: {told}; {turns} turns of {lives} lives, {kills} killed, {quiet} quiet; events {:?}; {:.1} s and {:.1} s",
        messenger.carried(),
        busy_for.as_secs_f64(),
        (started.elapsed() - busy_for).as_secs_f64()
    );
}

/// A service from its start to its end.
struct Life<'w> {
    world: &'w World,
    serving: Serving,
    killer: Arc<Killer>,
    store: Arc<casebridge::state::SledStore>,
    is_killed: bool,
}

impl<'w> Life<'w> {
    async fn begin(world: &'w World, messenger: &Messenger, killer: &Arc<Killer>, http: Arc<dyn Http>) -> Self {
        let store = world.store();
        let (between, http) = killer.between(store.clone(), http);
        let serving = world.serve_through(between, http).await;
        messenger.goes_to(Some(&serving.public));
        Life { world, serving, killer: killer.clone(), store, is_killed: false }
    }

    /// Time goes on by so much, minute by minute while something waits; in how many turns.
    async fn goes_on(&mut self, span: SignedDuration) -> usize {
        let clock = self.world.sandbox.clock.clone();
        let until = clock.now() + span;
        let mut turns = 0;
        while !self.is_killed && clock.now() < until {
            let next = if self.serving.standing().waiting > 0 { clock.now() + MINUTE } else { until };
            clock.set(next.min(until));
            self.turn().await;
            turns += 1;
        }
        turns
    }

    /// Waits until a turn is over that began after this call, or the place is hit; time passes slowly meanwhile, so that
    /// what waits within a turn comes to an end.
    async fn turn(&mut self) {
        let began = self.serving.standing().turns;
        let passing = async {
            for looks in 1.. {
                if self.serving.standing().turns > began {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
                if looks % 10 == 0 {
                    self.world.sandbox.clock.advance(SignedDuration::from_secs(5));
                }
            }
        };
        let turned = async { tokio::time::timeout(LIMIT, passing).await.expect("the turn comes to its end") };
        tokio::select! {
            () = turned => {}
            () = self.killer.killed() => self.is_killed = true,
        }
    }

    /// Killed, or stopped as it should be.
    async fn end(self, messenger: &Messenger, politely: bool) {
        messenger.goes_to(None);
        if politely {
            self.serving.stopped().await;
        } else {
            self.serving.killed().await;
        }
        self.killer.bury(&self.store).await;
    }
}

/// Turns without faults until nothing waits any more, and a pass that finds nothing left to do; how many turns it took.
async fn come_to_rest(world: &World, messenger: &Messenger) -> usize {
    world.no_more_faults().await;
    let mut life = Life::begin(world, messenger, &Killer::at(0), world.web()).await;
    let (mut turns, mut quiet, mut settled) = (0, 0, 0);
    while quiet < 4 {
        if turns > 2000 {
            let standing = life.serving.standing();
            life.end(messenger, true).await;
            panic!("it does not come to rest: {standing:?}, see {}", kept("restless", &world.export()));
        }
        turns += life.goes_on(SignedDuration::from_mins(20)).await;
        let now = life.serving.told().report.settled.len();
        quiet = if now == settled && life.serving.standing().waiting == 0 { quiet + 1 } else { 0 };
        settled = now;
    }
    life.end(messenger, true).await;
    let parked = parked(world);
    assert!(parked.is_empty(), "nothing here needs a person: {parked:#?}");
    let left = world.run().await;
    assert!(left.report.settled.is_empty(), "the service left something to do: {}", left.text());
    turns
}
