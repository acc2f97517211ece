//! What can be written into the notebook: one file for each note.

pub mod link;
pub mod remember;
