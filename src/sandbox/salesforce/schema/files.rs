//! Files of a case: versions and the documents they are of, links to records, and attachments of old (sheet 10.3).
//! Prefix and fields of the link are recalled; the sheet names the relationship only.

use super::field::Field;
use super::kind::{Choice, Kind};
use super::object::Object;

const SHARES: &[Choice] = &[("V", true), ("C", false), ("I", false)];
const VISIBILITIES: &[Choice] = &[("AllUsers", true), ("InternalUsers", false)];

/// What a file may hang on.
const HOLDERS: &[&str] = &["Account", "Case", "Contact", "User"];

pub fn objects() -> Vec<Object> {
    vec![version(), document(), link(), attachment()]
}

fn version() -> Object {
    let fields = vec![
        Field::reference("ContentDocumentId", "ContentDocument", &["ContentDocument"])
            .children("ContentVersions")
            .fixed(),
        Field::new("Title", Kind::Text(255)),
        Field::new("Description", Kind::Area(1_000)),
        Field::new("PathOnClient", Kind::Text(500)).required().fixed(),
        Field::new("VersionData", Kind::Base64).fixed(),
        Field::reference("FirstPublishLocationId", "FirstPublishLocation", HOLDERS).fixed(),
        Field::kept("FileExtension", Kind::Text(40)),
        Field::kept("ContentSize", Kind::Int(9)),
        Field::kept("IsLatest", Kind::Boolean),
    ];
    Object::new(["ContentVersion", "Content Version", "Content Versions"], "068", fields)
}

fn document() -> Object {
    let fields = vec![
        Field::kept("Title", Kind::Text(255)),
        Field::kept("FileExtension", Kind::Text(40)),
        Field::kept("ContentSize", Kind::Int(9)),
        Field::reference("LatestPublishedVersionId", "LatestPublishedVersion", &["ContentVersion"]).read_only(),
        Field::reference("OwnerId", "Owner", &["User"]).read_only().defaulted(),
    ];
    Object::new(["ContentDocument", "Content Document", "Content Documents"], "069", fields).made_by_the_platform()
}

fn link() -> Object {
    let fields = vec![
        Field::reference("ContentDocumentId", "ContentDocument", &["ContentDocument"])
            .children("ContentDocumentLinks")
            .required()
            .fixed(),
        Field::reference("LinkedEntityId", "LinkedEntity", HOLDERS).children("ContentDocumentLinks").required().fixed(),
        Field::new("ShareType", Kind::Picklist(40, SHARES)).defaulted(),
        Field::new("Visibility", Kind::Picklist(40, VISIBILITIES)).defaulted(),
    ];
    Object::new(["ContentDocumentLink", "Content Document Link", "Content Document Links"], "06A", fields)
}

fn attachment() -> Object {
    let fields = vec![
        Field::reference("ParentId", "Parent", &["Account", "Case", "Contact"])
            .children("Attachments")
            .required()
            .fixed(),
        Field::new("Name", Kind::Text(255)).required().labelled("File Name"),
        Field::new("Body", Kind::Base64).required(),
        Field::new("ContentType", Kind::Text(120)),
        Field::new("Description", Kind::Text(500)),
        Field::new("IsPrivate", Kind::Boolean).labelled("Private"),
        Field::kept("BodyLength", Kind::Int(9)),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
    ];
    Object::new(["Attachment", "Attachment", "Attachments"], "00P", fields)
}
