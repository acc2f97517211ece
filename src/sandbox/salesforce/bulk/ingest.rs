//! Writes the rows of an upload as records, in chunks of 200, and sorts what came of each (sheet 8.1).

use std::collections::HashSet;
use std::error::Error;

use csv::{ByteRecord, StringRecord, Writer};
use jiff::Timestamp;

use super::super::host::Salesforce;
use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::schema::Object;
use super::super::state::State;
use super::super::streaming;
use super::super::writer::Assign;
use super::columns::{self, Column};
use super::dialect::Dialect;
use super::job::{Results, Stage, Verb};
use super::jobs::BATCH;
use super::spool::Spool;
use super::work::Ended;

/// The platform writes so many records in one transaction.
const CHUNK: usize = 200;

/// Everything about a job that its rows need.
struct Plan {
    object: &'static Object,
    dialect: Dialect,
    verb: Verb,
    assign: Assign,
    columns: Vec<Column>,
    origin: String,
}

/// The record of a row and whether it is new, or why the row was refused.
type Outcome = Result<(Id, bool), (Option<Id>, Refusal)>;

/// Does an ingest job.
pub fn run(host: &Salesforce, id: &Id, verb: Verb, assign: Assign) -> Result<Ended, Box<dyn Error>> {
    let taken = host.change("", |state, _| {
        let job = state.jobs.get(id)?;
        Some((job.object, job.dialect, job.version, job.upload.take().unwrap_or_default()))
    });
    let Some((object, dialect, version, mut upload)) = taken else { return Ok((Results::default(), None)) };
    let origin = format!("com/salesforce/api/bulk/{version}.0");
    let mut plan = Plan { object, dialect, verb, assign, columns: Vec::new(), origin };
    if let Some(why) = readable(&mut plan, &mut upload)? {
        let results = Results { unprocessed: rest(&plan, &mut upload, 0)?, ..Results::default() };
        return Ok((results, Some(why)));
    }
    let (mut results, done) = write_all(host, id, &plan, &mut upload)?;
    results.unprocessed = rest(&plan, &mut upload, done)?;
    Ok((results, None))
}

/// Finds the columns; says what keeps the whole upload from being read.
fn readable(plan: &mut Plan, upload: &mut Spool) -> Result<Option<String>, Box<dyn Error>> {
    if upload.len == 0 {
        return Ok(None);
    }
    if let Some(why) = plan.dialect.check(upload.reader()?)? {
        return Ok(Some(why));
    }
    if let Some(why) = plan.dialect.check_rows(upload.reader()?)? {
        return Ok(Some(why));
    }
    let mut reader = plan.dialect.reader(upload.reader()?);
    match columns::find(plan.object, reader.headers()?) {
        Err(why) => return Ok(Some(why)),
        Ok(columns) => plan.columns = columns,
    }
    let key = match plan.verb {
        Verb::Insert => return Ok(None),
        Verb::Upsert(key) => key,
        Verb::Update | Verb::Delete | Verb::HardDelete => "Id",
    };
    let named = |column: &Column| match column {
        Column::Id => key == "Id",
        Column::Field(field) => field.name == key,
        Column::Key(..) => false,
    };
    let there = plan.columns.iter().any(named);
    Ok((!there).then(|| format!("InvalidBatch : Field name not found : {key}")))
}

/// The two results and how many rows were done; fewer than all when the job was aborted.
fn write_all(host: &Salesforce, id: &Id, plan: &Plan, upload: &mut Spool) -> Result<(Results, u64), Box<dyn Error>> {
    let (mut done, mut results, mut keys) = (0, Results::default(), HashSet::new());
    {
        let mut reader = plan.dialect.reader(upload.reader()?);
        let header = reader.headers()?.clone();
        let mut successful = titled(plan, &mut results.successful, &["sf__Id", "sf__Created"], &header)?;
        let mut failed = titled(plan, &mut results.failed, &["sf__Id", "sf__Error"], &header)?;
        let mut rows = reader.records();
        loop {
            let chunk = rows.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
            if done % BATCH as u64 == 0 {
                keys.clear();
            }
            let Some(outcomes) = write_chunk(host, id, plan, &chunk, &mut keys).filter(|_| !chunk.is_empty()) else {
                break;
            };
            for (row, outcome) in chunk.iter().zip(&outcomes) {
                tell(outcome, row, &mut successful, &mut failed)?;
            }
            done += chunk.len() as u64;
        }
        successful.flush()?;
        failed.flush()?;
    }
    Ok((results, done))
}

fn titled<'s>(
    plan: &Plan,
    to: &'s mut Spool,
    own: &[&str],
    header: &StringRecord,
) -> Result<Writer<&'s mut Spool>, csv::Error> {
    let mut writer = plan.dialect.writer(to);
    writer.write_record(own.iter().copied().chain(header))?;
    Ok(writer)
}

fn tell(
    outcome: &Outcome,
    row: &StringRecord,
    successful: &mut Writer<&mut Spool>,
    failed: &mut Writer<&mut Spool>,
) -> Result<(), csv::Error> {
    match outcome {
        Ok((id, created)) => {
            let created = if *created { "true" } else { "false" };
            successful.write_record([id.as_str(), created].into_iter().chain(row))
        }
        Err((id, refusal)) => {
            let id = id.as_ref().map(Id::as_str).unwrap_or_default();
            failed.write_record([id, &columns::told(refusal)].into_iter().chain(row))
        }
    }
}

/// One transaction in which each row succeeds or fails for itself; `None` when the job was aborted.
fn write_chunk(
    host: &Salesforce,
    id: &Id,
    plan: &Plan,
    rows: &[StringRecord],
    keys: &mut HashSet<String>,
) -> Option<Vec<Outcome>> {
    host.change(&plan.origin, |state, now| {
        state.jobs.get(id).filter(|job| job.stage == Stage::InProgress)?;
        let start = state.org.savepoint();
        let outcomes: Vec<_> = rows.iter().map(|row| write(state, now, plan, row, keys)).collect();
        state.org.keep(start);
        let job = state.jobs.get(id)?;
        job.processed += rows.len() as u64;
        job.failed += outcomes.iter().filter(|outcome| outcome.is_err()).count() as u64;
        Some(outcomes)
    })
}

fn write(state: &mut State, now: Timestamp, plan: &Plan, row: &StringRecord, keys: &mut HashSet<String>) -> Outcome {
    let nobody = |refusal| (None, refusal);
    let known = named(state, plan, row, keys).map_err(nobody)?;
    let without = if let Verb::Upsert(key) = plan.verb { key } else { "Id" };
    let fields = columns::fields(plan.object, &plan.columns, row, without, &state.switches);
    let mut fields = fields.map_err(|refusal| (known.clone(), refusal))?;
    let mut writer = state.writer_with(plan.assign.clone(), now);
    let (done, verb) = match (plan.verb, &known) {
        (Verb::Delete, Some(id)) => (writer.delete(id), "delete"),
        (Verb::HardDelete, Some(id)) => (writer.erase(id), "delete"),
        (_, Some(id)) => (writer.update(plan.object, id, &fields), "update"),
        (_, None) => {
            if let Verb::Upsert(key) = plan.verb {
                let value = columns::value_in(&plan.columns, row, key).unwrap_or_default();
                fields.insert(key.into(), value.into());
            }
            streaming::spend(state, plan.object, now).map_err(nobody)?;
            let mut writer = state.writer_with(plan.assign.clone(), now);
            let id = writer.create(plan.object, &fields).map_err(nobody)?;
            state.org.count("create", plan.object);
            return Ok((id, true));
        }
    };
    done.map_err(|refusal| (known.clone(), refusal))?;
    state.org.count(verb, plan.object);
    known.map(|id| (id, false)).ok_or_else(|| (None, Refusal::not_found()))
}

/// The record that a row names; none when the row makes a new one.
fn named(state: &State, plan: &Plan, row: &StringRecord, keys: &mut HashSet<String>) -> Result<Option<Id>, Refusal> {
    let key = match plan.verb {
        Verb::Insert => return Ok(None),
        Verb::Upsert(key) => key,
        Verb::Update | Verb::Delete | Verb::HardDelete => "Id",
    };
    let value = columns::value_in(&plan.columns, row, key);
    let Some(value) = value else {
        let missing = match plan.verb {
            Verb::Upsert("Id") => return Ok(None),
            Verb::Upsert(key) => format!("{key} not specified"),
            Verb::Update => "Id not specified in an update call".into(),
            _ => "Id not specified in a delete call".into(),
        };
        return Err(Refusal::about("MISSING_ARGUMENT", missing, &[key]));
    };
    if key == "Id" {
        return by_id(plan.object, value).map(Some);
    }
    // The first row with a key has it, later ones of the batch are refused; which one is, is inferred.
    if !keys.insert(value.to_lowercase()) {
        let message = format!("Duplicate external id specified: {value}");
        return Err(Refusal::about("DUPLICATE_EXTERNAL_ID", message, &[key]));
    }
    by_key(state, plan.object, key, value)
}

fn by_id(object: &Object, value: &str) -> Result<Id, Refusal> {
    match Id::parse(value) {
        Some(id) if id.prefix() == object.prefix => Ok(id),
        Some(_) => {
            let message = format!("{} ID: id value of incorrect type: {value}", object.label);
            Err(Refusal::about("MALFORMED_ID", message, &["Id"]))
        }
        None => Err(Refusal::about("MALFORMED_ID", format!("bad id {value}"), &["Id"])),
    }
}

fn by_key(state: &State, object: &Object, key: &str, value: &str) -> Result<Option<Id>, Refusal> {
    let Some(field) = object.field(key) else { return Ok(None) };
    let found = state.org.with_value(object, field, value);
    let mut live = found.iter().filter(|record| !record.is_deleted());
    match (live.next(), live.next()) {
        (Some(_), Some(_)) => {
            let message = format!("more than one record found for external id field: {key}");
            Err(Refusal::about("DUPLICATE_EXTERNAL_ID", message, &[key]))
        }
        (only, _) => Ok(only.map(|record| record.id.clone())),
    }
}

/// The rows from one on, as `unprocessedrecords` gives them.
fn rest(plan: &Plan, upload: &mut Spool, done: u64) -> Result<Spool, Box<dyn Error>> {
    let mut spool = Spool::default();
    if upload.len == 0 {
        return Ok(spool);
    }
    {
        let mut reader = plan.dialect.reader(upload.reader()?);
        let mut writer = plan.dialect.writer(&mut spool);
        writer.write_byte_record(&reader.byte_headers()?.clone())?;
        let mut row = ByteRecord::new();
        let mut number = 0;
        while reader.read_byte_record(&mut row)? {
            if number >= done {
                writer.write_byte_record(&row)?;
            }
            number += 1;
        }
        writer.flush()?;
    }
    Ok(spool)
}
