//! Where to look, and nothing more: what a webhook or a stream said.

use serde::{Deserialize, Serialize};

use crate::names::Subject;

/// Something of a host that is worth a look: `khoros:message:105`, `khoros:thread:42`, `salesforce:case:500…`,
/// `salesforce:comment:00a…`. Whatever else was said is not believed: every fact is read from the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hint {
    pub subject: Subject,
}
