//! Puts the wanted fields of an object together.

use serde_json::{Map, Value, json};

use super::reader::Reader;
use super::row::Row;

/// An object with the fields at these paths.
pub fn show<'a>(row: Row<'a>, reader: &Reader<'a>, paths: &[String]) -> Value {
    let mut item = blank(row);
    for path in paths {
        place(&mut item, row, reader, path);
    }
    Value::Object(item)
}

/// A whole object, as `SELECT *` and the single-object calls show it.
pub fn object<'a>(row: Row<'a>, reader: &Reader<'a>) -> Value {
    let mut item = blank(row);
    for path in row.shape().fields().star() {
        place(&mut item, row, reader, path);
    }
    Value::Object(item)
}

fn blank(row: Row<'_>) -> Map<String, Value> {
    let kind = row.shape().fields().kind;
    Map::from_iter([("type".to_owned(), json!(kind))])
}

fn place<'a>(item: &mut Map<String, Value>, row: Row<'a>, reader: &Reader<'a>, path: &str) {
    let fields = row.shape().fields();
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    if fields.one(head).is_some() {
        if let Some(inside) = row.one(reader, head) {
            place_one(item, inside, reader, head, rest);
        }
    } else if fields.many.iter().any(|(many, _)| *many == head) {
        let many = entry(item, head);
        match rest {
            None => many.insert("query".into(), row.stub(head).into()),
            Some(function) => many.insert(name(function), nested(function, row.function(reader, head))),
        };
    } else {
        item.insert(head.to_owned(), row.value(reader, head));
    }
}

fn place_one<'a>(item: &mut Map<String, Value>, row: Row<'a>, reader: &Reader<'a>, head: &str, rest: Option<&str>) {
    let fields = row.shape().fields();
    let inside = entry(item, head);
    inside.entry("type").or_insert_with(|| json!(fields.kind));
    match rest {
        Some(rest) => place(inside, row, reader, rest),
        None => fields.brief.split(' ').for_each(|brief| place(inside, row, reader, brief)),
    }
}

fn entry<'m>(item: &'m mut Map<String, Value>, name: &str) -> &'m mut Map<String, Value> {
    let slot = item.entry(name).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("an object was just put there")
}

/// `count(*)` is shown as `count`.
fn name(function: &str) -> String {
    function.split('(').next().unwrap_or(function).to_owned()
}

/// `sum(weight)` is shown as `{"sum": {"weight": n}}`, `count(*)` as `{"count": n}` (sheet 4.4).
fn nested(function: &str, result: Value) -> Value {
    match function.split_once('(').map(|(_, of)| of.trim_end_matches(')')) {
        None | Some("*") => result,
        Some(of) => json!({ of: result }),
    }
}
