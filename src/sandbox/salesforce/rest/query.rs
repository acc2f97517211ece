//! `query`, `queryAll` and their later pages (sheet 3.3).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::super::cursor::Cursor;
use super::super::id::Id;
use super::super::ordered::{Fields, Json};
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::soql::{self, Asker, Found, Plan};
use super::columns;
use super::explain;
use super::route::Visit;

/// The rows of one page (sheet 3.3).
const MOST_ROWS: usize = 2_000;

/// The first page; `all` looks into the recycle bin too.
pub fn first(visit: &mut Visit<'_>, all: bool) -> Result<Reply, Refusal> {
    if let Some(statement) = visit.call.parameter("explain") {
        let plan = planned(visit, statement)?;
        return Ok(Reply::ok(explain::explained(&visit.state.org, &plan, statement)));
    }
    let statement = visit.call.parameter("q").unwrap_or_default();
    if statement.trim().is_empty() {
        return Err(Refusal::new("MALFORMED_QUERY", "SOQL statement cannot be empty"));
    }
    let plan = planned(visit, statement)?;
    if visit.call.parameter("columns").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(Reply::ok(columns::columns(&plan)));
    }
    match soql::find(&visit.state.org, &plan, all) {
        Found::Total(total) => Ok(Reply::ok(json!({"totalSize": total, "done": true, "records": []}))),
        Found::Aggregate(rows) if rows.len() > MOST_ROWS => {
            let message =
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
            Err(Refusal::new("EXCEEDED_ID_LIMIT", message))
        }
        Found::Aggregate(rows) => Ok(Reply::ok(told(rows.len(), None, rows))),
        Found::Rows(rows) => Ok(Reply::ok(first_page(visit, plan, rows))),
    }
}

/// Reads a statement as the user of this call means it.
pub fn planned(visit: &Visit<'_>, statement: &str) -> Result<Plan, Refusal> {
    let asker = Asker { version: visit.version, ..visit.state.asker(visit.now) };
    soql::plan(statement, asker).map_err(|error| error.refusal(statement))
}

fn first_page(visit: &mut Visit<'_>, plan: Plan, mut rows: Vec<Id>) -> Json {
    let mut batch = batch_size(visit.call.header("sforce-query-options"));
    if plan.long_texts() >= 2 {
        batch = 200;
    }
    if plan.order.is_empty() && visit.state.switches.shuffle_unordered {
        shuffle(&mut rows, visit.now);
    }
    if plan.offset > 0 {
        rows.truncate(batch); // there are no further pages with OFFSET
    }
    let (plan, rows) = (Arc::new(plan), Arc::new(rows));
    if rows.len() <= batch {
        return page(visit, "", &plan, &rows, 0, batch);
    }
    let name = visit.state.cursors.keep(plan.clone(), rows.clone(), batch, visit.now);
    page(visit, &name, &plan, &rows, 0, batch)
}

/// Another order at every moment, the same at the same one.
fn shuffle(rows: &mut [Id], now: Timestamp) {
    rows.sort_by_cached_key(|id| {
        let mut hasher = DefaultHasher::new();
        (id, now.as_nanosecond()).hash(&mut hasher);
        hasher.finish()
    });
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
    size.unwrap_or(MOST_ROWS).clamp(200, MOST_ROWS)
}

fn page(visit: &Visit<'_>, name: &str, plan: &Plan, rows: &[Id], from: usize, batch: usize) -> Json {
    let (org, root) = (&visit.state.org, visit.root());
    let to = (from + batch).min(rows.len());
    let records: Vec<_> = rows[from..to]
        .iter()
        .filter_map(|id| org.get(id))
        .map(|record| soql::render(org, plan, record, &root))
        .collect();
    let next = (to < rows.len()).then(|| format!("{root}/query/{name}-{to}"));
    told(rows.len(), next, records)
}

fn told(total: usize, next: Option<String>, records: Vec<Json>) -> Json {
    let mut page: Fields = vec![("totalSize".into(), total.into()), ("done".into(), next.is_none().into())];
    page.extend(next.map(|next| ("nextRecordsUrl".into(), next.into())));
    page.push(("records".into(), Json::List(records)));
    Json::Fields(page)
}
