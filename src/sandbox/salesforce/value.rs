//! Checks one value that a client wants in a field, and says what will be stored (sheets 3.2, 6.3).

use jiff::tz::TimeZone;
use serde_json::Value;

use super::digest;
use super::id::Id;
use super::moment;
use super::refusal::Refusal;
use super::schema::{self, Choice, Field, Kind, Object};
use super::switches::Switches;

/// The value as it is stored. An empty text is no value.
pub fn stored(object: &Object, field: &Field, value: &Value, switches: &Switches) -> Result<Value, Refusal> {
    match (field.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (Kind::Boolean, Value::Bool(_)) => Ok(value.clone()),
        (Kind::Boolean, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
            Ok((text == "true").into())
        }
        (Kind::Boolean, _) => Err(wrong_type("boolean", value)),
        (Kind::Number(digits, scale) | Kind::Currency(digits, scale), _) => number(field, digits, scale, value),
        (Kind::Int(digits), _) => number(field, digits, 0, value),
        (_, Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (Kind::Day, Value::String(text)) => Ok(moment::read_day(text).ok_or_else(|| wrong_type("date", value))?.into()),
        (Kind::Moment, Value::String(text)) => {
            Ok(moment::read(text).ok_or_else(|| wrong_type("datetime", value))?.into())
        }
        (Kind::Base64, Value::String(text)) => match digest::from_base64(text) {
            Some(_) => Ok(value.clone()),
            None => Err(wrong_type("base64Binary", value)),
        },
        (Kind::Reference(targets), Value::String(text)) => reference(field, targets, text),
        // The platform drops the spaces around what is typed; only e-mails show it here.
        (Kind::Email(_), Value::String(text)) if text.trim() != text => {
            stored(object, field, &text.trim().into(), switches)
        }
        (kind, Value::String(text)) => {
            fits(field, kind, text, switches)?;
            check_words(object, field, text, switches)?;
            Ok(value.clone())
        }
        (_, _) => Err(wrong_type("string", value)),
    }
}

fn fits(field: &Field, kind: Kind, text: &str, switches: &Switches) -> Result<(), Refusal> {
    let in_bytes = matches!(kind, Kind::Bytes(_)) && !switches.comment_in_characters;
    let length = if in_bytes { text.len() } else { text.chars().count() };
    if length <= kind.length() {
        return Ok(());
    }
    let message = format!("{}: data value too large: {} (max length={})", field.name, text, kind.length());
    Err(Refusal::about("STRING_TOO_LONG", message, &[field.name]))
}

fn check_words(object: &Object, field: &Field, text: &str, switches: &Switches) -> Result<(), Refusal> {
    match field.kind {
        Kind::Picklist(_, choices) if field.restricted || switches.restricts(object.name, field.name) => {
            listed(field, choices, text)
        }
        Kind::MultiPicklist(_, choices) => text.split(';').try_for_each(|value| listed(field, choices, value)),
        _ if field.name == "TimeZoneSidKey" && TimeZone::get(text).is_err() => Err(not_listed(field, text)),
        Kind::Email(_) if !is_email(text) => {
            let message = format!("{}: invalid email address: {}", field.name, text);
            Err(Refusal::about("INVALID_EMAIL_ADDRESS", message, &[field.name]))
        }
        _ => Ok(()),
    }
}

fn listed(field: &Field, choices: &[Choice], text: &str) -> Result<(), Refusal> {
    if choices.iter().any(|(known, _)| *known == text) {
        return Ok(());
    }
    Err(not_listed(field, text))
}

fn not_listed(field: &Field, text: &str) -> Refusal {
    let message = format!("{}: bad value for restricted picklist field: {}", field.name, text);
    Refusal::about("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[field.name])
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_ok = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label_ok = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    local_ok && domain.contains('.') && domain.split('.').all(label_ok)
}

fn reference(field: &Field, targets: &[&str], text: &str) -> Result<Value, Refusal> {
    let id = Id::parse(text).ok_or_else(|| {
        let message = format!("{}: id value of incorrect type: {}", field.label(), text);
        Refusal::about("MALFORMED_ID", message, &[field.name])
    })?;
    if schema::object_of(id.prefix()).is_some_and(|object| targets.contains(&object.name)) {
        return Ok(id.to_string().into());
    }
    let message = format!("{}: id value of incorrect type: {}", field.label(), text);
    Err(Refusal::about("MALFORMED_ID", message, &[field.name]))
}

/// Decimals beyond the scale are rounded; digits beyond the precision are refused.
fn number(field: &Field, digits: usize, scale: usize, value: &Value) -> Result<Value, Refusal> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let number = number.filter(|n: &f64| n.is_finite()).ok_or_else(|| wrong_type("double", value))?;
    let shift = 10f64.powi(scale as i32);
    let rounded = (number * shift).round() / shift;
    if rounded.abs() >= 10f64.powi((digits - scale) as i32) {
        let message = format!("{}: value outside of valid range on numeric field: {value}", field.name);
        return Err(Refusal::about("NUMBER_OUTSIDE_VALID_RANGE", message, &[field.name]));
    }
    Ok(rounded.into())
}

fn wrong_type(wanted: &str, value: &Value) -> Refusal {
    let (token, said) = match value {
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Bool(b) => (if *b { "VALUE_TRUE" } else { "VALUE_FALSE" }, b.to_string()),
        Value::Number(n) if n.is_f64() => ("VALUE_NUMBER_FLOAT", n.to_string()),
        Value::Number(n) => ("VALUE_NUMBER_INT", n.to_string()),
        Value::Array(_) => ("START_ARRAY", "[".into()),
        Value::Object(_) | Value::Null => ("START_OBJECT", "{".into()),
    };
    Refusal::unreadable(format!(
        "Cannot deserialize instance of {wanted} from {token} value {said} or request may be missing a required field"
    ))
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_apostrophe_is_part_of_a_name_and_a_space_is_not() {
        assert!(is_email("pat.o'hara@acme.test"));
        for text in ["ann", "ann@", "@acme.test", "an n@acme.test", "ann@acme", "a@b@acme.test", "ann@acme..test"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
