//! `query?columns=true`: what the columns of a query are, without its rows (sheet 3.3).

use serde_json::{Value, json};

use super::super::schema::{Field, Kind};
use super::super::soql::{Column, Groups, Part, Plan, Shown, target_of};

pub fn columns(plan: &Plan) -> Value {
    let (columns, grouped) = match &plan.shown {
        Shown::Total => (vec![function("count()", "count()")], false),
        Shown::Groups(groups) => (grouped(groups), !groups.keys.is_empty()),
        Shown::Rows(parts) => (of_parts(parts), false),
    };
    let id_selected = columns.iter().any(|column| column["columnName"] == "Id");
    json!({
        "columnMetadata": columns,
        "entityName": plan.object.name,
        "groupBy": grouped,
        "idSelected": id_selected,
        "keyPrefix": plan.object.prefix,
    })
}

fn of_parts(parts: &[Part]) -> Vec<Value> {
    let mut columns = Vec::new();
    for part in parts {
        match part {
            Part::Column(column) => put(&mut columns, column, &column.hops),
            Part::Children { name, plan, .. } => {
                let inner = match &plan.shown {
                    Shown::Rows(parts) => of_parts(parts),
                    Shown::Total | Shown::Groups(_) => Vec::new(),
                };
                columns.push(nesting(name, plan.object.name.ends_with("__c"), true, inner));
            }
        }
    }
    columns
}

/// Columns of parents stand in the column of their relationship.
fn put(columns: &mut Vec<Value>, column: &Column, hops: &[&'static Field]) {
    let Some((hop, rest)) = hops.split_first() else {
        columns.push(plain(column.leaf));
        return;
    };
    let name = hop.relationship.unwrap_or(hop.name);
    let place = columns.iter().position(|known| known["columnName"] == name).unwrap_or_else(|| {
        let mut parent = nesting(name, hop.custom(), false, Vec::new());
        parent["foreignKeyName"] = hop.name.into();
        parent["apexType"] = target_of(hop).name.into();
        columns.push(parent);
        columns.len() - 1
    });
    if let Some(Value::Array(inner)) = columns[place].get_mut("joinColumns").map(Value::take) {
        let mut inner = inner;
        put(&mut inner, column, rest);
        columns[place]["joinColumns"] = inner.into();
    }
}

fn plain(field: &Field) -> Value {
    let boolean = field.kind == Kind::Boolean;
    let number = field.kind.numeric();
    json!({
        "aggregate": false,
        "apexType": apex_type(field.kind),
        "booleanType": boolean,
        "columnName": field.name,
        "custom": field.custom(),
        "displayName": field.name,
        "foreignKeyName": null,
        "insertable": field.createable,
        "joinColumns": [],
        "numberType": number,
        "textType": field.kind.textual(),
        "updatable": field.updateable,
    })
}

fn nesting(name: &str, custom: bool, aggregate: bool, columns: Vec<Value>) -> Value {
    json!({
        "aggregate": aggregate,
        "apexType": null,
        "booleanType": false,
        "columnName": name,
        "custom": custom,
        "displayName": name,
        "foreignKeyName": null,
        "insertable": false,
        "joinColumns": columns,
        "numberType": false,
        "textType": false,
        "updatable": false,
    })
}

/// A sum; `display` is the function as it was written, such as `count(Id)`.
fn function(name: &str, display: &str) -> Value {
    let mut column = nesting(name, false, true, Vec::new());
    column["displayName"] = display.into();
    column
}

fn grouped(groups: &Groups) -> Vec<Value> {
    let one = |(name, place): &(String, usize)| match groups.keys.get(*place) {
        Some(key) if *name == key.leaf.name => plain(key.leaf),
        Some(key) => {
            let mut column = plain(key.leaf);
            column["displayName"] = name.as_str().into();
            column["columnName"] = name.as_str().into();
            column
        }
        None => function(name, &groups.measures[place - groups.keys.len()].written()),
    };
    groups.shown.iter().map(one).collect()
}

fn apex_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference(_) => "Id",
        Kind::Boolean => "Boolean",
        Kind::Day => "Date",
        Kind::Moment => "Datetime",
        Kind::Number(..) | Kind::Currency(..) => "Double",
        Kind::Int(_) => "Integer",
        _ => "String",
    }
}
