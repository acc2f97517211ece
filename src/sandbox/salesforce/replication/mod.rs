//! `updated` and `deleted`: which records changed in a window of time (sheet 3.4).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::id::Id;
use super::moment;
use super::record::Record;
use super::refusal::Refusal;
use super::reply::Reply;
use super::rest::Visit;
use super::schema::{self, Object};

/// No answer names more records.
const MOST: usize = 600_000;

/// So far back a window may begin, and so long deleted records are known.
const REACH: SignedDuration = SignedDuration::from_hours(30 * 24);
pub const KEPT: SignedDuration = SignedDuration::from_hours(15 * 24);

/// `GET sobjects/Case/updated?start=…&end=…`
pub fn updated(visit: &Visit<'_>, object: &'static Object) -> Result<Reply, Refusal> {
    let window = Window::asked(visit)?;
    let records = window.records(visit, object).filter(|record| !record.is_deleted());
    let ids: Vec<Value> = records.map(|record| record.id.as_str().into()).collect();
    few(ids.len())?;
    Ok(Reply::ok(json!({"ids": ids, "latestDateCovered": window.covered(visit.now)})))
}

/// `GET sobjects/Case/deleted?start=…&end=…`
pub fn deleted(visit: &Visit<'_>, object: &'static Object) -> Result<Reply, Refusal> {
    let window = Window::asked(visit)?;
    let kept = moment::written(visit.now - KEPT);
    let in_bin = window.records(visit, object).filter(|record| record.is_deleted());
    let in_bin = in_bin.map(|record| (&record.id, stamp(record)));
    let erased = visit.state.erased.of(object).filter(|(_, moment)| window.has(moment));
    let gone = in_bin.chain(erased).filter(|(_, moment)| *moment >= kept.as_str());
    let rows: Vec<Value> = gone.map(|(id, moment)| json!({"id": id.as_str(), "deletedDate": moment})).collect();
    few(rows.len())?;
    let founded = visit.state.org.get(&visit.state.residents.organization).and_then(|org| org.text("CreatedDate"));
    let earliest = founded.map_or(kept.clone(), |founded| founded.max(&kept).to_owned());
    Ok(Reply::ok(json!({
        "deletedRecords": rows,
        "earliestDateAvailable": earliest,
        "latestDateCovered": window.covered(visit.now),
    })))
}

/// Deleting stamps a record too, so this is also the moment of its deletion.
fn stamp(record: &Record) -> &str {
    record.text("SystemModstamp").unwrap_or_default()
}

/// What was deleted past the recycle bin: as long as the bin keeps a record, its id is told of as deleted.
#[derive(Default)]
pub struct Erased(VecDeque<(Id, String)>);

impl Erased {
    /// Notes a record that is no more; one that lay in the bin was deleted when it went there.
    pub fn note(&mut self, last: &Record, now: Timestamp) {
        let kept = moment::written(now - KEPT);
        while self.0.front().is_some_and(|(_, moment)| *moment < kept) {
            self.0.pop_front();
        }
        let moment = if last.is_deleted() { stamp(last).to_owned() } else { moment::written(now) };
        self.0.push_back((last.id.clone(), moment));
    }

    fn of(&self, object: &Object) -> impl Iterator<Item = (&Id, &str)> {
        let rows = self.0.iter().filter(|(id, _)| id.prefix() == object.prefix);
        rows.map(|(id, moment)| (id, moment.as_str()))
    }
}

fn few(count: usize) -> Result<(), Refusal> {
    if count <= MOST {
        return Ok(());
    }
    Err(Refusal::new("EXCEEDED_ID_LIMIT", format!("more than {MOST} ids in the window")))
}

/// From, and the first moment after; both in whole minutes, as Salesforce writes moments.
struct Window {
    start: String,
    end: String,
}

impl Window {
    fn asked(visit: &Visit<'_>) -> Result<Window, Refusal> {
        let wrong = |message: String| Refusal::new("INVALID_REPLICATION_DATE", message);
        let read = |name: &str| {
            let text = visit.call.parameter(name).unwrap_or_default();
            moment::read(text).map(minute).ok_or_else(|| wrong(format!("{name} is no date and time: {text}")))
        };
        let window = Window { start: read("start")?, end: read("end")? };
        if window.start >= window.end {
            return Err(wrong("startDate must be before endDate".into()));
        }
        if window.start < minute(moment::written(visit.now - REACH)) {
            return Err(wrong("startDate is more than 30 days ago".into()));
        }
        Ok(window)
    }

    fn records<'v>(&'v self, visit: &'v Visit<'_>, object: &'static Object) -> impl Iterator<Item = &'v Record> {
        visit.state.org.records_of(object).filter(|record| self.has(stamp(record)))
    }

    fn has(&self, moment: &str) -> bool {
        (self.start.as_str()..self.end.as_str()).contains(&moment)
    }

    /// The next call starts here; what has not happened yet is not covered.
    fn covered(&self, now: Timestamp) -> String {
        moment::written(now).min(self.end.clone())
    }
}

/// Seconds are cut off (sheet 3.4).
fn minute(moment: String) -> String {
    moment.get(..16).map_or(moment.clone(), |minute| format!("{minute}:00.000+0000"))
}

/// An object that keeps track of its changes.
pub fn object(name: &str) -> Result<&'static Object, Refusal> {
    schema::find_object(name).filter(|object| object.listed).ok_or_else(Refusal::not_found)
}
