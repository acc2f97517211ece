//! The codes of what can be wrong with a pack and with a customer's settings.

pub const NO_PACK: &str = "no-pack";
pub const VERSION: &str = "not-a-version";
pub const UNREADABLE: &str = "unreadable-file";
pub const SETTING_TYPE: &str = "setting-type";
pub const UNKNOWN_SETTING: &str = "unknown-setting";
pub const MISSING_SETTING: &str = "missing-setting";
pub const OUT_OF_RANGE: &str = "out-of-range";
pub const HAS_NO_EFFECT: &str = "has-no-effect";
pub const RENAMED: &str = "renamed";
pub const OTHER_PACK: &str = "other-pack";
pub const MADE_FOR: &str = "made-for";
pub const UNKNOWN_ADDRESS: &str = "unknown-address";
pub const THERE_ALREADY: &str = "there-already";
pub const TOO_WIDE: &str = "too-wide";
pub const NO_PARTS: &str = "has-no-parts";
pub const NOT_DISABLED: &str = "cannot-be-disabled";
pub const CHANGED_TWICE: &str = "changed-twice";
pub const CHECK: &str = "check-does-not-hold";
pub const NOT_THERE: &str = "not-there";
pub const SEVERAL: &str = "several-there";
pub const NOT_OFFERED: &str = "not-offered";
pub const NOT_WRITABLE: &str = "not-writable";
pub const OTHER_TYPE: &str = "other-type-in-org";
pub const ORG_IS_SHORTER: &str = "org-is-shorter";
pub const NOT_A_KEY: &str = "not-a-key";
pub const NOT_FILTERED: &str = "cannot-be-filtered";
pub const OTHER_ENGINE: &str = "other-engine";
pub const REQUIRED_PACK: &str = "required-pack";
pub const NOT_REQUIRED: &str = "not-required";

/// All of them.
pub const ALL: &[&str] = &[
    NO_PACK,
    VERSION,
    UNREADABLE,
    SETTING_TYPE,
    UNKNOWN_SETTING,
    MISSING_SETTING,
    OUT_OF_RANGE,
    HAS_NO_EFFECT,
    RENAMED,
    OTHER_PACK,
    MADE_FOR,
    UNKNOWN_ADDRESS,
    THERE_ALREADY,
    TOO_WIDE,
    NO_PARTS,
    NOT_DISABLED,
    CHANGED_TWICE,
    CHECK,
    NOT_THERE,
    SEVERAL,
    NOT_OFFERED,
    NOT_WRITABLE,
    OTHER_TYPE,
    ORG_IS_SHORTER,
    NOT_A_KEY,
    NOT_FILTERED,
    OTHER_ENGINE,
    REQUIRED_PACK,
    NOT_REQUIRED,
];
