//! One field's descriptor, with every key that clients know (sheet 3.1).

use serde_json::{Map, Value, json};

use super::super::schema::{Field, Kind, Object};
use super::super::switches::Switches;

pub fn describe(object: &Object, field: &Field, switches: &Switches) -> Value {
    let mut keys = Map::new();
    for part in [
        naming(object, field),
        size(field),
        rights(field),
        keys_of(field, switches),
        picklist(object, field, switches),
        constant(field),
    ] {
        if let Value::Object(part) = part {
            keys.extend(part);
        }
    }
    Value::Object(keys)
}

fn naming(object: &Object, field: &Field) -> Value {
    json!({
        "name": field.name,
        "label": field.label(),
        "type": type_of(field),
        "soapType": soap_type(field.kind),
        "custom": field.custom(),
        "nameField": object.name_field().is_some_and(|name| name.name == field.name),
        "namePointing": field.kind.targets().len() > 1,
        "polymorphicForeignKey": field.kind.targets().len() > 1,
        "referenceTo": field.kind.targets(),
        "relationshipName": field.relationship,
        "htmlFormatted": matches!(field.kind, Kind::Html(_)),
        "extraTypeInfo": match field.kind {
            Kind::Html(_) => "richtextarea".into(),
            Kind::Area(_) | Kind::Bytes(_) => "plaintextarea".into(),
            _ => Value::Null,
        },
    })
}

fn type_of(field: &Field) -> &'static str {
    match field.kind {
        Kind::Id => "id",
        Kind::Text(_) => "string",
        Kind::Base64 => "base64",
        Kind::Bytes(_) | Kind::Area(_) | Kind::Html(_) => "textarea",
        Kind::Url(_) => "url",
        Kind::Email(_) => "email",
        Kind::Phone(_) => "phone",
        Kind::Picklist(..) => "picklist",
        Kind::MultiPicklist(..) => "multipicklist",
        Kind::Currency(..) => "currency",
        Kind::Reference(_) => "reference",
        Kind::Boolean => "boolean",
        Kind::Day => "date",
        Kind::Moment => "datetime",
        Kind::Number(..) => "double",
        Kind::Int(_) => "int",
    }
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference(_) => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Base64 => "xsd:base64Binary",
        Kind::Day => "xsd:date",
        Kind::Moment => "xsd:dateTime",
        Kind::Number(..) | Kind::Currency(..) => "xsd:double",
        Kind::Int(_) => "xsd:int",
        _ => "xsd:string",
    }
}

fn size(field: &Field) -> Value {
    let length = field.kind.length();
    let bytes = if matches!(field.kind, Kind::Bytes(_)) { length } else { length * 3 };
    let (precision, scale, digits) = match field.kind {
        Kind::Number(precision, scale) | Kind::Currency(precision, scale) => (precision, scale, 0),
        Kind::Int(digits) => (0, 0, digits),
        _ => (0, 0, 0),
    };
    json!({"length": length, "byteLength": bytes, "precision": precision, "scale": scale, "digits": digits})
}

fn rights(field: &Field) -> Value {
    json!({
        "createable": field.createable,
        "updateable": field.updateable,
        "nillable": !field.required && (!field.defaulted || matches!(field.kind, Kind::Picklist(..))),
        "defaultedOnCreate": field.defaulted,
        "defaultValue": if field.kind == Kind::Boolean { false.into() } else { Value::Null },
        "filterable": field.filterable,
        "sortable": field.filterable && !matches!(field.kind, Kind::MultiPicklist(..)),
        "groupable": field.groupable(),
        "aggregatable": field.aggregatable(),
        "permissionable": field.createable && !field.required,
        "searchPrefilterable": field.id_lookup,
    })
}

fn keys_of(field: &Field, switches: &Switches) -> Value {
    json!({
        "unique": field.unique && switches.keeps_unique(field.name),
        "caseSensitive": field.case_sensitive,
        "externalId": field.external_id,
        "idLookup": field.id_lookup || field.kind == Kind::Id,
        "autoNumber": field.auto_number,
    })
}

fn picklist(object: &Object, field: &Field, switches: &Switches) -> Value {
    let choices = match field.kind {
        Kind::Picklist(_, choices) | Kind::MultiPicklist(_, choices) => choices,
        _ => &[],
    };
    let values = choices.iter().map(|(value, default)| listed(value, *default));
    json!({
        "picklistValues": values.collect::<Vec<_>>(),
        "restrictedPicklist": (field.restricted || switches.restricts(object.name, field.name)) && !choices.is_empty(),
    })
}

/// One value of a picklist.
pub fn listed(value: &str, default: bool) -> Value {
    json!({"active": true, "defaultValue": default, "label": value, "value": value, "validFor": null})
}

/// What is the same for every field of this org.
fn constant(field: &Field) -> Value {
    json!({
        "aiPredictionField": false,
        "calculated": field.mirrors.is_some(),
        "calculatedFormula": null,
        "cascadeDelete": false,
        "compoundFieldName": null,
        "controllerName": null,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "displayLocationInDecimal": false,
        "encrypted": false,
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": false,
        "highScaleNumber": false,
        "inlineHelpText": null,
        "mask": null,
        "maskType": null,
        "queryByDistance": false,
        "referenceTargetField": null,
        "relationshipOrder": null,
        "restrictedDelete": false,
        "writeRequiresMasterRead": false,
    })
}
