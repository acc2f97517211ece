//! Packs: a folder of rules, scripts, tests and declared settings, with a version.
//!
//! `load.rs` reads folders into `Sources`; `overlay/` applies a customer's changes; `compile.rs` turns sources into rules and knows no disk, so that a rule set
//! can be archived and compiled again.

pub mod checks;
pub mod codes;
pub mod compile;
pub mod declared;
pub mod load;
pub mod manifest;
pub mod needs;
pub mod online;
pub mod overlay;
pub mod renamed;
pub mod setting_types;
pub mod settings;
pub mod standard;

pub use compile::{Compiled, compile};
pub use overlay::{Change, OverlaySource};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::Digest;
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PackSource {
    /// The name that the bridge gives it.
    pub name: String,
    /// The folder as the bridge names it.
    pub folder: String,
    /// Text by path, as a person writes it.
    pub files: BTreeMap<String, String>,
    /// The customer's changes to it. Left out where there are none, so that a rule set without them keeps its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<OverlaySource>,
}

impl Sources {
    /// As the archive of rule sets keeps them; plain data, so that they can be compiled again.
    pub fn archived(&self) -> String {
        serde_json::to_string(self).expect("sources are plain data")
    }

    /// What a rule set made of them is known by.
    pub fn digest(&self) -> Digest {
        Digest::of(self.archived())
    }

    /// The text of a file, to show a Problem with its line.
    pub fn text<'a>(&'a self, file: &str) -> Option<&'a str> {
        let of = |pack: &'a PackSource| {
            let overlay = pack.overlay.as_ref().filter(|overlay| overlay.file == file);
            pack.files.get(file).or(overlay.map(|overlay| &overlay.text))
        };
        self.packs.iter().find_map(of).map(String::as_str)
    }

    /// All Problems as a person reads them, by file and line.
    pub fn show(&self, problems: &[Problem]) -> String {
        let mut sorted: Vec<&Problem> = problems.iter().collect();
        sorted.sort_by(|a, b| (&a.at, &a.code).cmp(&(&b.at, &b.code)));
        sorted.iter().map(|problem| format!("{}\n", problem.show(self.text(&problem.at.file)))).collect()
    }
}
