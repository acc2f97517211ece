//! What objects there are and what they are made of (sheet 3.1).

use serde_json::{Value, json};

use super::super::moment;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{self, Object};
use super::field_describe;
use super::object_named;
use super::precondition;
use super::route::Visit;

/// `GET /sobjects`
pub fn all(visit: &Visit<'_>) -> Reply {
    let objects = schema::objects().iter().filter(|object| object.listed);
    let list: Vec<_> = objects.map(|object| head(object, &visit.root())).collect();
    Reply::ok(json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list}))
}

/// `GET /sobjects/Case`
pub fn basic(visit: &Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    Ok(Reply::ok(json!({"objectDescribe": head(object, &visit.root()), "recentItems": []})))
}

/// `GET /sobjects/Case/describe`
pub fn full(visit: &Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    if let Some(reply) = precondition::unchanged(visit.call, &moment::written(visit.state.set_up)) {
        return Ok(reply);
    }
    let switches = &visit.state.switches;
    let mut body = head(object, &visit.root());
    body["fields"] = object.fields.iter().map(|field| field_describe::describe(object, field, switches)).collect();
    body["childRelationships"] = schema::children_of(object)
        .map(|(child, field)| {
            json!({
                "childSObject": child.name,
                "field": field.name,
                "relationshipName": field.children,
                "cascadeDelete": child.name == "CaseComment",
                "restrictedDelete": false,
                "deprecatedAndHidden": false,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
            })
        })
        .collect();
    body["recordTypeInfos"] = record_types(visit, object);
    body["supportedScopes"] = json!([
        {"label": format!("All {}", object.plural.to_lowercase()), "name": "everything"},
        {"label": format!("My {}", object.plural.to_lowercase()), "name": "mine"},
    ]);
    body["actionOverrides"] = json!([]);
    body["namedLayoutInfos"] = json!([]);
    body["searchLayoutable"] = object.createable.into();
    body["compactLayoutable"] = object.createable.into();
    let changed = visit.state.set_up.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    Ok(Reply::ok(body).header("Last-Modified", changed))
}

fn record_types(visit: &Visit<'_>, object: &Object) -> Value {
    let info = |id: &str, name: &str, developer_name: &str, master: bool| {
        json!({
            "active": true,
            "available": true,
            "defaultRecordTypeMapping": master,
            "developerName": developer_name,
            "master": master,
            "name": name,
            "recordTypeId": id,
            "urls": {"layout": format!("{}/sobjects/{}/describe/layouts/{id}", visit.root(), object.name)},
        })
    };
    let own = visit.state.org.records_of(schema::object("RecordType"));
    let own = own.filter(|record| record.text("SobjectType") == Some(object.name)).map(|record| {
        let text = |field| record.text(field).unwrap_or_default();
        info(record.id.as_str(), text("Name"), text("DeveloperName"), false)
    });
    own.chain([info("012000000000000AAA", "Master", "Master", true)]).collect()
}

fn head(object: &Object, root: &str) -> Value {
    let place = format!("{root}/sobjects/{}", object.name);
    let kept = !object.is_event();
    json!({
        "name": object.name,
        "label": object.label,
        "labelPlural": object.plural,
        "keyPrefix": object.prefix,
        "custom": object.custom(),
        "customSetting": false,
        "createable": object.createable,
        "updateable": object.updateable,
        "deletable": object.deletable,
        "undeletable": object.deletable,
        "queryable": kept,
        "retrieveable": kept,
        "searchable": object.createable && kept,
        "replicateable": kept,
        "layoutable": object.createable,
        "mergeable": matches!(object.name, "Account" | "Contact" | "Case"),
        "triggerable": object.createable,
        "feedEnabled": matches!(object.name, "Account" | "Contact" | "Case" | "User"),
        "mruEnabled": object.createable,
        "activateable": false,
        "deprecatedAndHidden": false,
        "hasSubtypes": false,
        "isSubtype": false,
        "isInterface": false,
        "urls": {
            "sobject": place,
            "describe": format!("{place}/describe"),
            "rowTemplate": format!("{place}/{{ID}}"),
        },
    })
}
