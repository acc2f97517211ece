//! What runs unattended: a worker for each bridge, the listeners, the control socket, the watch over rule files.
//!
//! Hints come in (`webhooks.rs`) and are stored; a worker (`worker.rs`) takes turns over what is new or due; commands
//! reach it as jobs between two turns (`control.rs`). Whatever stops it, the next start takes up what was begun.

pub mod audience;
pub mod control;
pub mod doors;
pub mod health;
pub mod hints;
pub mod incidents;
pub mod logins;
pub mod lookout;
pub mod metrics;
pub mod operators;
pub mod stop;
pub mod webhooks;
pub mod worker;

pub use audience::Audience;
pub use stop::Stop;
pub use worker::{Open, Worker};
