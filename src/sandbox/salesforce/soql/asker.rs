//! Who asks, when and in which version: what the same statement means depends on it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::id::Id;

/// What surrounds a statement.
#[derive(Debug, Clone)]
pub struct Asker {
    pub now: Timestamp,
    /// Days begin at midnight in the user's own zone (sheet 4.2).
    pub zone: TimeZone,
    pub version: u32,
    /// Whose records `USING SCOPE mine` means.
    pub user: Option<Id>,
}

impl Asker {
    /// How deep SELECTs may stand in each other (sheet 4.1).
    pub fn levels(&self) -> usize {
        if self.version < 58 { 2 } else { 5 }
    }
}

/// Somebody in the zone of Greenwich who uses the newest version.
impl From<Timestamp> for Asker {
    fn from(now: Timestamp) -> Asker {
        Asker { now, zone: TimeZone::UTC, version: u32::MAX, user: None }
    }
}
