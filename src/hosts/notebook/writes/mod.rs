//! What can be written into the notebook: one file for each note.

pub mod link;
pub mod link_contact;
pub mod park;
pub mod remember;
