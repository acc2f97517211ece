//! Session keys: given at login, dead after a time without use (sheet 2.2).

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The keys that were given out.
#[derive(Debug)]
pub struct Sessions {
    open: HashMap<String, Session>,
    seed: u64,
    given: u64,
}

#[derive(Debug)]
struct Session {
    member: u64,
    used: Timestamp,
}

impl Sessions {
    pub fn new(seed: u64) -> Self {
        Self { open: HashMap::new(), seed, given: 0 }
    }

    /// A new key for a member. Like real ones it looks like base64url and ends in a dot.
    pub fn open(&mut self, member: u64, now: Timestamp) -> String {
        self.given += 1;
        let digest = Sha256::digest(format!("session {} {}", self.seed, self.given));
        let text: String = digest.iter().map(|byte| LETTERS[usize::from(byte % 64)] as char).collect();
        let key = format!("{text}.");
        self.open.insert(key.clone(), Session { member, used: now });
        key
    }

    /// Whose key this is; asking counts as use.
    pub fn member(&mut self, key: &str, now: Timestamp, ttl_min: u64) -> Option<u64> {
        let session = self.open.get_mut(key)?;
        if now.duration_since(session.used) >= ttl(ttl_min) {
            self.open.remove(key);
            return None;
        }
        session.used = now;
        Some(session.member)
    }

    /// Whether a member has a living session.
    pub fn is_online(&self, member: u64, now: Timestamp, ttl_min: u64) -> bool {
        let mut sessions = self.open.values().filter(|session| session.member == member);
        sessions.any(|session| now.duration_since(session.used) < ttl(ttl_min))
    }

    /// Ends one session.
    pub fn close(&mut self, key: &str) {
        self.open.remove(key);
    }

    /// Ends all sessions of one member.
    pub fn close_member(&mut self, member: u64) {
        self.open.retain(|_, session| session.member != member);
    }

    /// The members who have a living session.
    pub fn online(&self, now: Timestamp, ttl_min: u64) -> HashSet<u64> {
        let living = self.open.values().filter(|session| now.duration_since(session.used) < ttl(ttl_min));
        living.map(|session| session.member).collect()
    }

    /// Ends every session.
    pub fn close_all(&mut self) {
        self.open.clear();
    }
}

fn ttl(minutes: u64) -> SignedDuration {
    SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX / 60))
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
