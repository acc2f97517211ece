//! One object: its names, its key prefix, its fields.

use std::collections::HashMap;

use super::{Field, Kind};

/// An sObject type.
#[derive(Debug)]
pub struct Object {
    pub name: &'static str,
    pub label: &'static str,
    pub plural: &'static str,
    pub prefix: &'static str,
    pub createable: bool,
    pub updateable: bool,
    pub deletable: bool,
    /// Whether clients see it in describe; `Name`, what a polymorphic owner is read as, is not an object of its own.
    pub listed: bool,
    pub fields: Vec<Field>,
    by_name: HashMap<String, usize>,
    positions: HashMap<&'static str, u16>,
}

impl Object {
    /// An object that people work with: it can be written and deleted.
    pub fn new(names: [&'static str; 3], prefix: &'static str, own: Vec<Field>) -> Object {
        let mut fields = vec![Field::kept("Id", Kind::Id).labelled(names[0]).defaulted()];
        fields.push(Field::kept("IsDeleted", Kind::Boolean).labelled("Deleted"));
        fields.extend(own);
        fields.extend(audit_fields());
        Object::with_fields(names, prefix, fields)
    }

    /// An object of the set-up: read only, and never in the recycle bin.
    pub fn setup(names: [&'static str; 3], prefix: &'static str, own: Vec<Field>) -> Object {
        let mut fields = vec![Field::kept("Id", Kind::Id).labelled(names[0]).defaulted()];
        fields.extend(own);
        fields.extend(audit_fields());
        Object { deletable: false, createable: false, updateable: false, ..Object::with_fields(names, prefix, fields) }
    }

    /// A platform event: published and never kept (sheet 9.3).
    pub fn event(names: [&'static str; 3], prefix: &'static str, own: Vec<Field>) -> Object {
        let mut fields = vec![
            Field::kept("Id", Kind::Id).labelled(names[0]).defaulted(),
            Field::kept("ReplayId", Kind::Text(1_000)),
            Field::kept("EventUuid", Kind::Text(36)),
        ];
        fields.extend(own);
        fields.extend(audit_fields().into_iter().filter(|field| field.name.starts_with("Created")));
        Object { deletable: false, updateable: false, ..Object::with_fields(names, prefix, fields) }
    }

    /// Whether its records are events.
    pub fn is_event(&self) -> bool {
        self.name.ends_with("__e")
    }

    /// An object of the set-up that can be written all the same.
    pub fn writeable(self) -> Object {
        Object { createable: true, updateable: true, ..self }
    }

    /// One whose records come and go with others; they can be deleted only.
    pub fn made_by_the_platform(self) -> Object {
        Object { createable: false, updateable: false, ..self }
    }

    /// One that clients do not see in describe.
    pub fn unlisted(self) -> Object {
        Object { listed: false, ..self }
    }

    pub fn custom(&self) -> bool {
        self.name.ends_with("__c") || self.is_event()
    }

    fn with_fields([name, label, plural]: [&'static str; 3], prefix: &'static str, mut fields: Vec<Field>) -> Object {
        for (position, field) in (0..).zip(&mut fields) {
            field.position = position;
        }
        let by_name = fields.iter().enumerate().map(|(i, field)| (field.name.to_lowercase(), i)).collect();
        let positions = fields.iter().map(|field| (field.name, field.position)).collect();
        let (createable, updateable, deletable, listed) = (true, true, true, true);
        Object { name, label, plural, prefix, createable, updateable, deletable, listed, fields, by_name, positions }
    }

    /// A field by its name, in any case.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(&name.to_lowercase()).map(|i| &self.fields[*i])
    }

    /// Where a field stands among the others; the name in its own spelling.
    pub fn position(&self, name: &str) -> Option<u16> {
        self.positions.get(name).copied()
    }

    /// The reference behind a relationship name: `Contact` is `ContactId`.
    pub fn relationship(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.relationship.is_some_and(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The field that names a record.
    pub fn name_field(&self) -> Option<&Field> {
        ["Name", "CaseNumber", "Subject", "MasterLabel", "Title"].iter().find_map(|name| self.field(name))
    }
}

fn audit_fields() -> Vec<Field> {
    vec![
        Field::kept("CreatedDate", Kind::Moment).defaulted(),
        Field::reference("CreatedById", "CreatedBy", &["User"]).read_only().defaulted().unindexed(),
        Field::kept("LastModifiedDate", Kind::Moment).defaulted(),
        Field::reference("LastModifiedById", "LastModifiedBy", &["User"]).read_only().defaulted().unindexed(),
        Field::kept("SystemModstamp", Kind::Moment).defaulted(),
    ]
}
