//! Edits as a person at the org would make them, from the entries of a scene file; all of them or none.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::id::Id;
use super::refusal::Refusal;
use super::schema::{self, Object};
use super::state::State;

/// The lists that may be edited, in the order in which they are applied: a case may name a contact of the same edit.
const LISTS: &[(&str, &str)] = &[
    ("accounts", "Account"),
    ("contacts", "Contact"),
    ("users", "User"),
    ("cases", "Case"),
    ("comments", "CaseComment"),
    ("community_users", "Community_User__c"),
    ("postback_comments", "Postback_Comment__c"),
    ("private_messages", "Private_Message__c"),
];

/// Keys of an entry that are not fields of the record.
const WORDS: &[&str] = &["id", "fields", "by", "deleted", "undeleted", "merged_into", "case", "body", "is_published"];

/// Applies all entries and tells the ids, list by list.
pub fn apply(state: &mut State, entries: &Value, now: Timestamp) -> Result<Value, String> {
    let entries = entries.as_object().ok_or("an edit is a JSON object of lists")?;
    if let Some(name) = entries.keys().find(|name| !LISTS.iter().any(|(known, _)| known == name)) {
        let known: Vec<_> = LISTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("unknown list `{name}`; known are {}", known.join(", ")));
    }
    let start = state.org.savepoint();
    let result = apply_lists(state, entries, now);
    match &result {
        Ok(_) => state.org.keep(start),
        Err(_) => state.org.go_back(start),
    }
    result
}

fn apply_lists(state: &mut State, entries: &Map<String, Value>, now: Timestamp) -> Result<Value, String> {
    let mut done = Map::new();
    for (list, object) in LISTS {
        let Some(entries) = entries.get(*list) else { continue };
        let entries = entries.as_array().ok_or(format!("`{list}` must be a list"))?;
        let mut ids = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            let id = apply_entry(state, schema::object(object), entry, now);
            ids.push(shown(state, id.map_err(|why| format!("{list}[{place}]: {why}"))?));
        }
        done.insert((*list).into(), ids.into());
    }
    Ok(done.into())
}

fn shown(state: &State, id: Id) -> Value {
    match state.org.get(&id).and_then(|record| record.text("CaseNumber")) {
        Some(number) => json!({"id": id.as_str(), "number": number}),
        None => json!({"id": id.as_str()}),
    }
}

fn apply_entry(state: &mut State, object: &'static Object, entry: &Value, now: Timestamp) -> Result<Id, String> {
    let entry = entry.as_object().ok_or("an entry is a JSON object")?;
    let fields = fields_of(state, object, entry)?;
    let by = match entry.get("by").and_then(Value::as_str) {
        Some(username) => find_user(state, username)?,
        None => state.residents.agent.clone(),
    };
    let said = |word: &str| entry.get(word) == Some(&Value::Bool(true));
    let known = entry.get("id").map(|id| find_record(state, object, id)).transpose()?;
    let mut writer = state.person(by, now);
    let told = |refusal: Refusal| format!("{}: {}", refusal.code, refusal.message);
    let id = match known {
        Some(id) => {
            if said("undeleted") && writer.org.live(&id).is_none() {
                writer.undelete(&id).map_err(told)?;
            }
            if !fields.is_empty() {
                writer.update(object, &id, &fields).map_err(told)?;
            }
            id
        }
        None => writer.create(object, &fields).map_err(told)?,
    };
    if let Some(survivor) = entry.get("merged_into").and_then(Value::as_str) {
        let survivor = Id::parse(survivor).ok_or(format!("`merged_into` is no id: `{survivor}`"))?;
        writer.merge(&id, &survivor).map_err(told)?;
    }
    if said("deleted") {
        writer.delete(&id).map_err(told)?;
    }
    Ok(id)
}

/// Fields stand under `fields` or, with their capital letter, in the entry itself.
fn fields_of(state: &State, object: &Object, entry: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut fields = match entry.get("fields") {
        None => Map::new(),
        Some(fields) => fields.as_object().ok_or("`fields` must be an object")?.clone(),
    };
    for (name, value) in entry.iter().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Err(format!(
                "unknown key `{name}`; known are {} and the fields of {}",
                WORDS.join(", "),
                object.name
            ));
        }
        fields.insert(name.clone(), value.clone());
    }
    if object.name == "CaseComment" {
        for (word, field) in [("body", "CommentBody"), ("is_published", "IsPublished")] {
            fields.extend(entry.get(word).map(|value| (field.to_owned(), value.clone())));
        }
        if let Some(case) = entry.get("case").filter(|_| !entry.contains_key("id")) {
            fields.insert("ParentId".into(), find_case(state, case)?.as_str().into());
        }
    }
    Ok(fields)
}

fn find_record(state: &State, object: &Object, id: &Value) -> Result<Id, String> {
    if object.name == "Case" {
        return find_case(state, id);
    }
    let known =
        id.as_str().and_then(Id::parse).filter(|id| state.org.get(id).is_some_and(|r| r.object.name == object.name));
    known.ok_or_else(|| format!("there is no {} with id {id}", object.name))
}

/// A case by its id or its number.
fn find_case(state: &State, wanted: &Value) -> Result<Id, String> {
    let object = schema::object("Case");
    let text = wanted.as_str().unwrap_or_default();
    let by_id = Id::parse(text).and_then(|id| state.org.get(&id)).filter(|record| record.object.name == "Case");
    let number = object.field("CaseNumber");
    let by_number = || number.and_then(|field| state.org.with_value(object, field, text).first().copied());
    by_id.or_else(by_number).map(|case| case.id.clone()).ok_or_else(|| format!("there is no Case with id {wanted}"))
}

fn find_user(state: &State, username: &str) -> Result<Id, String> {
    let object = schema::object("User");
    let users = object.field("Username").map(|field| state.org.with_value(object, field, username));
    let user = users.into_iter().flatten().next();
    user.map(|user| user.id.clone()).ok_or_else(|| format!("there is no User with Username `{username}`"))
}
