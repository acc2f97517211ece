//! One record: its object, its id, its values. An absent value is null.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::id::Id;
use super::schema::Object;

/// A record of the org.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: Id,
    pub object: &'static Object,
    values: HashMap<&'static str, Value>,
}

impl Record {
    pub fn new(object: &'static Object, id: Id) -> Record {
        let mut record = Record { id: id.clone(), object, values: HashMap::new() };
        record.set("Id", Value::String(id.to_string()));
        record
    }

    /// The stored value; null when there is none.
    pub fn get(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).as_str()
    }

    pub fn is(&self, field: &str) -> bool {
        self.get(field) == &Value::Bool(true)
    }

    pub fn is_deleted(&self) -> bool {
        self.is("IsDeleted")
    }

    /// The record that a reference points at.
    pub fn pointer(&self, field: &str) -> Option<Id> {
        Id::parse(self.text(field)?)
    }

    pub fn set(&mut self, field: &'static str, value: impl Into<Value>) {
        match value.into() {
            Value::Null => self.values.remove(field),
            value => self.values.insert(field, value),
        };
    }

    /// All fields of the object with their stored values, nulls included.
    pub fn all_fields(&self) -> Map<String, Value> {
        self.object.fields.iter().map(|field| (field.name.into(), self.get(field.name).clone())).collect()
    }
}
