//! To come.
pub struct RuleSet;
