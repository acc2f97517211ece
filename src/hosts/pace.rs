//! How fast a community is called: evenly spaced, a little faster while all is well, half as fast when it says 429.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::Clock;

/// Requests a second: at the start, the least, the most, and what each good answer adds (Khoros sheet 13.1).
pub const START: f64 = 4.0;
const LEAST: f64 = 0.25;
const MOST: f64 = 20.0;
const MORE: f64 = 0.05;

/// The pace of one community; without a rate (the sandbox) nothing waits.
pub struct Pace {
    clock: Arc<dyn Clock>,
    state: Mutex<Option<State>>,
}

struct State {
    rate: f64,
    /// When the next request may go.
    next: Timestamp,
    /// Answers to what went before this moment say nothing new.
    halved: Timestamp,
}

impl Pace {
    /// A pace that starts with `rate` requests a second.
    pub fn new(clock: Arc<dyn Clock>, rate: Option<f64>) -> Self {
        let now = clock.now();
        let state = rate.map(|rate| State { rate: rate.clamp(LEAST, MOST), next: now, halved: Timestamp::MIN });
        Pace { clock, state: Mutex::new(state) }
    }

    /// Waits for the next free place.
    pub async fn wait(&self) {
        if let Some(slot) = self.take(self.clock.now()) {
            self.clock.sleep_until(slot).await;
        }
    }

    /// A good answer.
    pub fn went_well(&self) {
        if let Some(state) = &mut *self.state.lock().expect("no panic holds the pace") {
            state.rate = (state.rate + MORE).min(MOST);
        }
    }

    /// A 429, with the wait that it asked for; many of one moment count once.
    pub fn throttled(&self, after: Option<Duration>) {
        let now = self.clock.now();
        if let Some(state) = &mut *self.state.lock().expect("no panic holds the pace") {
            if now >= state.halved.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now) {
                state.rate = (state.rate / 2.0).max(LEAST);
                state.halved = now;
            }
            let wait = after.unwrap_or(Duration::from_secs(1));
            state.next = state.next.max(now.saturating_add(wait).unwrap_or(now));
        }
    }

    /// Takes the next place; none when it may go at once.
    fn take(&self, now: Timestamp) -> Option<Timestamp> {
        let mut state = self.state.lock().expect("no panic holds the pace");
        let state = state.as_mut()?;
        let slot = state.next.max(now);
        state.next = slot.saturating_add(Duration::from_secs_f64(1.0 / state.rate)).unwrap_or(slot);
        (slot > now).then_some(slot)
    }

    /// Requests a second at present.
    pub fn rate(&self) -> Option<f64> {
        self.state.lock().expect("no panic holds the pace").as_ref().map(|state| state.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Boxed;

    struct Still(Timestamp);

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            self.0
        }

        fn sleep_until(&self, _: Timestamp) -> Boxed<()> {
            Box::pin(async {})
        }
    }

    fn pace(rate: Option<f64>) -> (Pace, Timestamp) {
        let now = "2026-01-05T10:00:00Z".parse().expect("a moment");
        (Pace::new(Arc::new(Still(now)), rate), now)
    }

    #[test]
    fn requests_are_spaced_evenly() {
        let (pace, now) = pace(Some(4.0));
        assert_eq!(pace.take(now), None);
        assert_eq!(pace.take(now), Some(now + SignedDuration::from_millis(250)));
        assert_eq!(pace.take(now), Some(now + SignedDuration::from_millis(500)));
    }

    #[test]
    fn a_throttle_halves_once_and_waits_as_asked() {
        let (pace, now) = pace(Some(4.0));
        pace.throttled(Some(Duration::from_secs(7)));
        pace.throttled(None);
        assert_eq!(pace.rate(), Some(2.0));
        assert_eq!(pace.take(now), Some(now + SignedDuration::from_secs(7)));
        pace.went_well();
        assert_eq!(pace.rate(), Some(2.05));
    }

    #[test]
    fn the_sandbox_has_no_pace() {
        let (pace, now) = pace(None);
        pace.throttled(Some(Duration::from_secs(7)));
        assert_eq!((pace.take(now), pace.take(now)), (None, None));
    }
}
