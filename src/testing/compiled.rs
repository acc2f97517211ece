//! The rules under test, compiled once for all tests that have the same settings.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::catalog::Catalog;
use crate::names::{Digest, RuleAddress};
use crate::packs::{self, Sources};
use crate::problem::Problem;
use crate::rules::RuleSet;
use crate::rules::yaml::{Node, Shape};

/// The packs of a run of tests.
pub struct Compiled<'s> {
    sources: &'s Sources,
    by_settings: HashMap<Digest, Rules>,
}

/// One compilation.
#[derive(Clone)]
pub struct Rules {
    pub set: Arc<RuleSet>,
    /// Those that stand in a file, also where settings turn them off.
    pub written: Arc<[RuleAddress]>,
}

impl<'s> Compiled<'s> {
    pub fn of(sources: &'s Sources) -> Self {
        Compiled { sources, by_settings: HashMap::new() }
    }

    /// The rules with some settings. Of the catalog they take what functions are called and what they accept; what the
    /// functions do is the engine's, so that every test may bring its own.
    pub fn with(&mut self, settings: &Node, catalog: &Arc<Catalog>) -> Result<Rules, Vec<Problem>> {
        let digest = Digest::of(without_places(settings).to_string());
        if let Some(rules) = self.by_settings.get(&digest) {
            return Ok(rules.clone());
        }
        let sources = Sources { settings: Some(settings.clone()), ..self.sources.clone() };
        let set = Arc::new(packs::compile(&sources, catalog)?.rules);
        let rules = Rules { set, written: packs::compile::written_rules(&sources, catalog).into() };
        self.by_settings.insert(digest, rules.clone());
        Ok(rules)
    }
}

/// Settings as they are, wherever they stand.
fn without_places(node: &Node) -> Json {
    match &node.shape {
        Shape::Map(entries) => {
            entries.iter().map(|(key, value)| (key.name.clone(), without_places(value))).collect::<Map<_, _>>().into()
        }
        Shape::List(items) => items.iter().map(without_places).collect::<Vec<_>>().into(),
        shape => json!(shape),
    }
}
