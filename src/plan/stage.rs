//! What follows once actions of a plan are settled. It stands in the plan, so that no rule edit can break it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendars;
use crate::names::{Name, RuleAddress};
use crate::plan::ActionId;

/// A stage that hangs on actions of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The rule that is judged then: `escalations.unanswered.after.still-new`.
    pub rule: RuleAddress,
    pub of: Vec<ActionId>,
    pub ends: Ends,
    pub wait: Option<Wait>,
    /// The steps whose results are facts then, by name.
    pub results: Vec<(Name, ActionId)>,
}

/// How actions must have ended for a stage to follow: all of them done, or one of them parked or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ends {
    Done,
    Parked,
    Refused,
}

/// A time that passes before something is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    pub span: SignedDuration,
    /// Only the open hours of this calendar count.
    pub calendar: Option<Name>,
}

impl Ends {
    /// The word for it in rule files.
    pub fn word(self) -> &'static str {
        match self {
            Ends::Done => "done",
            Ends::Parked => "parked",
            Ends::Refused => "refused",
        }
    }
}

impl Wait {
    /// When it is over. A calendar that is gone, or never opens again, counts all hours.
    pub fn over(&self, since: Timestamp, calendars: &Calendars) -> Timestamp {
        let calendar = self.calendar.as_ref().and_then(|name| calendars.get(name));
        calendar.and_then(|calendar| calendar.after(since, self.span)).unwrap_or_else(|| since + self.span)
    }
}
