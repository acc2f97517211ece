//! `*.rhai` files at the top of a pack: each is one rule, its keys are what `fn rule()` returns.

use std::collections::BTreeMap;

use crate::rules::Rule;
use crate::rules::compiling::Compiling;

/// The scripted rules of a pack.
pub fn rules(_compiling: &mut Compiling, _folder: &str, _files: &BTreeMap<String, String>) -> Vec<Rule> {
    vec![]
}
