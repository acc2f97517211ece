//! What the platform and the org's admin do by themselves when a record is saved (sheet 10).
//!
//! Numbers, defaults, closing, the account of a contact, assignment, the validation rule, the duplicate rule.

use serde_json::Value;

use super::id::Id;
use super::org::Org;
use super::record::Record;
use super::refusal::Refusal;
use super::schema::{self, Kind, STATUSES};
use super::switches::{DuplicateRule, Switches};

/// Values that a new record has without being told.
pub fn fill_defaults(org: &mut Org, record: &mut Record, owner: &Id) {
    for field in &record.object.fields {
        if !record.get(field.name).is_null() {
            continue;
        }
        match field.kind {
            Kind::Boolean => {
                record.set(field.name, field.name == "IsActive" || field.name.starts_with("NotifyForOperation"))
            }
            Kind::Picklist(_, choices) => {
                record.set(field.name, choices.iter().find(|(_, default)| *default).map(|(value, _)| *value))
            }
            _ if field.name == "OwnerId" => record.set("OwnerId", owner.as_str()),
            _ if field.name == "CaseNumber" => record.set("CaseNumber", org.new_case_number()),
            _ => {}
        }
    }
}

/// What follows from other fields, on every save.
pub fn derive(org: &Org, before: Option<&Record>, record: &mut Record, now: &str) {
    match record.object.name {
        "Case" => {
            derive_account(org, record);
            derive_closing(before, record, now);
        }
        "Contact" | "User" => {
            let parts = [record.text("FirstName"), record.text("LastName")];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            record.set("Name", name);
        }
        "Task" => record.set("IsClosed", record.text("Status") == Some("Completed")),
        _ => {}
    }
}

fn derive_account(org: &Org, case: &mut Record) {
    if !case.get("AccountId").is_null() {
        return;
    }
    let contact = case.pointer("ContactId").and_then(|id| org.get(&id));
    case.set("AccountId", contact.map_or(Value::Null, |contact| contact.get("AccountId").clone()));
}

/// A status that nobody listed leaves the case open.
fn derive_closing(before: Option<&Record>, case: &mut Record, now: &str) {
    let closed = STATUSES.iter().any(|(name, closes)| *closes && case.text("Status") == Some(name));
    let was_closed = before.is_some_and(|case| case.is("IsClosed"));
    case.set("IsClosed", closed);
    if before.is_none() {
        case.set("IsClosedOnCreate", closed);
    }
    if closed && !was_closed {
        case.set("ClosedDate", now);
    } else if !closed {
        case.set("ClosedDate", Value::Null);
    }
}

/// The active assignment rule gives every case to the queue Support, on create and on update (sheet 13.2).
pub fn assign(org: &Org, case: &mut Record) {
    let group = schema::object("Group");
    let support = org.records_of(group).find(|group| group.text("DeveloperName") == Some("Support"));
    if let Some(queue) = support {
        case.set("OwnerId", queue.id.as_str());
    }
}

/// The admin's validation rule on `Case`.
pub fn check_rule(switches: &Switches, record: &Record) -> Result<(), Refusal> {
    let Some(rule) = switches.validation_rule.as_ref().filter(|_| record.object.name == "Case") else { return Ok(()) };
    let subject = record.text("Subject").unwrap_or_default().to_lowercase();
    if !subject.contains(&rule.word.to_lowercase()) {
        return Ok(());
    }
    Err(Refusal::about("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.text.clone(), &[]))
}

/// The admin's duplicate rule on `Contact`: a new one that is like another is refused, and the others are named.
pub fn check_duplicates(org: &Org, switches: &Switches, record: &Record) -> Result<(), Refusal> {
    let Some(rule) = switches.duplicate_rule.filter(|_| record.object.name == "Contact") else { return Ok(()) };
    let field = match rule {
        DuplicateRule::Email => "Email",
        DuplicateRule::LastName => "LastName",
    };
    let Some(value) = record.text(field).map(str::to_lowercase) else { return Ok(()) };
    let is_like = |other: &&Record| other.text(field).is_some_and(|text| text.to_lowercase() == value);
    let others = org.records_of(record.object).filter(|other| !other.is_deleted()).filter(is_like);
    let matches: Vec<_> = others.map(|other| (other.object.name, other.id.to_string())).collect();
    if matches.is_empty() { Ok(()) } else { Err(Refusal::duplicates(matches)) }
}
