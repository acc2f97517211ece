//! The sandbox: an emulated community and an emulated org, for people, tests and the CI of rule packs.
//!
//! It imports nothing of the product and is written from the reference sheets alone. Both hosts share one
//! clock; each has its own world, faults, switches and counts. `docs/sandbox.md` documents the control endpoints.

pub mod clock;
pub mod logins;
pub mod scene;

pub mod serve;

mod control;
mod counts;
mod faults;
mod faulty;
mod line;
mod many;
mod tls;
mod zip;

pub mod khoros;
pub mod salesforce;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use serde_json::Value;

pub use logins::Logins;
pub use scene::SceneChoice;
pub use serve::{Options, Sandbox, start};
pub use tls::Tls;

/// What each emulated host gives to the shell that serves it.
pub trait SandboxHost: Send + Sync {
    /// The host's own API, without the control endpoints; faults and counts are laid over it by the shell.
    fn router(self: Arc<Self>) -> Router;

    /// Its part of the JSON line: `url`, logins and secrets, as `design.md` section 8 of the docs names them.
    fn logins(&self, url: &str) -> Value;

    /// Applies edits as a person at this host would make them: a map of lists, entries as in a scene file.
    /// Nothing is applied when one entry is wrong; the error says which and why.
    fn edit(&self, entries: &Value) -> Result<Value, String>;

    /// Everything in this host, for checkers: the same lists as a scene file, complete, in a stable order.
    fn world(&self) -> Value;

    /// Applied writes by kind, such as `{"create Case": 3}`.
    fn applied(&self) -> BTreeMap<String, u64>;

    /// The switches and their values.
    fn switches(&self) -> Value;

    /// Sets some switches; an unknown name or value is an error that lists the known ones.
    fn set_switches(&self, wanted: &Value) -> Result<(), String>;

    /// Ends every session and token that this host gave out.
    fn expire(&self);
}
