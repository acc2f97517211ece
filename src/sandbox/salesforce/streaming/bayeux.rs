//! Messages of Bayeux 1.0 as the org answers them (sheet 9.2).

use serde_json::{Map, Value, json};

pub const DENIED: &str = "403::Handshake denied";
pub const UNKNOWN_CLIENT: &str = "403::Unknown client";
pub const INVALID: &str = "401::Authentication invalid";
pub const MISSING: &str = "401::Request requires authentication";
pub const LIMIT: &str = "403::Organization total events daily limit exceeded";
pub const NO_PUBLISHING: &str = "403:denied_by_security_policy:create_denied";

/// How long a poll is held, in milliseconds.
pub const TIMEOUT: u64 = 110_000;

/// One message that a client sent.
pub struct Message(Map<String, Value>);

impl Message {
    /// A body is a list of messages, or one.
    pub fn read(body: &[u8]) -> Option<Vec<Message>> {
        let one = |value| match value {
            Value::Object(fields) => Some(Message(fields)),
            _ => None,
        };
        match serde_json::from_slice(body).ok()? {
            Value::Array(messages) => messages.into_iter().map(one).collect(),
            message => Some(vec![one(message)?]),
        }
    }

    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn channel(&self) -> &str {
        self.text("channel")
    }

    /// A client that wants an answer at once says so.
    pub fn in_a_hurry(&self) -> bool {
        self.0.get("advice").and_then(|advice| advice.get("timeout")).and_then(Value::as_u64) == Some(0)
    }

    /// The channels to subscribe to, one or a list.
    pub fn subscriptions(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self.0.get("subscription") {
            Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
            Some(one) => text(one).into_iter().collect(),
            None => vec![],
        }
    }

    /// Where to begin in a channel.
    pub fn replay(&self, channel: &str) -> Option<&Value> {
        self.0.get("ext")?.get("replay")?.get(channel)
    }

    fn answer(&self, successful: bool) -> Value {
        let mut answer = json!({"channel": self.channel(), "successful": successful});
        for key in ["id", "clientId", "subscription"] {
            if let Some(value) = self.0.get(key) {
                answer[key] = value.clone();
            }
        }
        answer
    }

    pub fn done(&self) -> Value {
        self.answer(true)
    }

    pub fn refused(&self, error: &str) -> Value {
        let mut answer = self.answer(false);
        answer["error"] = error.into();
        answer
    }

    /// Of a client that nobody knows any more: it has to begin again.
    pub fn unknown_client(&self) -> Value {
        let mut answer = self.refused(UNKNOWN_CLIENT);
        answer["advice"] = json!({"reconnect": "handshake", "interval": 0});
        answer
    }

    /// Of a client whose session is over, or that has none.
    pub fn unauthorized(&self, why: &str) -> Value {
        if self.channel() != "/meta/handshake" {
            let mut answer = self.refused(why);
            answer["advice"] = json!({"reconnect": "none", "interval": 0});
            return answer;
        }
        let mut answer = self.refused(DENIED);
        answer["ext"] = json!({"sfdc": {"failureReason": why}, "replay": true});
        answer["advice"] = json!({"reconnect": "none"});
        answer
    }

    pub fn welcome(&self, client: &str) -> Value {
        let mut answer = self.done();
        answer["clientId"] = client.into();
        answer["version"] = "1.0".into();
        answer["minimumVersion"] = "1.0".into();
        answer["supportedConnectionTypes"] = json!(["long-polling"]);
        answer["ext"] = json!({"replay": true, "payload.format": true});
        answer
    }

    /// The first connect learns how to go on.
    pub fn connected(&self, first: bool) -> Value {
        let mut answer = self.done();
        if first {
            answer["advice"] = json!({"interval": 0, "timeout": TIMEOUT, "reconnect": "retry"});
        }
        answer
    }
}

/// The answer to a replay id that is not kept (any more).
pub fn invalid_replay(id: &Value) -> String {
    format!(
        "400::The replayId {{{id}}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 \
         to replay only new events."
    )
}

/// The answer to a channel that is not there.
pub fn no_channel(channel: &str) -> String {
    format!("400::The channel you requested to subscribe to does not exist {{{channel}}}")
}
