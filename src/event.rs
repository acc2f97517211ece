//! Something happened, at a host or on the clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::{BridgeId, EventId, EventKind, Lane, RuleAddress, Subject};
use crate::value::Value;

/// What a person asks for: where a rule by itself makes no second thing, a person may.
pub const ESCALATION_REQUESTED: &str = "khoros.escalation_requested";

/// In the hint of an event that waited: when it was heard of.
pub const HEARD_AT: &str = "heard_at";
/// In the hint of one that is judged with others: those behind it, each with its `hint` and the `record` that it is
/// stored in.
pub const BEHIND: &str = "behind";

/// What a bridge tells of itself; all but the first is what its service sees.
pub const ITEM_PARKED: &str = "bridge.item_parked";
pub const CAP_REACHED: &str = "bridge.cap_reached";
pub const RULES_REFUSED: &str = "bridge.rules_refused";
pub const CONNECTION_HALTED: &str = "bridge.connection_halted";
pub const CONNECTION_RESTORED: &str = "bridge.connection_restored";
/// All of it.
pub const OF_THE_BRIDGE: [&str; 5] = [ITEM_PARKED, CAP_REACHED, RULES_REFUSED, CONNECTION_HALTED, CONNECTION_RESTORED];

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

impl Event {
    /// The same with something more in its hint; one that tells nothing stays so.
    pub fn hinting(mut self, name: &str, value: Value) -> Self {
        if let Value::Map(told) = &mut self.hint {
            told.insert(name.into(), value);
        }
        self
    }

    /// What is judged with it: see [`BEHIND`].
    pub fn behind(&self) -> &[Value] {
        if let Value::List(behind) = self.hint.get(BEHIND) { behind } else { &[] }
    }
}
