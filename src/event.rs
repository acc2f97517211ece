//! Something happened, at a host or on the clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::{BridgeId, EventId, EventKind, Lane, RuleAddress, Subject};
use crate::value::Value;

/// One happening. Its id says what happened, never how we heard of it; what a webhook or poll told is only a hint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub bridge: BridgeId,
    pub kind: EventKind,
    pub subject: Subject,
    pub lane: Lane,
    /// The rules whose scan found the subject; empty for what a host told us.
    pub found_by: Vec<RuleAddress>,
    pub at: Timestamp,
    pub hint: Value,
}
