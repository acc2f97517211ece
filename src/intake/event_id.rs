//! The ids of events: they say what happened, never how we heard of it.

use jiff::Timestamp;

use crate::names::{BridgeId, EventId, Subject, Tick};

/// A subject that was due at a tick.
pub fn due(bridge: &BridgeId, tick: &Tick, subject: &Subject) -> EventId {
    format!("due:{bridge}:{tick}:{subject}").into()
}

/// The tick of a one-shot run: the moment it started.
pub fn tick_at(moment: Timestamp) -> Tick {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into()
}
