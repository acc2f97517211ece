//! SOSL: words that are looked for in many objects at once (sheet 5). Conditions on what is found are SOQL's.

mod hits;
mod scan;
mod statement;
mod term;

pub use hits::{Fields, Wanted, find, indexed_until};
pub use statement::{MOST, Returned, Search, malformed, read};
pub use term::Term;
