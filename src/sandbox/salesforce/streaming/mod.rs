//! What the org tells by itself: change events, platform events and push topics, kept for replay and delivered over
//! CometD (sheets 9.2 to 9.4).
//!
//! `settle` turns what each transaction changed into events, `log` keeps them, `clients` knows who listens,
//! `cometd` speaks Bayeux. Outbound messages start from the same changes and live next door. Pub/Sub is not here.

mod bayeux;
mod change_event;
mod channels;
mod clients;
mod cometd;
mod event_schema;
mod log;
mod origin;
mod platform_event;
mod push_topic;
mod settle;

pub use cometd::serve;
pub use event_schema::{Format, schema as event_schema, with_id as event_with_schema};
pub use origin::of as origin_of;
pub use platform_event::{enqueued, spend};
pub use push_topic::check as check_topic;
pub use settle::settle;

use jiff::Timestamp;

use super::quota::Quota;
use clients::Clients;
use log::Log;
use platform_event::Hour;
use push_topic::Topics;

/// Everything about streams that the org remembers.
#[derive(Default)]
pub struct Streams {
    /// Whether the org is reached by anybody; what was there before has no events.
    pub open: bool,
    log: Log,
    topics: Topics,
    clients: Clients,
    /// Transactions and events so far, for their keys.
    counted: u64,
    /// Platform events of each hour, and deliveries of the last day.
    published: Hour,
    delivered: Quota,
}

impl Streams {
    /// How many events were published in this hour, and delivered in the last 24.
    pub fn used(&mut self, now: Timestamp) -> (u64, u64) {
        (self.published.events(now), self.delivered.used(now))
    }

    /// The replay id of the newest event.
    pub fn newest(&self) -> u64 {
        self.log.newest()
    }
}
