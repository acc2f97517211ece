//! Reads YAML as people write it: a tree with places, and every trap as a Problem. Only this room knows YAML crates.

pub mod node;

pub use node::{Key, Node, Shape};
