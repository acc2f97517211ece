//! Everything in the org, for checkers: lists as in a scene file, in the order in which records were made.

use serde_json::{Map, Value, json};

use super::org::Org;
use super::record::Record;
use super::schema;

/// The lists of a scene and the objects they hold.
pub const LISTS: &[(&str, &str)] = &[
    ("accounts", "Account"),
    ("assets", "Asset"),
    ("assignment_rules", "AssignmentRule"),
    ("attachments", "Attachment"),
    ("business_hours", "BusinessHours"),
    ("case_contact_roles", "CaseContactRole"),
    ("cases", "Case"),
    ("comments", "CaseComment"),
    ("community_users", "Community_User__c"),
    ("contacts", "Contact"),
    ("content_document_links", "ContentDocumentLink"),
    ("content_documents", "ContentDocument"),
    ("content_versions", "ContentVersion"),
    ("emails", "EmailMessage"),
    ("entitlements", "Entitlement"),
    ("events", "Event"),
    ("feed_comments", "FeedComment"),
    ("feed_items", "FeedItem"),
    ("groups", "Group"),
    ("histories", "CaseHistory"),
    ("organizations", "Organization"),
    ("postback_comments", "Postback_Comment__c"),
    ("private_messages", "Private_Message__c"),
    ("profiles", "Profile"),
    ("record_types", "RecordType"),
    ("statuses", "CaseStatus"),
    ("tasks", "Task"),
    ("users", "User"),
];

pub fn shown(org: &Org) -> Value {
    let list =
        |object: &str| -> Value { org.records_of(schema::object(object)).map(|record| entry(org, record)).collect() };
    LISTS.iter().map(|(name, object)| ((*name).to_owned(), list(object))).collect::<Map<_, _>>().into()
}

fn entry(org: &Org, record: &Record) -> Value {
    let mut entry = json!({"id": record.id.as_str(), "fields": record.all_fields()});
    if record.is_deleted() {
        entry["deleted"] = true.into();
    }
    if let Some(master) = record.text("MasterRecordId") {
        entry["merged_into"] = master.into();
    }
    if record.object.name == "CaseComment" {
        let author = record.pointer("CreatedById").and_then(|id| org.get(&id));
        entry["case"] = record.get("ParentId");
        entry["body"] = record.get("CommentBody");
        entry["is_published"] = record.get("IsPublished");
        entry["by"] = author.map_or(Value::Null, |user| user.get("Username"));
    }
    entry
}
