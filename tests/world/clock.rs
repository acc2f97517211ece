//! Simulated time: whoever waits moves the sandbox's clock, and nobody waits.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Clock};
use casebridge::sandbox;
use jiff::{SignedDuration, Timestamp};

/// The engine's clock in tests is the sandbox's.
pub struct Simulated(pub Arc<sandbox::clock::Clock>);

impl Clock for Simulated {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        let clock = self.0.clone();
        Box::pin(async move {
            if clock.now() < moment {
                clock.set(moment);
            }
            tokio::task::yield_now().await;
        })
    }
}

/// A clock that stands still until a test moves it: whoever waits for quiet waits for that.
#[derive(Clone)]
pub struct Held(Arc<Mutex<Timestamp>>);

impl Held {
    pub fn at(moment: Timestamp) -> Self {
        Held(Arc::new(Mutex::new(moment)))
    }

    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().expect("no panic holds it") += by;
    }
}

impl Clock for Held {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic holds it")
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        let clock = self.clone();
        Box::pin(async move {
            while clock.now() < moment {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        })
    }
}

/// The same clock for what runs beside a test: whoever waits, waits until the test moves the time.
pub struct Moved(pub Arc<sandbox::clock::Clock>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        let clock = self.0.clone();
        Box::pin(async move {
            while clock.now() < moment {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
    }
}

/// A time that all but stands still, a microsecond a look: no poll comes due, so that what happens was heard.
pub struct Still {
    begun: Timestamp,
    looks: AtomicI64,
}

impl Still {
    pub fn at(begun: Timestamp) -> Self {
        Still { begun, looks: AtomicI64::new(0) }
    }
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.begun + SignedDuration::from_micros(self.looks.fetch_add(1, Ordering::Relaxed))
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        if moment <= self.now() { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}
