//! Which records have a value in an indexed field: by the hash of the value, so that the text is kept once.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::id::Id;
use super::packed::Held;
use super::record::Record;
use super::schema::{Field, Object};

/// The records of one value. Most values of a key belong to one record, which needs no tree.
enum Owners {
    One(Id),
    Many(BTreeSet<Id>),
}

/// By object, field and value. Two values may share a hash; whoever asks looks at the records themselves.
#[derive(Default)]
pub struct Index(HashMap<u64, Owners>);

impl Index {
    pub fn add(&mut self, record: &Record) {
        for key in keys_of(record) {
            match self.0.get_mut(&key) {
                None => {
                    self.0.insert(key, Owners::One(record.id.clone()));
                }
                Some(Owners::Many(ids)) => {
                    ids.insert(record.id.clone());
                }
                Some(slot) => {
                    let Owners::One(other) = &*slot else { continue };
                    if *other != record.id {
                        *slot = Owners::Many([other.clone(), record.id.clone()].into());
                    }
                }
            }
        }
    }

    pub fn remove(&mut self, record: &Record) {
        for key in keys_of(record) {
            let empty = match self.0.get_mut(&key) {
                Some(Owners::One(id)) => *id == record.id,
                Some(Owners::Many(ids)) => {
                    ids.remove(&record.id);
                    ids.is_empty()
                }
                None => false,
            };
            if empty {
                self.0.remove(&key);
            }
        }
    }

    /// The ids of records that may have the value, in order.
    pub fn candidates(&self, object: &Object, field: &Field, value: &str) -> impl Iterator<Item = &Id> {
        let (one, many) = match self.0.get(&key(object, field, value)) {
            Some(Owners::One(id)) => (Some(id), None),
            Some(Owners::Many(ids)) => (None, Some(ids.iter())),
            None => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

/// The spelling under which a value is found: text without case, numbers as Rust writes them.
pub fn spelling(value: Held<'_>) -> Option<String> {
    match value {
        Held::Text(text) => Some(text.to_lowercase()),
        Held::Number(number) => Some(number.to_string()),
        Held::Bool(_) | Held::Null => None,
    }
}

fn keys_of(record: &Record) -> Vec<u64> {
    let fields = record.object.fields.iter().filter(|field| field.indexed);
    fields.filter_map(|field| Some(key(record.object, field, &spelling(record.held_at(field.position))?))).collect()
}

fn key(object: &Object, field: &Field, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (object.name, field.name, value).hash(&mut hasher);
    hasher.finish()
}
