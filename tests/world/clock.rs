//! Simulated time: whoever waits moves the sandbox's clock, and nobody waits.

use std::sync::Arc;

use casebridge::ports::{Boxed, Clock};
use casebridge::sandbox;
use jiff::Timestamp;

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
