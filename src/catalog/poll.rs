//! What a poll is: a question about subjects that are known, what has changed there since it was last asked?
//!
//! What was seen last is kept with each subject, so that nothing is lost or told twice, whatever the host's clock says
//! and however many things share a moment. Rules name the events that it tells, never the poll.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::Boxed;
use crate::failure::HostError;
use crate::names::{EventKind, FunctionName, Lane, Subject};
use crate::value::Value;

/// One poll of a host.
#[derive(Clone)]
pub struct Poll {
    /// Such as `khoros.solutions`.
    pub name: FunctionName,
    /// What it asks and what it costs, for the table of polls.
    pub about: &'static str,
    /// The search that lists the subjects, such as our links; none: the host itself is the one subject.
    pub of: Option<FunctionName>,
    /// The part of its rows that a subject is known by.
    pub key: &'static str,
    /// The kinds of events that it tells.
    pub tells: Vec<EventKind>,
    /// What a link is whose side it looks after is gone, and whether what was seen of that says so.
    pub orphan: Option<Orphan>,
    /// How many subjects it takes at a time.
    pub up_to: usize,
    pub call: FnPoll,
}

/// The name of a link without one of its sides, and how that is read off what was seen.
pub type Orphan = (&'static str, fn(&Value) -> bool);

/// One subject that is asked about.
#[derive(Clone, Debug)]
pub struct Polled {
    /// As the search lists it.
    pub row: Value,
    /// What was seen last; nothing when it is asked about for the first time.
    pub seen: Value,
}

/// A subject about which there is something new.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Its place among those that were asked about.
    pub which: usize,
    /// What is to be kept.
    pub seen: Value,
    pub told: Vec<Told>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub kind: EventKind,
    /// What happened, the same however it is heard of: `khoros:thread:42:solution:103`.
    pub what: String,
    pub subject: Subject,
    /// What it is in order with: the thread of a case. Without one, its subject.
    pub lane: Option<Lane>,
    /// Where to look.
    pub hint: Value,
}

/// Those of its kinds that a rule waits for: what nobody waits for need not be asked.
pub type Wanted = Arc<BTreeSet<EventKind>>;

pub type FnPoll = Arc<dyn Fn(Vec<Polled>, Wanted) -> Boxed<Result<Vec<Changed>, HostError>> + Send + Sync>;
