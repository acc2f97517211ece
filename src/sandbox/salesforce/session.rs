//! Access tokens: given out, living as long as they are used, ended at once by `expire`.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::digest;
use super::id::Id;

/// The open sessions, by token, with the moment of their last use.
#[derive(Default)]
pub struct Sessions {
    last_used: HashMap<String, Timestamp>,
    given: u64,
}

impl Sessions {
    /// A new token, `<15 characters of the org>!<chars>` (sheet 2.2).
    pub fn open(&mut self, org: &Id, seed: u64, now: Timestamp) -> String {
        self.given += 1;
        let secret = digest::hex(format!("{seed}:{}:{now}", self.given).as_bytes());
        let token = format!("{}!AQ4A.{secret}", org.short());
        self.last_used.insert(token.clone(), now);
        token
    }

    /// Whether a token still lives; using it keeps it alive (sheet 2.2: sliding on use).
    pub fn touch(&mut self, token: &str, now: Timestamp, ttl_min: u32) -> bool {
        let ttl = SignedDuration::from_mins(i64::from(ttl_min));
        let alive = self.last_used.get(token).is_some_and(|used| now.duration_since(*used) < ttl);
        if alive {
            self.last_used.insert(token.into(), now);
        } else {
            self.last_used.remove(token);
        }
        alive
    }

    /// Whether a token lives, without using it.
    pub fn is_alive(&self, token: &str, now: Timestamp, ttl_min: u32) -> bool {
        let ttl = SignedDuration::from_mins(i64::from(ttl_min));
        self.last_used.get(token).is_some_and(|used| now.duration_since(*used) < ttl)
    }

    pub fn end_all(&mut self) {
        self.last_used.clear();
    }
}
