//! Whether the state opens and hangs together, and whether the disk has room.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::{Finding, Level};
use crate::cli::state::megabytes;
use crate::names::BridgeId;
use crate::ports::{Store as _, StoreError};
use crate::state::{SledStore, free, size};

/// Less than this is soon full: a store takes several times its size while it is built anew.
const ROOM: u64 = 500_000_000;

/// How many links each bridge has.
#[derive(Default)]
pub struct Links(BTreeMap<String, usize>);

impl Links {
    pub fn of(&self, bridge: &BridgeId) -> usize {
        self.0.get(bridge.as_str()).copied().unwrap_or_default()
    }
}

/// Looks at a state folder; one that a service uses is left alone.
pub fn look(folder: &Path) -> (Vec<Finding>, Links) {
    if !folder.exists() {
        return (vec![Finding::new(Level::Well, "state", "there is none yet")], Links::default());
    }
    let (mut found, links) = match records(folder) {
        Ok(records) => records,
        Err(StoreError::Held(who)) => (vec![Finding::new(Level::Well, "state", who)], Links::default()),
        Err(error) => (vec![Finding::new(Level::Wrong, "state", error.to_string())], Links::default()),
    };
    if let Some(free) = free(folder).filter(|free| *free < ROOM) {
        let said = format!("only {} are free on its disk", megabytes(free));
        found.push(Finding::new(Level::Warning, "state", said).next("make room, or `casebridge state compact`"));
    }
    (found, links)
}

fn records(folder: &Path) -> Result<(Vec<Finding>, Links), StoreError> {
    let store = SledStore::open(folder)?;
    let mut links = Links::default();
    let keys = store.keys("")?;
    for bridge in keys.iter().filter_map(|key| key.strip_prefix("link/thread/")?.split('/').next()) {
        *links.0.entry(bridge.to_owned()).or_default() += 1;
    }
    let runs: BTreeSet<&str> = keys.iter().filter_map(|key| key.strip_prefix("run/")).collect();
    let torn = keys.iter().filter_map(|key| key.strip_prefix("open/")?.rsplit('/').next());
    let torn = torn.filter(|run| !runs.contains(run)).count();
    let said = format!("{} records, {}", keys.len(), megabytes(size(folder)?));
    let finding = match torn {
        0 => Finding::new(Level::Well, "state", said),
        torn => Finding::new(Level::Wrong, "state", format!("{said}; {torn} runs are begun and not there"))
            .next("stop the service and ask for help with `casebridge state export`"),
    };
    Ok((vec![finding], links))
}
