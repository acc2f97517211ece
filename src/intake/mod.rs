//! Webhooks, polls and ticks become Events here: what happened, to what, in which lane.
//!
//! What a webhook brings is read into hints, a file for each form; nothing else of it is believed.

pub mod event_id;
pub mod firehose;
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

/// An id becomes a part of a subject: anything but letters and digits is none.
fn hint(host: &str, kind: &str, id: &str) -> Option<Hint> {
    let is_id = !id.is_empty() && id.len() <= 40 && id.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_id.then(|| Hint { subject: Subject::new(host, kind, id) })
}
