//! The Community Firehose: events in batches to an endpoint, with a token from a token URL (sheet 10.4).
//!
//! What was not taken is repeated every two hours for a day, by the sandbox's clock. Names and fields of the payload are
//! not known: the template of the settings decides how one event looks, and a batch is `{"events": [...]}` (inferred).

use std::collections::{BTreeMap, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::post::Loopback;

const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(2);
const LOST_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The settings of Dev Tools > Firehose.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub endpoint: String,
    pub token_url: String,
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    pub client_secret: String,
    /// How client id and secret are sent: a form, or JSON.
    #[serde(default = "form")]
    pub content_type: String,
    /// Where they are sent: `body`, or `basic` for a header.
    #[serde(default = "body")]
    pub authorization: String,
    /// Where the token stands in the answer.
    #[serde(default = "token_path")]
    pub access_token_path: String,
    /// Sent along with every batch.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default = "seconds")]
    pub batch_seconds: u64,
    #[serde(default = "bytes")]
    pub batch_bytes: usize,
    /// One event, with `{type}`, `{id}`, `{time}` and `{board}` to be filled in.
    #[serde(default = "template")]
    pub template: Value,
}

fn form() -> String {
    "application/x-www-form-urlencoded".into()
}

fn body() -> String {
    "body".into()
}

fn token_path() -> String {
    "access_token".into()
}

fn seconds() -> u64 {
    5
}

fn bytes() -> usize {
    256 * 1024
}

fn template() -> Value {
    json!({ "type": "{type}", "id": "{id}", "time": "{time}", "board": "{board}" })
}

/// What is to be sent.
#[derive(Debug, Default)]
pub struct Firehose {
    waiting: VecDeque<(Timestamp, String)>,
    failed: Vec<Batch>,
}

/// Events that go out together.
#[derive(Clone, Debug)]
pub struct Batch {
    body: String,
    first: Timestamp,
    next: Timestamp,
}

impl Firehose {
    /// Notes an event, written by the template.
    pub fn add(&mut self, settings: &Settings, fields: &[(&str, String)], now: Timestamp) {
        self.waiting.push_back((now, filled(&settings.template, fields).to_string()));
    }

    /// Whether anything is to be sent or sent again.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.failed.is_empty()
    }

    /// The batches that are due now.
    pub fn due(&mut self, settings: &Settings, now: Timestamp) -> Vec<Batch> {
        let (mut due, later) =
            std::mem::take(&mut self.failed).into_iter().partition::<Vec<_>, _>(|one| one.next <= now);
        self.failed = later;
        let patience = SignedDuration::from_secs(i64::try_from(settings.batch_seconds).unwrap_or(i64::MAX));
        let size =
            |waiting: &VecDeque<(Timestamp, String)>| waiting.iter().map(|(_, text)| text.len() + 1).sum::<usize>();
        while self.waiting.front().is_some_and(|(since, _)| now.duration_since(*since) >= patience)
            || size(&self.waiting) >= settings.batch_bytes
        {
            let mut events = Vec::new();
            let mut bytes = 0;
            while let Some((_, text)) =
                self.waiting.pop_front_if(|(_, text)| bytes == 0 || bytes + text.len() < settings.batch_bytes)
            {
                bytes += text.len() + 1;
                events.push(text);
            }
            due.push(Batch { body: format!(r#"{{"events":[{}]}}"#, events.join(",")), first: now, next: now });
        }
        due
    }

    /// Keeps a batch that was not taken for the next time, unless a day is over.
    pub fn failed(&mut self, batch: Batch, now: Timestamp) {
        if now.duration_since(batch.first) < LOST_AFTER {
            self.failed.push(Batch { next: now + AGAIN_AFTER, ..batch });
        }
    }
}

fn filled(template: &Value, fields: &[(&str, String)]) -> Value {
    match template {
        Value::String(text) => {
            let put = |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{name}}}"), value);
            json!(fields.iter().fold(text.clone(), put))
        }
        Value::Array(all) => all.iter().map(|one| filled(one, fields)).collect(),
        Value::Object(all) => all.iter().map(|(name, one)| (name.clone(), filled(one, fields))).collect(),
        other => other.clone(),
    }
}

/// Sends a batch; whether it was taken.
pub async fn send(settings: &Settings, batch: &Batch) -> bool {
    let (Some(endpoint), Some(token)) = (Loopback::parse(&settings.endpoint), token(settings).await) else {
        return false;
    };
    let mut headers =
        vec![header("Content-Type", "application/json"), header("Authorization", &format!("Bearer {token}"))];
    headers.extend(settings.headers.clone());
    endpoint.post(&headers, batch.body.as_bytes()).await.is_some_and(|(status, _)| (200..300).contains(&status))
}

async fn token(settings: &Settings) -> Option<String> {
    let (id, secret) = (&*settings.client_id, &*settings.client_secret);
    let basic = settings.authorization == "basic";
    let mut fields = vec![("grant_type", "client_credentials")];
    if !basic {
        fields.extend([("client_id", id), ("client_secret", secret)]);
    }
    let body = match settings.content_type.contains("json") {
        true => {
            Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()).to_string()
        }
        false => url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish(),
    };
    let mut headers = vec![header("Content-Type", &settings.content_type)];
    if basic {
        headers.push(header("Authorization", &format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))));
    }
    let (status, answer) = Loopback::parse(&settings.token_url)?.post(&headers, body.as_bytes()).await?;
    let answer: Value = serde_json::from_str(&answer).ok().filter(|_| status == 200)?;
    let at = settings.access_token_path.split('.').try_fold(&answer, |value, name| value.get(name))?;
    at.as_str().map(str::to_owned)
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
