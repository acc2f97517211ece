//! Runs the query of a job and keeps its rows as CSV, so that every page shows the same moment (sheet 8.2).

use std::error::Error;

use serde_json::Value;

use super::super::host::Salesforce;
use super::super::id::Id;
use super::super::soql::{self, Found, Plan};
use super::job::{Results, Stage};
use super::work::Ended;

/// So many rows are read before others get their turn.
const CHUNK: usize = 1_000;

/// Does a query job.
pub fn run(host: &Salesforce, id: &Id, plan: &Plan, all: bool) -> Result<Ended, Box<dyn Error>> {
    let found = host.change("", |state, _| {
        let dialect = state.jobs.get(id).map(|job| job.dialect)?;
        match soql::find(&state.org, plan, all) {
            Found::Rows(rows) => Some((dialect, rows)),
            _ => None,
        }
    });
    let Some((dialect, ids)) = found else { return Ok((Results::default(), None)) };
    let mut results = Results::default();
    let mut line = dialect.writer(Vec::new());
    line.write_record(soql::column_names(plan).unwrap_or_default())?;
    std::io::Write::write_all(&mut results.successful, &line.into_inner()?)?;
    for chunk in ids.chunks(CHUNK) {
        let mut starts = Vec::with_capacity(chunk.len());
        let rows = host.change("", |state, _| {
            let job = state.jobs.get(id).filter(|job| job.stage == Stage::InProgress)?;
            job.processed += chunk.len() as u64;
            let records = chunk.iter().filter_map(|id| state.org.get(id));
            Some(records.map(|record| soql::cells(&state.org, plan, record)).collect::<Vec<_>>())
        });
        let Some(rows) = rows else { break };
        let mut lines = dialect.writer(Vec::new());
        for row in rows {
            lines.flush()?;
            starts.push(results.successful.len + lines.get_ref().len() as u64);
            lines.write_record(row.iter().map(shown))?;
        }
        std::io::Write::write_all(&mut results.successful, &lines.into_inner()?)?;
        results.rows.extend(starts);
    }
    results.rows.push(results.successful.len);
    Ok((results, None))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
