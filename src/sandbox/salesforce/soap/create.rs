//! `create`: up to 200 records, and the e-mails that `EmailHeader` asks for (sheets 10.2, 13.2).

use serde_json::{Map, Value};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::schema::{self, Object};
use super::super::xml::{Element, escape};
use super::Visit;
use super::envelope::Fault;

const MOST: usize = 200;

pub fn create(visit: &mut Visit<'_>) -> Result<String, Fault> {
    let operation = visit.message.operation.clone();
    let records: Vec<&Element> = operation.children.iter().filter(|child| child.name == "sObjects").collect();
    if records.len() > MOST {
        let message = format!("create: can not create more than {MOST} records at a time");
        return Err(Fault::new("EXCEEDED_MAX_SOBJECTS_OPERATION", message));
    }
    let start = visit.state.org.savepoint();
    let results: Vec<_> = records.into_iter().map(|record| create_one(visit, record)).collect();
    let roll_back = visit.message.all_or_none && results.iter().any(Result::is_err);
    if roll_back {
        visit.state.org.go_back(start);
    } else {
        visit.state.org.keep(start);
        if visit.message.user_email {
            results.iter().flatten().for_each(|id| send_mail(visit, id));
        }
    }
    let shown: String = results.iter().map(|result| shown(result, roll_back)).collect();
    Ok(format!("<createResponse>{shown}</createResponse>"))
}

fn create_one(visit: &mut Visit<'_>, record: &Element) -> Result<Id, Refusal> {
    let object = object(record)?;
    let fields = fields(object, record);
    let mut writer = visit.state.writer_with(visit.message.assign.clone(), visit.now);
    let id = writer.create(object, &fields)?;
    visit.state.org.count("create", object);
    Ok(id)
}

/// The partner API names the type in an element, the enterprise API in `xsi:type`.
fn object(record: &Element) -> Result<&'static Object, Refusal> {
    let name = record.text_of("type").or(record.kind.as_deref()).unwrap_or_default().trim();
    let object = schema::find_object(name).filter(|object| object.listed);
    object.ok_or_else(|| Refusal::about("INVALID_TYPE", format!("sObject type '{name}' is not supported."), &[]))
}

/// `fieldsToNull` is ignored, a new record has nothing to lose; an element with elements in it is a reference by key.
pub fn fields(object: &Object, record: &Element) -> Map<String, Value> {
    let own = record.children.iter().filter(|child| !matches!(child.name.as_str(), "type" | "fieldsToNull"));
    let mut fields = Map::new();
    for child in own.filter(|child| !(child.name == "Id" && child.text.is_empty())) {
        let value = match object.relationship(&child.name).filter(|_| !child.children.is_empty()) {
            Some(_) => child.children.iter().filter(|part| part.name != "type").map(text).collect::<Map<_, _>>().into(),
            None if child.nil => Value::Null,
            None => Value::String(child.text.clone()),
        };
        fields.insert(child.name.clone(), value);
    }
    fields
}

fn text(part: &Element) -> (String, Value) {
    (part.name.clone(), part.text.clone().into())
}

/// A comment that wants its contact told does so only together with the header (sheet 10.2).
fn send_mail(visit: &mut Visit<'_>, id: &Id) {
    let org = &visit.state.org;
    let comment = org.get(id).filter(|record| record.is("IsNotificationSelected"));
    let case = comment.and_then(|comment| comment.pointer("ParentId")).and_then(|case| org.get(&case));
    let contact = case.and_then(|case| case.pointer("ContactId")).and_then(|contact| org.get(&contact));
    let address = contact.and_then(|contact| contact.text("Email")).map(str::to_owned);
    if let Some(address) = address {
        visit.state.mails.push((address, id.clone()));
    }
}

fn shown(result: &Result<Id, Refusal>, rolled_back: bool) -> String {
    match result {
        Ok(id) if !rolled_back => format!("<result><id>{id}</id><success>true</success></result>"),
        Ok(_) => failed(&Refusal::rolled_back()),
        Err(refusal) => failed(refusal),
    }
}

pub fn failed(refusal: &Refusal) -> String {
    let fields = refusal.fields.iter().flatten();
    let fields: String = fields.map(|field| format!("<fields>{}</fields>", escape(field))).collect();
    format!(
        "<result><errors>{fields}<message>{}</message><statusCode>{}</statusCode></errors>\
         <id xsi:nil=\"true\"/><success>false</success></result>",
        escape(&refusal.message),
        refusal.code
    )
}
