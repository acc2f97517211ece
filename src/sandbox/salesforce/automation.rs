//! What the platform and the org's admin do by themselves when a record is saved (sheet 10).
//!
//! Numbers, defaults, closing, the account of a contact, assignment, the validation rule, the duplicate rule.

use serde_json::Value;

use super::files;
use super::id::Id;
use super::org::Org;
use super::record::Record;
use super::refusal::Refusal;
use super::schema::{self, Field, Kind, STATUSES};
use super::switches::{DuplicateAction, DuplicateRule, Switches};

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
            _ if field.auto_number => record.set(field.name, org.new_number(record.object, field.number_format)),
            _ => record.set(field.name, set_up_default(org, record, field)),
        }
    }
}

/// What the set-up gives to fields that nobody filled in.
fn set_up_default(org: &Org, record: &Record, field: &Field) -> Value {
    let first = |object: &str| org.records_of(schema::object(object)).next().map(|found| found.id.to_string());
    match (record.object.name, field.name) {
        ("User", "TimeZoneSidKey") => "GMT".into(),
        ("User", "LocaleSidKey" | "LanguageLocaleKey") => "en_US".into(),
        ("User", "EmailEncodingKey") => "UTF-8".into(),
        ("User", "ProfileId") => first("Profile").into(),
        ("Case", "BusinessHoursId") => first("BusinessHours").into(),
        // A record that nobody named is named by its id.
        (_, "Name") if record.object.custom() => record.id.short().into(),
        _ => Value::Null,
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
        "Attachment" | "ContentVersion" => files::derive(record),
        "Task" => record.set("IsClosed", record.text("Status") == Some("Completed")),
        _ => {}
    }
}

fn derive_account(org: &Org, case: &mut Record) {
    if !case.get("AccountId").is_null() {
        return;
    }
    let contact = case.pointer("ContactId").and_then(|id| org.get(&id));
    case.set("AccountId", contact.map_or(Value::Null, |contact| contact.get("AccountId")));
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

/// Fields of a case whose changes the history keeps, and what the history calls them.
const TRACKED: &[(&str, &str)] = &[("OwnerId", "Owner"), ("Priority", "Priority"), ("Status", "Status")];

/// What changed in a case, as records of its history (sheet 10.3).
pub fn history(org: &mut Org, before: &Record, after: &Record) -> Vec<Record> {
    let object = schema::object("CaseHistory");
    let changed = TRACKED.iter().filter(|(field, _)| before.held(field) != after.held(field));
    let entry = |(field, name): &(&str, &str)| {
        let mut entry = Record::new(object, org.new_id(object));
        entry.set("CaseId", after.id.as_str());
        entry.set("Field", *name);
        entry.set("OldValue", before.get(field));
        entry.set("NewValue", after.get(field));
        entry
    };
    changed.map(entry).collect()
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

/// A restricted picklist takes only what the case's record type offers.
pub fn check_record_type(org: &Org, switches: &Switches, record: &Record) -> Result<(), Refusal> {
    let record_type = record.pointer("RecordTypeId").filter(|_| record.object.name == "Case");
    let Some(record_type) = record_type.and_then(|id| org.get(&id)) else { return Ok(()) };
    for field in record.object.fields.iter().filter(|field| switches.restricts("Case", field.name)) {
        let Some(value) = record.text(field.name) else { continue };
        if !schema::offers(record_type.text("DeveloperName"), field.name, value) {
            let message = format!("{}: bad value for restricted picklist field: {value}", field.name);
            return Err(Refusal::about("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[field.name]));
        }
    }
    Ok(())
}

/// The admin's duplicate rule on `Contact`: a new one that is like another is refused, and the others are named.
/// One that only warns lets a call save that says `allowSave=true` (sheet 13.2).
pub fn check_duplicates(org: &Org, switches: &Switches, record: &Record, allow_save: bool) -> Result<(), Refusal> {
    let Some(rule) = switches.duplicate_rule.filter(|_| record.object.name == "Contact") else { return Ok(()) };
    let warns = switches.duplicate_action == DuplicateAction::Alert;
    if warns && allow_save {
        return Ok(());
    }
    let field = match rule {
        DuplicateRule::Email => "Email",
        DuplicateRule::LastName => "LastName",
    };
    let (Some(value), Some(field)) = (record.text(field), record.object.field(field)) else { return Ok(()) };
    let others = org.with_value(record.object, field, value).into_iter().filter(|other| !other.is_deleted());
    let matches: Vec<_> = others.map(|other| (other.object.name, other.id.to_string())).collect();
    if matches.is_empty() { Ok(()) } else { Err(Refusal::duplicates(matches, warns)) }
}
