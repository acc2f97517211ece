//! An org and a community as they might answer, for what `check --online` says.

use std::collections::BTreeMap;

use casebridge::packs::online::{FieldKnown, Known, ObjectKnown};

fn field(kind: &str, length: usize) -> FieldKnown {
    FieldKnown { kind: kind.into(), length, writable: true, filterable: true, ..FieldKnown::default() }
}

fn picklist(values: &[&str], restricted: bool) -> FieldKnown {
    FieldKnown { values: texts(values), restricted, ..field("picklist", 255) }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn object(fields: Vec<(&str, FieldKnown)>) -> Option<ObjectKnown> {
    let audit = [("Id", field("id", 18)), ("SystemModstamp", field("datetime", 0))];
    Some(ObjectKnown {
        fields: audit.into_iter().chain(fields).map(|(name, field)| (name.to_owned(), field)).collect(),
    })
}

fn case() -> Option<ObjectKnown> {
    object(vec![
        ("Subject", field("string", 255)),
        ("Status", picklist(&["New", "Closed", "Resolved"], true)),
        ("Origin", picklist(&["Phone", "Community"], false)),
        ("Priority", picklist(&["Low", "High"], true)),
        ("Reason", picklist(&["Other"], false)),
        ("IsClosed", FieldKnown { calculated: true, writable: false, ..field("boolean", 0) }),
        ("CaseNumber", FieldKnown { writable: false, ..field("string", 30) }),
        ("Key__c", field("string", 40)),
        ("Score__c", FieldKnown { digits: (5, 0), ..field("double", 0) }),
        ("Title__c", field("string", 120)),
        ("Note__c", field("textarea", 255)),
        ("Board__c", field("string", 40)),
        ("Reason__c", field("string", 80)),
        ("Story__c", field("textarea", 32_000)),
        ("AssetId", field("reference", 18)),
        ("ContactId", field("reference", 18)),
        ("OwnerId", field("reference", 18)),
        ("ParentId", field("reference", 18)),
        ("RecordTypeId", field("reference", 18)),
    ])
}

/// What the two hosts said.
pub fn known() -> Known {
    let stamp = FieldKnown { filterable: false, ..field("datetime", 0) };
    let contact = object(vec![("Email", field("email", 80)), ("SystemModstamp", stamp)]);
    let users = [("kai@acme.test", 2), ("nobody@acme.test", 0)];
    Known {
        objects: BTreeMap::from([("Case".into(), case()), ("Contact".into(), contact), ("Assset".into(), None)]),
        queues: texts(&["Support", "German Support", "German_Support"]),
        record_types: texts(&["Community"]),
        statuses: texts(&["New", "Closed", "Solved"]),
        users: users.into_iter().map(|(name, count)| (name.into(), count)).collect(),
        boards: texts(&["support", "returns"]),
        categories: texts(&["knowledge"]),
        labels: Some(texts(&["urgent", "escalated"])),
        roles: texts(&["Employee", "Moderator"]),
        ranks: texts(&["VIP", "Member"]),
        usernames: BTreeMap::from([("nobody".into(), false)]),
    }
}
