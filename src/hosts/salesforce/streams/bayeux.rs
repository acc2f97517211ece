//! Messages of Bayeux 1.0 (Salesforce sheet 9.2): what we say, and what an answer means.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::CallError;
use crate::hosts::plain_text::one_line;
use crate::hosts::salesforce::answer;
use crate::ports::HttpAnswer;

pub const HANDSHAKE: &str = "/meta/handshake";
pub const SUBSCRIBE: &str = "/meta/subscribe";
pub const CONNECT: &str = "/meta/connect";
pub const DISCONNECT: &str = "/meta/disconnect";

/// Until a window of 24 hours has moved on in which too many events were delivered.
const LIMIT_WAIT: Duration = Duration::from_secs(15 * 60);

/// Why a conversation does not go on as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    pub error: HostError,
    pub then: Then,
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The same once more: the org is busy and still knows us.
    Again,
    /// Another handshake: the org knows us no more.
    Handshake,
    /// Another token, and a handshake with it.
    SignIn,
    /// Another place to begin at: the org has not kept what comes after this one.
    Elsewhere,
    /// Time, and a handshake after it.
    Wait,
    /// A person.
    Nothing,
}

impl From<HostError> for Broken {
    fn from(error: HostError) -> Self {
        Broken { error, then: Then::Wait }
    }
}

/// Something that the org tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub channel: String,
    /// Its place in the channel.
    pub replay: Option<i64>,
    pub data: Json,
}

/// The answer to a message, and the events that came with it: they count whatever the answer is.
#[derive(Debug)]
pub struct Answer {
    pub events: Vec<Event>,
    pub reply: Result<Json, Broken>,
}

pub fn handshake() -> Json {
    json!({
        "channel": HANDSHAKE,
        "version": "1.0",
        "minimumVersion": "1.0",
        "supportedConnectionTypes": ["long-polling"],
        "ext": { "replay": true },
    })
}

pub fn subscribe(client: &str, channel: &str, after: i64) -> Json {
    let replay = json!({ channel: after });
    json!({ "channel": SUBSCRIBE, "clientId": client, "subscription": channel, "ext": { "replay": replay } })
}

pub fn connect(client: &str) -> Json {
    json!({ "channel": CONNECT, "clientId": client, "connectionType": "long-polling" })
}

pub fn disconnect(client: &str) -> Json {
    json!({ "channel": DISCONNECT, "clientId": client })
}

/// Reads the answer to a message that was sent to `channel`. An org refuses in Bayeux's words under any status, so these
/// count before it.
pub fn read(call: &str, channel: &str, answer: &HttpAnswer, now: Timestamp) -> Result<Answer, Broken> {
    let messages: Vec<Json> = match serde_json::from_slice(&answer.body) {
        Ok(Json::Array(messages)) if messages.iter().all(|message| message["channel"].is_string()) => messages,
        _ => return Err(no_messages(call, answer, now)),
    };
    let mut events = Vec::new();
    let mut reply = None;
    for message in messages {
        let name = message["channel"].as_str().unwrap_or_default();
        if name == channel {
            reply = Some(message);
        } else if !name.starts_with("/meta/") {
            let replay = message["data"]["event"]["replayId"].as_i64();
            events.push(Event { channel: name.to_owned(), replay, data: message["data"].clone() });
        }
    }
    let reply = match reply {
        Some(reply) if reply["successful"] == true => Ok(reply),
        Some(reply) => Err(refusal(call, &reply)),
        None => Err(HostError::new(FailureClass::Unreadable, call, "the answer is to something else").into()),
    };
    Ok(Answer { events, reply })
}

/// An answer by a gateway, or by an org that does not know us any more.
fn no_messages(call: &str, answer: &HttpAnswer, now: Timestamp) -> Broken {
    match answer::read(call, answer, now) {
        Ok(_) => HostError::new(FailureClass::Unreadable, call, "the answer holds no messages").into(),
        Err(CallError::DeadSession(error)) => Broken { error, then: Then::SignIn },
        Err(CallError::Failed(error)) => error.into(),
    }
}

fn refusal(call: &str, message: &Json) -> Broken {
    let text = |value: &Json| value.as_str().map(one_line).unwrap_or_default();
    let (error, reason) = (text(&message["error"]), text(&message["ext"]["sfdc"]["failureReason"]));
    let is = |code: &str| error.starts_with(code) || reason.starts_with(code);
    let says = |word: &str| error.contains(word) || reason.contains(word);
    let temporary = |after| FailureClass::Temporary { after };
    let advice = message["advice"]["reconnect"].as_str().unwrap_or_default();
    let (then, class) = match advice {
        _ if is("401") => (Then::SignIn, FailureClass::SignedOut),
        _ if is("402") || says("Unknown client") => (Then::Handshake, temporary(None)),
        _ if says("limit exceeded") => (Then::Wait, temporary(Some(LIMIT_WAIT))),
        _ if is("400") && says("replayId") => (Then::Elsewhere, FailureClass::Refused),
        "retry" => (Then::Again, temporary(None)),
        "handshake" => (Then::Handshake, temporary(None)),
        _ if is("5") => (Then::Wait, temporary(None)),
        _ => (Then::Nothing, FailureClass::Refused),
    };
    let said = match (error.is_empty(), reason.is_empty()) {
        (false, false) => format!("{error} ({reason})"),
        (false, true) => error,
        (true, false) => reason,
        (true, true) => "refused without a reason".to_owned(),
    };
    Broken { error: HostError::new(class, call, said), then }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(status: u16, body: &Json) -> Result<Answer, Broken> {
        let answer = HttpAnswer { status, headers: Default::default(), body: body.to_string().into() };
        read("salesforce: POST /cometd connect", CONNECT, &answer, Timestamp::UNIX_EPOCH)
    }

    fn then(error: &str, more: Json) -> Then {
        let mut message = json!({ "channel": CONNECT, "successful": false, "error": error });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read_at(200, &json!([message])).unwrap().reply.unwrap_err().then
    }

    #[test]
    fn what_an_org_refuses_says_what_helps() {
        let advice = |reconnect: &str| json!({ "advice": { "reconnect": reconnect, "interval": 0 } });
        for (error, more, helps) in [
            ("403::Unknown client", advice("handshake"), Then::Handshake),
            ("402::Unknown client", json!({}), Then::Handshake),
            ("401::Authentication invalid", advice("none"), Then::SignIn),
            ("403::Handshake denied", json!({ "ext": { "sfdc": { "failureReason": "401::x" } } }), Then::SignIn),
            ("403::Handshake denied", advice("none"), Then::Nothing),
            ("403::Organization total events daily limit exceeded", json!({}), Then::Wait),
            ("400::The replayId {7} you provided was invalid.", json!({}), Then::Elsewhere),
            ("400::The channel you requested to subscribe to does not exist {/x}", json!({}), Then::Nothing),
            ("403:denied_by_security_policy:create_denied", json!({}), Then::Nothing),
            ("503::busy", json!({}), Then::Wait),
            ("503::busy", advice("retry"), Then::Again),
        ] {
            assert_eq!(then(error, more.clone()), helps, "{error} {more}");
        }
    }

    #[test]
    fn events_count_whatever_the_answer_is() {
        let event = json!({ "channel": "/event/X__e", "data": { "event": { "replayId": 7 } } });
        let refused = json!({ "channel": CONNECT, "successful": false, "error": "503::busy" });
        let answer = read_at(200, &json!([event, refused])).unwrap();
        assert_eq!((answer.events.len(), answer.events[0].replay), (1, Some(7)));
        assert!(answer.reply.is_err());
    }

    #[test]
    fn what_is_no_message_is_read_as_any_other_answer() {
        let dead = json!([{ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" }]);
        assert_eq!(read_at(401, &dead).unwrap_err().then, Then::SignIn);
        for (status, body) in [(200, json!({})), (200, json!([1])), (503, json!("busy")), (200, json!([]))] {
            let broken = match read_at(status, &body) {
                Ok(answer) => answer.reply.unwrap_err(),
                Err(broken) => broken,
            };
            assert_eq!(broken.then, Then::Wait, "{status} {body}");
        }
    }
}
