//! Packs: a folder of rules, scripts, tests and declared settings, with a version.
//!
//! `load.rs` reads folders into `Sources`; `compile.rs` turns sources into rules and knows no disk, so that a rule set
//! can be archived and compiled again.

pub mod codes;
pub mod compile;
pub mod declared;
pub mod load;
pub mod manifest;
pub mod setting_types;
pub mod settings;

pub use compile::{Compiled, compile};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::rules::yaml::Node;

/// Every file of every pack of a bridge, and the customer's settings; nothing secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sources {
    /// In the order of the bridge.
    pub packs: Vec<PackSource>,
    /// `settings:` of the bridge, as written in `casebridge.yaml`.
    pub settings: Option<Node>,
}

/// The files of one pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PackSource {
    /// The name that the bridge gives it.
    pub name: String,
    /// The folder as the bridge names it.
    pub folder: String,
    /// Text by path, as a person writes it.
    pub files: BTreeMap<String, String>,
}

impl Sources {
    /// The text of a file, to show a Problem with its line.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.packs.iter().find_map(|pack| pack.files.get(file)).map(String::as_str)
    }

    /// All Problems as a person reads them, by file and line.
    pub fn show(&self, problems: &[Problem]) -> String {
        let mut sorted: Vec<&Problem> = problems.iter().collect();
        sorted.sort_by(|a, b| (&a.at, &a.code).cmp(&(&b.at, &b.code)));
        sorted.iter().map(|problem| format!("{}\n", problem.show(self.text(&problem.at.file)))).collect()
    }
}
