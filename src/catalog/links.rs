//! How a host tells which case each thread has: the truth that our notebook copies, and is built from again.

use std::sync::Arc;

use crate::catalog::Boxed;
use crate::failure::HostError;
use crate::names::FunctionName;
use crate::plan::key::Generation;
use crate::value::Value;

/// The cases of one host that have a thread, and where the notebook keeps its copy.
#[derive(Clone)]
pub struct Links {
    pub host: &'static str,
    /// The write that made such a case, once for each thread and generation.
    pub made_by: FunctionName,
    /// The read, the search and the note of the copy.
    pub get: FunctionName,
    pub find: FunctionName,
    pub link: FunctionName,
    pub call: FnLinks,
}

/// A page of cases, behind a cursor.
pub type FnLinks = Arc<dyn Fn(Option<String>) -> Boxed<Result<LinksPage, HostError>> + Send + Sync>;

/// Some of the cases.
#[derive(Clone, Debug, Default)]
pub struct LinksPage {
    pub cases: Vec<LinkedCase>,
    /// Cases that have a thread of another community.
    pub others: usize,
    pub next: Option<String>,
}

/// A case that has a thread of ours.
#[derive(Clone, Debug)]
pub struct LinkedCase {
    pub thread: String,
    pub generation: Generation,
    pub standing: Standing,
    /// Its id; where it was merged away, that of the one that is left.
    pub case: String,
    /// What the write that makes a case would give for it.
    pub made: Value,
}

/// What became of a case. One that is there comes last: what it says counts more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Merged,
    Deleted,
    There,
}
