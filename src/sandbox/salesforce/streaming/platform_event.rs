//! Platform events: published as records of `X__e`, which nobody keeps (sheet 9.3).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::record::Record;
use super::super::refusal::Refusal;
use super::super::schema::Object;
use super::super::state::State;
use super::change_event::{schema_of, uuid, value};

/// The data of a published event.
pub fn data(record: &Record, replay: u64) -> Value {
    let own = record.object.fields.iter().filter(|field| field.custom() || field.name.starts_with("Created"));
    let payload: Map<String, Value> =
        own.map(|field| (field.name.to_owned(), value(field.kind, &record.get(field.name)))).collect();
    json!({
        "schema": schema_of(record.object.name),
        "payload": payload,
        "event": {"replayId": replay, "EventUuid": uuid(record.id.as_str())},
    })
}

/// How many events were published in the present hour.
#[derive(Default)]
pub struct Hour {
    begun: Option<Timestamp>,
    events: u64,
}

impl Hour {
    /// The events of the hour, which begins with its first call.
    pub fn events(&mut self, now: Timestamp) -> u64 {
        if self.begun.is_none_or(|begun| now.duration_since(begun).abs() >= SignedDuration::from_hours(1)) {
            *self = Hour { begun: Some(now), events: 0 };
        }
        self.events
    }
}

/// Counts an event that is about to be published, unless the hour's are used up; other records pass.
pub fn spend(state: &mut State, object: &Object, now: Timestamp) -> Result<(), Refusal> {
    if !object.is_event() {
        return Ok(());
    }
    let hour = &mut state.streams.published;
    if hour.events(now) >= state.switches.hourly_published_events {
        let message = "The hourly limit of published platform events is exceeded";
        return Err(Refusal::about("LIMIT_EXCEEDED", message, &[]));
    }
    hour.events += 1;
    Ok(())
}

/// The `errors` of a successful write: none, but for an event there is one that says it is queued.
pub fn enqueued(object: &Object, id: &str) -> Value {
    if !object.is_event() {
        return json!([]);
    }
    json!([Refusal::about("OPERATION_ENQUEUED", uuid(id), &[]).as_item()])
}
