//! What is asked in every pass: which threads are new (`posted.rs`), and what became of those that have a case.
//!
//! One look finds a dozen threads (`threads.rs`); what it tells is worked out part by part, and only what changed is
//! asked about further: the solution (`solution.rs`), the replies (`replies.rs`), labels and tags (`marks.rs`), the
//! thread itself (`itself.rs`).

mod itself;
mod marks;
pub mod posted;
mod replies;
mod solution;
pub mod threads;
