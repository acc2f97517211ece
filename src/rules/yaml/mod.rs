//! Reads YAML as people write it: a tree with places, and every trap as a Problem. Only this room knows YAML crates.

pub mod codes;
pub mod node;
mod read;
mod traps;

pub use node::{Key, Node, Shape};
pub use read::read;

/// A file larger than this, in bytes, is not read.
pub const LARGEST: u64 = 1 << 20;
