//! How much later than its event a rule is judged: after a time (`wait`), or when what was collected is due (`collect`).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar::Calendars;
use crate::names::EventKind;
use crate::plan::Wait;
use crate::rules::schedule;

/// When a rule is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Delay {
    pub until: Until,
    /// The kinds of events for which it is judged at once all the same.
    pub but: Vec<EventKind>,
    /// Whether the events of one subject that wait are judged together.
    pub collects: bool,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    Over(Wait),
    /// The next moment of a schedule, as written.
    Next {
        schedule: String,
        zone: TimeZone,
    },
}

impl Until {
    /// When what happened at a moment is judged.
    pub fn moment(&self, since: Timestamp, calendars: &Calendars) -> Timestamp {
        match self {
            Until::Over(wait) => wait.over(since, calendars),
            // One that never fires was a Problem.
            Until::Next { schedule, zone } => {
                schedule::next(schedule, zone, since, 1).first().copied().unwrap_or(since)
            }
        }
    }
}

impl From<Wait> for Delay {
    fn from(wait: Wait) -> Self {
        Delay { until: Until::Over(wait), but: vec![], collects: false }
    }
}
