//! Batches of an Aurora community's stream (Khoros sheet 10.4). Names and fields of its events are not documented, so where
//! ids stand is a setting; what holds none is left to the polls.

use serde_json::Value as Json;

use super::{Unreadable, hint};
use crate::hint::Hint;

/// Where a message's id may stand in an event, unless the configuration says otherwise (inferred).
pub const MESSAGE_IDS: [&str; 6] =
    ["message.uid", "message.id", "message_uid", "message_id", "messageId", "event.payload.message.uid"];

/// What a batch holds.
#[derive(Debug, Default)]
pub struct Read {
    pub hints: Vec<Hint>,
    /// The fields of the first event in which no message's id was found: events of other things look so, and so does a
    /// wrong setting.
    pub without: Option<String>,
}

/// Reads one event, a list of them, or a list of them somewhere in an object.
pub fn read(body: &[u8], ids: &[String]) -> Result<Read, Unreadable> {
    let json: Json = serde_json::from_slice(body).map_err(|_| Unreadable("the batch is not JSON"))?;
    let events = match &json {
        Json::Array(events) => events.as_slice(),
        Json::Object(_) if message(&json, ids).is_some() => std::slice::from_ref(&json),
        Json::Object(map) => map.values().find_map(events).unwrap_or(std::slice::from_ref(&json)),
        _ => return Err(Unreadable("the batch is neither a list nor an event")),
    };
    let mut read = Read::default();
    for event in events {
        match message(event, ids) {
            Some(hint) => read.hints.push(hint),
            None => _ = read.without.get_or_insert_with(|| fields(event)),
        }
    }
    read.hints.sort();
    read.hints.dedup();
    Ok(read)
}

fn events(json: &Json) -> Option<&[Json]> {
    json.as_array().map(Vec::as_slice).filter(|events| events.first().is_some_and(Json::is_object))
}

/// The names of an event's fields, which say how it is made, and nothing that is in them.
fn fields(event: &Json) -> String {
    let names: Vec<&str> = event.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).take(20).collect();
    names.join(", ").chars().take(300).collect()
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
        let read = read(body.as_bytes(), &MESSAGE_IDS.map(str::to_owned))?;
        Ok(read.hints.iter().map(|hint| hint.subject.to_string()).collect())
    }

    #[test]
    fn a_batch_is_read_however_it_is_wrapped_and_each_message_once() {
        let both = ["khoros:message:105".to_owned(), "khoros:message:7".to_owned()];
        let list = r#"[{"message":{"uid":105}},{"message_id":"message:7"},{"message":{"id":"105"}},{"view":1}]"#;
        assert_eq!(subjects(list).unwrap(), both);
        assert_eq!(subjects(&format!(r#"{{"events":{list}}}"#)).unwrap(), both);
        assert_eq!(subjects(&format!(r#"{{"batch":7,"tags":["a"],"data":{list},"more":true}}"#)).unwrap(), both);
        assert_eq!(subjects(r#"{"messageId":7,"type":"x"}"#).unwrap(), both[1..]);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        assert!(subjects("").is_err() && subjects("7").is_err() && subjects("[{").is_err());
        assert_eq!(subjects(r#"[{"message":{"uid":"1' OR 1=1"}}]"#).unwrap(), [""; 0]);
    }
}
