//! What is asked about threads that have a case, in every pass. One file each.

pub mod solutions;
