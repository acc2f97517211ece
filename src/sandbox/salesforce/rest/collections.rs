//! Up to 200 records in one call: create, change, upsert, delete, retrieve (sheet 7.3).

use serde_json::{Map, Value, json};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{self, Object};
use super::super::streaming;
use super::records::Shown;
use super::route::Visit;
use super::{id_of, object_named};
use super::{records, upsert};

/// What became of one record: its object, its id, and for an upsert whether it was made.
type Done = Result<(&'static Object, Id, Option<bool>), Refusal>;

pub fn create(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    each(visit, "create", |visit, object, fields| {
        streaming::spend(visit.state, object, visit.now)?;
        let id = visit.state.writer(visit.call, visit.now).create(object, &fields)?;
        Ok((object, id, None))
    })
}

pub fn update(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    each(visit, "update", |visit, object, mut fields| {
        let key = fields.keys().find(|key| key.eq_ignore_ascii_case("id")).cloned();
        let id = key.and_then(|key| fields.remove(&key));
        let id = id.as_ref().and_then(Value::as_str);
        let missing = || Refusal::about("MISSING_ARGUMENT", "Id not specified in an update call", &[]);
        let id = id_of(object, id.ok_or_else(missing)?)?;
        visit.state.writer(visit.call, visit.now).update(object, &id, &fields)?;
        Ok((object, id, None))
    })
}

/// `PATCH /composite/sobjects/Case/Key__c`: all records are of the object in the path and carry the key.
pub fn upsert(visit: &mut Visit<'_>, object: &str, field: &str) -> Result<Reply, Refusal> {
    let (wanted, field) = records::key(object, field)?;
    each(visit, "upsert", |visit, object, mut fields| {
        if object.name != wanted.name {
            let message = format!("Upsert requires records of one type: {} instead of {}", wanted.name, object.name);
            return Err(Refusal::about("INVALID_TYPE", message, &[]));
        }
        let name = fields.keys().find(|name| name.eq_ignore_ascii_case(field.name)).cloned();
        let key = name.and_then(|name| fields.remove(&name)).and_then(words).filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| upsert::blank(field))?;
        let (id, created) = upsert::write(visit, object, field, &key, fields)?;
        Ok((object, id, Some(created)))
    })
}

fn words(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `DELETE /composite/sobjects?ids=a,b&allOrNone=false`; the objects follow from the ids.
pub fn delete(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let ids = visit.call.parameter("ids").unwrap_or_default();
    let ids: Vec<String> = ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if ids.is_empty() {
        return Err(Refusal::new("MISSING_ARGUMENT", "ids not specified"));
    }
    check_count(ids.len())?;
    let all_or_none = visit.call.parameter("allOrNone").is_some_and(|said| said.eq_ignore_ascii_case("true"));
    together(visit, "delete", all_or_none, ids, |visit, text| {
        let id = Id::parse(&text);
        let object = id.as_ref().and_then(|id| schema::object_of(id.prefix())).filter(|object| object.listed);
        let wrong = || Refusal::about("MALFORMED_ID", format!("bad id {text}"), &["Id"]);
        let (id, object) = id.zip(object).ok_or_else(wrong)?;
        if visit.state.org.get(&id).is_none() {
            return Err(Refusal::cross_reference(&[]));
        }
        visit.state.writer(visit.call, visit.now).delete(&id)?;
        Ok((object, id, None))
    })
}

/// Reads the envelope and writes every record of it.
fn each(
    visit: &mut Visit<'_>,
    verb: &str,
    write: impl Fn(&mut Visit<'_>, &'static Object, Map<String, Value>) -> Done,
) -> Result<Reply, Refusal> {
    let mut body = visit.call.json_object()?;
    let all_or_none = body.get("allOrNone") == Some(&Value::Bool(true));
    let Some(Value::Array(records)) = body.remove("records") else {
        return Err(Refusal::unreadable("The request is missing the property `records`"));
    };
    check_size(&records)?;
    together(visit, verb, all_or_none, records, |visit, record| {
        typed(record).and_then(|(object, fields)| write(visit, object, fields))
    })
}

/// Does something to every item, and takes all back when one failed and the client wants all or none.
fn together<T>(
    visit: &mut Visit<'_>,
    verb: &str,
    all_or_none: bool,
    items: Vec<T>,
    write: impl Fn(&mut Visit<'_>, T) -> Done,
) -> Result<Reply, Refusal> {
    let start = visit.state.org.savepoint();
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        let done = write(visit, item);
        if let Ok((object, _, created)) = &done {
            let verb = match created {
                Some(true) => "create",
                Some(false) => "update",
                None => verb,
            };
            visit.state.org.count(verb, object);
        }
        results.push(done);
    }
    let roll_back = all_or_none && results.iter().any(Result::is_err);
    if roll_back {
        visit.state.org.go_back(start);
    } else {
        visit.state.org.keep(start);
    }
    Ok(Reply::ok(results.iter().map(|result| item(result, roll_back)).collect::<Value>()))
}

fn item(result: &Done, rolled_back: bool) -> Value {
    match result {
        Ok((object, id, created)) if !rolled_back => {
            let errors = streaming::enqueued(object, id.as_str());
            let mut item = json!({"id": id.as_str(), "success": true, "errors": errors});
            if let Some(created) = created {
                item["created"] = (*created).into();
            }
            item
        }
        Ok(_) => json!({"success": false, "errors": [Refusal::rolled_back().as_item()]}),
        Err(refusal) => json!({"success": false, "errors": [refusal.as_item()]}),
    }
}

fn check_count(records: usize) -> Result<(), Refusal> {
    if records <= 200 {
        return Ok(());
    }
    let message = "record limit reached. cannot submit more than 200 records into this call";
    Err(Refusal::new("EXCEEDED_MAX_SOBJECTS", message))
}

/// 200 records, in at most 10 runs of one type (sheet 7.3).
fn check_size(records: &[Value]) -> Result<(), Refusal> {
    check_count(records.len())?;
    let kind = |record: &Value| record.pointer("/attributes/type").cloned();
    let changes = records.windows(2).filter(|pair| kind(&pair[0]) != kind(&pair[1])).count();
    if changes >= 10 {
        let message = "Operation failed due to too many chunks: at most 10 changes of type in one call";
        return Err(Refusal::new("LIMIT_EXCEEDED", message));
    }
    Ok(())
}

fn typed(record: Value) -> Result<(&'static Object, Map<String, Value>), Refusal> {
    let name = record.pointer("/attributes/type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let object = schema::find_object(&name).filter(|object| object.listed);
    let object = object
        .ok_or_else(|| Refusal::about("INVALID_TYPE", format!("sObject type '{name}' is not supported."), &[]))?;
    match record {
        Value::Object(fields) => Ok((object, fields)),
        _ => Err(Refusal::unreadable("a record must be an object")),
    }
}

/// Up to 2,000 records by id, null for those that are not there.
pub fn retrieve(visit: &mut Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let (ids, names) = asked(visit)?;
    if ids.len() > 2_000 {
        return Err(Refusal::new("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 2000 ids"));
    }
    let fields = records::chosen(object, Some(&names))?;
    let (org, fields, root) = (&visit.state.org, &*fields, &*visit.root());
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        let record = org.live(&id_of(object, id)?);
        rows.push(record.map(|record| Shown { org, record, fields, root }));
    }
    Ok(Reply::written(&rows))
}

/// Ids and fields, from the URL or from the body.
fn asked(visit: &Visit<'_>) -> Result<(Vec<String>, String), Refusal> {
    if visit.call.method == "GET" {
        let list = visit.call.parameter("ids").unwrap_or_default();
        let ids = list.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        return Ok((ids, visit.call.parameter("fields").unwrap_or_default().to_owned()));
    }
    let body = visit.call.json_object()?;
    let list = |name: &str| -> Vec<String> {
        let values = body.get(name).and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Ok((list("ids"), list("fields").join(",")))
}
