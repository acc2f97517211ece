//! Webhooks, polls and ticks become Events here: what happened, to what, in which lane.
//!
//! What a webhook brings is read into hints, a file for each form; nothing else of it is believed.

pub mod event_id;
pub mod firehose;
mod ids;
pub mod khoros_v1;
pub mod outbound_message;
pub mod signed;
mod xml;

use crate::hint::Hint;
use crate::names::Subject;

/// A body that is not what it should be; the text says what is wrong with it, never what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// A hint at what an id names; nothing where it is no id of that host.
fn hint(host: &str, kind: &str, id: &str) -> Option<Hint> {
    let id = if host == "khoros" { ids::khoros(id) } else { ids::salesforce(kind, id) };
    id.map(|id| Hint { subject: Subject::new(host, kind, &id) })
}
