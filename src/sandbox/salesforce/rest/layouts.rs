//! Picklists as a record type offers them: `describe/layouts`, and `ui-api/…/picklist-values/{record type}`.
//!
//! The pages themselves, on which fields stand, are left out: a connector shows none.

use serde_json::{Map, json};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{self, Field, Kind, Object};
use super::field_describe;
use super::object_named;
use super::route::Visit;

/// The record type that every object has.
const MASTER: &str = "012000000000000AAA";

struct RecordType {
    id: String,
    name: String,
    developer_name: String,
}

/// `GET /sobjects/Case/describe/layouts`
pub fn mappings(visit: &Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let mapping = |of: &RecordType| {
        let picklists = picklists(object).map(|field| {
            let values = offered(field, of).map(|(value, default)| field_describe::listed(value, default));
            json!({"picklistName": field.name, "picklistValues": values.collect::<Vec<_>>()})
        });
        json!({
            "available": true,
            "active": true,
            "defaultRecordTypeMapping": of.id == MASTER,
            "developerName": of.developer_name,
            "layoutId": null,
            "master": of.id == MASTER,
            "name": of.name,
            "picklistsForRecordType": picklists.collect::<Vec<_>>(),
            "recordTypeId": of.id,
        })
    };
    let mappings: Vec<_> = record_types(visit, object).iter().map(mapping).collect();
    Ok(Reply::ok(json!({"layouts": [], "recordTypeMappings": mappings, "recordTypeSelectorRequired": [false]})))
}

/// `GET /ui-api/object-info/Case/picklist-values/{record type}`
pub fn picklist_values(visit: &Visit<'_>, object: &str, record_type: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let wanted = Id::parse(record_type).map(|id| id.to_string());
    let types = record_types(visit, object);
    let of = types.iter().find(|of| Some(&of.id) == wanted.as_ref()).ok_or_else(Refusal::not_found)?;
    let place = format!("{}/ui-api/object-info/{}/picklist-values/{}", visit.root(), object.name, of.id);
    let mut fields = Map::new();
    for field in picklists(object) {
        let one = |value: &str| json!({"attributes": null, "label": value, "validFor": [], "value": value});
        let default = offered(field, of).find(|(_, default)| *default).map(|(value, _)| one(value));
        fields.insert(
            field.name.into(),
            json!({
                "controllerValues": {},
                "defaultValue": default,
                "url": format!("{place}/{}", field.name),
                "values": offered(field, of).map(|(value, _)| one(value)).collect::<Vec<_>>(),
            }),
        );
    }
    Ok(Reply::ok(json!({"picklistFieldValues": fields})))
}

fn picklists(object: &'static Object) -> impl Iterator<Item = &'static Field> {
    object.fields.iter().filter(|field| !choices(field).is_empty())
}

fn choices(field: &Field) -> &'static [schema::Choice] {
    match field.kind {
        Kind::Picklist(_, choices) | Kind::MultiPicklist(_, choices) => choices,
        _ => &[],
    }
}

fn offered(field: &'static Field, of: &RecordType) -> impl Iterator<Item = (&'static str, bool)> {
    let all = choices(field).iter().copied();
    all.filter(|(value, _)| schema::offers(Some(&of.developer_name), field.name, value))
}

fn record_types(visit: &Visit<'_>, object: &Object) -> Vec<RecordType> {
    let own = visit.state.org.records_of(schema::object("RecordType"));
    let own = own.filter(|record| record.text("SobjectType") == Some(object.name)).map(|record| {
        let text = |field| record.text(field).unwrap_or_default().to_owned();
        RecordType { id: record.id.to_string(), name: text("Name"), developer_name: text("DeveloperName") }
    });
    let master = RecordType { id: MASTER.into(), name: "Master".into(), developer_name: "Master".into() };
    own.chain([master]).collect()
}
