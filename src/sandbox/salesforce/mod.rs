//! The emulated Salesforce org, written from the reference sheet alone: OAuth, REST, SOQL, collections, and the
//! rules of its objects.
//!
//! A call becomes a `Call`, `rest` answers it on the one `State`, `writer` decides what may be written, `org` keeps it.
//! Faults, counts of calls and the control endpoints are the shell's.

mod automation;
mod body;
mod bulk;
mod call;
mod cursor;
mod digest;
mod edit;
mod files;
mod host;
mod id;
mod index;
mod moment;
mod oauth;
mod ordered;
mod org;
mod outbound;
mod packed;
mod quota;
mod record;
mod recycle;
mod refusal;
mod replication;
mod reply;
mod rest;
mod schema;
mod seed;
mod session;
mod soap;
mod soql;
mod sosl;
mod state;
mod streaming;
mod switches;
mod value;
mod world;
mod writer;
mod xml;

pub use host::Salesforce;
