//! The codes of what can be wrong with a file of rule tests, beside those that every YAML file of a pack can have.

pub const UNKNOWN_GIVEN: &str = "unknown-given";
pub const CANNOT_BE_GIVEN: &str = "cannot-be-given";
pub const NO_REASON: &str = "no-reason";
pub const UNKNOWN_LINE: &str = "unknown-line";
pub const WHEN: &str = "unknown-when";

/// All of them.
pub const ALL: &[&str] = &[UNKNOWN_GIVEN, CANNOT_BE_GIVEN, NO_REASON, UNKNOWN_LINE, WHEN];
