//! What is going to happen for one event, in order, and why; and why nothing is.

pub mod action;
pub mod each;
pub mod explained;
pub mod key;
pub mod preview;
pub mod stage;
pub mod verdict;

pub use action::{Action, ActionId, Also, Arg, Guard, Piece};
pub use each::each;
pub use explained::{Acted, Explained, Holds, LineExplained, RuleExplained};
pub use stage::{Ends, Stage, Wait};
pub use verdict::{FirstUnmet, LineVerdict, Verdict};

use serde::{Deserialize, Serialize};

use crate::facts::Read;
use crate::names::{EventId, Name, RuleAddress};
use crate::problem::{Place, Problem};

/// The actions for one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub event: EventId,
    /// The rules that act, with every line that held.
    pub fired: Vec<Verdict>,
    /// One per rule judged that did not act, in order.
    pub unmet: Vec<FirstUnmet>,
    pub actions: Vec<Action>,
    /// What a person should know although it goes on.
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// What rules would do that are only watched (`shadow: true`).
    #[serde(default)]
    pub shadow: Vec<Action>,
    /// What follows once actions are settled.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// A plan with problems is shown, never applied.
    pub problems: Vec<Problem>,
}

/// Something about a plan that a person should know although it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    pub rule: RuleAddress,
    /// A lasting name: `ambiguous_contact`, `no_contact`, `no_order`, `overruled`.
    pub code: Name,
    pub text: String,
    pub at: Place,
}

impl Flag {
    /// A case without a contact is nothing strange: it is told only to those who ask for more.
    pub fn is_quiet(&self) -> bool {
        self.code.as_str() == "no_contact"
    }
}

/// How an evaluation ended: with a plan, or with reads to be answered first.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Plan(Plan),
    Needs(Vec<Read>),
}

impl Plan {
    /// A plan in which nothing happens.
    pub fn empty(event: EventId) -> Self {
        Plan {
            event,
            fired: vec![],
            unmet: vec![],
            actions: vec![],
            flags: vec![],
            shadow: vec![],
            stages: vec![],
            problems: vec![],
        }
    }
}
