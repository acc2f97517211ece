//! The values of facts, arguments and results.
//!
//! Their JSON form is canonical: map keys are sorted, a moment is `{"$moment": milliseconds}` and a duration
//! `{"$span": milliseconds}`, so that equal values have equal digests and come back from the store as they were.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::names::{Digest, Name, Path};

/// A value. *Absent* is `Nothing`; a fact that was not read is no value at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Nothing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    Moment(Timestamp),
    /// A duration, to the millisecond.
    Span(SignedDuration),
    List(Vec<Value>),
    Map(BTreeMap<Name, Value>),
}

static NOTHING: Value = Value::Nothing;

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// A map of named values.
    pub fn map<K: Into<Name>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// The part at a path; an absent thing has absent parts.
    pub fn at(&self, path: &Path) -> &Value {
        path.steps().fold(self, |value, step| value.get(step))
    }

    /// One named part, `Nothing` where there is none.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Value::Map(map) => map.get(name).unwrap_or(&NOTHING),
            _ => &NOTHING,
        }
    }

    /// The text of a text value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is absent.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Value::Nothing)
    }

    /// Whether a question about the value finds nothing; of a question by field every value must be there.
    pub fn is_absent(&self) -> bool {
        match self {
            Value::Map(entries) => entries.values().any(Value::is_nothing),
            value => value.is_nothing(),
        }
    }

    /// The word a person uses for this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Nothing => "no value",
            Value::Bool(_) => "yes or no",
            Value::Int(_) | Value::Float(_) => "number",
            Value::Text(_) => "text",
            Value::Moment(_) => "moment",
            Value::Span(_) => "duration",
            Value::List(_) => "list",
            Value::Map(_) => "map",
        }
    }

    /// The canonical JSON form.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Nothing => Json::Null,
            Value::Bool(yes) => json!(yes),
            Value::Int(number) => json!(number),
            Value::Float(number) => json!(number),
            Value::Text(text) => json!(&**text),
            Value::Moment(moment) => json!({ "$moment": moment.as_millisecond() }),
            Value::Span(span) => json!({ "$span": span.as_millis() as i64 }),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(map) => Json::Object(map.iter().map(|(k, v)| (escaped(k.as_str()), v.to_json())).collect()),
        }
    }

    /// Reads the canonical JSON form, or plain JSON from a host.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Value::Nothing,
            Json::Bool(yes) => Value::Bool(*yes),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Value::text(text.as_str()),
            Json::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            Json::Object(map) => time_from_json(map)
                .unwrap_or_else(|| Value::map(map.iter().map(|(k, v)| (unescaped(k), Value::from_json(v))))),
        }
    }

    /// The digest of the canonical form.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().to_string())
    }
}

/// Names of parts that begin with `$` are ours alone: those of others get one more.
fn escaped(name: &str) -> String {
    if name.starts_with('$') { format!("${name}") } else { name.to_owned() }
}

fn unescaped(name: &str) -> &str {
    if name.starts_with("$$") { &name[1..] } else { name }
}

fn time_from_json(map: &serde_json::Map<String, Json>) -> Option<Value> {
    if map.len() != 1 {
        return None;
    }
    if let Some(ms) = map.get("$moment").and_then(Json::as_i64) {
        return Timestamp::from_millisecond(ms).ok().map(Value::Moment);
    }
    map.get("$span").and_then(Json::as_i64).map(|ms| Value::Span(SignedDuration::from_millis(ms)))
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Value::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(maybe: Option<T>) -> Self {
        maybe.map_or(Value::Nothing, Into::into)
    }
}

/// As a person reads it: text in quotes, durations in words.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nothing => f.write_str("no value"),
            Value::Bool(yes) => write!(f, "{yes}"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "{:?}", &**text),
            Value::Moment(moment) => write!(f, "{}", moment.strftime("%Y-%m-%d %H:%M:%SZ")),
            Value::Span(span) => f.write_str(&in_words(*span)),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(Value::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Map(map) => {
                let parts: Vec<_> = map.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{ {} }}", parts.join(", "))
            }
        }
    }
}

/// A duration as a person says it, its two largest units: `2 days 3 h`, `47 h` is `1 day 23 h`.
pub fn in_words(span: SignedDuration) -> String {
    let seconds = span.as_secs().abs();
    let sign = if span.is_negative() { "-" } else { "" };
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let plural = if days == 1 { "" } else { "s" };
    let words = match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, 0) => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (_, 0, _) => format!("{days} day{plural}"),
        (_, _, _) => format!("{days} day{plural} {hours} h"),
    };
    format!("{sign}{words}")
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|json| Value::from_json(&json))
    }
}

/// At most 80 bytes of a text, for marks and verdicts; never half a character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Short(String);

impl Short {
    /// The longest it can be, in bytes.
    pub const BYTES: usize = 80;

    /// Cuts a text to fit, with "…" inside the limit.
    pub fn of(text: &str) -> Self {
        if text.len() <= Self::BYTES {
            return Short(text.to_owned());
        }
        let end = (0..=Self::BYTES - '…'.len_utf8()).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        Short(format!("{}…", &text[..end]))
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
