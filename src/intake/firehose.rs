//! Batches of an Aurora community's stream (Khoros sheet 10.4). Names and fields of its events are not documented, so where
//! ids stand is a setting; what holds none is left to the polls.

use serde_json::Value as Json;

use super::{Unreadable, hint};
use crate::hint::Hint;

/// Where a message's id may stand in an event, unless the configuration says otherwise (inferred).
pub const MESSAGE_IDS: [&str; 6] =
    ["message.uid", "message.id", "message_uid", "message_id", "messageId", "event.payload.message.uid"];

/// Reads one event, a list of them, or a list under the only key of an object.
pub fn read(body: &[u8], ids: &[String]) -> Result<Vec<Hint>, Unreadable> {
    let json: Json = serde_json::from_slice(body).map_err(|_| Unreadable("the batch is not JSON"))?;
    let events = match &json {
        Json::Array(events) => events.as_slice(),
        Json::Object(map) if map.len() == 1 => match map.values().next() {
            Some(Json::Array(events)) => events.as_slice(),
            _ => std::slice::from_ref(&json),
        },
        Json::Object(_) => std::slice::from_ref(&json),
        _ => return Err(Unreadable("the batch is neither a list nor an event")),
    };
    let mut hints: Vec<Hint> = events.iter().filter_map(|event| message(event, ids)).collect();
    hints.sort();
    hints.dedup();
    Ok(hints)
}

fn message(event: &Json, ids: &[String]) -> Option<Hint> {
    let at = |path: &str| path.split('.').try_fold(event, |json, step| json.get(step));
    let id = |json: &Json| match json {
        Json::String(id) => Some(id.clone()),
        Json::Number(id) => Some(id.to_string()),
        _ => None,
    };
    // Aurora writes `message:105` where Classic writes 105.
    let plain = |id: String| id.rsplit(':').next().map(str::to_owned);
    ids.iter().find_map(|path| at(path).and_then(id).and_then(plain)).and_then(|id| hint("khoros", "message", &id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(body: &str) -> Result<Vec<String>, Unreadable> {
        let hints = read(body.as_bytes(), &MESSAGE_IDS.map(str::to_owned))?;
        Ok(hints.iter().map(|hint| hint.subject.to_string()).collect())
    }

    #[test]
    fn a_batch_is_read_however_it_is_wrapped_and_each_message_once() {
        let both = ["khoros:message:105".to_owned(), "khoros:message:7".to_owned()];
        let list = r#"[{"message":{"uid":105}},{"message_id":"message:7"},{"message":{"id":"105"}},{"view":1}]"#;
        assert_eq!(subjects(list).unwrap(), both);
        assert_eq!(subjects(&format!(r#"{{"events":{list}}}"#)).unwrap(), both);
        assert_eq!(subjects(r#"{"messageId":7,"type":"x"}"#).unwrap(), both[1..]);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        assert!(subjects("").is_err() && subjects("7").is_err() && subjects("[{").is_err());
        assert_eq!(subjects(r#"[{"message":{"uid":"1' OR 1=1"}}]"#).unwrap(), [""; 0]);
    }
}
