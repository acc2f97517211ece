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
    /// Bounds of a number or duration; of a text, `max` is its length in characters.
    pub min: Value,
    pub max: Value,
    /// The words of a `choice`.
    pub one_of: Vec<Name>,
    /// Fewest and most entries of a list.
    pub items: (Option<u64>, Option<u64>),
    /// Another setting without which this one has no effect.
    pub needs: Option<Name>,
    pub help: String,
    pub at: Place,
}
