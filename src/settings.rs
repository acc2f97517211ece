//! The customer's values for what a pack declares.

use crate::names::Name;
use crate::problem::Place;
use crate::value::Value;

/// One setting as a pack declares it (`pack.yaml`, `settings:`).
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub name: Name,
    /// As written: `number`, `duration`, `list of board`, …
    pub takes: String,
    pub required: bool,
    pub default: Value,
    pub min: Value,
    pub max: Value,
    /// Another setting without which this one has no effect.
    pub needs: Option<Name>,
    pub help: String,
    pub at: Place,
}
