//! Takes from a value what a selection names: aliases, inline fragments and named ones included.

use std::collections::HashMap;

use graphql_parser::query::{FragmentDefinition, Selection, SelectionSet, TypeCondition};
use serde_json::{Map, Value, json};

/// The named fragments of a document.
pub type Fragments<'q> = HashMap<&'q str, &'q FragmentDefinition<'q, &'q str>>;

/// So deep selections may stand in each other.
const DEEPEST: usize = 20;

/// The selected parts of a value, or what is wrong with the selection.
pub fn project<'q>(
    value: &Value,
    wanted: &'q SelectionSet<'q, &'q str>,
    fragments: &Fragments<'q>,
    depth: usize,
) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("the selection is too deep".into());
    }
    match value {
        Value::Array(all) => all.iter().map(|one| project(one, wanted, fragments, depth)).collect(),
        Value::Object(object) => {
            let mut shown = Map::new();
            select(object, wanted, fragments, depth, &mut shown)?;
            Ok(Value::Object(shown))
        }
        Value::Null => Ok(Value::Null),
        _ => Err("a plain value has no fields".into()),
    }
}

fn select<'q>(
    object: &Map<String, Value>,
    wanted: &'q SelectionSet<'q, &'q str>,
    fragments: &Fragments<'q>,
    depth: usize,
    shown: &mut Map<String, Value>,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("the selection is too deep".into());
    }
    for selection in &wanted.items {
        match selection {
            Selection::Field(field) => {
                let value = object.get(field.name).ok_or_else(|| undefined(field.name, object))?;
                let value = match field.selection_set.items.is_empty() {
                    true if value.is_object() => return Err(format!("`{}` needs a selection", field.name)),
                    true => value.clone(),
                    false => project(value, &field.selection_set, fragments, depth + 1)?,
                };
                shown.insert(field.alias.unwrap_or(field.name).to_owned(), value);
            }
            Selection::InlineFragment(inner) => {
                if fits(inner.type_condition.as_ref(), object) {
                    select(object, &inner.selection_set, fragments, depth + 1, shown)?;
                }
            }
            Selection::FragmentSpread(spread) => {
                let fragment = fragments.get(spread.fragment_name).ok_or("an unknown fragment")?;
                if fits(Some(&fragment.type_condition), object) {
                    select(object, &fragment.selection_set, fragments, depth + 1, shown)?;
                }
            }
        }
    }
    Ok(())
}

fn undefined(name: &str, object: &Map<String, Value>) -> String {
    let kind = object.get("__typename").and_then(Value::as_str).unwrap_or("Query");
    format!("Validation error: Field '{}' in type '{kind}' is undefined", name.chars().take(100).collect::<String>())
}

/// `Error` is what all typed errors have in common (sheet 12.2).
fn fits<'q>(condition: Option<&TypeCondition<'q, &'q str>>, object: &Map<String, Value>) -> bool {
    let Some(TypeCondition::On(wanted)) = condition else { return true };
    let kind = object.get("__typename").and_then(Value::as_str).unwrap_or_default();
    kind == *wanted || (*wanted == "Error" && kind.ends_with("Error"))
}

/// A typed error in the answer of a mutation.
pub fn denied(message: &str) -> Value {
    json!({ "__typename": "PermissionDeniedError", "message": message, "fields": null })
}
