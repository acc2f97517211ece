//! The sandbox's clock: real time plus what `/_sandbox/clock` added. Everything time-dependent asks it.

use std::sync::Mutex;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

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

/// Reads a span as people write it: `60 hours`, `47 hours 50 minutes`, `3 days`, `2 weeks`, `-5 minutes`.
/// A day has 24 hours; months and years have no fixed length and are refused.
pub fn span(text: &str) -> Result<SignedDuration, String> {
    let wrong = |error: jiff::Error| format!("`{text}` is no span such as `48 hours` or `3 days`: {error}");
    let span: Span = text.trim().parse().map_err(wrong)?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(wrong)
}
