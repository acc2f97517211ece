//! Two subjects that belong together: a thread and its case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A thread and the case that was opened for it. The case's external id is the truth; this is our copy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Id of the thread's root message.
    pub thread: String,
    /// Salesforce id of the case.
    pub case: String,
    pub since: Timestamp,
}
