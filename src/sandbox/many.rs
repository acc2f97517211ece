//! Generated threads for load tests: plain, unanswered support questions, all of them due, the same for the same seed.

use serde_json::{Value, json};

const AUTHORS: u64 = 20;
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

/// `count` threads in board `support`, 50 to 60 hours old, by twenty generated members.
pub fn threads(count: u64, seed: u64) -> Value {
    let mut chance = Chance(seed);
    let members: Vec<Value> = (1..=AUTHORS).map(member).collect();
    let threads: Vec<Value> = (1..=count).map(|number| thread(number, &mut chance)).collect();
    json!({ "members": members, "threads": threads })
}

fn member(number: u64) -> Value {
    json!({
        "login": format!("member-{number}"), "email": format!("member-{number}@people.test"),
        "first_name": "Member", "last_name": format!("Number {number}"),
        "rank": if number.is_multiple_of(5) { "VIP" } else { "Regular" }, "registered": "300 days",
    })
}

fn thread(number: u64, chance: &mut Chance) -> Value {
    let trouble = TROUBLES[chance.below(TROUBLES.len() as u64) as usize];
    json!({
        "board": "support", "subject": format!("{trouble} ({number})"),
        "body": format!("<p>{trouble}. It began {} days ago. What can I try next?</p>", 3 + chance.below(9)),
        "author": format!("member-{}", 1 + chance.below(AUTHORS)),
        "age": format!("{} minutes", 50 * 60 + chance.below(600)),
    })
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
