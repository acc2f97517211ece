//! The codes of what can be wrong with `casebridge.yaml`.

pub const NO_BRIDGE: &str = "no-bridge";
pub const UNKNOWN_HOST: &str = "unknown-host";
pub const PLAIN_SECRET: &str = "plain-secret";
pub const PLAIN_HTTP: &str = "plain-http";
pub const ADDRESS: &str = "not-an-address";

/// All of them.
pub const ALL: &[&str] = &[NO_BRIDGE, UNKNOWN_HOST, PLAIN_SECRET, PLAIN_HTTP, ADDRESS];
