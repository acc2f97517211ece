//! The codes of what keeps a rule set from being taken while the service runs.

pub const NEEDS_RESTART: &str = "needs-a-restart";
pub const TEST_FAILS: &str = "test-fails";
pub const TESTS_TOO_SLOW: &str = "tests-not-finished";
pub const NOT_JUDGED: &str = "not-judged";
