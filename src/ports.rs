//! The seams: clock, chance, store, network and tokens are handed in, so that a simulation can own them. And where hints
//! are put down, for those who hear them; and how one host gets at the files of another.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

pub use crate::catalog::Boxed;
use crate::failure::HostError;
use crate::hint::Hint;

/// Time. All waiting goes through it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Ends once `moment` has come.
    fn sleep_until(&self, moment: Timestamp) -> Boxed<()>;
}

/// Chance, for jitter and markers.
pub trait Entropy: Send + Sync {
    /// A number that nobody can foretell.
    fn next(&self) -> u64;
}

/// The changes of one commit; all of them happen, or none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Key to new value; `None` removes the key.
    pub changes: BTreeMap<String, Option<Vec<u8>>>,
}

impl Batch {
    /// Sets a key.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.changes.insert(key.into(), Some(value.into()));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: impl Into<String>) {
        self.changes.insert(key.into(), None);
    }

    /// Bytes of keys and values.
    pub fn size(&self) -> usize {
        self.changes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
    }
}

/// Why the store cannot go on. After a failed commit nothing more may be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the folder.
    #[error("{0}")]
    Held(String),
    /// Acknowledged records are missing, or the files are damaged; says the way back.
    #[error("{0}")]
    Lost(String),
    #[error("{0}")]
    Failed(String),
}

/// Durable keys and values, in key order. `tests/contracts/store.rs` is the contract.
pub trait Store: Send + Sync {
    /// Commits; ends once the batch is durable. Commits are first in, first out: a batch whose call began earlier
    /// is never durable later. The call itself queues the batch before the first `await`.
    fn commit(&self, batch: Batch) -> Boxed<Result<(), StoreError>>;

    /// One value; sees every commit that has ended.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// All keys that begin with `prefix`, in order, with their values.
    fn range(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// The same without the values, which may be far more than fits into memory.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.range(prefix)?.into_iter().map(|(key, _)| key).collect())
    }
}

/// A request to an outside host. Headers that hold secrets are marked, and never shown.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub secret_headers: Vec<(String, SecretString)>,
    pub body: HttpBody,
    pub timeout: Option<Duration>,
    /// How many bytes of an answer are taken at most; a longer one is refused, and the rest of it never read.
    pub longest: Option<usize>,
}

/// What a request carries.
#[derive(Clone, Debug, Default)]
pub enum HttpBody {
    #[default]
    None,
    Json(serde_json::Value),
    /// Form fields; their values may be secrets.
    Form(Vec<(String, SecretString)>),
    /// XML, which may hold a secret.
    Xml(SecretString),
}

/// A whole answer, decoded.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    pub status: u16,
    /// By their names in small letters; one that comes again goes on a line of its own.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// Why there was no answer. Texts never hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// The host is not on the allow-list.
    #[error("{0}")]
    Forbidden(String),
    /// Nothing was sent: sending again is harmless.
    #[error("{0}")]
    NotSent(String),
    /// It was sent and may have been applied; the answer is lost.
    #[error("{0}")]
    Lost(String),
    /// The same, where the answer sends us elsewhere, as in a maintenance or before a sign-in.
    #[error("{0}")]
    Redirected(String),
    /// The answer is longer than the request allows; sending it again gives the same.
    #[error("{0}")]
    TooLong(String),
}

/// The network.
pub trait Http: Send + Sync {
    /// Sends one request and reads the whole answer.
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>>;
}

/// The files of a host, for another that keeps them: hosts do not know each other. No byte of one is written down.
pub trait Files: Send + Sync {
    /// The whole of the file at an address, of at most so many bytes. A failure is as of a read.
    fn fetch(&self, address: &str, longest: usize) -> Boxed<Result<Vec<u8>, HostError>>;
}

/// The right to renew a token, until it is dropped.
pub type Turn = Box<dyn Send>;

/// Tokens and session keys; outside the store, never exported.
pub trait Tokens: Send + Sync {
    /// A kept token.
    fn get(&self, name: &str) -> Option<SecretString>;

    /// Keeps a token (or forgets it) before it is used.
    fn put(&self, name: &str, token: Option<SecretString>) -> Result<(), StoreError>;

    /// Waits until nobody else renews this token, in any process; the turn ends with what is given back.
    fn turn(&self, _: &str) -> Boxed<Result<Turn, StoreError>> {
        Box::pin(std::future::ready(Ok(Box::new(()) as Turn)))
    }
}

/// Who hints, by its name in `casebridge.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HintSource {
    Community(String),
    Org(String),
}

/// Why hints were not put down; whoever brought them should bring them again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("too much waits; come again in {} s", after.as_secs())]
    Full { after: Duration },
    #[error("the service is stopping")]
    Stopping,
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Where hints are put down.
pub trait Hints: Send + Sync {
    /// Whether a hint of this source would be taken now; asked before somebody sends a lot for nothing.
    fn would_take(&self, source: &HintSource) -> Result<(), NotTaken>;

    /// Ends well only once the hints are durable, for every bridge that the source belongs to. `with` goes into the same
    /// commit: how far a stream was heard.
    fn take(&self, source: HintSource, hints: Vec<Hint>, with: Batch) -> Boxed<Result<(), NotTaken>>;
}
