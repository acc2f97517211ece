//! Generated members, threads and cases for load tests: plain, the threads all due, the same for the same seed.
//!
//! They are made one by one; what a host makes of them is its own affair.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

/// The board of the generated threads.
pub const BOARD: &str = "support";
/// So many write the threads if no members were asked for.
const AUTHORS: u64 = 20;
/// So many cases go into the org at once.
const CHUNK: u64 = 500;
const TROUBLES: [&str; 8] = [
    "Router restarts by itself",
    "Cannot sign in after the update",
    "Invoice shows the wrong month",
    "App closes when I open a photo",
    "Sound is missing in calls",
    "Delivery date keeps changing",
    "Printer is not found on the network",
    "Battery drains over night",
];

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    pub threads: u64,
    /// None asked for and threads wanted: twenty.
    pub members: Option<u64>,
    pub cases: u64,
    pub seed: u64,
}

/// A member.
pub struct MadeMember {
    pub login: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub rank: Arc<str>,
    /// How long ago.
    pub last_visit: SignedDuration,
}

/// An unanswered support question, 50 to 60 hours old.
pub struct MadeThread {
    pub subject: String,
    pub body: String,
    /// The number of the member.
    pub author: u64,
    pub age: SignedDuration,
}

impl Made {
    /// How many members there will be.
    pub fn count_members(&self) -> u64 {
        self.members
            .map_or(if self.threads > 0 { AUTHORS } else { 0 }, |members| members.max(u64::from(self.threads > 0)))
    }

    /// Whether a generated member has this login, which is compared in any case.
    pub fn has_login(&self, login: &str) -> bool {
        let number = login.to_ascii_lowercase().strip_prefix("member-").and_then(|number| number.parse::<u64>().ok());
        number.is_some_and(|number| (1..=self.count_members()).contains(&number))
    }

    pub fn members(&self) -> impl Iterator<Item = MadeMember> {
        let ranks: [Arc<str>; 2] = ["Regular".into(), "VIP".into()];
        let mut chance = Chance(self.seed ^ 0x6d65_6d62_6572);
        (1..=self.count_members()).map(move |number| MadeMember {
            login: format!("member-{number}"),
            email: format!("member-{number}@people.test"),
            first_name: "Member".into(),
            last_name: format!("Number {number}"),
            rank: ranks[usize::from(number.is_multiple_of(5))].clone(),
            last_visit: SignedDuration::from_mins(small(chance.below(300 * 24 * 60))),
        })
    }

    pub fn threads(&self) -> impl Iterator<Item = MadeThread> {
        let mut chance = Chance(self.seed);
        let authors = self.count_members();
        (1..=self.threads).map(move |number| {
            let trouble = TROUBLES[chance.below(TROUBLES.len() as u64) as usize];
            MadeThread {
                subject: format!("{trouble} ({number})"),
                body: format!("<p>{trouble}. It began {} days ago. What can I try next?</p>", 3 + chance.below(9)),
                author: 1 + chance.below(authors),
                age: SignedDuration::from_mins(small(50 * 60 + chance.below(600))),
            }
        })
    }

    /// Cases as edits of the org, a few hundred at a time.
    pub fn cases(&self) -> impl Iterator<Item = Value> {
        let mut chance = Chance(self.seed ^ 0x6361_7365);
        let count = self.cases;
        (0..count.div_ceil(CHUNK)).map(move |chunk| {
            let numbers = chunk * CHUNK + 1..=((chunk + 1) * CHUNK).min(count);
            let cases: Vec<Value> = numbers.map(|number| case(number, &mut chance)).collect();
            json!({ "cases": cases })
        })
    }
}

fn case(number: u64, chance: &mut Chance) -> Value {
    let trouble = TROUBLES[chance.below(TROUBLES.len() as u64) as usize];
    json!({ "fields": { "Subject": format!("{trouble} ({number})"), "Description": format!("{trouble}."), "Origin": "Web" } })
}

fn small(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// SplitMix64: a few lines are enough where nothing secret depends on it.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
