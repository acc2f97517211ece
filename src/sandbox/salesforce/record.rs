//! One record: its object, its id, its values. An absent value is null.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::id::Id;
use super::packed::{Held, Packed};
use super::schema::{Kind, Object};

/// A record of the org.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: Id,
    pub object: &'static Object,
    values: Packed,
}

impl Record {
    pub fn new(object: &'static Object, id: Id) -> Record {
        Record { id, object, values: Packed::default() }
    }

    /// The stored value; null when there is none.
    pub fn get(&self, field: &str) -> Value {
        let Some(position) = self.object.position(field) else { return Value::Null };
        shown(self.object.fields[usize::from(position)].kind, self.held_at(position))
    }

    /// The stored value as it lies there, without a copy.
    pub fn held(&self, field: &str) -> Held<'_> {
        match self.object.position(field) {
            Some(position) => self.held_at(position),
            None => Held::Null,
        }
    }

    /// The same by the field's place in its object, which spares the look-up of its name.
    pub fn held_at(&self, position: u16) -> Held<'_> {
        // Every object's first field is its id.
        if position == 0 { Held::Text(self.id.as_str()) } else { self.values.get(position) }
    }

    /// All of them by the place of their field, for those who want many: a look-up each would go over all each time.
    pub fn all_held(&self) -> Vec<Held<'_>> {
        let mut all = vec![Held::Null; self.object.fields.len()];
        for (position, value) in [(0, self.held_at(0))].into_iter().chain(self.values.all()) {
            all[usize::from(position)] = value;
        }
        all
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.held(field).text()
    }

    pub fn is(&self, field: &str) -> bool {
        self.held(field) == Held::Bool(true)
    }

    pub fn is_deleted(&self) -> bool {
        self.is("IsDeleted")
    }

    /// The record that a reference points at.
    pub fn pointer(&self, field: &str) -> Option<Id> {
        Id::parse(self.text(field)?)
    }

    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        if let Some(position) = self.object.position(field) {
            self.values.set(position, &value.into());
        }
    }

    /// All fields of the object with their stored values, nulls included.
    pub fn all_fields(&self) -> Map<String, Value> {
        self.object.fields.iter().map(|field| (field.name.into(), self.get(field.name))).collect()
    }
}

/// A value as JSON.
pub fn shown(kind: Kind, value: Held<'_>) -> Value {
    serde_json::to_value(Cell(kind, value)).unwrap_or_default()
}

/// A value as the org writes it: numbers have a decimal point (sheet 3), whole ones where the field holds only those
/// have none.
pub struct Cell<'a>(pub Kind, pub Held<'a>);

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.0, self.1) {
            (_, Held::Null) => to.serialize_unit(),
            (_, Held::Bool(value)) => to.serialize_bool(value),
            (Kind::Int(_), Held::Number(number)) => to.serialize_i64(number as i64),
            (_, Held::Number(number)) => to.serialize_f64(number),
            (_, Held::Text(text)) => to.serialize_str(text),
        }
    }
}
