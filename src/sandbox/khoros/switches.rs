//! The switches: how this community behaves where the sources disagree (sheet 16.2) or are silent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::firehose::Settings;

/// All switches with their values.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// How a date is written in WHERE.
    pub date_literal: DateLiteral,
    /// Whether `IN (…)` is understood.
    pub allow_in: bool,
    pub limit_over_max: OverLimit,
    pub offset_over_2000: OverOffset,
    pub error_http: ErrorHttp,
    /// Every n-th call is answered 429 with `Retry-After: 0`; 0 is off.
    pub throttle: u64,
    /// So long (by the sandbox's clock) until `search` sees what was written.
    pub index_lag_ms: u64,
    /// A session ends after so many minutes without use.
    pub session_ttl_min: u64,
    /// Whether administrators see members' e-mail addresses; if not, they are empty.
    pub email_visible: bool,
    /// `user:password` of the web server before the community; empty is off.
    pub ht_access: String,
    /// What a reader who may not view escalations sees in `is_escalated`.
    pub is_escalated_unprivileged: Unprivileged,
    pub second_solution: SecondSolution,
    /// Language of v1 error texts.
    pub v1_message_language: Language,
    pub multiword_matches: Multiword,
    /// Flood control per member (sheet 13.2); administrators are exempt.
    pub flood_control: bool,
    /// A longer path and query is answered 414 (sheet 4.1; the number is inferred).
    pub max_url_bytes: usize,
    /// How token answers are wrapped (sheet 2.5).
    pub oauth_envelope: Envelope,
    /// Whose consent `authorize` takes when nobody is signed in; empty asks for a session (inferred).
    pub oauth_user: String,
    /// Whether a refresh brings a new refresh token and ends the old one (sheet 2.5 says that a new one may come).
    pub refresh_rotation: bool,
    /// Whether private messages are on (sheet 8).
    pub private_notes: bool,
    /// Whether members can be deleted (sheet 3.2, 7.8).
    pub delete_users: bool,
    /// The push stream; null is off.
    pub firehose: Option<Settings>,
    /// Whether `DELETE …/labels/{text}` exists (inferred).
    pub delete_label: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            date_literal: DateLiteral::EpochMs,
            allow_in: true,
            limit_over_max: OverLimit::Clamp,
            offset_over_2000: OverOffset::Error,
            error_http: ErrorHttp::Mapped,
            throttle: 0,
            index_lag_ms: 0,
            session_ttl_min: 30,
            email_visible: true,
            ht_access: String::new(),
            is_escalated_unprivileged: Unprivileged::Null,
            second_solution: SecondSolution::Refuse,
            v1_message_language: Language::En,
            multiword_matches: Multiword::Ok,
            flood_control: true,
            max_url_bytes: 8192,
            oauth_envelope: Envelope::Flat,
            oauth_user: "connector".into(),
            refresh_rotation: false,
            private_notes: true,
            delete_users: true,
            firehose: None,
            delete_label: false,
        }
    }
}

impl Switches {
    /// These switches with some set anew; an unknown name or value is refused with the known ones.
    pub fn with(&self, wanted: &Value) -> Result<Self, String> {
        let Value::Object(wanted) = wanted else { return Err("switches are a JSON object".into()) };
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else { return Err("no switches".into()) };
        let known = all.keys().cloned().collect::<Vec<_>>().join(", ");
        for (name, value) in wanted {
            if !all.contains_key(name) {
                return Err(format!("unknown switch `{name}`; known are {known}"));
            }
            all.insert(name.clone(), meant(name, value));
            read(&all).map_err(|error| format!("switch `{name}`: {error}"))?;
        }
        read(&all)
    }
}

const YES_OR_NO: [&str; 7] =
    ["allow_in", "refresh_rotation", "email_visible", "flood_control", "delete_label", "private_notes", "delete_users"];

fn read(all: &Map<String, Value>) -> Result<Switches, String> {
    serde_json::from_value(Value::Object(all.clone())).map_err(|error| error.to_string())
}

/// The sheet writes `yes`, `no` and `off`; those are understood beside `true`, `false`, `0` and `""`.
fn meant(name: &str, value: &Value) -> Value {
    match (name, value.as_str()) {
        ("throttle", Some("off")) => 0.into(),
        ("ht_access", Some("off")) => "".into(),
        (name, Some("yes" | "on")) if YES_OR_NO.contains(&name) => true.into(),
        (name, Some("no" | "off")) if YES_OR_NO.contains(&name) => false.into(),
        _ => value.clone(),
    }
}

macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$one:meta])* $value:ident),+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$one])* $value),+ }
    };
}

choice! { Envelope { Flat, Response, Nested } }
choice! { DateLiteral { EpochMs, Iso, Reject } }
choice! { OverLimit { Clamp, Error } }
choice! { OverOffset { Ok, Error } }
choice! { ErrorHttp { Mapped, #[serde(rename = "always_200")] Always200 } }
choice! { Unprivileged { Null, Value } }
choice! { SecondSolution { Refuse, Move } }
choice! { Language { En, De } }
choice! {
    /// What a MATCHES with several words gives.
    Multiword { Ok, #[serde(rename = "502")] BadGateway }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_switch_or_value_is_refused_with_the_known_ones() {
        let switches = Switches::default();
        assert!(switches.with(&json!({"index_lag": 5})).expect_err("unknown").contains("index_lag_ms"));
        assert!(switches.with(&json!({"date_literal": "roman"})).expect_err("unknown").contains("epoch_ms"));
        assert!(!switches.with(&json!({"allow_in": "no"})).expect("known").allow_in);
    }
}
