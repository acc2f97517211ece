//! Which of the fields that are read a community knows: found out once, when a read is refused, and remembered.
//!
//! One field that it does not know fails a whole query (Khoros sheet 3.2), and what communities know differs.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::Liql;

/// Without these nothing can be said of a thread, a post or a person.
const NEEDED: [&str; 12] = [
    "id",
    "login",
    "subject",
    "body",
    "author.id",
    "author.login",
    "board.id",
    "topic.id",
    "conversation.style",
    "conversation.solved",
    "post_time",
    "depth",
];

/// What is known about fields so far.
#[derive(Default)]
pub struct Columns(Mutex<Learnt>);

#[derive(Default)]
struct Learnt {
    unknown: BTreeSet<&'static str>,
    /// Those that were asked for and given: they are no cause of a refusal.
    given: BTreeSet<&'static str>,
}

impl Columns {
    /// Those that may be asked for.
    pub fn known(&self, wanted: &[&'static str]) -> Vec<&'static str> {
        let learnt = self.lock();
        wanted.iter().filter(|field| !learnt.unknown.contains(*field)).copied().collect()
    }

    /// Those that the community does not know.
    pub fn unknown(&self) -> Vec<String> {
        self.lock().unknown.iter().map(|field| (*field).to_owned()).collect()
    }

    /// Asks for the fields after a query with all of them was refused; whether one of them is the cause.
    pub async fn find_out(&self, client: &Client, from: &str, wanted: &[&'static str]) -> Result<bool, HostError> {
        let known = self.known(wanted);
        if known.iter().all(|field| self.lock().given.contains(field)) || !is_given(client, from, &["id"]).await? {
            return Ok(false);
        }
        if is_given(client, from, &known).await? {
            self.lock().given.extend(known);
            return Ok(false);
        }
        let mut unknown = BTreeSet::new();
        for field in known.into_iter().filter(|field| !NEEDED.contains(field)) {
            if is_given(client, from, &["id", field]).await? {
                self.lock().given.insert(field);
            } else {
                unknown.insert(field);
            }
        }
        let is_cause = !unknown.is_empty();
        self.lock().unknown.extend(unknown);
        Ok(is_cause)
    }

    fn lock(&self) -> MutexGuard<'_, Learnt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn is_given(client: &Client, from: &str, fields: &[&str]) -> Result<bool, HostError> {
    match client.search(&Liql::select(fields, from).limit(1)).await {
        Ok(_) => Ok(true),
        Err(error) if error.class == FailureClass::Refused => Ok(false),
        Err(error) => Err(error),
    }
}
