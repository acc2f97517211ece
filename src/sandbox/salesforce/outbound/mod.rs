//! Outbound messages: the org posts what changed to an address of the admin's, until somebody acknowledges it
//! (sheet 9.1).
//!
//! `action` is what the admin set up, `outbox` what waits, `envelope` the SOAP body, `sender` the post.

mod action;
mod envelope;
mod outbox;
mod sender;

pub use action::Action;
pub use outbox::Outbox;
pub use sender::send_all;
