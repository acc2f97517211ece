//! The sandbox's clock: real time plus what `/_sandbox/clock` added. Everything time-dependent asks it.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// One clock for both hosts; it moves by itself and can be set or advanced.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: Mutex<SignedDuration>,
}

impl Clock {
    /// The sandbox's present moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + *self.ahead.lock().expect("no panic holds the clock")
    }

    /// Moves the clock forward (or back) by a span.
    pub fn advance(&self, by: SignedDuration) {
        *self.ahead.lock().expect("no panic holds the clock") += by;
    }

    /// Sets the present moment.
    pub fn set(&self, now: Timestamp) {
        *self.ahead.lock().expect("no panic holds the clock") = now.duration_since(Timestamp::now());
    }
}
