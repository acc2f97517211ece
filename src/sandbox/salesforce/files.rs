//! What the platform does about files: a first version makes its document and hangs it on a record (sheet 10.3).

use serde_json::Value;

use super::digest;
use super::id::Id;
use super::org::Org;
use super::record::Record;
use super::schema::{self, Kind, Object};

/// Sizes and extensions follow from what was sent.
pub fn derive(record: &mut Record) {
    let size = |record: &Record, field: &str| bytes(record, field).map_or(Value::Null, |bytes| bytes.len().into());
    match record.object.name {
        "Attachment" => record.set("BodyLength", size(record, "Body")),
        "ContentVersion" => {
            record.set("ContentSize", size(record, "VersionData"));
            let path = record.text("PathOnClient").unwrap_or_default().to_owned();
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
            let (title, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            record.set("FileExtension", extension);
            if record.get("Title").is_null() {
                record.set("Title", title);
            }
        }
        _ => {}
    }
}

/// The records that come with a new version: its document, if it names none, and the document's link. An older version
/// is the latest no more.
pub fn published(org: &mut Org, version: &mut Record) -> Vec<Record> {
    version.set("IsLatest", true);
    let known = version.pointer("ContentDocumentId");
    let older = known.as_ref().map(|document| latest(org, document)).unwrap_or_default();
    let mut document = match known.as_ref().and_then(|id| org.get(id)) {
        Some(document) => document.clone(),
        None => new(org, "ContentDocument"),
    };
    version.set("ContentDocumentId", document.id.as_str());
    for field in ["Title", "FileExtension", "ContentSize"] {
        document.set(field, version.get(field));
    }
    document.set("LatestPublishedVersionId", version.id.as_str());
    let place = version.pointer("FirstPublishLocationId").filter(|_| known.is_none());
    let link = place.map(|place| link(org, &document.id, &place));
    older.into_iter().chain([document]).chain(link).collect()
}

/// The versions of a document that call themselves its latest, which they are no more.
fn latest(org: &Org, document: &Id) -> Vec<Record> {
    let object = schema::object("ContentVersion");
    let Some(field) = object.field("ContentDocumentId") else { return Vec::new() };
    let versions =
        org.with_value(object, field, document.as_str()).into_iter().filter(|version| version.is("IsLatest"));
    let mut versions: Vec<_> = versions.cloned().collect();
    versions.iter_mut().for_each(|version| version.set("IsLatest", false));
    versions
}

fn link(org: &mut Org, document: &Id, place: &Id) -> Record {
    let mut link = new(org, "ContentDocumentLink");
    link.set("ContentDocumentId", document.as_str());
    link.set("LinkedEntityId", place.as_str());
    link
}

fn new(org: &mut Org, object: &str) -> Record {
    let object = schema::object(object);
    let id = org.new_id(object);
    Record::new(object, id)
}

/// The bytes behind a field.
pub fn bytes(record: &Record, field: &str) -> Option<Vec<u8>> {
    digest::from_base64(record.text(field)?)
}

/// The field of an object that holds bytes, by its name in any case.
pub fn field<'o>(object: &'o Object, name: &str) -> Option<&'o schema::Field> {
    object.field(name).filter(|field| field.kind == Kind::Base64)
}

/// Where the bytes of a field are read: a record shows this instead of them.
pub fn address(root: &str, record: &Record, field: &str) -> String {
    format!("{root}/sobjects/{}/{}/{field}", record.object.name, record.id)
}
