//! The schema of a platform event, by the event's name or by the schema's id (sheet 9.3).

use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::Object;
use super::super::streaming::{self, Format};
use super::object_named;
use super::route::Visit;

/// `GET /sobjects/X__e/eventSchema`
pub fn of_object(visit: &Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    shown(visit, Some(object).filter(|object| object.is_event()))
}

/// `GET /event/eventSchema/{id}`
pub fn with_id(visit: &Visit<'_>, id: &str) -> Result<Reply, Refusal> {
    shown(visit, streaming::event_with_schema(id))
}

fn shown(visit: &Visit<'_>, event: Option<&Object>) -> Result<Reply, Refusal> {
    let event = event.ok_or_else(Refusal::not_found)?;
    let format = Format::named(visit.call.parameter("payloadFormat"));
    let format = format.ok_or_else(|| Refusal::new("INVALID_FIELD", "payloadFormat is EXPANDED or COMPACT"))?;
    Ok(Reply::ok(streaming::event_schema(event, format)))
}
