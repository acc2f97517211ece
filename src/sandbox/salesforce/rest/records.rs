//! One record: create, read, change, delete, and read by external id (sheet 3.2).

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::super::files;
use super::super::id::Id;
use super::super::org::Org;
use super::super::record::{Cell, Record};
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{self, Field, Kind, Object};
use super::super::soql;
use super::super::streaming;
use super::precondition;
use super::route::Visit;
use super::{id_of, object_named};

pub fn create(visit: &mut Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let fields = visit.call.json_object()?;
    streaming::spend(visit.state, object, visit.now)?;
    let id = visit.state.writer(visit.call, visit.now).create(object, &fields)?;
    visit.state.org.count("create", object);
    let place = format!("{}/sobjects/{}/{id}", visit.root(), object.name);
    let errors = streaming::enqueued(object, id.as_str());
    Ok(Reply::with(201, json!({"id": id.as_str(), "success": true, "errors": errors})).header("Location", place))
}

/// GET, PATCH or DELETE by id.
pub fn one(visit: &mut Visit<'_>, object: &str, id: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let id = id_of(object, id)?;
    let known = visit.state.org.get(&id).ok_or_else(Refusal::not_found)?;
    if known.is_deleted() {
        return Err(Refusal::deleted());
    }
    if let Some(reply) = precondition::unmet(visit.call, known) {
        return reply;
    }
    match visit.call.method.as_str() {
        "PATCH" => {
            let fields = visit.call.json_object()?;
            visit.state.writer(visit.call, visit.now).update(object, &id, &fields)?;
            visit.state.org.count("update", object);
            Ok(Reply::empty())
        }
        "DELETE" => {
            visit.state.writer(visit.call, visit.now).delete(&id)?;
            visit.state.org.count("delete", object);
            Ok(Reply::empty())
        }
        _ => {
            let fields = chosen(object, visit.call.parameter("fields"))?;
            Ok(Reply::written(&Shown { org: &visit.state.org, record: known, fields: &fields, root: &visit.root() }))
        }
    }
}

/// One record is shown; several are listed with status 300 (sheet 3.2).
pub fn by_external_id(visit: &mut Visit<'_>, object: &str, field: &str, value: &str) -> Result<Reply, Refusal> {
    let (object, field) = key(object, field)?;
    match with_key(visit, object, field, value).as_slice() {
        [] => Err(Refusal::not_found()),
        [id] => one(visit, object.name, id.as_str()),
        several => Ok(choices(visit, object, several)),
    }
}

/// Whether a path names the bytes of a file: `/sobjects/ContentVersion/{id}/VersionData`.
pub fn is_file(object: &str, field: &str) -> bool {
    schema::find_object(object).is_some_and(|object| files::field(object, field).is_some())
}

/// The bytes of a file.
pub fn file(visit: &Visit<'_>, object: &str, id: &str, field: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let record = visit.state.org.live(&id_of(object, id)?).ok_or_else(Refusal::not_found)?;
    let bytes = files::field(object, field).and_then(|field| files::bytes(record, field.name));
    Ok(Reply::text("application/octet-stream", bytes.ok_or_else(Refusal::not_found)?))
}

/// An object and a field by which its records can be named.
pub fn key(object: &str, field: &str) -> Result<(&'static Object, &'static Field), Refusal> {
    let object = object_named(object)?;
    let found = object.field(field).filter(|field| field.id_lookup || field.name == "Id");
    let found = found.ok_or_else(|| {
        let message = format!("Provided external ID field does not exist or is not accessible: {field}");
        Refusal::new("NOT_FOUND", message).status(404)
    })?;
    Ok((object, found))
}

/// The records that are not deleted and have the key.
pub fn with_key(visit: &Visit<'_>, object: &Object, field: &Field, value: &str) -> Vec<Id> {
    let org = &visit.state.org;
    if field.name == "Id" {
        return Id::parse(value).filter(|id| org.live(id).is_some()).into_iter().collect();
    }
    let found = org.with_value(object, field, value).into_iter();
    found.filter(|record| !record.is_deleted()).map(|record| record.id.clone()).collect()
}

/// Several records where one was asked for.
pub fn choices(visit: &Visit<'_>, object: &Object, ids: &[Id]) -> Reply {
    let root = visit.root();
    let places = ids.iter().map(|id| format!("{root}/sobjects/{}/{id}", object.name));
    Reply::with(300, places.collect::<serde_json::Value>())
}

/// The fields that a client names, or all; the id is always among them.
pub fn chosen<'o>(object: &'o Object, names: Option<&str>) -> Result<Vec<&'o Field>, Refusal> {
    let Some(names) = names else { return Ok(object.fields.iter().collect()) };
    let mut fields: Vec<_> = object.field("Id").into_iter().collect();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let field = object.field(name).ok_or_else(|| {
            Refusal::new("INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", object.name))
        })?;
        if !fields.iter().any(|known| std::ptr::eq(*known, field)) {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// A record with its attributes, ready to be written: a tree of it would cost more than all else in a simple read.
pub struct Shown<'a> {
    pub org: &'a Org,
    pub record: &'a Record,
    pub fields: &'a [&'a Field],
    pub root: &'a str,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let held = self.record.all_held();
        let mut row = to.serialize_map(None)?;
        let object = self.record.object.name;
        let url = format!("{}/sobjects/{object}/{}", self.root, self.record.id);
        row.serialize_entry("attributes", &Attributes { object, url })?;
        for field in self.fields {
            let value = match field.mirrors {
                None => held[usize::from(field.position)],
                Some(_) => soql::held_of(self.org, self.record, field),
            };
            match field.kind {
                Kind::Base64 if !value.is_null() => {
                    row.serialize_entry(field.name, &files::address(self.root, self.record, field.name))?;
                }
                kind => row.serialize_entry(field.name, &Cell(kind, value))?,
            }
        }
        row.end()
    }
}

#[derive(Serialize)]
struct Attributes {
    #[serde(rename = "type")]
    object: &'static str,
    url: String,
}
