//! One event decided, and what became of its actions.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::names::{Digest, Name, RuleAddress, RunId, Tick};
use crate::plan::Plan;
use crate::value::Value;

/// Facts and plan of one event. Never changes after the plan commit; what becomes of it stands beside it as `State`s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The digest of the event's id.
    pub id: RunId,
    pub ruleset: Digest,
    pub facts: Facts,
    pub plan: Plan,
}

/// Where one action stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Waits for a person.
    Held {
        why: Why,
    },
    /// Will be sent when its turn and its moment come.
    Intended {
        tries: u8,
        not_before: Timestamp,
        why: Option<Why>,
    },
    /// The call is out, or its answer was lost: settled only by asking the host.
    Sent {
        at: Timestamp,
        asked: u8,
        ask_at: Timestamp,
    },
    Settled(Outcome),
}

/// How a settled action ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Done {
        result: Value,
    },
    AlreadyDone {
        result: Value,
        found: Found,
    },
    /// The reason for it no longer holds.
    Superseded(Why),
    /// A host or a rule said no for good.
    Refused(Why),
    /// What it stood `after` did not happen.
    Skipped(Why),
    /// Set aside for a person.
    Parked(Why),
}

/// How we know that it was done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// The host refused a second one.
    Duplicate,
    /// The answer was lost, and the host knows the effect.
    AnswerLost,
    /// It is so already.
    PresentValue,
}

impl State {
    /// Ready from the start.
    pub fn intended(not_before: Timestamp) -> Self {
        State::Intended { tries: 0, not_before, why: None }
    }

    /// Whether nothing more happens to it.
    pub fn is_settled(&self) -> bool {
        matches!(self, State::Settled(_))
    }

    /// The result of an effect that is there, whoever made it.
    pub fn result(&self) -> Option<&Value> {
        match self {
            State::Settled(Outcome::Done { result } | Outcome::AlreadyDone { result, .. }) => Some(result),
            _ => None,
        }
    }
}

impl Outcome {
    /// The word for it in output.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Done { .. } => "done",
            Outcome::AlreadyDone { .. } => "already done",
            Outcome::Superseded(_) => "superseded",
            Outcome::Refused(_) => "refused",
            Outcome::Skipped(_) => "skipped",
            Outcome::Parked(_) => "parked",
        }
    }

    /// The reason, where there is one.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Outcome::Done { .. } | Outcome::AlreadyDone { .. } => None,
            Outcome::Superseded(why) | Outcome::Refused(why) | Outcome::Skipped(why) | Outcome::Parked(why) => {
                Some(why)
            }
        }
    }
}

/// A reason: a lasting code and the words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Such as `solved_since_scan`, `answer_lost`, `cap_reached`.
    pub code: Name,
    pub text: String,
    /// The address of the key that says so, `escalations.unanswered.limits.per_day`, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
}

impl Why {
    /// A reason.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Why { code: code.into(), text: text.into(), by: None }
    }

    /// The same, with the address of the key that says so.
    pub fn by(self, address: &str) -> Self {
        Why { by: Some(address.into()), ..self }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() { write!(f, "{}", self.code) } else { write!(f, "{}: {}", self.code, self.text) }
    }
}

/// What one rule found at one tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    pub rule: RuleAddress,
    pub tick: Tick,
    /// Subjects that the host gave.
    pub found: u64,
    /// Subjects whose lines all held.
    pub met: u64,
    /// Subjects that one threshold alone kept back (a preview looks for them).
    #[serde(default)]
    pub near: u64,
    /// Subjects that are older than `look_back` (counted in a preview and when a rule is new).
    #[serde(default)]
    pub older: u64,
    /// Subjects that were due before the rule was first switched on in a service: held until a person asks for them.
    #[serde(default)]
    pub before: u64,
    /// Over a cap: they stay due.
    pub waiting: u64,
    /// Outside the hours of `act_during`: they stay due.
    #[serde(default)]
    pub closed: u64,
    /// Subjects on which the rule would act, if it were not in the shadow.
    #[serde(default)]
    pub shadow: u64,
    /// Subjects whose run is not finished yet.
    pub in_flight: u64,
    /// For a rule in the shadow of another: what that one does.
    #[serde(default)]
    pub compared: Option<Compared>,
}

/// What a rule in the shadow would do, held against what another does on the same subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub with: RuleAddress,
    /// Subjects on which both act, and those on which only one of them does.
    pub both: u64,
    pub only_this: u64,
    pub only_that: u64,
}

impl Scan {
    /// Nothing found yet.
    pub fn new(rule: RuleAddress, tick: Tick) -> Self {
        Scan {
            rule,
            tick,
            found: 0,
            met: 0,
            near: 0,
            before: 0,
            older: 0,
            waiting: 0,
            closed: 0,
            shadow: 0,
            in_flight: 0,
            compared: None,
        }
    }
}
