//! `delete`, `undelete` and `merge`, which only SOAP and people can do all of (sheets 3.2, 10.1).

use serde_json::Value;

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::schema;
use super::super::xml::Element;
use super::Visit;
use super::create::{failed, fields};
use super::envelope::Fault;

/// So many records in one call, and so many that go into one other.
const MOST: usize = 200;
const MERGED: usize = 2;

pub fn delete(visit: &mut Visit<'_>) -> Result<String, Fault> {
    each_id(visit, "delete", |visit, id| {
        let mut writer = visit.state.writer_with(visit.message.assign.clone(), visit.now);
        writer.delete(id)
    })
}

pub fn undelete(visit: &mut Visit<'_>) -> Result<String, Fault> {
    each_id(visit, "undelete", |visit, id| {
        let mut writer = visit.state.writer_with(visit.message.assign.clone(), visit.now);
        writer.undelete(id)
    })
}

fn each_id(
    visit: &mut Visit<'_>,
    verb: &str,
    write: impl Fn(&mut Visit<'_>, &Id) -> Result<(), Refusal>,
) -> Result<String, Fault> {
    let ids = texts(&visit.message.operation, "ids");
    few(verb, ids.len())?;
    let start = visit.state.org.savepoint();
    let results: Vec<_> = ids
        .iter()
        .map(|text| {
            let id = read(text)?;
            write(visit, &id)?;
            let object = visit.state.org.get(&id).map(|record| record.object);
            object.into_iter().for_each(|object| visit.state.org.count(verb, object));
            Ok(id)
        })
        .collect();
    let roll_back = visit.message.all_or_none && results.iter().any(Result::is_err);
    if roll_back {
        visit.state.org.go_back(start);
    } else {
        visit.state.org.keep(start);
    }
    let shown: String = results
        .iter()
        .map(|result| match result {
            Ok(_) if roll_back => failed(&Refusal::rolled_back()),
            Ok(id) => format!("<result><id>{id}</id><success>true</success></result>"),
            Err(refusal) => failed(refusal),
        })
        .collect();
    Ok(format!("<{verb}Response>{shown}</{verb}Response>"))
}

/// Each request is a transaction: the survivor's new values, and up to two records that go into it.
pub fn merge(visit: &mut Visit<'_>) -> Result<String, Fault> {
    let operation = visit.message.operation.clone();
    // The WSDL calls them `request`, jsforce `mergeRequests`.
    let asked = |child: &&Element| matches!(child.name.as_str(), "request" | "mergeRequests");
    let requests: Vec<&Element> = operation.children.iter().filter(asked).collect();
    few("merge", requests.len())?;
    let shown: String = requests
        .into_iter()
        .map(|request| {
            let start = visit.state.org.savepoint();
            let result = merge_one(visit, request);
            if result.is_ok() {
                visit.state.org.keep(start);
            } else {
                visit.state.org.go_back(start);
            }
            result.unwrap_or_else(|refusal| failed(&refusal))
        })
        .collect();
    Ok(format!("<mergeResponse>{shown}</mergeResponse>"))
}

fn merge_one(visit: &mut Visit<'_>, request: &Element) -> Result<String, Refusal> {
    let missing = |what: &str| Refusal::about("REQUIRED_FIELD_MISSING", format!("{what} is missing"), &[]);
    let master = request.child("masterRecord").ok_or_else(|| missing("masterRecord"))?;
    let survivor = read(master.text_of("Id").ok_or_else(|| missing("the id of masterRecord"))?)?;
    let merged = texts(request, "recordToMergeIds");
    if merged.is_empty() || merged.len() > MERGED {
        let message = format!("1 to {MERGED} records can be merged into one");
        return Err(Refusal::about("INVALID_NUMBER_OF_RECORDS", message, &[]));
    }
    let object = schema::object_of(survivor.prefix()).ok_or_else(|| Refusal::cross_reference(&[]))?;
    let mut values = fields(object, master);
    values.retain(|name, _| !name.eq_ignore_ascii_case("Id"));
    values.extend(texts(master, "fieldsToNull").into_iter().map(|name| (name, Value::Null)));
    let mut writer = visit.state.writer_with(visit.message.assign.clone(), visit.now);
    if !values.is_empty() {
        writer.update(object, &survivor, &values)?;
    }
    let (mut gone, mut moved) = (String::new(), String::new());
    for text in merged {
        let id = read(&text)?;
        for child in writer.merge(&id, &survivor)? {
            moved += &format!("<updatedRelatedIds>{child}</updatedRelatedIds>");
        }
        gone += &format!("<mergedRecordIds>{id}</mergedRecordIds>");
    }
    visit.state.org.count("merge", object);
    Ok(format!("<result><id>{survivor}</id>{gone}<success>true</success>{moved}</result>"))
}

fn texts(element: &Element, name: &str) -> Vec<String> {
    let named = element.children.iter().filter(|child| child.name == name);
    named.map(|child| child.text.trim().to_owned()).collect()
}

fn read(text: &str) -> Result<Id, Refusal> {
    Id::parse(text.trim()).ok_or_else(|| Refusal::about("MALFORMED_ID", format!("bad id {text}"), &["Id"]))
}

fn few(verb: &str, count: usize) -> Result<(), Fault> {
    if count <= MOST {
        return Ok(());
    }
    let message = format!("{verb}: can not {verb} more than {MOST} records at a time");
    Err(Fault::new("EXCEEDED_MAX_SOBJECTS_OPERATION", message))
}
