//! `Case`, to which `metadata.rs` adds the connector's fields, and `CaseComment` (sheets 10.1, 10.2).

use super::field::Field;
use super::kind::{Choice, Kind};
use super::metadata;
use super::object::Object;

/// The statuses: name, whether it closes the case.
pub const STATUSES: &[(&str, bool)] = &[
    ("New", false),
    ("Working", false),
    ("Waiting on Customer", false),
    ("Escalated", false),
    ("Closed", true),
    ("Resolved", true),
    ("Reopened", false),
];

const PRIORITIES: &[Choice] = &[("Low", false), ("Medium", true), ("High", false), ("Critical", false)];

const STATUS_CHOICES: &[Choice] = &[
    ("New", true),
    ("Working", false),
    ("Waiting on Customer", false),
    ("Escalated", false),
    ("Closed", false),
    ("Resolved", false),
    ("Reopened", false),
];
const ORIGINS: &[Choice] = &[("Phone", false), ("Email", false), ("Web", false), ("Community", false)];
const REASONS: &[Choice] =
    &[("Installation", false), ("Equipment Complexity", false), ("Performance", false), ("Other", false)];
const TYPES: &[Choice] = &[("Question", false), ("Problem", false), ("Feature Request", false)];

/// Another org that shares records with this one; there is none.
const CONNECTION: &[&str] = &["PartnerNetworkConnection"];

/// Values that the record type `Community` leaves out.
const NOT_FOR_COMMUNITY: &[(&str, &[&str])] =
    &[("Origin", &["Phone"]), ("Reason", &["Equipment Complexity"]), ("Type", &["Feature Request"])];

/// Whether a record type, by its developer name, offers a value.
pub fn offers(record_type: Option<&str>, field: &str, value: &str) -> bool {
    let left_out = NOT_FOR_COMMUNITY.iter().filter(|_| record_type == Some("Community"));
    !left_out.into_iter().any(|(of, values)| *of == field && values.contains(&value))
}

pub fn case() -> Object {
    let mut fields = vec![Field::kept("CaseNumber", Kind::Text(30)).auto_number()];
    fields.extend(texts());
    fields.extend(state());
    fields.extend(references());
    fields.extend(mirrored());
    fields.extend(metadata::fields_of("Case"));
    Object::new(["Case", "Case", "Cases"], "500", fields)
}

fn texts() -> Vec<Field> {
    vec![
        Field::new("Subject", Kind::Text(255)),
        Field::new("Description", Kind::Area(32_000)),
        Field::new("Comments", Kind::Area(4_000)).labelled("Internal Comments"),
        Field::new("SuppliedName", Kind::Text(80)),
        Field::new("SuppliedEmail", Kind::Email(80)),
        Field::new("SuppliedPhone", Kind::Text(40)),
        Field::new("SuppliedCompany", Kind::Text(80)),
    ]
}

fn state() -> Vec<Field> {
    vec![
        Field::new("Status", Kind::Picklist(255, STATUS_CHOICES)).defaulted(),
        Field::new("Origin", Kind::Picklist(255, ORIGINS)),
        Field::new("Priority", Kind::Picklist(255, PRIORITIES)).defaulted(),
        Field::new("Reason", Kind::Picklist(255, REASONS)),
        Field::new("Type", Kind::Picklist(255, TYPES)),
        Field::kept("IsClosed", Kind::Boolean).labelled("Closed"),
        Field::kept("IsClosedOnCreate", Kind::Boolean),
        Field::kept("ClosedDate", Kind::Moment),
        Field::new("IsEscalated", Kind::Boolean).labelled("Escalated"),
        Field::kept("HasCommentsUnreadByOwner", Kind::Boolean),
        Field::kept("HasSelfServiceComments", Kind::Boolean),
        Field::kept("IsSelfServiceClosed", Kind::Boolean),
        Field::new("IsVisibleInSelfService", Kind::Boolean).labelled("Visible in Self-Service Portal").read_only(),
    ]
}

fn references() -> Vec<Field> {
    vec![
        Field::reference("ContactId", "Contact", &["Contact"]).children("Cases"),
        Field::reference("AccountId", "Account", &["Account"]).children("Cases"),
        Field::reference("ParentId", "Parent", &["Case"]).children("Cases"),
        Field::reference("OwnerId", "Owner", &["Group", "User"]).defaulted(),
        Field::reference("RecordTypeId", "RecordType", &["RecordType"]),
        Field::reference("BusinessHoursId", "BusinessHours", &["BusinessHours"]).defaulted(),
        Field::reference("AssetId", "Asset", &["Asset"]).children("Cases"),
        Field::reference("EntitlementId", "Entitlement", &["Entitlement"]).children("Cases"),
        Field::reference("SourceId", "Source", &["EmailMessage", "FeedItem"]),
        Field::reference("FeedItemId", "FeedItem", &["FeedItem"]).read_only(),
        Field::reference("CommunityId", "Community", &["Community"]).read_only().labelled("Zone ID"),
        Field::reference("QuestionId", "Question", &["Question"]).read_only(),
        Field::reference("MasterRecordId", "MasterRecord", &["Case"]).read_only(),
    ]
}

fn mirrored() -> Vec<Field> {
    vec![
        Field::new("ContactEmail", Kind::Email(80)).mirrors("ContactId", "Email"),
        Field::new("ContactPhone", Kind::Phone(40)).mirrors("ContactId", "Phone"),
        Field::new("ContactMobile", Kind::Phone(40)).mirrors("ContactId", "MobilePhone"),
        Field::new("ContactFax", Kind::Phone(40)).mirrors("ContactId", "Fax"),
    ]
}

pub fn comment() -> Object {
    let fields = vec![
        Field::reference("ParentId", "Parent", &["Case"]).children("CaseComments").required().fixed(),
        Field::new("CommentBody", Kind::Bytes(4_000)).labelled("Body"),
        Field::new("IsPublished", Kind::Boolean).labelled("Published"),
        Field::new("IsNotificationSelected", Kind::Boolean),
        Field::new("CreatorName", Kind::Text(121)).mirrors("CreatedById", "Name"),
        Field::new("CreatorFullPhotoUrl", Kind::Url(255)).mirrors("CreatedById", "FullPhotoUrl"),
        Field::reference("ConnectionReceivedId", "ConnectionReceived", CONNECTION).read_only().unindexed(),
        Field::reference("ConnectionSentId", "ConnectionSent", CONNECTION).read_only().unindexed(),
        Field::new("CreatorSmallPhotoUrl", Kind::Url(255)).mirrors("CreatedById", "SmallPhotoUrl"),
    ];
    Object::new(["CaseComment", "Case Comment", "Case Comments"], "00a", fields)
}
