//! The state folder on a disk that real processes use, are killed in, and that loses pages.

mod cut;
mod kill;
pub mod shared;
