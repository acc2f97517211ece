//! The codes of what can be wrong with `casebridge.yaml`.

pub const NO_BRIDGE: &str = "no-bridge";
pub const UNKNOWN_HOST: &str = "unknown-host";
pub const PLAIN_SECRET: &str = "plain-secret";
pub const PLAIN_HTTP: &str = "plain-http";
pub const ADDRESS: &str = "not-an-address";
pub const SECRET_NOT_FOUND: &str = "secret-not-found";
pub const FIELD_NAME: &str = "not-a-field-name";
pub const API_VERSION: &str = "not-an-api-version";
pub const CONTEXT_NAME: &str = "not-a-context-name";
pub const LOGIN_THAT_ENDS: &str = "login-that-ends";
pub const GATE_AND_OAUTH: &str = "gate-and-oauth";
pub const AURORA_WITHOUT_PROXY: &str = "aurora-without-proxy";
pub const MAIL_ADDRESS: &str = "not-a-mail-address";

/// The id of an org that is none.
pub const ORGANIZATION: &str = "organization-id";
/// All of them.
pub const ALL: &[&str] = &[
    NO_BRIDGE,
    UNKNOWN_HOST,
    PLAIN_SECRET,
    PLAIN_HTTP,
    ADDRESS,
    SECRET_NOT_FOUND,
    FIELD_NAME,
    API_VERSION,
    CONTEXT_NAME,
    LOGIN_THAT_ENDS,
    GATE_AND_OAUTH,
    AURORA_WITHOUT_PROXY,
    MAIL_ADDRESS,
    ORGANIZATION,
];
