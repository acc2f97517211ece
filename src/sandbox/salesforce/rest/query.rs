//! `query`, `queryAll` and their later pages (sheet 3.3).

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::cursor::Cursor;
use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::soql::{self, Found, Plan};
use super::route::Visit;

/// The first page; `all` looks into the recycle bin too.
pub fn first(visit: &mut Visit<'_>, all: bool) -> Result<Reply, Refusal> {
    let statement = visit.call.parameter("q").unwrap_or_default();
    if statement.trim().is_empty() {
        return Err(Refusal::new("MALFORMED_QUERY", "SOQL statement cannot be empty"));
    }
    let plan = soql::plan(statement, visit.now).map_err(|error| error.refusal(statement))?;
    match soql::find(&visit.state.org, &plan, all) {
        Found::Total(total) => Ok(Reply::ok(json!({"totalSize": total, "done": true, "records": []}))),
        Found::Aggregate(rows) => Ok(Reply::ok(json!({"totalSize": rows.len(), "done": true, "records": rows}))),
        Found::Rows(rows) => Ok(Reply::ok(first_page(visit, plan, rows))),
    }
}

fn first_page(visit: &mut Visit<'_>, plan: Plan, rows: Vec<Id>) -> Value {
    let batch = batch_size(visit.call.header("sforce-query-options"));
    let (plan, rows) = (Arc::new(plan), Arc::new(rows));
    if rows.len() <= batch {
        return page(visit, "", &plan, &rows, 0, batch);
    }
    let name = visit.state.cursors.keep(plan.clone(), rows.clone(), batch, visit.now);
    page(visit, &name, &plan, &rows, 0, batch)
}

/// The page that a locator names, the same under `query` and `queryAll`.
pub fn next(visit: &mut Visit<'_>, locator: &str) -> Result<Reply, Refusal> {
    let found = visit.state.cursors.get(locator, visit.now);
    let (name, cursor, row) = found.ok_or_else(|| Refusal::new("INVALID_QUERY_LOCATOR", "invalid query locator"))?;
    let name = name.to_owned();
    let Cursor { plan, rows, batch, .. } = cursor;
    Ok(Reply::ok(page(visit, &name, &plan, &rows, row, batch)))
}

/// `batchSize=500`; 200 to 2,000 (sheet 3.3).
fn batch_size(header: Option<&str>) -> usize {
    let options = header.into_iter().flat_map(|header| header.split([',', ';']));
    let size = options.filter_map(|option| option.trim().strip_prefix("batchSize=")?.trim().parse().ok()).next();
    size.unwrap_or(2_000usize).clamp(200, 2_000)
}

fn page(visit: &Visit<'_>, name: &str, plan: &Plan, rows: &[Id], from: usize, batch: usize) -> Value {
    let (org, root) = (&visit.state.org, visit.root());
    let to = (from + batch).min(rows.len());
    let records: Vec<_> = rows[from..to]
        .iter()
        .filter_map(|id| org.get(id))
        .map(|record| soql::render(org, plan, record, &root))
        .collect();
    let mut page = json!({"totalSize": rows.len(), "done": to == rows.len(), "records": records});
    if to < rows.len() {
        page["nextRecordsUrl"] = format!("{root}/query/{name}-{to}").into();
    }
    page
}
