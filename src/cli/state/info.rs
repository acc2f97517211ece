//! `state info`: how much of what there is.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::cli::Failure;
use crate::cli::output::Output;
use crate::cli::report::Format;
use crate::ports::Store;
use crate::state::{SledStore, size};

/// What the keys of records begin with, and what people call them.
const KINDS: [(&str, &str); 21] = [
    ("run", "runs: what was decided, with the facts"),
    ("act", "actions: what became of them"),
    ("open", "runs that are not over"),
    ("parked", "runs that wait for a person"),
    ("remains", "runs that went, with what keeps it from being done again"),
    ("key", "things that were made or said once and for all"),
    ("link", "links between threads and cases, from both sides"),
    ("orphan_case", "links whose case is gone"),
    ("orphan_thread", "links whose thread is gone"),
    ("note", "notes of rules"),
    ("mem", "subjects that a rule dealt with"),
    ("wake", "events that wait for their moment"),
    ("hint", "events that were heard and not looked at yet"),
    ("seen", "subjects that polls look after"),
    ("news", "subjects where polls saw something new"),
    ("ours", "things that we made happen ourselves, which are no news"),
    ("paused", "rules that a person paused"),
    ("incident", "incidents that are not over"),
    ("text", "long texts"),
    ("rules", "rule sets that runs name"),
    ("", "others"),
];

/// Of a folder that nobody uses.
pub fn of_folder(folder: &Path, format: Format) -> Result<u8, Failure> {
    if !folder.exists() {
        Output::Terminal.line(format!("there is no state in {} yet", folder.display()));
        return Ok(0);
    }
    info(&*SledStore::open(folder)?, folder, format, &Output::Terminal)
}

/// Of an open store.
pub fn info(store: &dyn Store, folder: &Path, format: Format, output: &Output) -> Result<u8, Failure> {
    let (keys, bytes) = (store.keys("")?, size(folder)?);
    let counts = counts(&keys);
    if format == Format::Json {
        let counts: BTreeMap<_, _> = counts.iter().map(|(kind, count)| (named(kind), count)).collect();
        let links = links(&keys);
        output.line(json!({ "state": folder, "bytes": bytes, "records": counts, "links": links }).to_string());
        return Ok(0);
    }
    output.line(format!("{}: {} on disk", folder.display(), megabytes(bytes)));
    for (kind, about) in KINDS {
        if let Some(count) = counts.get(kind) {
            output.line(format!("{count:>10}  {about}"));
        }
    }
    Ok(0)
}

/// How many threads of each bridge have a case.
pub fn links(keys: &[String]) -> BTreeMap<String, usize> {
    let mut links = BTreeMap::new();
    for bridge in keys.iter().filter_map(|key| key.strip_prefix("link/thread/")?.split('/').next()) {
        *links.entry(bridge.to_owned()).or_default() += 1;
    }
    links
}

fn counts(keys: &[String]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        let kind = match key.split_once('/') {
            Some(("orphan", rest)) => rest.rsplit('/').next().unwrap_or_default(),
            Some((kind, _)) => kind,
            None => "",
        };
        let known = KINDS.iter().find(|(name, _)| *name == kind).map_or("", |(name, _)| *name);
        *counts.entry(known).or_insert(0) += 1;
    }
    counts
}

fn named(kind: &str) -> &str {
    if kind.is_empty() { "others" } else { kind }
}

/// Bytes as people read them.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
