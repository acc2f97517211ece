//! How a host says what a hint is about: the thread of a message, the case of a comment.

use std::sync::Arc;

use crate::catalog::Boxed;
use crate::failure::HostError;
use crate::names::Subject;

/// What one host can tell about subjects that it hinted at.
#[derive(Clone)]
pub struct Locate {
    pub host: &'static str,
    /// The kinds of subjects that it takes: `message`, `comment`.
    pub takes: &'static [&'static str],
    /// How many it takes at a time.
    pub up_to: usize,
    pub call: FnLocate,
}

/// Each subject with the one that polls know; what the host does not know is left out.
pub type FnLocate = Arc<dyn Fn(Vec<Subject>) -> Boxed<Result<Vec<(Subject, Subject)>, HostError>> + Send + Sync>;
