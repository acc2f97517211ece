//! Members, their ranks and roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

/// Ranks from the lowest to the highest; a rank that a scene names beside these comes last.
pub const RANKS: [&str; 5] = ["New Member", "Member", "Regular", "VIP", "Employee"];

static MEMBER: LazyLock<Arc<str>> = LazyLock::new(|| RANKS[1].into());

/// Whoever has this role may do everything.
pub const ADMINISTRATOR: &str = "Administrator";

/// A member. A deleted member keeps this row (sheet 16.3, inferred).
#[derive(Clone, Debug)]
pub struct Member {
    pub id: u64,
    pub login: String,
    pub email: String,
    pub password: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub sso_id: String,
    pub biography: String,
    pub location: String,
    pub rank: Arc<str>,
    /// Names of roles that hold for the whole community.
    pub roles: BTreeSet<String>,
    pub registered: Timestamp,
    pub last_visit: Timestamp,
    pub metrics: BTreeMap<String, u64>,
    pub banned: bool,
    pub deleted: bool,
    /// Custom fields by name, such as `c_plan`.
    pub custom: BTreeMap<String, String>,
}

impl Member {
    /// A member of whom nothing is known but the login.
    pub fn new(id: u64, login: &str, now: Timestamp) -> Self {
        let nothing = String::new();
        Self {
            id,
            login: login.to_owned(),
            email: nothing.clone(),
            password: None,
            first_name: nothing.clone(),
            last_name: nothing.clone(),
            sso_id: nothing.clone(),
            biography: nothing.clone(),
            location: nothing,
            rank: MEMBER.clone(),
            roles: BTreeSet::new(),
            registered: now,
            last_visit: now,
            metrics: BTreeMap::new(),
            banned: false,
            deleted: false,
            custom: BTreeMap::new(),
        }
    }

    pub fn is_admin(&self) -> bool {
        self.roles.contains(ADMINISTRATOR)
    }

    /// The position of the member's rank, which is also its id; 1 is the lowest.
    pub fn rank_position(&self) -> usize {
        RANKS.iter().position(|rank| **rank == *self.rank).unwrap_or(RANKS.len()) + 1
    }
}
