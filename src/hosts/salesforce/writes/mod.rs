//! What can be done in an org: one file for each write.

pub mod comment_on_case;
pub mod create_case;
pub mod create_contact;
pub mod update_case;
