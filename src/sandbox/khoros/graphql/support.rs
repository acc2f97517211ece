//! What the support operations work on: cases as the portal shows them, permissions, settings.
//!
//! The cases stay in the community: how the real one passes them on to the org is not known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The permissions of sheet 12.3.
pub const PERMISSIONS: [&str; 6] = [
    "escalateTopicTweet",
    "escalateOwnTopicTweet",
    "allowViewEscalations",
    "allowManageEscalations",
    "readReplyOwnCases",
    "createDirectSupportCase",
];

/// Cases, permissions and settings.
#[derive(Clone, Debug, Default)]
pub struct Support {
    pub cases: BTreeMap<String, Case>,
    /// What was denied; all else is granted.
    pub denied: Vec<&'static str>,
    /// What `setSalesforceSettings` was given.
    pub settings: Map<String, Value>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    pub owner: u64,
    pub number: usize,
    pub subject: String,
    pub description: String,
    pub status: String,
    pub origin: String,
    pub created: Timestamp,
    pub changed: Timestamp,
}

impl Support {
    /// Opens a case as the documented example shows it: status `New`, origin `Private Support`.
    pub fn open(&mut self, owner: u64, subject: String, description: String, now: Timestamp) -> String {
        let number = self.cases.len() + 1001;
        let id = format!("case:5005000000{number:05}AAA");
        let (status, origin) = ("New".into(), "Private Support".into());
        let case = Case { owner, number, subject, description, status, origin, created: now, changed: now };
        self.cases.insert(id.clone(), case);
        id
    }
}
