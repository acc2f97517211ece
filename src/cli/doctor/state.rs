//! Whether the state opens and hangs together, and whether the disk has room.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::{Finding, Level};
use crate::cli::state::{links, megabytes};
use crate::ports::{Store as _, StoreError};
use crate::service::control::{self, Said};
use crate::state::{SledStore, free, size};

/// Less than this is soon full: a store takes several times its size while it is built anew.
const ROOM: u64 = 500_000_000;

/// How many threads of each bridge have a case.
pub type Links = BTreeMap<String, usize>;

/// Looks at a state folder; of one that a service uses, the service is asked.
pub async fn look(folder: &Path) -> (Vec<Finding>, Links) {
    if !folder.exists() {
        return (vec![Finding::new(Level::Well, "state", "there is none yet")], Links::default());
    }
    let (mut found, links) = match records(folder) {
        Ok(records) => records,
        Err(StoreError::Held(who)) => (vec![Finding::new(Level::Well, "state", who)], lent(folder).await),
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
    let keys = store.keys("")?;
    let runs: BTreeSet<&str> = keys.iter().filter_map(|key| key.strip_prefix("run/")).collect();
    let torn = keys.iter().filter_map(|key| key.strip_prefix("open/")?.rsplit('/').next());
    let torn = torn.filter(|run| !runs.contains(run)).count();
    let said = format!("{} records, {}", keys.len(), megabytes(size(folder)?));
    let finding = match torn {
        0 => Finding::new(Level::Well, "state", said),
        torn => Finding::new(Level::Wrong, "state", format!("{said}; {torn} runs are begun and not there"))
            .next("stop the service and ask for help with `casebridge state export`"),
    };
    Ok((vec![finding], links(&keys)))
}

/// What the service counts that uses the folder; nothing where it is no service.
async fn lent(folder: &Path) -> Links {
    let args = ["casebridge", "--format", "json", "state", "info"].map(str::to_owned);
    let mut info = String::new();
    let asked = control::ask(folder, &args, |said| {
        if let Said::Out(text) = said {
            info += &text;
        }
    });
    _ = asked.await;
    let info: serde_json::Value = serde_json::from_str(&info).unwrap_or_default();
    serde_json::from_value(info["links"].clone()).unwrap_or_default()
}
