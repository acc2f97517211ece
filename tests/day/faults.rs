//! What goes wrong in a day: one call in five at either host, calls that take long, and people who act between two calls.

use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpFailure, HttpRequest};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::random::Random;
use crate::world::World;

/// So many calls of a pass are hit by chance; further ones go through.
const CALLS: usize = 1000;

/// A fault on one call in five at both hosts, in place of those that stood.
pub async fn strike(world: &World, random: &mut Random) {
    world.no_more_faults().await;
    world.org_fault(some(random)).await;
    world.community_fault(some(random)).await;
}

fn some(random: &mut Random) -> Json {
    let hit: Vec<usize> = (0..CALLS).filter(|_| random.once_in(5)).collect();
    hit.into_iter().map(|skip| one(random, skip)).collect()
}

fn one(random: &mut Random, skip: usize) -> Json {
    let mut fault = match random.below(6) {
        0 => json!({ "do": "status", "status": 503 }),
        1 => json!({ "do": "reset" }),
        2 => json!({ "do": "reset", "at": "body" }),
        3 => json!({ "do": "lost_answer" }),
        4 => json!({ "do": "truncate" }),
        _ => json!({ "do": "drop" }),
    };
    fault["skip"] = json!(skip);
    fault
}

/// A network on which one call in twenty takes long by the simulated clock, and in the middle of which people act.
pub struct Disturbed {
    pub inner: Arc<dyn Http>,
    pub clock: Arc<casebridge::sandbox::clock::Clock>,
    pub random: Mutex<Random>,
    /// The number of the call before which something is done, and what.
    pub deed: Mutex<(usize, Option<Deed>)>,
}

pub type Deed = Box<dyn FnOnce() + Send>;

impl Disturbed {
    fn take_deed(&self) -> Option<Deed> {
        let mut deed = self.deed.lock().expect("nobody panicked");
        match deed.0 {
            0 => deed.1.take(),
            _ => {
                deed.0 -= 1;
                None
            }
        }
    }
}

impl Http for Disturbed {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        self.take_deed().into_iter().for_each(|deed| deed());
        let mut random = self.random.lock().expect("nobody panicked");
        if random.once_in(20) {
            self.clock.advance(SignedDuration::from_secs(1 + random.below(20) as i64));
        }
        self.inner.send(request)
    }
}
