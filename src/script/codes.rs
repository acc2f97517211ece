//! The codes of what can be wrong with an expression.

pub const SYNTAX: &str = "expression-syntax";
pub const NOT_IN: &str = "not-in";
pub const UNKNOWN_NAME: &str = "unknown-name";
pub const UNKNOWN_FACT: &str = "unknown-fact";
pub const UNKNOWN_SETTING: &str = "unknown-setting";
pub const NO_SUCH_NOUN: &str = "no-such-noun";
pub const FACTS_NOT_HERE: &str = "facts-not-here";

/// All of them.
pub const ALL: &[&str] = &[SYNTAX, NOT_IN, UNKNOWN_NAME, UNKNOWN_FACT, UNKNOWN_SETTING, NO_SUCH_NOUN, FACTS_NOT_HERE];
