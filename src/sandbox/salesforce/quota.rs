//! The API calls of the last 24 hours (sheet 13.1).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// When calls were made; older ones fall out as the clock goes on.
#[derive(Debug, Default)]
pub struct Quota {
    calls: VecDeque<Timestamp>,
}

impl Quota {
    /// Counts one call, unless the limit is used up.
    pub fn spend(&mut self, now: Timestamp, limit: u64) -> bool {
        let used = self.used(now);
        if used < limit {
            self.calls.push_back(now);
        }
        used < limit
    }

    pub fn used(&mut self, now: Timestamp) -> u64 {
        let day = SignedDuration::from_hours(24);
        while self.calls.front().is_some_and(|call| now.duration_since(*call) >= day) {
            self.calls.pop_front();
        }
        self.calls.len() as u64
    }
}
