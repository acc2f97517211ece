//! One change event: who changed which record, and what is new in it (sheet 9.4).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::digest;
use super::super::record::Record;
use super::super::schema::{Field, Kind};

/// The transaction that events belong to.
pub struct Transaction<'t> {
    pub key: String,
    pub origin: &'t str,
    pub at: Timestamp,
    pub number: u64,
}

/// What happened to a record; nothing when only its stamps moved (that this makes no event is inferred).
pub fn kind(before: Option<&Record>, after: &Record) -> Option<&'static str> {
    match (before, after.is_deleted()) {
        (None, _) => Some("CREATE"),
        (Some(before), true) if !before.is_deleted() => Some("DELETE"),
        (Some(before), false) if before.is_deleted() => Some("UNDELETE"),
        (Some(before), _) => {
            let stamps = ["LastModifiedDate", "LastModifiedById"];
            changed(before, after).iter().any(|field| !stamps.contains(&field.name)).then_some("UPDATE")
        }
    }
}

/// The fields of an event that differ between two states of a record.
pub fn changed(before: &Record, after: &Record) -> Vec<&'static Field> {
    carried(after).filter(|field| before.get(field.name) != after.get(field.name)).collect()
}

/// The same with the stamp of the change, which every update tells even within a second (sheet 9.4).
fn told(before: &Record, after: &Record) -> Vec<&'static Field> {
    let stamp = |field: &Field| field.name == "LastModifiedDate";
    carried(after).filter(|field| stamp(field) || before.get(field.name) != after.get(field.name)).collect()
}

/// Events have neither `IsDeleted` nor `SystemModstamp`, nor what is computed from other fields.
fn carried(record: &Record) -> impl Iterator<Item = &'static Field> {
    let object = record.object;
    let person = object.field("LastName").is_some();
    object.fields.iter().filter(move |field| {
        let computed = field.mirrors.is_some() || (person && field.name == "Name");
        !computed && !matches!(field.name, "Id" | "IsDeleted" | "SystemModstamp")
    })
}

/// What happened to one record in a transaction.
pub struct Happened<'h> {
    pub kind: &'static str,
    /// Which event of the transaction it is.
    pub place: usize,
    pub before: Option<&'h Record>,
    pub after: &'h Record,
}

/// The data of an event.
pub fn data(transaction: &Transaction<'_>, happened: &Happened<'_>, replay: u64) -> Value {
    let Happened { kind, before, after, .. } = *happened;
    let changed = match (kind, before) {
        ("UPDATE", Some(before)) => told(before, after),
        _ => vec![],
    };
    let nulled = changed.iter().filter(|field| after.get(field.name).is_null());
    let mut header = header(transaction, happened);
    header["changedFields"] = changed.iter().map(|field| field.name).collect();
    header["nulledFields"] = nulled.map(|field| field.name).collect();
    let mut payload = Map::from_iter([("ChangeEventHeader".to_owned(), header)]);
    match kind {
        "UPDATE" => payload.extend(changed.iter().map(|field| shown(after, field))),
        "DELETE" => {}
        _ => payload.extend(carried(after).filter(|f| !after.get(f.name).is_null()).map(|field| shown(after, field))),
    }
    json!({"schema": schema_of(after.object.name), "payload": payload, "event": {"replayId": replay}})
}

/// The data of an event that only says that there was a change; where it came from is not known then.
pub fn gap(transaction: &Transaction<'_>, happened: &Happened<'_>, overflow: bool, replay: u64) -> Value {
    let mut header = header(transaction, happened);
    header["changeType"] = if overflow { "GAP_OVERFLOW".into() } else { format!("GAP_{}", happened.kind).into() };
    header["changeOrigin"] = "".into();
    if overflow {
        header["recordIds"] = json!([NO_ID]);
    }
    let schema = schema_of(happened.after.object.name);
    json!({"schema": schema, "payload": {"ChangeEventHeader": header}, "event": {"replayId": replay}})
}

/// The id that names no record.
const NO_ID: &str = "000000000000000AAA";

fn header(transaction: &Transaction<'_>, happened: &Happened<'_>) -> Value {
    json!({
        "entityName": happened.after.object.name,
        "recordIds": [happened.after.id.as_str()],
        "changeType": happened.kind,
        "changeOrigin": transaction.origin,
        "transactionKey": transaction.key,
        "sequenceNumber": happened.place,
        "commitTimestamp": transaction.at.as_millisecond(),
        "commitNumber": transaction.number,
        "commitUser": happened.after.get("LastModifiedById"),
        "changedFields": [],
        "nulledFields": [],
        "diffFields": [],
    })
}

fn shown(record: &Record, field: &Field) -> (String, Value) {
    (field.name.to_owned(), value(field.kind, &record.get(field.name)))
}

/// Moments end in `Z` in events (sheet 9.4).
pub fn value(kind: Kind, value: &Value) -> Value {
    match (kind, value.as_str().and_then(|text| text.strip_suffix("+0000"))) {
        (Kind::Moment, Some(text)) => format!("{text}Z").into(),
        _ => value.clone(),
    }
}

/// A schema's id: 22 characters that only its own object has.
pub fn schema_of(object: &str) -> String {
    let text = digest::base64(&digest::hmac(b"schema", object.as_bytes()));
    text.replace('+', "-").replace('/', "_")[..22].to_owned()
}

/// 36 characters in the shape of a UUID, from what the event is.
pub fn uuid(what: &str) -> String {
    let hex = digest::hex(what.as_bytes());
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}
