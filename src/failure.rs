//! What went wrong at a host, and whether waiting helps.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The class of a failure decides what is done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClass {
    /// Waiting helps: 5xx, time-outs, throttling, a locked row, an exhausted limit. `after` is what the host asked for.
    Temporary { after: Option<Duration> },
    /// The connection lost its rights; it is halted until somebody signs in again.
    SignedOut,
    /// The host said no to this item; a person has to look.
    Refused,
    /// The thing asked about is not there.
    NotFound,
    /// The answer made no sense.
    Unreadable,
}

/// A failed call, in the host's own words. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostError {
    pub class: FailureClass,
    /// The host's own code, such as `STRING_TOO_LONG` or `203`.
    pub code: Option<String>,
    /// One line without mark-up.
    pub said: String,
    /// The host and what was asked of it: `salesforce: POST /composite/sobjects`.
    pub call: String,
    /// True when the request may have been applied although no answer came.
    pub maybe_applied: bool,
}

impl HostError {
    /// A failure of one class, in the host's words.
    pub fn new(class: FailureClass, call: impl Into<String>, said: impl Into<String>) -> Self {
        HostError { class, code: None, said: said.into(), call: call.into(), maybe_applied: false }
    }

    /// With the host's own code.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The failure of a call that comes before a write: the write itself was not sent.
    pub fn before_the_write(self) -> Self {
        HostError { maybe_applied: false, ..self }
    }

    /// Whether the same call may do better later.
    pub fn is_temporary(&self) -> bool {
        matches!(self.class, FailureClass::Temporary { .. })
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) if !self.said.contains(code.as_str()) => write!(f, "{} ({code})", self.said),
            _ => f.write_str(&self.said),
        }
    }
}

impl std::error::Error for HostError {}
