//! The ids of events: they say what happened, never how we heard of it.

use jiff::Timestamp;

use crate::event::Event;
use crate::names::{BridgeId, EventId, RuleAddress, RunId, Subject, Tick};
use crate::plan::ActionId;

/// A subject that was due at a tick.
pub fn due(bridge: &BridgeId, tick: &Tick, subject: &Subject) -> EventId {
    format!("due:{bridge}:{tick}:{subject}").into()
}

/// A subject that another than the usual search of its kind found at a tick.
pub fn found(bridge: &BridgeId, tick: &Tick, search: &str, subject: &Subject) -> EventId {
    format!("due:{bridge}:{tick}:{search}:{subject}").into()
}

/// Actions of a run that are settled, by the last of them, and the stage that follows.
pub fn after(run: &RunId, action: ActionId, stage: &RuleAddress) -> EventId {
    format!("after:{run}:{action}:{}", stage.as_str().rsplit('.').next().unwrap_or_default()).into()
}

/// The same happening, looked at again at a later moment.
pub fn waited(event: &EventId, until: Timestamp) -> EventId {
    format!("waited:{}:{event}", until.strftime("%Y-%m-%dT%H:%M:%SZ")).into()
}

/// The same happening, kept for a rule that was paused when it happened.
pub fn kept(event: &EventId, rule: &RuleAddress) -> EventId {
    format!("kept:{rule}:{event}").into()
}

/// What a host told of, whichever way it was heard.
pub fn happened(bridge: &BridgeId, what: &str) -> EventId {
    format!("{bridge}:{what}").into()
}

/// Whether an event may be stored until it is decided: what waits for its moment, and what a host told of. What a
/// schedule finds is found again.
pub fn is_stored(event: &Event) -> bool {
    event.found_by.is_empty() || ["after:", "waited:", "kept:"].iter().any(|start| event.id.as_str().starts_with(start))
}

/// The tick of a one-shot run: the moment it started.
pub fn tick_at(moment: Timestamp) -> Tick {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into()
}
