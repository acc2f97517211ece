//! The codes of what can be wrong with a pack and with a customer's settings.

pub const NO_PACK: &str = "no-pack";
pub const VERSION: &str = "not-a-version";
pub const UNREADABLE: &str = "unreadable-file";
pub const SETTING_TYPE: &str = "setting-type";
pub const UNKNOWN_SETTING: &str = "unknown-setting";
pub const MISSING_SETTING: &str = "missing-setting";
pub const OUT_OF_RANGE: &str = "out-of-range";
pub const HAS_NO_EFFECT: &str = "has-no-effect";

/// All of them.
pub const ALL: &[&str] =
    &[NO_PACK, VERSION, UNREADABLE, SETTING_TYPE, UNKNOWN_SETTING, MISSING_SETTING, OUT_OF_RANGE, HAS_NO_EFFECT];
