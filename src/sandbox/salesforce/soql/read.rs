//! The value of a column for one record: over references to parents, and what is mirrored from them.

use serde_json::Value;

use super::super::org::Org;
use super::super::packed::Held;
use super::super::record::Record;
use super::super::schema::{self, Field, Kind, Object};
use super::error::{self, QueryError};
use super::query::Name;

/// References that one name may go over (sheet 4.1).
const MOST_HOPS: usize = 5;

/// A field, reached over references.
#[derive(Debug, Clone)]
pub struct Column {
    pub hops: Vec<&'static Field>,
    pub leaf: &'static Field,
}

/// What names in one SELECT start from.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'q> {
    pub object: &'static Object,
    pub alias: Option<&'q str>,
    /// `FROM Contact c, c.Account a`
    pub paths: &'q [(Name, String)],
}

impl Scope<'_> {
    /// Finds a dotted name; the object's own name or an alias may stand before it.
    pub fn column(&self, name: &Name) -> Result<Column, QueryError> {
        let mut words = self.words(&name.text, 0);
        let last = words.pop().unwrap_or_default();
        if words.len() > MOST_HOPS {
            let message = format!("Only {MOST_HOPS} levels of relationships can be followed in a field path");
            return Err(QueryError::malformed(name.at, message));
        }
        let mut here = self.object;
        let mut hops = Vec::new();
        for word in words {
            let hop = here.relationship(&word).ok_or_else(|| unknown_relationship(name, &word, here))?;
            hops.push(hop);
            here = target_of(hop);
        }
        let leaf = here.field(&last).ok_or_else(|| QueryError::unknown_field(name.at, &last, here.name))?;
        Ok(Column { hops, leaf })
    }

    /// The words of a path from the object on, with aliases of paths written out.
    fn words(&self, text: &str, depth: usize) -> Vec<String> {
        let mut words: Vec<String> = text.split('.').map(str::to_owned).collect();
        let Some(first) = words.first().filter(|_| words.len() > 1 || depth > 0).cloned() else { return words };
        let own = |word: &str| {
            word.eq_ignore_ascii_case(self.object.name)
                || self.alias.is_some_and(|alias| word.eq_ignore_ascii_case(alias))
        };
        if words.len() > 1 && own(&first) {
            words.remove(0);
            return words;
        }
        // An alias of a path may start with another one; a ring of them ends here.
        let path = self.paths.iter().find(|(_, alias)| alias.eq_ignore_ascii_case(&first) && depth <= MOST_HOPS);
        if let Some((path, _)) = path {
            let mut whole = self.words(&path.text, depth + 1);
            whole.extend(words.drain(1..));
            return whole;
        }
        words
    }
}

impl Column {
    /// Whether this is the same field, reached the same way.
    pub fn is(&self, other: &Column) -> bool {
        self.path() == other.path()
    }

    /// `Contact.Email`
    pub fn path(&self) -> String {
        let hops = self.hops.iter().map(|hop| hop.relationship.unwrap_or(hop.name));
        hops.chain([self.leaf.name]).collect::<Vec<_>>().join(".")
    }

    pub fn held<'a>(&self, org: &'a Org, record: &'a Record) -> Held<'a> {
        let mut here = record;
        for hop in &self.hops {
            match here.pointer(hop.name).and_then(|id| org.get(&id)) {
                Some(next) => here = next,
                None => return Held::Null,
            }
        }
        held_of(org, here, self.leaf)
    }
}

fn unknown_relationship(name: &Name, word: &str, object: &Object) -> QueryError {
    let message = format!(
        "Didn't understand relationship '{}' in field path. If you are attempting to use a custom relationship, be sure \
         to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the \
         appropriate names. Entity: {}",
        error::shortened(word),
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

/// The value of one field of one record, as the org shows it.
pub fn value_of(org: &Org, record: &Record, field: &Field) -> Value {
    shown(field.kind, held_of(org, record, field))
}

/// A value as JSON: whole numbers have no decimal point where the field holds only those.
pub fn shown(kind: Kind, value: Held<'_>) -> Value {
    match (kind, value) {
        (Kind::Int(_), Held::Number(number)) => (number as i64).into(),
        (_, value) => value.to_value(),
    }
}

/// The value of one field of one record, as it lies there.
pub fn held_of<'a>(org: &'a Org, record: &'a Record, field: &Field) -> Held<'a> {
    if let Some((pointer, mirrored)) = field.mirrors {
        let other = record.pointer(pointer).and_then(|id| org.get(&id));
        return other.map_or(Held::Null, |other| other.held(mirrored));
    }
    // A polymorphic owner is read through the fields of `Name`, which are not the record's own.
    if record.object.fields.get(usize::from(field.position)).is_some_and(|own| std::ptr::eq(own, field)) {
        return record.held_at(field.position);
    }
    // `Owner.Type` is what the owner is, unless the record has a type of its own (a queue's is "Queue").
    if field.name == "Type" && record.object.field("Type").is_none() {
        return Held::Text(record.object.name);
    }
    record.held(field.name)
}
