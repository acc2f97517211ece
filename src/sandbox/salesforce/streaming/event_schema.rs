//! What events are made of, for those who read them: as JSON, or as an Avro record (sheet 9.3).

use serde_json::{Value, json};

use super::super::schema::{self, Field, Kind, Object};
use super::change_event::schema_of;

/// How a schema is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    /// As the event comes over CometD: moments are text.
    Expanded,
    /// As Avro wants it: moments are numbers.
    Compact,
}

impl Format {
    /// `EXPANDED` or `COMPACT`; nothing said means the first.
    pub fn named(word: Option<&str>) -> Option<Format> {
        match word {
            None | Some("EXPANDED") => Some(Format::Expanded),
            Some("COMPACT") => Some(Format::Compact),
            Some(_) => None,
        }
    }
}

/// The platform event whose schema has this id.
pub fn with_id(id: &str) -> Option<&'static Object> {
    schema::objects().iter().find(|object| object.is_event() && schema_of(object.name) == id)
}

/// The schema of a platform event.
pub fn schema(object: &Object, format: Format) -> Value {
    let own = object.fields.iter().filter(|field| field.custom() || field.name.starts_with("Created"));
    let fields: Vec<Value> = own.map(|field| described(field, format)).collect();
    let id = schema_of(object.name);
    if format == Format::Compact {
        return json!({"name": object.name, "namespace": NAMESPACE, "type": "record", "fields": fields, "uuid": id});
    }
    let record = |name: &str, fields: Value| json!({"type": "record", "name": name, "fields": fields});
    let data = json!([
        {"name": "schema", "type": "string"},
        {"name": "payload", "type": record("Payload", fields.into())},
        {"name": "event", "type": record("Event", json!([{"name": "replayId", "type": "long"}]))},
    ]);
    let fields = json!([{"name": "data", "type": record("Data", data)}, {"name": "channel", "type": "string"}]);
    json!({"name": object.name, "namespace": NAMESPACE, "type": "expanded-record", "fields": fields, "uuid": id})
}

const NAMESPACE: &str = "com.sforce.eventbus";

fn described(field: &Field, format: Format) -> Value {
    let kind = match (field.kind, format) {
        (Kind::Moment, Format::Compact) => "long",
        (Kind::Boolean, _) => "boolean",
        (Kind::Number(..) | Kind::Currency(..) | Kind::Int(_), _) => "double",
        _ => "string",
    };
    match field.custom() {
        true => json!({"name": field.name, "type": ["null", kind], "doc": "", "default": null}),
        false => json!({"name": field.name, "type": kind, "doc": ""}),
    }
}
