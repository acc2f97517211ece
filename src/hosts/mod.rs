//! The outside systems, and our own notebook: one folder each, one file for each thing that a host can do.
//!
//! A host function asks or writes; it never decides, batches across runs or repeats what failed: that is the
//! engine's. `app.rs` puts a Catalog together with the `add_to` of each folder. The network, the clock, the store
//! and the tokens come through `ports`.

pub mod allow_hosts;
pub mod budget;
pub mod connection_state;
pub mod host_error;
pub mod http;
pub mod pace;
pub mod plain_text;
pub mod session;
pub mod url;

pub mod khoros;
pub mod mail;
pub mod notebook;
pub mod salesforce;
