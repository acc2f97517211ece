//! The value of a column for one record: over references to parents, and what is mirrored from them.

use std::borrow::Cow;

use serde_json::Value;

use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::{self, Field, Kind, Object};
use super::error::QueryError;
use super::query::Name;

/// A field, reached over references.
#[derive(Debug, Clone)]
pub struct Column {
    pub hops: Vec<&'static Field>,
    pub leaf: &'static Field,
}

impl Column {
    /// Finds a dotted name from an object on; the object's own name or its alias may stand before it.
    pub fn resolve(object: &'static Object, alias: Option<&str>, name: &Name) -> Result<Column, QueryError> {
        let mut words: Vec<&str> = name.text.split('.').collect();
        let own = |word: &str| {
            word.eq_ignore_ascii_case(object.name) || alias.is_some_and(|alias| word.eq_ignore_ascii_case(alias))
        };
        if words.len() > 1 && own(words[0]) {
            words.remove(0);
        }
        let last = words.pop().unwrap_or_default();
        let mut here = object;
        let mut hops = Vec::new();
        for word in words {
            let hop = here.relationship(word).ok_or_else(|| unknown_relationship(name, word, here))?;
            hops.push(hop);
            here = target_of(hop);
        }
        let leaf = here.field(last).ok_or_else(|| QueryError::unknown_field(name.at, last, here.name))?;
        Ok(Column { hops, leaf })
    }

    pub fn value<'a>(&self, org: &'a Org, record: &'a Record) -> Cow<'a, Value> {
        let mut here = record;
        for hop in &self.hops {
            match here.pointer(hop.name).and_then(|id| org.get(&id)) {
                Some(next) => here = next,
                None => return Cow::Owned(Value::Null),
            }
        }
        value_of(org, here, self.leaf)
    }
}

fn unknown_relationship(name: &Name, word: &str, object: &Object) -> QueryError {
    let message = format!(
        "Didn't understand relationship '{word}' in field path. If you are attempting to use a custom relationship, be sure \
         to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the \
         appropriate names. Entity: {}",
        object.name
    );
    QueryError::at(name.at, "INVALID_FIELD", message)
}

/// The object that a reference is read as; one that may be several things is a `Name`.
pub fn target_of(hop: &Field) -> &'static Object {
    match hop.kind {
        Kind::Reference([only]) => schema::object(only),
        _ => schema::object("Name"),
    }
}

/// The value of one field of one record.
pub fn value_of<'a>(org: &'a Org, record: &'a Record, field: &Field) -> Cow<'a, Value> {
    if let Some((pointer, mirrored)) = field.mirrors {
        let other = record.pointer(pointer).and_then(|id| org.get(&id));
        return Cow::Owned(other.map_or(Value::Null, |other| other.get(mirrored).clone()));
    }
    // `Owner.Type` is what the owner is, unless the record has a type of its own (a queue's is "Queue").
    if field.name == "Type" && record.object.field("Type").is_none() {
        return Cow::Owned(record.object.name.into());
    }
    Cow::Borrowed(record.get(field.name))
}
