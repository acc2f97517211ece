//! The connector's own objects (sheet 10.4): what their metadata files say, with what the platform adds to each.

use super::field::{Field, Kind};
use super::metadata::{self, NameField};
use super::object::Object;

/// Custom objects get their prefixes in the order of installation (sheet 11).
const PREFIXES: &[(&str, &str)] =
    &[("Community_User__c", "a00"), ("Postback_Comment__c", "a01"), ("Private_Message__c", "a02")];

pub fn objects() -> Vec<Object> {
    PREFIXES.iter().map(|(name, prefix)| object(name, prefix)).collect()
}

fn object(name: &'static str, prefix: &'static str) -> Object {
    let head = metadata::object(name);
    let mut fields = vec![
        match head.name_field {
            NameField::Text => Field::new("Name", Kind::Text(80)).defaulted().looked_up(),
            NameField::Numbered(format) => Field::kept("Name", Kind::Text(80)).auto_number().numbered(format),
        }
        .labelled(head.name_label),
    ];
    fields.push(Field::reference("OwnerId", "Owner", &["Group", "User"]).defaulted());
    fields.extend(metadata::fields_of(name));
    Object::new([name, head.label, head.plural], prefix, fields)
}
