//! `state export`, `import` and `compact`: records on their way out of a store and into another one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use super::info::megabytes;
use crate::cli::Failure;
use crate::cli::output::{counted, line};
use crate::engine::exported;
use crate::ports::Store as _;
use crate::state::SledStore;

/// Prints every record.
pub fn export(folder: &Path) -> Result<u8, Failure> {
    if !folder.exists() {
        return Ok(0);
    }
    let store = SledStore::open(folder)?;
    for (key, bytes) in store.range("")? {
        line(exported::export(&key, &bytes));
    }
    Ok(0)
}

/// Reads every record, or none: what cannot be read is said before anything is written.
pub fn import(file: &Path, folder: &Path) -> Result<u8, Failure> {
    let records = read(file)?;
    if !SledStore::import(folder, &records)? {
        let text = format!("there is a state in {}, and an import would mix the two", folder.display());
        return Err(Failure::wrong(format!("{text}\n   next: move it away, or name another folder under `state:`")));
    }
    line(format!("{} are in {}", counted(records.len(), "record"), folder.display()));
    Ok(0)
}

fn read(file: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let shown = file.display();
    let opened = File::open(file).map_err(|error| Failure::wrong(format!("{shown} cannot be read: {error}")))?;
    let mut records = BTreeMap::new();
    for (number, text) in BufReader::new(opened).lines().enumerate() {
        let number = number + 1;
        let text = text.map_err(|error| Failure::wrong(format!("{shown}:{number} cannot be read: {error}")))?;
        let wrong = |why| {
            let text = format!("{shown}:{number} is no record: {why}");
            Failure::wrong(format!(
                "{text}\n   next: import what `casebridge state export` printed; nothing was written"
            ))
        };
        let (key, bytes) = exported::import(&text).map_err(wrong)?;
        records.insert(key, bytes);
    }
    Ok(records)
}

/// Builds the store anew.
pub fn compact(folder: &Path) -> Result<u8, Failure> {
    if !folder.exists() {
        return Err(Failure::wrong(format!("there is no state in {}", folder.display())));
    }
    let compacted = SledStore::compact(folder)?;
    line(format!("{} before, {} now", megabytes(compacted.before), megabytes(compacted.after)));
    Ok(0)
}
