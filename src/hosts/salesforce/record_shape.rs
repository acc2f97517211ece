//! What the records of an object look like in one org: the fields that can be read, and how values are written into
//! them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::hosts::salesforce::soql::{Quoted, datetime};
use crate::value::{Value, in_words};

/// Long texts cannot be filtered, and two of them make pages small (Salesforce sheet 3.3).
const LONG_TEXT: u64 = 255;

/// An object whose records rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    Case,
    Contact,
    Account,
}

impl Object {
    /// Its name in the org.
    pub fn name(self) -> &'static str {
        match self {
            Object::Case => "Case",
            Object::Contact => "Contact",
            Object::Account => "Account",
        }
    }
}

/// The fields of an object, from describe (Salesforce sheet 3.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordShape {
    /// Field to type, for those that a query can give; no long texts, no compound ones.
    fields: BTreeMap<String, String>,
    /// Those of them that people can change; others follow from something else.
    changeable: BTreeSet<String>,
    /// The active values of its picklists.
    picklists: BTreeMap<String, Vec<String>>,
    /// Where the bridge is: a moment's day is the one that people there write.
    zone: Option<TimeZone>,
    /// Whether the org itself refuses a second record with the same key (of a case, that of its thread).
    pub key_is_unique: bool,
}

impl RecordShape {
    /// Reads a describe.
    pub fn read(described: &Json, key_field: &str) -> Self {
        let fields = described["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_key = |field: &&Json| field["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(key_field));
        let key_is_unique = fields.iter().find(is_key).is_some_and(|field| field["unique"] == true);
        let named = fields.iter().filter(|field| is_short(field)).filter_map(|field| {
            Some((field["name"].as_str()?.to_owned(), field["type"].as_str().unwrap_or_default().to_owned()))
        });
        let changeable = fields.iter().filter(|field| is_short(field) && field["updateable"] == true);
        let changeable = changeable.filter_map(|field| field["name"].as_str().map(str::to_owned)).collect();
        RecordShape { fields: named.collect(), changeable, picklists: picklists(fields), zone: None, key_is_unique }
    }

    /// The same with the zone of the bridge.
    pub fn in_zone(self, zone: Option<TimeZone>) -> Self {
        RecordShape { zone, ..self }
    }

    fn day(&self, moment: Timestamp) -> String {
        self.zone.clone().unwrap_or(TimeZone::UTC).to_datetime(moment).date().to_string()
    }

    /// The names of the fields that are read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The names of those that people can change.
    pub fn changeable(&self) -> impl Iterator<Item = &str> {
        self.changeable.iter().map(String::as_str)
    }

    /// A value as the org gives it: moments become moments, everything else stays.
    pub fn value(&self, field: &str, json: &Json) -> Value {
        match (self.fields.get(field).map(String::as_str), json.as_str()) {
            (Some("datetime"), Some(text)) => moment(text).map_or_else(|| Value::text(text), Value::Moment),
            _ => Value::from_json(json),
        }
    }

    /// A value as a query compares a field with it; none where the field cannot be read or the value does not suit it.
    pub fn literal(&self, field: &str, value: &Value) -> Option<String> {
        let kind = self.fields.get(field)?.as_str();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match (kind, value) {
            (_, Value::Nothing | Value::List(_) | Value::Map(_)) => None,
            ("boolean", Value::Bool(yes)) => Some(yes.to_string()),
            ("int" | "double" | "currency" | "percent" | "long", _) => {
                text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| text)
            }
            ("datetime", Value::Moment(moment)) => Some(datetime(*moment)),
            ("date", Value::Moment(moment)) => Some(self.day(*moment)),
            ("boolean" | "datetime" | "date" | "time", _) => None,
            _ => Some(Quoted(&text).to_string()),
        }
    }

    /// The values that a picklist offers; none for what is no picklist.
    pub fn picklist(&self, field: &str) -> Option<&[String]> {
        self.picklists.get(field).map(Vec::as_slice)
    }

    /// A value as the org takes it; a field that is a date gets no time.
    pub fn json(&self, field: &str, value: &Value) -> Json {
        match value {
            Value::Moment(moment) if self.fields.get(field).is_some_and(|kind| kind == "date") => {
                json!(self.day(*moment))
            }
            Value::Moment(moment) => json!(moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            Value::Span(span) => json!(in_words(*span)),
            // How a multi-select picklist takes its values.
            Value::List(items) => {
                let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                json!(texts.collect::<Vec<_>>().join(";"))
            }
            other => other.to_json(),
        }
    }
}

fn picklists(fields: &[Json]) -> BTreeMap<String, Vec<String>> {
    let is_picklist = |field: &&Json| matches!(field["type"].as_str(), Some("picklist" | "multipicklist"));
    let values = |field: &Json| {
        let values = field["picklistValues"].as_array().map(Vec::as_slice).unwrap_or_default();
        let active = values.iter().filter(|value| value["active"] != false);
        active.filter_map(|value| value["value"].as_str().map(str::to_owned)).collect()
    };
    let named = |field: &Json| Some((field["name"].as_str()?.to_owned(), values(field)));
    fields.iter().filter(is_picklist).filter_map(named).collect()
}

fn is_short(field: &Json) -> bool {
    match field["type"].as_str().unwrap_or_default() {
        "textarea" => field["length"].as_u64().unwrap_or(u64::MAX) <= LONG_TEXT,
        "address" | "location" | "base64" | "complexvalue" | "json" => false,
        _ => true,
    }
}

/// `2026-01-31T12:34:56.000+0000` (Salesforce sheet 3).
fn moment(text: &str) -> Option<Timestamp> {
    let offset = strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).and_then(|time| time.to_timestamp());
    offset.ok().or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> RecordShape {
        let fields = json!({ "fields": [
            { "name": "Subject", "type": "string", "length": 255 },
            { "name": "Description", "type": "textarea", "length": 32000 },
            { "name": "CreatedDate", "type": "datetime" },
            { "name": "Due__c", "type": "date" },
            { "name": "Key__c", "type": "string", "unique": true, "externalId": true },
        ] });
        RecordShape::read(&fields, "key__c")
    }

    #[test]
    fn long_texts_are_not_read_and_uniqueness_is_known() {
        let shape = shape();
        assert_eq!(shape.names().collect::<Vec<_>>(), ["CreatedDate", "Due__c", "Key__c", "Subject"]);
        assert!(shape.key_is_unique);
        assert!(
            !RecordShape::read(&json!({ "fields": [{ "name": "Key__c", "unique": false }] }), "Key__c").key_is_unique
        );
    }

    #[test]
    fn moments_go_both_ways() {
        let shape = shape();
        let noon = Value::Moment("2026-01-31T12:34:56Z".parse().expect("a moment"));
        assert_eq!(shape.value("CreatedDate", &json!("2026-01-31T12:34:56.000+0000")), noon);
        assert_eq!(shape.value("CreatedDate", &json!("2026-01-31T13:34:56.000+01:00")), noon);
        assert_eq!(shape.value("Subject", &json!("2026-01-31T12:34:56.000+0000")).kind(), "text");
        assert_eq!(shape.json("Other__c", &noon), json!("2026-01-31T12:34:56.000Z"));
        assert_eq!(shape.json("Due__c", &noon), json!("2026-01-31"));
        let late = Value::Moment("2026-01-31T23:30:00Z".parse().expect("a moment"));
        let in_berlin = shape.clone().in_zone(TimeZone::get("Europe/Berlin").ok());
        assert_eq!(
            (shape.json("Due__c", &late), in_berlin.json("Due__c", &late)),
            (json!("2026-01-31"), json!("2026-02-01"))
        );
        assert_eq!(in_berlin.literal("Due__c", &late).as_deref(), Some("2026-02-01"));
        assert_eq!(shape.json("Areas__c", &Value::List(vec!["a".into(), "b".into()])), json!("a;b"));
    }
}
