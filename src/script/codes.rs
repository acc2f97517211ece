//! The codes of what can be wrong with an expression.

pub const SYNTAX: &str = "expression-syntax";
pub const NOT_IN: &str = "not-in";
pub const UNKNOWN_NAME: &str = "unknown-name";
pub const UNKNOWN_FACT: &str = "unknown-fact";
pub const UNKNOWN_SETTING: &str = "unknown-setting";
pub const NO_SUCH_NOUN: &str = "no-such-noun";
pub const FACTS_NOT_HERE: &str = "facts-not-here";
pub const UNLIKE_KINDS: &str = "unlike-kinds";
pub const MODULE_NAME: &str = "module-name";
pub const MISSING_FUNCTION: &str = "missing-function";
pub const UNKNOWN_MODULE: &str = "unknown-module";
pub const RULE_IS_NO_MAP: &str = "rule-is-no-map";
pub const WRONG_ARGUMENTS: &str = "wrong-arguments";
pub const UNKNOWN_FUNCTION: &str = "unknown-function";
pub const UNKNOWN_PARAMETER: &str = "unknown-parameter";
pub const MISSING_PARAMETER: &str = "missing-parameter";
pub const WRITES_HERE: &str = "writes-here";
pub const NOT_IN_A_FUNCTION: &str = "not-in-a-function";
pub const SWITCH_ON_VALUE: &str = "switch-on-value";
pub const UNKNOWN_CALENDAR: &str = "unknown-calendar";
pub const UNKNOWN_ZONE: &str = "unknown-zone";
pub const UNKNOWN_TABLE: &str = "unknown-table";
pub const BAD_PATTERN: &str = "bad-pattern";
pub const BAD_MOMENT: &str = "bad-moment";
pub const NOT_FILLED_IN: &str = "not-filled-in";

/// All of them.
pub const ALL: &[&str] = &[
    SYNTAX,
    NOT_IN,
    UNKNOWN_NAME,
    UNKNOWN_FACT,
    UNKNOWN_SETTING,
    NO_SUCH_NOUN,
    FACTS_NOT_HERE,
    UNLIKE_KINDS,
    MODULE_NAME,
    MISSING_FUNCTION,
    UNKNOWN_MODULE,
    RULE_IS_NO_MAP,
    WRONG_ARGUMENTS,
    UNKNOWN_FUNCTION,
    UNKNOWN_PARAMETER,
    MISSING_PARAMETER,
    WRITES_HERE,
    NOT_IN_A_FUNCTION,
    SWITCH_ON_VALUE,
    UNKNOWN_CALENDAR,
    UNKNOWN_ZONE,
    UNKNOWN_TABLE,
    BAD_PATTERN,
    BAD_MOMENT,
    NOT_FILLED_IN,
];
