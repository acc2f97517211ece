//! What runs unattended: a worker for each bridge, the listeners, the control socket, the watch over rule files.
//!
//! Hints come in (`webhooks.rs`) and are stored; a worker (`worker.rs`) takes turns over what is new or due; commands
//! reach it as jobs between two turns (`control.rs`). Whatever stops it, the next start takes up what was begun.
//!
//! `reload.rs` watches the files and judges what settles there: `settling.rs` says when they have settled, `sight.rs` is
//! one look at all of them, `judging.rs` builds a set aside, `tested.rs` plays the packs' tests, `last_good.rs` keeps
//! what was accepted, and `taking.rs` hands it to the worker.

pub mod api;
pub mod audience;
pub mod codes;
pub mod control;
pub mod doors;
pub mod health;
pub mod hints;
pub mod incidents;
pub mod judging;
pub mod last_good;
pub mod logins;
pub mod lookout;
pub mod metrics;
pub mod operators;
pub mod reload;
pub mod restart;
pub mod settling;
pub mod sight;
pub mod standing;
pub mod starting;
pub mod stop;
pub mod streams;
pub mod taking;
pub mod tested;
pub mod watched;
pub mod webhooks;
pub mod worker;

pub use audience::Audience;
pub use last_good::{LastGood, last_good};
pub use reload::{Watcher, Watching};
pub use standing::{Refused, RulesStanding, RulesStandings};
pub use stop::Stop;
pub use worker::{Open, Worker};
