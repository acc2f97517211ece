//! One look at everything that a service reads: `casebridge.yaml`, the packs of its bridges, their overlays and tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::config::{self, BridgeConfig, Config};
use crate::names::{BridgeId, Digest};
use crate::packs::{Sources, codes, load};
use crate::problem::{Place, Problem};
use crate::service::settling::Marks;

/// What a look saw.
pub struct Sight {
    /// The present file; what is wrong with it, when it cannot be read as one.
    pub config: Result<Arc<Config>, Vec<Problem>>,
    pub text: String,
    pub bridges: BTreeMap<BridgeId, Candidate>,
    pub marks: Marks,
}

/// The files of one bridge.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Candidate {
    pub sources: Sources,
    /// The tests of each pack, in the order of the packs.
    pub tests: Vec<BTreeMap<String, String>>,
    /// Of files that cannot be read.
    pub problems: Vec<Problem>,
}

impl Candidate {
    /// What it is known by: a set that was refused is not judged again before anything of it changed.
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::to_string(self).expect("files are plain data"))
    }

    /// The text of a file, a test too.
    pub fn text<'a>(&'a self, file: &str) -> Option<&'a str> {
        self.sources.text(file).or_else(|| self.tests.iter().find_map(|tests| tests.get(file)).map(String::as_str))
    }
}

/// The packs and settings of a bridge, and what is wrong with files that cannot be read.
pub fn sources(bridge: &BridgeConfig) -> (Sources, Vec<Problem>) {
    let named = bridge.packs.iter().map(|pack| load::Named {
        name: &pack.name,
        folder: &pack.path,
        overlay: pack.overlay.as_ref().map(|(path, at)| (path.as_path(), at)),
    });
    let (packs, problems) = load::packs(named);
    (Sources { packs, settings: Some(bridge.settings.clone()) }, problems)
}

/// Looks at all of it; `before` says where packs lie while the file itself is broken.
pub fn look(file: &Path, before: &Arc<Config>) -> Sight {
    let name = file.display().to_string();
    let (text, config) = match load::read_file(file) {
        Ok(text) => (text.clone(), config::parse(&name, &text).map(Arc::new)),
        Err(why) => {
            let what = format!("it cannot be read: {why}");
            let problem = Problem::new(codes::UNREADABLE, &Place::file(&name), what);
            (String::new(), Err(vec![problem.next("bring it back; what runs stays")]))
        }
    };
    let bridges = &config.as_ref().unwrap_or(before).bridges;
    let bridges = bridges.iter().map(|(name, bridge)| (name.clone(), candidate(bridge))).collect();
    let marks = marks(&name, &text, file.exists(), &bridges);
    Sight { config, text, bridges, marks }
}

/// The files of one bridge as they lie there now.
pub fn candidate(bridge: &BridgeConfig) -> Candidate {
    let (sources, mut problems) = sources(bridge);
    let mut tests = Vec::new();
    for pack in &bridge.packs {
        tests.push(load::tests(&pack.path).unwrap_or_else(|found| {
            problems.extend(found);
            BTreeMap::new()
        }));
    }
    Candidate { sources, tests, problems }
}

fn marks(name: &str, text: &str, is_there: bool, bridges: &BTreeMap<BridgeId, Candidate>) -> Marks {
    let digests = bridges.iter().map(|(name, candidate)| format!("{name} {}\n", candidate.digest()));
    // The text itself may name logins; only its digest is kept.
    let digest = Digest::of(format!("{is_there} {text}\n{}", digests.collect::<String>()));
    let mut lengths = BTreeMap::new();
    if is_there {
        lengths.insert(name.to_owned(), text.len());
    }
    for candidate in bridges.values() {
        lengths.extend(lengths_of(&candidate.sources));
        lengths.extend(candidate.tests.iter().flatten().map(|(file, text)| (file.clone(), text.len())));
    }
    Marks { digest, lengths }
}

/// How many bytes each file of a rule set has.
pub fn lengths_of(sources: &Sources) -> impl Iterator<Item = (String, usize)> + '_ {
    let files = sources.packs.iter().flat_map(|pack| &pack.files).map(|(file, text)| (file.clone(), text.len()));
    let overlays = sources.packs.iter().filter_map(|pack| pack.overlay.as_ref());
    files.chain(overlays.map(|overlay| (overlay.file.clone(), overlay.text.len())))
}
