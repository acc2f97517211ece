//! `@{ref.field}` in a composite: what an earlier part answered, put into a later one (sheet 7.1).

use serde_json::{Map, Value};

use super::super::refusal::Refusal;

/// Fills in all references in the texts of a value.
pub fn fill(value: &Value, answers: &Map<String, Value>) -> Result<Value, Refusal> {
    match value {
        Value::String(text) => match text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}')) {
            // A reference alone keeps the type of what it names, null included.
            Some(path) if !path.contains("@{") => named(path, answers).cloned(),
            _ => fill_text(text, answers).map(Value::String),
        },
        Value::Array(items) => items.iter().map(|item| fill(item, answers)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill(value, answers)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        other => Ok(other.clone()),
    }
}

/// Fills in all references in one text.
pub fn fill_text(text: &str, answers: &Map<String, Value>) -> Result<String, Refusal> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        let Some((path, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match named(path, answers)? {
            Value::String(text) => filled.push_str(text),
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn named<'a>(path: &str, answers: &'a Map<String, Value>) -> Result<&'a Value, Refusal> {
    let name: String = path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let steps = path[name.len()..].replace('[', ".").replace(']', "");
    let pointer = steps.replace('.', "/");
    answers.get(&name).and_then(|answer| answer.pointer(&pointer)).ok_or_else(|| {
        let field = steps.trim_start_matches('.');
        let message = format!("Invalid reference specified. No value for {name}.{field} found in {name}");
        Refusal::new("PROCESSING_HALTED", message)
    })
}
