//! Where a connection stands (section "Connections" of `docs/operating.md`), and what is kept of it between starts.
//!
//! All of it is one record in the token file, so that a token and the state that belongs to it change together. It holds
//! secrets: nothing but the token file takes it as a whole, and what is shown is `State` and a few plain fields.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// Where a connection stands, in the vendor's own three words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has signed in yet with what is configured now; `why` if it was tried.
    NotActive {
        why: Option<String>,
    },
    Active {
        since: Timestamp,
    },
    /// It lost its rights and waits for a person.
    Halted {
        since: Timestamp,
        why: String,
    },
}

impl Default for State {
    fn default() -> Self {
        State::NotActive { why: None }
    }
}

impl State {
    /// The vendor's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            State::NotActive { .. } => "Not Active",
            State::Active { .. } => "Active",
            State::Halted { .. } => "Halted",
        }
    }

    /// Why it is not active.
    pub fn why(&self) -> Option<&str> {
        match self {
            State::NotActive { why } => why.as_deref(),
            State::Active { .. } => None,
            State::Halted { why, .. } => Some(why),
        }
    }

    /// Since when it is so.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            State::NotActive { .. } => None,
            State::Active { since } | State::Halted { since, .. } => Some(*since),
        }
    }
}

/// What is kept of one connection.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub state: State,
    pub access: Option<SecretString>,
    pub refresh: Option<SecretString>,
    /// When the access token was given, and when it ends if the host said so.
    pub given: Option<Timestamp>,
    pub ends: Option<Timestamp>,
    /// Who signed in.
    pub login: Option<String>,
    /// The tenant or the org that answered; another one is not written to before a person accepts it.
    pub place: Option<String>,
    /// Where that org wants to be called, for logins at a host that serves all orgs.
    pub instance: Option<String>,
    /// Refusals in a row. They count over restarts, because hosts lock an account that goes on.
    pub refusals: u8,
    /// When it was refused last.
    pub refused: Option<Timestamp>,
    /// Of what we sign in with; another one begins anew.
    pub credentials: String,
}

impl Kept {
    /// Reads the record. What an older version kept there is no record, and begins anew.
    pub fn parse(text: &SecretString) -> Self {
        let json: Json = serde_json::from_str(text.expose_secret()).unwrap_or_default();
        let words = |name: &str| json[name].as_str().map(str::to_owned);
        let moment = |name: &str| json[name].as_str().and_then(|text| text.parse().ok());
        let why = words("why");
        let state = match (json["state"].as_str(), moment("since")) {
            (Some("active"), Some(since)) => State::Active { since },
            (Some("halted"), Some(since)) => State::Halted { since, why: why.unwrap_or_default() },
            _ => State::NotActive { why },
        };
        Kept {
            state,
            access: words("access").map(SecretString::from),
            refresh: words("refresh").map(SecretString::from),
            given: moment("given"),
            ends: moment("ends"),
            login: words("login"),
            place: words("place"),
            instance: words("instance"),
            refusals: json["refusals"].as_u64().and_then(|count| u8::try_from(count).ok()).unwrap_or_default(),
            refused: moment("refused"),
            credentials: words("credentials").unwrap_or_default(),
        }
    }

    /// The record as it is kept.
    pub fn text(&self) -> SecretString {
        let secret = |token: &Option<SecretString>| token.as_ref().map(|token| token.expose_secret().to_owned());
        let word = match &self.state {
            State::NotActive { .. } => "not_active",
            State::Active { .. } => "active",
            State::Halted { .. } => "halted",
        };
        let record = json!({
            "state": word, "since": self.state.since(), "why": self.state.why(), "access": secret(&self.access),
            "refresh": secret(&self.refresh), "given": self.given, "ends": self.ends, "login": self.login,
            "place": self.place, "instance": self.instance, "refusals": self.refusals,
            "refused": self.refused, "credentials": self.credentials,
        });
        record.to_string().into()
    }
}

/// Tells one set of credentials from another. Only 32 bits of the digest are kept: enough to see a change, too few to
/// find a password by.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_whole() {
        let at = "2026-03-03T09:10:00Z".parse().expect("a moment");
        let kept = Kept {
            state: State::Halted { since: at, why: "refused".into() },
            access: Some("a".to_owned().into()),
            refresh: Some("r".to_owned().into()),
            place: Some("acme.prod".into()),
            refusals: 2,
            ..Kept::default()
        };
        let again = Kept::parse(&kept.text());
        assert_eq!(again.text().expose_secret(), kept.text().expose_secret());
        assert_eq!((again.state, again.refusals, again.place), (kept.state, 2, kept.place));
        assert_eq!(Kept::parse(&"a bare token".to_owned().into()).state, State::NotActive { why: None });
    }

    #[test]
    fn no_two_parts_run_together_in_a_fingerprint() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
        assert_eq!(fingerprint(["ab", "c"]), fingerprint(["ab", "c"]));
    }
}
