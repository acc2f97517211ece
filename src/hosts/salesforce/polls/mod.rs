//! What is asked of an org in every pass: one file each.

pub mod cases;
pub mod comments;
pub mod requests;
mod seen_comments;
