//! Where everything stands in the store.
//!
//! | key | what |
//! |---|---|
//! | `run/{run}` | facts and plan, packed; written once |
//! | `act/{run}/{n}` | the state of one action |
//! | `day/{bridge}/{day}/{rules}` `age/{bridge}/{day}/{run}` | the rule sets and the runs of a day on which something was planned |
//! | `parked/{bridge}/{run}` | it waits for a person |
//! | `open/{bridge}/{run}` | its place in line; only while an action is not settled |
//! | `key/{key}` | who makes or says this, and the result |
//! | `remains/{bridge}/{day}/{run}` `remains-of/{bridge}/{day}` | what remains of a run that went on a day; that there are some (`retention.rs`) |
//! | `mem/{bridge}/{rule}/{subject}` | when the rule acted on the subject |
//! | `cap/{bridge}/{rule}/{hour or day}` | how many runs it began |
//! | `scan/{bridge}/{rule}` | what its last tick found |
//! | `tick/{bridge}/{rule}` | up to when its schedule is dealt with |
//! | `wake/{bridge}/{moment}/{event}` | an event that is due at the moment; only until it is decided |
//! | `seen/{bridge}/{poll}/{subject}` | what a poll saw last |
//! | `orphan/{bridge}/{id}/{state}` | a link of which one side is gone |
//! | `news/{bridge}/{poll}/{subject}` | when it last saw something new there |
//! | `round/{bridge}/{poll}` | how far it has come in asking about quiet subjects |
//! | `hint/{bridge}/{number}` | something that a host told of; only until it was asked about |
//! | `paused/{bridge}/{rule}` | a rule that a person paused; `*` for the whole bridge |
//! | `ours/{bridge}/{what}` | something that we made happen ourselves |
//! | `turns/{bridge}/{lane}` | when a thread and its case last answered each other |
//! | `text/{bridge}/{day}/{digest}` | a long text, once a day (`texts.rs`) |
//! | `rules/{digest}` | the sources of a rule set that a run names |
//! | `gone/{bridge}/{run}` | it was parked because a rule is gone; only until the rule is back |
//! | `gap/{bridge}` | the accepted loss that it has dealt with |
//! | `indexed` | `day`, `age` and `parked` know all runs, also those of older states |
//! | `tidied/{bridge}` | up to when it was seen to what is too old |
//! | `last_good/{bridge}` | the rule set that was accepted last (`service/last_good.rs`) |
//! | `stream/…` | how far the channels of an org were heard (`hosts/salesforce/streams/positions.rs`) |
//! | `incident/…` | what people were mailed about and is not over (`service/incidents.rs`) |
//! | `link/…` `note/…` | our notebook (`hosts/notebook/keys.rs`) |
//!
//! Several bridges share a store: the bridge stands in every key, in run ids and action keys too.

use jiff::Timestamp;

use crate::event::Event;
use crate::names::{ActionKey, BridgeId, Digest, Lane, RuleAddress, RunId, Subject};
use crate::plan::ActionId;

/// The indexes know all runs.
pub const INDEXED: &str = "indexed";
/// What begins the keys of all runs.
pub const RUNS: &str = "run/";
/// What begins the keys of the archive of rule sets.
pub const RULE_SETS: &str = "rules/";

pub fn run_key(run: &RunId) -> String {
    format!("{RUNS}{run}")
}

/// What begins the keys of a bridge's open runs.
pub fn open_runs(bridge: &BridgeId) -> String {
    format!("open/{bridge}/")
}

pub fn open_key(bridge: &BridgeId, run: &RunId) -> String {
    format!("{}{run}", open_runs(bridge))
}

pub fn state_key(run: &RunId, action: ActionId) -> String {
    format!("act/{run}/{action:03}")
}

/// What begins the keys of the days on which bridges planned something.
pub const DAYS: &str = "day/";

/// The same of one bridge.
pub fn days(bridge: &BridgeId) -> String {
    format!("{DAYS}{bridge}/")
}

/// What begins the keys of one day.
pub fn day_start(bridge: &BridgeId, day: &str) -> String {
    format!("{}{day}/", days(bridge))
}

pub fn day_key(bridge: &BridgeId, planned: Timestamp, rules: &Digest) -> String {
    format!("{}{rules}", day_start(bridge, &day(planned)))
}

/// What begins the keys by which the runs of a day are found.
pub fn ages(bridge: &BridgeId, day: &str) -> String {
    format!("age/{bridge}/{day}/")
}

pub fn age_key(bridge: &BridgeId, planned: Timestamp, run: &RunId) -> String {
    format!("{}{run}", ages(bridge, &day(planned)))
}

/// What begins the keys of the days on which runs of a bridge went.
pub fn remains_days(bridge: &BridgeId) -> String {
    format!("remains-of/{bridge}/")
}

pub fn remains_day_key(bridge: &BridgeId, since: Timestamp) -> String {
    format!("{}{}", remains_days(bridge), day(since))
}

/// What begins the keys of what remains of the runs that went on a day.
pub fn remains(bridge: &BridgeId, day: &str) -> String {
    format!("remains/{bridge}/{day}/")
}

pub fn remains_key(bridge: &BridgeId, since: Timestamp, run: &RunId) -> String {
    format!("{}{run}", remains(bridge, &day(since)))
}

/// What begins the keys of a bridge's runs that wait for a person.
pub fn waiting(bridge: &BridgeId) -> String {
    format!("parked/{bridge}/")
}

pub fn waiting_key(bridge: &BridgeId, run: &RunId) -> String {
    format!("{}{run}", waiting(bridge))
}

pub fn tidied_key(bridge: &BridgeId) -> String {
    format!("tidied/{bridge}")
}

/// The day of a moment, as keys write it: in their order.
pub fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

pub fn owner_key(key: &ActionKey) -> String {
    format!("key/{key}")
}

pub fn memory_key(bridge: &BridgeId, rule: &RuleAddress, subject: &Subject) -> String {
    format!("mem/{bridge}/{rule}/{subject}")
}

pub fn scan_key(bridge: &BridgeId, rule: &RuleAddress) -> String {
    format!("scan/{bridge}/{rule}")
}

/// What begins the keys of a bridge's hints.
pub fn hints(bridge: &BridgeId) -> String {
    format!("hint/{bridge}/")
}

pub fn hint_key(bridge: &BridgeId, number: u64) -> String {
    format!("{}{number:020}", hints(bridge))
}

/// What begins the keys of what is paused in a bridge.
pub fn pauses(bridge: &BridgeId) -> String {
    format!("paused/{bridge}/")
}

pub fn tick_key(bridge: &BridgeId, rule: &RuleAddress) -> String {
    format!("tick/{bridge}/{rule}")
}

/// What begins the keys of a bridge's events whose moment comes later; in their order.
pub fn wakes(bridge: &BridgeId) -> String {
    format!("wake/{bridge}/")
}

pub fn wake_key(event: &Event) -> String {
    format!("{}{}/{}", wakes(&event.bridge), moment(event.at), Digest::of(event.id.as_str()))
}

/// A moment as keys write it, to the nanosecond: in the order of time.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

/// What a poll saw of a subject last.
pub fn seen_key(bridge: &BridgeId, poll: &str, subject: &str) -> String {
    format!("seen/{bridge}/{poll}/{subject}")
}

/// When a poll last saw something new about a subject.
pub fn news_key(bridge: &BridgeId, poll: &str, subject: &str) -> String {
    format!("news/{bridge}/{poll}/{subject}")
}

/// What begins the keys of a bridge's links of which one side is gone.
pub fn orphans(bridge: &BridgeId) -> String {
    format!("orphan/{bridge}/")
}

pub fn orphan_key(bridge: &BridgeId, gone: &str, state: &str) -> String {
    format!("{}{gone}/{state}", orphans(bridge))
}

/// How far a poll has come in asking about quiet subjects.
pub fn round_key(bridge: &BridgeId, poll: &str) -> String {
    format!("round/{bridge}/{poll}")
}

/// Something that we made happen: no news when its host tells of it.
pub fn ours_key(bridge: &BridgeId, what: &str) -> String {
    format!("ours/{bridge}/{what}")
}

/// The turns of a lane within the last hour.
pub fn turns_key(bridge: &BridgeId, lane: &Lane) -> String {
    format!("{}{lane}", turns(bridge))
}

/// What begins the keys of a bridge's runs that were parked with their rules.
pub fn gone(bridge: &BridgeId) -> String {
    format!("gone/{bridge}/")
}

pub fn gone_key(bridge: &BridgeId, run: &RunId) -> String {
    format!("{}{run}", gone(bridge))
}

/// The accepted loss that a bridge has dealt with.
pub fn gap_key(bridge: &BridgeId) -> String {
    format!("gap/{bridge}")
}

pub fn rules_key(digest: &Digest) -> String {
    format!("{RULE_SETS}{digest}")
}

/// What begins the counters of a bridge's caps.
pub fn caps(bridge: &BridgeId) -> String {
    format!("cap/{bridge}/")
}

/// What begins the turns of a bridge's lanes.
pub fn turns(bridge: &BridgeId) -> String {
    format!("turns/{bridge}/")
}

/// The counters of a rule's caps, for the hour and the day of a moment.
pub fn cap_keys(bridge: &BridgeId, rule: &RuleAddress, now: Timestamp) -> (String, String) {
    let key = |slot: &str| format!("{}{rule}/{}", caps(bridge), now.strftime(slot));
    (key("%Y-%m-%dT%H"), key("%Y-%m-%d"))
}

/// The counter of a rule's actions for one subject, for the day of a moment.
pub fn subject_cap_key(bridge: &BridgeId, rule: &RuleAddress, subject: &Subject, now: Timestamp) -> String {
    format!("{}{rule}/{}/{subject}", caps(bridge), day(now))
}
