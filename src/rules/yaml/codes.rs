//! The codes of what can be wrong with a file before anybody asks what it means.

pub const SYNTAX: &str = "yaml-syntax";
pub const DUPLICATE_KEY: &str = "duplicate-key";
pub const TAG: &str = "yaml-tag";
pub const QUOTE: &str = "yaml-quote";
pub const COMMENT: &str = "yaml-comment";
pub const FLOW_COMMA: &str = "flow-comma";
pub const FLOW_LIST: &str = "flow-list";
pub const EMPTY_VALUE: &str = "empty-value";
pub const TOO_LARGE: &str = "too-large";
pub const MERGE_KEY: &str = "merge-key";
pub const SEVERAL_DOCUMENTS: &str = "several-documents";

/// All of them.
pub const ALL: &[&str] = &[
    SYNTAX,
    DUPLICATE_KEY,
    TAG,
    QUOTE,
    COMMENT,
    FLOW_COMMA,
    FLOW_LIST,
    EMPTY_VALUE,
    TOO_LARGE,
    MERGE_KEY,
    SEVERAL_DOCUMENTS,
];
