//! The calls under `jobs/ingest` and `jobs/query` (sheets 8.1, 8.2).
//!
//! Codes without underscores are the sheet's (6.1); wording of refusals that no source shows is inferred.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::rest::Visit;
use super::super::schema::{self, Object};
use super::super::soql;
use super::dialect::Dialect;
use super::disk;
use super::job::{Job, Results, Stage, Task, Verb};
use super::jobs::{BATCH, DAILY_BATCHES, DAILY_QUERIES};
use super::spool::Spool;

/// An upload has at most 150 MB once it is base64 (sheet 8.1).
const LARGEST_UPLOAD: usize = 150_000_000 / 4 * 3;

/// A list of jobs has so many at once.
const LISTED: usize = 1_000;

/// So many rows come back when the client does not say; the sheet gives no number.
const PAGE: usize = 50_000;

/// Objects without bulk, as clients know them (sheet 8.2).
const WITHOUT: &[&str] = &["CaseStatus"];

/// Answers a call below `jobs/`; the segments are in lower case.
pub fn answer(visit: &mut Visit<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    visit.state.jobs.forget_old(visit.now);
    let method = visit.call.method.clone();
    match (method.as_str(), rest) {
        ("POST", ["ingest"]) => create_ingest(visit),
        ("POST", ["query"]) => create_query(visit),
        ("GET", [kind @ ("ingest" | "query")]) => Ok(list(visit, *kind == "query")),
        (_, ["ingest" | "query"]) => Err(Refusal::method(&method, "GET,POST")),
        (_, [kind @ ("ingest" | "query"), _, rest @ ..]) => {
            let id = known(visit, *kind == "query")?;
            one(visit, &method, &id, kind, rest)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn one(visit: &mut Visit<'_>, method: &str, id: &Id, kind: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    match (method, kind, rest) {
        ("GET", _, []) => Ok(Reply::ok(job(visit, id)?.info())),
        ("PATCH", _, []) => move_on(visit, id),
        ("DELETE", _, []) => delete(visit, id),
        ("PUT", "ingest", ["batches"]) => upload(visit, id),
        ("GET", "ingest", ["successfulresults"]) => rows(visit, id, |results| &mut results.successful),
        ("GET", "ingest", ["failedresults"]) => rows(visit, id, |results| &mut results.failed),
        ("GET", "ingest", ["unprocessedrecords"]) => rows(visit, id, |results| &mut results.unprocessed),
        ("GET", "query", ["results"]) => page(visit, id),
        (_, _, []) => Err(Refusal::method(method, "DELETE,GET,PATCH")),
        (_, "ingest", ["batches"]) => Err(Refusal::method(method, "PUT")),
        _ => Err(Refusal::not_found()),
    }
}

fn known(visit: &mut Visit<'_>, query: bool) -> Result<Id, Refusal> {
    let named = visit.call.segments.get(5).map(String::as_str).unwrap_or_default();
    let missing = || Refusal::new("INVALIDJOB", format!("Unable to find job: {named}")).status(404);
    let id = Id::parse(named).ok_or_else(missing)?;
    let found = visit.state.jobs.get(&id).is_some_and(|job| job.is_query() == query);
    found.then_some(id).ok_or_else(missing)
}

fn job<'v>(visit: &'v mut Visit<'_>, id: &Id) -> Result<&'v mut Job, Refusal> {
    visit.state.jobs.get(id).ok_or_else(Refusal::not_found)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("INVALIDJOB", message)
}

fn wrong_state(message: impl Into<String>) -> Refusal {
    Refusal::new("INVALIDJOBSTATE", message)
}

fn create_ingest(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.call.json_object()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let object = entity(text("object").unwrap_or_default())?;
    check_content_type(text("contentType"))?;
    let verb = match text("operation").unwrap_or_default() {
        "insert" => Verb::Insert,
        "update" => Verb::Update,
        "upsert" => Verb::Upsert(external_id(object, text("externalIdFieldName"))?),
        "delete" => Verb::Delete,
        "hardDelete" => Verb::HardDelete,
        other => return Err(invalid(format!("Invalid operation: {other}"))),
    };
    let assignment = text("assignmentRuleId").map(str::to_owned);
    let dialect = Dialect::read(&body)?;
    Ok(Reply::ok(add(visit, Task::Ingest { verb, assignment }, object, dialect, Stage::Open)))
}

fn entity(name: &str) -> Result<&'static Object, Refusal> {
    let invalid = |message| Refusal::new("INVALIDENTITY", message);
    let object = schema::find_object(name).filter(|object| object.listed);
    let object = object.ok_or_else(|| invalid(format!("Unable to find object: {name}")))?;
    if WITHOUT.contains(&object.name) {
        return Err(invalid(format!("Entity '{}' is not supported by the Bulk API.", object.name)));
    }
    Ok(object)
}

fn check_content_type(wanted: Option<&str>) -> Result<(), Refusal> {
    match wanted {
        None | Some("CSV") => Ok(()),
        Some(other) => Err(invalid(format!("Unsupported content type: {other}"))),
    }
}

fn external_id(object: &'static Object, name: Option<&str>) -> Result<&'static str, Refusal> {
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| invalid("externalIdFieldName is required for the operation upsert"))?;
    let field = object.field(name).filter(|field| field.external_id || field.id_lookup || field.name == "Id");
    field.map(|field| field.name).ok_or_else(|| invalid(format!("Invalid external ID field: {name}")))
}

fn create_query(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.call.json_object()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    check_content_type(text("contentType"))?;
    let all = match text("operation").unwrap_or_default() {
        "query" => false,
        "queryAll" => true,
        other => return Err(invalid(format!("Invalid operation: {other}"))),
    };
    let dialect = Dialect::read(&body)?;
    let statement = text("query").filter(|text| !text.trim().is_empty());
    let statement = statement.ok_or_else(|| invalid("A query is required for a query job"))?;
    let plan = soql::plan(statement, visit.now).map_err(|error| error.refusal(statement));
    let plan = plan.map_err(|refusal| Refusal::new("API_ERROR", format!("{}: {}", refusal.code, refusal.message)))?;
    let object = entity(plan.object.name)?;
    if soql::column_names(&plan).is_none() || plan.offset > 0 {
        let message = "Aggregates, relationship queries of children, TYPEOF and OFFSET are not supported in Bulk Query";
        return Err(Refusal::new("FEATURENOTENABLED", message));
    }
    if !visit.state.jobs.queries.spend(visit.now, DAILY_QUERIES) {
        return Err(Refusal::new("LIMIT_EXCEEDED", "The limit of query jobs in 24 hours is exceeded."));
    }
    Ok(Reply::ok(add(visit, Task::Query { plan: Arc::new(plan), all }, object, dialect, Stage::UploadComplete)))
}

fn add(visit: &mut Visit<'_>, task: Task, object: &'static Object, dialect: Dialect, stage: Stage) -> Value {
    let job = Job {
        id: visit.state.jobs.new_id(),
        task,
        object,
        dialect,
        version: visit.version,
        by: visit.state.residents.integration.clone(),
        created: visit.now,
        changed: visit.now,
        stage,
        processed: 0,
        failed: 0,
        error: None,
        worked_ms: 0,
        upload: None,
        results: Results::default(),
    };
    let info = job.info();
    visit.state.jobs.add(job);
    info
}

fn upload(visit: &mut Visit<'_>, id: &Id) -> Result<Reply, Refusal> {
    let kind = visit.call.header("content-type").unwrap_or("text/csv");
    if !kind.to_lowercase().starts_with("text/csv") {
        return Err(Refusal::new("UNSUPPORTED_MEDIA_TYPE", format!("Content type not supported: {kind}")).status(415));
    }
    let body = &visit.call.body;
    if body.len() > LARGEST_UPLOAD {
        return Err(Refusal::new("CLIENTINPUTERROR", "The upload is larger than 150 MB after base64 encoding"));
    }
    let Job { stage, upload, .. } = visit.state.jobs.get(id).ok_or_else(Refusal::not_found)?;
    if *stage != Stage::Open {
        return Err(wrong_state(format!("Uploading to a job in state {stage:?} is not allowed")));
    }
    if upload.is_some() {
        return Err(Refusal::new("CLIENTINPUTERROR", format!("Found multiple contents for job: {id}")));
    }
    spend_batches(visit)?;
    let (kept, now) = (Spool::of(&visit.call.body).map_err(disk)?, visit.now);
    let job = job(visit, id)?;
    job.upload = Some(kept);
    job.changed = now;
    Ok(Reply { status: 201, ..Reply::empty() })
}

/// Every 10,000 rows are a batch of the day's; a row is at least a line.
fn spend_batches(visit: &mut Visit<'_>) -> Result<(), Refusal> {
    let lines = visit.call.body.iter().filter(|byte| **byte == b'\n').count();
    for _ in 0..lines.div_ceil(BATCH) {
        if !visit.state.jobs.batches.spend(visit.now, DAILY_BATCHES) {
            return Err(Refusal::new("LIMIT_EXCEEDED", "The limit of batches in 24 hours is exceeded."));
        }
    }
    Ok(())
}

fn move_on(visit: &mut Visit<'_>, id: &Id) -> Result<Reply, Refusal> {
    let wanted = visit.call.json_object()?;
    let wanted = wanted.get("state").and_then(Value::as_str).unwrap_or_default().to_owned();
    let now = visit.now;
    let job = job(visit, id)?;
    match (wanted.as_str(), job.stage) {
        ("UploadComplete", Stage::Open) => job.go_to(Stage::UploadComplete, now),
        ("Aborted", Stage::Open | Stage::UploadComplete) => {
            job.go_to(Stage::Aborted, now);
            if let Some(upload) = job.upload.take() {
                job.results.unprocessed = upload;
            }
        }
        ("Aborted", Stage::InProgress) => job.go_to(Stage::Aborted, now),
        ("UploadComplete" | "Aborted", stage) => {
            return Err(wrong_state(format!("A job in state {stage:?} cannot become {wanted}")));
        }
        _ => return Err(invalid(format!("Invalid state: {wanted}"))),
    }
    Ok(Reply::ok(job.info()))
}

fn delete(visit: &mut Visit<'_>, id: &Id) -> Result<Reply, Refusal> {
    let stage = job(visit, id)?.stage;
    if matches!(stage, Stage::Open | Stage::InProgress) {
        return Err(wrong_state(format!("A job in state {stage:?} cannot be deleted")));
    }
    visit.state.jobs.remove(id);
    Ok(Reply::empty())
}

fn list(visit: &Visit<'_>, queries: bool) -> Reply {
    let from = visit.call.parameter("queryLocator").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut jobs = visit.state.jobs.all().filter(|job| job.is_query() == queries).skip(from);
    let records: Vec<_> = jobs.by_ref().take(LISTED).map(Job::info).collect();
    let more = jobs.next().is_some();
    let kind = if queries { "query" } else { "ingest" };
    let next = more.then(|| format!("{}/jobs/{kind}?queryLocator={}", visit.root(), from + LISTED));
    Reply::ok(json!({"done": !more, "records": records, "nextRecordsUrl": next}))
}

/// One of the three results of an ingest job that has ended.
fn rows(visit: &mut Visit<'_>, id: &Id, part: fn(&mut Results) -> &mut Spool) -> Result<Reply, Refusal> {
    let job = job(visit, id)?;
    if !matches!(job.stage, Stage::JobComplete | Stage::Failed | Stage::Aborted) {
        return Err(wrong_state(format!("There are no results of a job in state {:?}", job.stage)));
    }
    Ok(Reply::text("text/csv", part(&mut job.results).all().map_err(disk)?))
}

/// A page of a query's rows, each page with the header (sheet 8.2).
fn page(visit: &mut Visit<'_>, id: &Id) -> Result<Reply, Refusal> {
    let bad = || Refusal::new("INVALID_QUERY_LOCATOR", "invalid query locator");
    let from = match visit.call.parameter("locator").filter(|text| !text.is_empty()) {
        Some(text) => row_of(text).ok_or_else(bad)?,
        None => 0,
    };
    let most = match visit.call.parameter("maxRecords") {
        Some(text) => text.parse().ok().filter(|most| *most > 0).ok_or_else(|| {
            Refusal::new("NUMBER_OUTSIDE_VALID_RANGE", format!("maxRecords must be a positive number: {text}"))
        })?,
        None => PAGE,
    };
    let job = job(visit, id)?;
    if job.stage != Stage::JobComplete {
        return Err(wrong_state(format!("There are no results of a job in state {:?}", job.stage)));
    }
    let Results { successful, rows, .. } = &mut job.results;
    let total = rows.len().saturating_sub(1);
    if from > total || (from == total && from > 0) {
        return Err(bad());
    }
    let to = from.saturating_add(most).min(total);
    let mut csv = successful.between(0, rows[0]).map_err(disk)?;
    csv.extend(successful.between(rows[from], rows[to]).map_err(disk)?);
    let next = if to < total { locator(to) } else { "null".into() };
    let reply = Reply::text("text/csv", csv).header("Sforce-NumberOfRecords", (to - from).to_string());
    Ok(reply.header("Sforce-Locator", next))
}

/// Opaque to clients: the row to go on with.
fn locator(row: usize) -> String {
    super::super::digest::base64(format!("row{row}").as_bytes()).trim_end_matches('=').to_owned()
}

fn row_of(locator: &str) -> Option<usize> {
    let text = String::from_utf8(super::super::digest::from_base64(locator)?).ok()?;
    text.strip_prefix("row")?.parse().ok()
}
