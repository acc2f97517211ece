//! Records as lines of JSON, for `state export` and back: `{"key":…,"value":…}`.

use serde_json::{Value as Json, json};

use crate::engine::records::{pack, unpack};

/// Records that hold a text as it is; all others hold JSON, that of runs packed.
const TEXTS: [&str; 2] = ["text/", "hint/"];

/// One record as a line says it.
pub fn export(key: &str, bytes: &[u8]) -> Json {
    let text = || Json::String(String::from_utf8_lossy(bytes).into_owned());
    let value = match key {
        key if is_text(key) => text(),
        key if key.starts_with("run/") => unpack(bytes).unwrap_or(Json::Null),
        _ => serde_json::from_slice(bytes).unwrap_or_else(|_| text()),
    };
    json!({ "key": key, "value": value })
}

/// The record that a line says; why it says none, in words.
pub fn import(line: &str) -> Result<(String, Vec<u8>), String> {
    let json: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let key = json["key"].as_str().filter(|key| !key.is_empty()).ok_or("it has no `key`")?;
    let value = json.get("value").ok_or("it has no `value`")?;
    let bytes = match value.as_str() {
        Some(text) if is_text(key) => text.as_bytes().to_vec(),
        _ if key.starts_with("run/") => pack(value),
        _ => value.to_string().into_bytes(),
    };
    Ok((key.to_owned(), bytes))
}

fn is_text(key: &str) -> bool {
    TEXTS.iter().any(|kind| key.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_says_is_the_record_that_it_was_made_from() {
        for (key, bytes) in [
            ("text/1", b"7".to_vec()),
            ("text/2", "a \"quoted\" \u{1F469}\u{200D}\u{1F527} text".into()),
            ("hint/acme/1", b"khoros:message:7".to_vec()),
            ("mem/acme/a.b/khoros:thread:1", br#"{"at":"2026-03-03T09:10:00Z","parked":false}"#.to_vec()),
            ("run/1", pack(&json!({ "id": "1", "facts": [1.5, null] }))),
            ("ours/acme/x", b"true".to_vec()),
            ("tidied/acme", br#""2026-03-03T09:10:00Z""#.to_vec()),
        ] {
            let line = export(key, &bytes).to_string();
            assert_eq!(import(&line), Ok((key.to_owned(), bytes)), "{line}");
        }
    }

    #[test]
    fn what_is_no_record_says_why() {
        for line in ["", "{}", "[]", r#"{"key":""}"#, r#"{"key":"a"}"#, "khoros"] {
            assert!(import(line).is_err(), "{line}");
        }
    }
}
