//! What one community refuses in a search: found out once by asking for each constraint alone, and remembered.
//!
//! Fields, operators and forms of dates that work in one community are refused by another (Khoros sheet 4.2, 4.6).

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::constraint::Constraint;
use crate::hosts::khoros::liql::{Liql, Literal};

/// The forms of constraints that were refused, such as `post_time >=`.
#[derive(Default)]
pub struct Refused(Mutex<BTreeSet<String>>);

impl Refused {
    /// Those that may go along in a search.
    pub fn without(&self, constraints: &[Constraint]) -> Vec<Constraint> {
        let refused = self.lock();
        constraints.iter().filter(|constraint| !refused.contains(&constraint.form)).cloned().collect()
    }

    /// All that was refused so far.
    pub fn forms(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// Asks for each constraint alone, after a query with all of them was refused. Fails with that refusal when none of
    /// them is the cause.
    pub async fn find_out(&self, client: &Client, all: &[Constraint], refusal: HostError) -> Result<(), HostError> {
        let suspects = self.without(all);
        if suspects.is_empty() || !is_taken(client, None).await? {
            return Err(refusal);
        }
        let mut refused = BTreeSet::new();
        for suspect in &suspects {
            if !refused.contains(&suspect.form) && !is_taken(client, Some(suspect)).await? {
                refused.insert(suspect.form.clone());
            }
        }
        if refused.is_empty() {
            // Each is taken alone and all together are not.
            refused.extend(suspects.into_iter().map(|suspect| suspect.form));
        }
        self.lock().extend(refused);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn is_taken(client: &Client, constraint: Option<&Constraint>) -> Result<bool, HostError> {
    let roots = Liql::select(&["id"], "messages").test("depth", "=", Literal::Number(0)).limit(1);
    let query = constraint.iter().fold(roots, |query, constraint| query.also(&constraint.text));
    match client.search(&query).await {
        Ok(_) => Ok(true),
        Err(error) if error.class == FailureClass::Refused => Ok(false),
        Err(error) => Err(error),
    }
}
