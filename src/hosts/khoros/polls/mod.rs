//! What is asked in every pass about threads that have a case.
//!
//! One look finds a dozen threads (`threads.rs`); what it tells is worked out part by part, and only what changed is
//! asked about further: the solution (`solution.rs`), the replies (`replies.rs`), the thread itself (`itself.rs`).

mod itself;
mod replies;
mod solution;
pub mod threads;
