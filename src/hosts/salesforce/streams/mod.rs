//! What an org tells by itself: change events, platform events and push topics over CometD (Salesforce sheets 9.2 to 9.4),
//! as hints. The polls stay the safety net: a stream may be silent, late, or have forgotten what we missed.
//!
//! `bayeux` knows the messages, `conversation` holds one from handshake to end, `hints` reads where an event says to look,
//! `positions` keeps how far each channel was heard, and `listen` never gives up. Websockets are not offered by an org.

mod bayeux;
mod conversation;
mod hints;
mod listen;
mod positions;

use jiff::Timestamp;

use crate::failure::HostError;
use crate::names::Path;

pub use listen::{Listener, Tell};
pub use positions::Positions;

/// A channel that is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// `/data/CaseChangeEvent`, `/event/Support_Update__e`, `/topic/OpenCases`.
    pub name: String,
    /// Where a platform event holds the id of its record.
    pub record_id: Option<Path>,
}

/// What a listener tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It is connected.
    Listening,
    /// What came was put down.
    Heard { channel: String, events: u64 },
    /// The org lets us hear a channel.
    Subscribed { channel: String },
    /// The org does not let us hear a channel; the others go on.
    Refused { channel: String, error: HostError },
    /// The org kept not everything since we last heard a channel.
    Missed { channel: String, error: HostError },
    /// Nothing is heard before it is tried again: at the moment, or at once.
    Broke { error: HostError, until: Option<Timestamp> },
}
