//! Records with their children in one call, all of them or none (sheet 7.4).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::super::id::Id;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema::{self, Object};
use super::object_named;
use super::route::Visit;

const RECORDS: usize = 200;
const LEVELS: usize = 5;
const TYPES: usize = 5;

/// One record of a tree.
struct Node {
    name: String,
    object: &'static Object,
    fields: Map<String, Value>,
    /// The node above, and the field that points at it.
    parent: Option<(usize, &'static str)>,
}

pub fn create(visit: &mut Visit<'_>, object: &str) -> Result<Reply, Refusal> {
    let object = object_named(object)?;
    let mut body = visit.call.json_object()?;
    let mut nodes = Vec::new();
    gather(&mut nodes, body.remove("records"), object, None, 1)?;
    check(&nodes)?;
    let start = visit.state.org.savepoint();
    let mut made: Vec<Option<Id>> = Vec::with_capacity(nodes.len());
    let mut errors = Vec::new();
    for node in &nodes {
        match write(visit, node, &made) {
            Some(Ok(id)) => made.push(Some(id)),
            Some(Err(refusal)) => {
                errors.push(json!({"referenceId": node.name, "errors": [refusal.as_item()]}));
                made.push(None);
            }
            None => made.push(None),
        }
    }
    if !errors.is_empty() {
        visit.state.org.go_back(start);
        return Ok(Reply::with(400, json!({"hasErrors": true, "results": errors})));
    }
    visit.state.org.keep(start);
    let told = |(node, id): (&Node, &Option<Id>)| json!({"referenceId": node.name, "id": id.as_ref().map(Id::as_str)});
    let results: Vec<Value> = nodes.iter().zip(&made).map(told).collect();
    Ok(Reply::with(201, json!({"hasErrors": false, "results": results})))
}

/// A child of what could not be made is not tried; only the failures are told.
fn write(visit: &mut Visit<'_>, node: &Node, made: &[Option<Id>]) -> Option<Result<Id, Refusal>> {
    let mut fields = node.fields.clone();
    if let Some((above, field)) = node.parent {
        fields.insert(field.into(), made.get(above)?.as_ref()?.as_str().into());
    }
    let done = visit.state.writer(visit.call, visit.now).create(node.object, &fields);
    if done.is_ok() {
        visit.state.org.count("create", node.object);
    }
    Some(done)
}

/// Parents stand before their children.
fn gather(
    nodes: &mut Vec<Node>,
    records: Option<Value>,
    object: &'static Object,
    parent: Option<(usize, &'static str)>,
    level: usize,
) -> Result<(), Refusal> {
    let Some(Value::Array(records)) = records else {
        return Err(Refusal::unreadable("The request is missing the property `records`"));
    };
    if level > LEVELS {
        return Err(Refusal::new("INVALID_INPUT", format!("The tree must not have more than {LEVELS} levels")));
    }
    for record in records {
        let Value::Object(mut fields) = record else { return Err(Refusal::unreadable("a record must be an object")) };
        let attributes = fields.remove("attributes").unwrap_or_default();
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !text("type").eq_ignore_ascii_case(object.name) {
            let message = format!("The type in the attributes must be {}: {}", object.name, text("type"));
            return Err(Refusal::new("INVALID_INPUT", message));
        }
        let below = children(object, &mut fields);
        nodes.push(Node { name: text("referenceId"), object, fields, parent });
        let place = nodes.len() - 1;
        for (child, field, mut records) in below {
            gather(nodes, records.get_mut("records").map(Value::take), child, Some((place, field)), level + 1)?;
        }
    }
    Ok(())
}

/// Takes the children out of a record's fields.
fn children(object: &'static Object, fields: &mut Map<String, Value>) -> Vec<(&'static Object, &'static str, Value)> {
    let is_list = |value: &Value| value.get("records").is_some();
    let names: Vec<String> = fields.iter().filter(|(_, value)| is_list(value)).map(|(name, _)| name.clone()).collect();
    let mut found = Vec::new();
    for name in names {
        let known = schema::children_of(object)
            .find(|(_, field)| field.children.is_some_and(|children| children.eq_ignore_ascii_case(&name)));
        // An unknown name stays among the fields, where it is refused.
        if let Some((child, field)) = known {
            found.extend(fields.remove(&name).map(|records| (child, field.name, records)));
        }
    }
    found
}

fn check(nodes: &[Node]) -> Result<(), Refusal> {
    let wrong = |message: String| Err(Refusal::new("INVALID_INPUT", message));
    if nodes.len() > RECORDS {
        return wrong(format!("The number of records must not exceed {RECORDS}"));
    }
    if nodes.iter().map(|node| node.object.name).collect::<HashSet<_>>().len() > TYPES {
        return wrong(format!("The number of types must not exceed {TYPES}"));
    }
    if nodes.iter().any(|node| node.name.is_empty()) {
        return wrong("Every record needs a referenceId".into());
    }
    match nodes.iter().map(|node| node.name.as_str()).collect::<HashSet<_>>().len() == nodes.len() {
        true => Ok(()),
        false => wrong("The reference ids of records must be unique".into()),
    }
}
