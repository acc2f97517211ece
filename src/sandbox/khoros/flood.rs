//! Flood control: how much one member may do in which time (sheet 13.2, the figures of the current page).

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// What is limited.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Act {
    Post,
    Tag,
    Kudo,
    Note,
}

impl Act {
    /// So many in so many seconds.
    fn limits(self) -> &'static [(usize, i64)] {
        match self {
            Self::Post => &[(5, 30), (15, 600), (50, 3600)],
            Self::Note => &[(5, 30), (10, 600), (50, 3600)],
            Self::Tag | Self::Kudo => &[(50, 60), (500, 3600), (5000, 86400)],
        }
    }
}

/// What members did lately.
#[derive(Debug, Default)]
pub struct Flood {
    done: HashMap<(u64, Act), VecDeque<Timestamp>>,
}

impl Flood {
    /// Whether the member may do it once more now; if so, it counts as done.
    pub fn admit(&mut self, member: u64, act: Act, now: Timestamp) -> bool {
        let done = self.done.entry((member, act)).or_default();
        let longest = act.limits().iter().map(|(_, seconds)| *seconds).max().unwrap_or(0);
        while done.front().is_some_and(|at| now.duration_since(*at) >= SignedDuration::from_secs(longest)) {
            done.pop_front();
        }
        let free = act.limits().iter().all(|(times, seconds)| {
            let since = |at: &&Timestamp| now.duration_since(**at) < SignedDuration::from_secs(*seconds);
            done.iter().rev().take_while(since).count() < *times
        });
        if free {
            done.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_post_in_thirty_seconds_is_one_too_many() {
        let mut flood = Flood::default();
        let start = Timestamp::UNIX_EPOCH;
        assert!((0..5).all(|_| flood.admit(1, Act::Post, start)));
        assert!(!flood.admit(1, Act::Post, start));
        assert!(flood.admit(2, Act::Post, start));
        assert!(flood.admit(1, Act::Post, start + SignedDuration::from_secs(30)));
    }
}
