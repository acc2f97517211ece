//! A plain value of an object. Text that lies in the community is borrowed: most of what is written is such text.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

/// One value, ready to be written.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Plain<'a> {
    Null,
    Bool(bool),
    Count(u64),
    Text(Cow<'a, str>),
    /// What is no plain value after all, such as `solution_data`.
    Tree(Value),
}

impl From<bool> for Plain<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Plain<'_> {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<u32> for Plain<'_> {
    fn from(value: u32) -> Self {
        Self::Count(value.into())
    }
}

impl From<usize> for Plain<'_> {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl<'a> From<&'a str> for Plain<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Plain<'_> {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Value> for Plain<'_> {
    fn from(value: Value) -> Self {
        Self::Tree(value)
    }
}
