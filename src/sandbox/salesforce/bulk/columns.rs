//! The header of an upload over the schema, and what one row means for a record (sheet 8.1).

use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::super::refusal::{Refusal, shortened};
use super::super::schema::{self, Field, Kind, Object};
use super::super::switches::Switches;
use super::super::value;

/// What one column of the upload sets.
#[derive(Debug, Clone)]
pub enum Column {
    /// `Id`
    Id,
    Field(&'static Field),
    /// `Parent.Community_Thread_Key__c`: a record named by its key.
    Key(String, String),
}

/// Finds every column of a header; the words are a failed job's `errorMessage`.
pub fn find(object: &'static Object, header: &StringRecord) -> Result<Vec<Column>, String> {
    let unknown = |name: &str| shortened(format!("InvalidBatch : Field name not found : {name}"));
    header.iter().map(|name| column(object, name.trim()).ok_or_else(|| unknown(name))).collect()
}

fn column(object: &'static Object, name: &str) -> Option<Column> {
    if name.eq_ignore_ascii_case("Id") {
        return Some(Column::Id);
    }
    if let Some(field) = object.field(name) {
        return Some(Column::Field(field));
    }
    // A reference that may point at several objects names the one it means: `User:Owner.Username`.
    let (kind, path) = name.split_once(':').map_or((None, name), |(kind, path)| (Some(kind), path));
    let (relationship, key) = path.split_once('.')?;
    let pointer = object.relationship(relationship)?;
    let meant = |target: &&&str| kind.is_none_or(|kind| kind.eq_ignore_ascii_case(target));
    let known = |target: &&str| schema::object(target).field(key).is_some_and(|field| field.id_lookup);
    let found = pointer.kind.targets().iter().filter(meant).any(known);
    found.then(|| Column::Key(relationship.into(), key.into()))
}

/// The value of a row in the column of a field, such as the key of an upsert.
pub fn value_in<'r>(columns: &[Column], row: &'r StringRecord, wanted: &str) -> Option<&'r str> {
    let place = columns.iter().position(|column| match column {
        Column::Id => wanted == "Id",
        Column::Field(field) => field.name == wanted,
        Column::Key(..) => false,
    });
    place.and_then(|place| row.get(place)).map(str::trim).filter(|text| !text.is_empty())
}

/// The fields that a row sets. An empty value leaves a field alone, `#N/A` empties it; `without` is left out.
pub fn fields(
    object: &Object,
    columns: &[Column],
    row: &StringRecord,
    without: &str,
    switches: &Switches,
) -> Result<Map<String, Value>, Refusal> {
    let mut fields = Map::new();
    for (column, text) in columns.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
        match column {
            Column::Field(field) if field.name != without => {
                fields.insert(field.name.into(), typed(object, field, text, switches)?);
            }
            Column::Key(relationship, _) if text == "#N/A" => {
                let pointer = object.relationship(relationship).map(|field| field.name);
                fields.extend(pointer.map(|name| (name.to_owned(), Value::Null)));
            }
            Column::Key(relationship, key) => {
                fields.insert(relationship.clone(), json!({key: text}));
            }
            Column::Id | Column::Field(_) => {}
        }
    }
    Ok(fields)
}

fn typed(object: &Object, field: &Field, text: &str, switches: &Switches) -> Result<Value, Refusal> {
    if text == "#N/A" {
        return Ok(Value::Null);
    }
    let value = match (field.kind, text.to_lowercase().as_str()) {
        (Kind::Boolean, "true" | "yes" | "y" | "on" | "1") => true.into(),
        (Kind::Boolean, "false" | "no" | "n" | "off" | "0") => false.into(),
        _ => Value::from(text),
    };
    let plain = matches!(
        field.kind,
        Kind::Boolean | Kind::Day | Kind::Moment | Kind::Number(..) | Kind::Currency(..) | Kind::Int(_)
    );
    let unreadable = |refusal: Refusal| refusal.code == "JSON_PARSER_ERROR";
    if plain && value::stored(object, field, &value, switches).err().is_some_and(unreadable) {
        let message = format!("{}: value not of required type: {text}", field.name);
        return Err(Refusal::about("INVALID_TYPE_ON_FIELD_IN_RECORD", message, &[field.name]));
    }
    Ok(value)
}

/// How a refused row is told in `sf__Error`: `CODE:message:fields --`.
pub fn told(refusal: &Refusal) -> String {
    let fields = refusal.fields.as_deref().unwrap_or_default().join(",");
    let gap = if fields.is_empty() { "" } else { " " };
    format!("{}:{}:{fields}{gap}--", refusal.code, refusal.message)
}
