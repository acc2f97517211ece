//! The codes of what can be wrong in rule files; each has an example under `tests/problems/`.

pub const UNKNOWN_KEY: &str = "unknown-key";
pub const UNKNOWN_SECTION: &str = "unknown-section";
pub const NOT_YET: &str = "not-yet";
pub const SHAPE: &str = "wrong-shape";
pub const DURATION: &str = "not-a-duration";
pub const MEASURE: &str = "not-a-length";
pub const NUMBER: &str = "not-a-number";
pub const YES_NO: &str = "not-true-or-false";
pub const WORD: &str = "unknown-word";
pub const MISSING_KEY: &str = "missing-key";
pub const UNKNOWN_MAPPING: &str = "unknown-mapping";
pub const UNKNOWN_CRITERIA: &str = "unknown-criteria";
pub const UNKNOWN_TABLE: &str = "unknown-table";
pub const UNKNOWN_FUNCTION: &str = "unknown-function";
pub const UNKNOWN_PARAMETER: &str = "unknown-parameter";
pub const MISSING_PARAMETER: &str = "missing-parameter";
pub const NAMED_TWICE: &str = "named-twice";
pub const TOO_DEEP: &str = "too-deep";
pub const SCHEDULE: &str = "not-a-schedule";
pub const NEVER: &str = "never-fires";
pub const NO_TOO_LONG: &str = "no-too-long";
pub const LOOKS_LIKE_EXPRESSION: &str = "looks-like-expression";
pub const KEY_HOLDS_LATER: &str = "key-holds-later";
pub const CIRCLE: &str = "circle";
pub const UNLIKE_FIELD: &str = "unlike-field";
pub const TEXT_NOT_CLOSED: &str = "text-not-closed";
pub const NO_EFFECT: &str = "no-effect";
pub const UNKNOWN_EVENT: &str = "unknown-event";
pub const UNKNOWN_FIELD: &str = "unknown-field";
pub const FIELD_TYPE: &str = "not-a-field-type";
pub const NO_TOO_BIG: &str = "no-too-big";
pub const NEVER_REACHED: &str = "never-reached";
pub const BAD_NAME: &str = "not-a-name";
pub const DECIDES_BY_LATER: &str = "decides-by-later";
pub const ZONE: &str = "unknown-zone";
pub const DAY: &str = "unknown-day";
pub const HOURS: &str = "not-opening-hours";
pub const MOMENT: &str = "not-a-moment";
pub const SIZE: &str = "not-a-size";
pub const ADDRESS: &str = "not-an-address";
pub const LANGUAGE: &str = "not-a-language";
pub const NO_YES_NO: &str = "no-yes-or-no";
pub const CASE_IS_AHEAD: &str = "case-is-ahead";
pub const DATE: &str = "not-a-date";
pub const NEVER_OPEN: &str = "never-open";
pub const NO_FILE: &str = "no-such-file";
pub const UNKNOWN_CALENDAR: &str = "unknown-calendar";
pub const WALL_TIME: &str = "counts-wall-time";
pub const WRITTEN_TWICE: &str = "written-twice";
pub const NEVER_HOLDS: &str = "never-holds";
pub const EMPTY_GROUP: &str = "empty-group";
pub const LONG_TEXT: &str = "long-text-not-read";
pub const UNKNOWN_STEP: &str = "unknown-step";
pub const EQUAL_ORDER: &str = "equal-order";
pub const NO_ORDER: &str = "has-no-order";
pub const UNKNOWN_RULE: &str = "unknown-rule";
pub const NOT_COMPARABLE: &str = "not-comparable";
pub const NO_REASON: &str = "not-a-reason";
pub const HAS_OWN_WRITE: &str = "has-a-write-of-its-own";
pub const NOT_LISTED: &str = "not-listed";
pub const NO_FILES: &str = "no-files-here";

/// All of them.
pub const ALL: &[&str] = &[
    UNKNOWN_KEY,
    UNKNOWN_SECTION,
    NOT_YET,
    SHAPE,
    DURATION,
    MEASURE,
    NUMBER,
    YES_NO,
    WORD,
    MISSING_KEY,
    UNKNOWN_MAPPING,
    UNKNOWN_CRITERIA,
    UNKNOWN_TABLE,
    UNKNOWN_FUNCTION,
    UNKNOWN_PARAMETER,
    MISSING_PARAMETER,
    NAMED_TWICE,
    TOO_DEEP,
    SCHEDULE,
    NEVER,
    NO_TOO_LONG,
    LOOKS_LIKE_EXPRESSION,
    KEY_HOLDS_LATER,
    CIRCLE,
    UNLIKE_FIELD,
    TEXT_NOT_CLOSED,
    NO_EFFECT,
    UNKNOWN_EVENT,
    UNKNOWN_FIELD,
    FIELD_TYPE,
    NO_TOO_BIG,
    NEVER_REACHED,
    BAD_NAME,
    DECIDES_BY_LATER,
    ZONE,
    DAY,
    HOURS,
    MOMENT,
    SIZE,
    ADDRESS,
    LANGUAGE,
    NO_YES_NO,
    CASE_IS_AHEAD,
    DATE,
    NEVER_OPEN,
    NO_FILE,
    UNKNOWN_CALENDAR,
    WALL_TIME,
    WRITTEN_TWICE,
    NEVER_HOLDS,
    EMPTY_GROUP,
    LONG_TEXT,
    UNKNOWN_STEP,
    EQUAL_ORDER,
    NO_ORDER,
    UNKNOWN_RULE,
    NOT_COMPARABLE,
    NO_REASON,
    HAS_OWN_WRITE,
    NOT_LISTED,
    NO_FILES,
];
