//! Makes or changes the record with a key, whichever it takes (sheet 3.2).

use serde_json::{Map, Value, json};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{Field, Object};
use super::records;
use super::route::Visit;

/// `PATCH /sobjects/Case/Key__c/value`; several records with the key are listed with status 300, nothing is written.
pub fn upsert(visit: &mut Visit<'_>, object: &str, field: &str, value: &str) -> Result<Reply, Refusal> {
    let (object, field) = records::key(object, field)?;
    if value.trim().is_empty() {
        return Err(blank(field));
    }
    let fields = visit.call.json_object()?;
    if let Some(name) = fields.keys().find(|name| name.eq_ignore_ascii_case(field.name)) {
        return Err(Refusal::new(
            "INVALID_FIELD",
            format!("The {name} field should not be specified in the sobject data."),
        ));
    }
    match records::with_key(visit, object, field, value).as_slice() {
        [] if visit.call.parameter("updateOnly") == Some("true") => Err(Refusal::not_found()),
        [] if field.name == "Id" => Err(Refusal::not_found()),
        [] => insert(visit, object, field, value, fields),
        [id] => change(visit, object, id, &fields),
        several => Ok(records::choices(visit, object, several)),
    }
}

/// An upsert without its key (sheet 13.4).
pub fn blank(field: &Field) -> Refusal {
    Refusal::about("MISSING_ARGUMENT", format!("{} not specified", field.name), &[])
}

/// Makes or changes one record of a collection: its id, and whether it was made.
pub fn write(
    visit: &mut Visit<'_>,
    object: &'static Object,
    field: &Field,
    value: &str,
    mut fields: Map<String, Value>,
) -> Result<(Id, bool), Refusal> {
    match records::with_key(visit, object, field, value).as_slice() {
        [] if field.name == "Id" => Err(Refusal::cross_reference(&["Id"])),
        [] => {
            fields.insert(field.name.into(), value.into());
            Ok((visit.state.writer(visit.call, visit.now).create(object, &fields)?, true))
        }
        [id] => {
            visit.state.writer(visit.call, visit.now).update(object, id, &fields)?;
            Ok((id.clone(), false))
        }
        several => {
            let ids = several.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
            let message = format!("{}: more than one record found for external id field: [{ids}]", field.name);
            Err(Refusal::about("DUPLICATE_EXTERNAL_ID", message, &[field.name]))
        }
    }
}

fn insert(
    visit: &mut Visit<'_>,
    object: &'static Object,
    field: &Field,
    value: &str,
    mut fields: Map<String, Value>,
) -> Result<Reply, Refusal> {
    fields.insert(field.name.into(), value.into());
    let id = visit.state.writer(visit.call, visit.now).create(object, &fields)?;
    visit.state.org.count("create", object);
    let place = format!("{}/sobjects/{}/{id}", visit.root(), object.name);
    Ok(Reply::with(201, told(&id, true)).header("Location", place))
}

fn change(
    visit: &mut Visit<'_>,
    object: &'static Object,
    id: &Id,
    fields: &Map<String, Value>,
) -> Result<Reply, Refusal> {
    visit.state.writer(visit.call, visit.now).update(object, id, fields)?;
    visit.state.org.count("update", object);
    Ok(if visit.version >= 46 { Reply::ok(told(id, false)) } else { Reply::empty() })
}

fn told(id: &Id, created: bool) -> Value {
    json!({"id": id.as_str(), "success": true, "errors": [], "created": created})
}
