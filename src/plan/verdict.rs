//! How one rule's criteria came out, line by line, with the value seen.

use serde::{Deserialize, Serialize};

use crate::names::{LineName, RuleAddress};
use crate::problem::Place;
use crate::value::Short;

/// The lines of a rule that acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub rule: RuleAddress,
    pub at: Place,
    pub lines: Vec<LineVerdict>,
    /// Another rule made the same first; this one only notes it.
    pub shadowed_by: Option<RuleAddress>,
    /// The rule is only watched: nothing of it is written.
    #[serde(default)]
    pub shadow: bool,
    /// What `limits.first` goes by; it counts until the plan is committed.
    #[serde(skip)]
    pub weight: Option<f64>,
}

impl Verdict {
    /// Whether the rule is the one that acts.
    pub fn acts(&self) -> bool {
        self.shadowed_by.is_none() && !self.shadow
    }
}

/// One line, as written, and what was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineVerdict {
    pub line: LineName,
    pub text: Short,
    pub saw: Short,
    pub at: Place,
}

/// The first line in file order that did not hold, on what was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstUnmet {
    pub rule: RuleAddress,
    /// `skip` for a script that decided to do nothing.
    pub line: LineName,
    /// The line as written, or the script's reason.
    pub text: Short,
    /// `thread.age was 47 h 50 min`.
    pub saw: Short,
    pub at: Place,
}

impl FirstUnmet {
    /// Whether the line looked at a fact.
    pub fn is_about(&self, fact: &str) -> bool {
        self.saw.to_string().split(", ").any(|saw| saw.starts_with(&format!("{fact} was ")))
    }
}
