//! Who may send events, and what they are known by: a door for each community and each org of `casebridge.yaml`.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::intake::signed::is_signed;

/// How long a token that we gave to a stream is good, in seconds.
pub const TOKEN_FOR: i64 = 3600;

/// All doors.
#[derive(Default)]
pub struct Doors {
    pub communities: BTreeMap<String, CommunityDoor>,
    pub orgs: BTreeMap<String, OrgDoor>,
}

/// What the events of a community are known by.
#[derive(Default)]
pub struct CommunityDoor {
    /// The token of its subscriptions.
    pub token: Option<SecretString>,
    pub firehose: Option<Firehose>,
    pub hmac: Option<SecretString>,
}

impl CommunityDoor {
    /// The stream that a token was given to and that may still use it.
    pub fn stream(&self, token: &str, now: Timestamp) -> Option<&Firehose> {
        self.firehose.as_ref().filter(|stream| stream.is_good(token, now))
    }
}

/// What a stream signs in with.
pub struct Firehose {
    pub client_id: String,
    pub client_secret: SecretString,
    /// Where a message's id stands in an event.
    pub message_ids: Vec<String>,
}

/// What the events of an org are known by.
#[derive(Default)]
pub struct OrgDoor {
    /// Stands in the address that outbound messages are sent to.
    pub token: Option<SecretString>,
    pub organization_id: Option<String>,
    pub hmac: Option<SecretString>,
}

/// Whether somebody knows a secret; compared in constant time. Without a secret nobody does.
pub fn knows(secret: &Option<SecretString>, said: &str) -> bool {
    secret.as_ref().is_some_and(|secret| is_same(secret.expose_secret(), said))
}

/// Whether a body was signed with a key.
pub fn signs(key: &Option<SecretString>, body: &[u8], signature: &str) -> bool {
    key.as_ref().is_some_and(|key| is_signed(body, signature, key.expose_secret().as_bytes()))
}

/// What follows a scheme, whose case does not matter (RFC 9110, 11.1).
pub fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let (said, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    said.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn is_same(secret: &str, said: &str) -> bool {
    secret.as_bytes().ct_eq(said.as_bytes()).into()
}

impl Firehose {
    /// Whether somebody is the stream.
    pub fn is_it(&self, client_id: &str, client_secret: &str) -> bool {
        is_same(&self.client_id, client_id) & is_same(self.client_secret.expose_secret(), client_secret)
    }

    /// A token for the stream: its last moment, sealed with the secret, so that nothing needs to be kept.
    pub fn token(&self, now: Timestamp) -> String {
        let until = now.as_second() + TOKEN_FOR;
        format!("{until}.{}", self.seal(until))
    }

    /// Whether a token is ours and still good.
    pub fn is_good(&self, token: &str, now: Timestamp) -> bool {
        let Some((until, seal)) = token.split_once('.') else { return false };
        let Ok(until) = until.parse::<i64>() else { return false };
        is_same(&self.seal(until), seal) && now.as_second() < until
    }

    fn seal(&self, until: i64) -> String {
        let key = self.client_secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
        mac.update(format!("{}:{until}", self.client_id).as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_token_is_good_for_an_hour_and_only_as_it_was_given() {
        let stream = |secret: &str| Firehose {
            client_id: "stream".into(),
            client_secret: secret.to_owned().into(),
            message_ids: vec![],
        };
        let now: Timestamp = "2026-03-03T12:00:00Z".parse().unwrap();
        let token = stream("one").token(now);
        assert!(stream("one").is_good(&token, now + SignedDuration::from_mins(59)));
        assert!(!stream("one").is_good(&token, now + SignedDuration::from_mins(60)));
        assert!(!stream("two").is_good(&token, now));
        assert!(!stream("one").is_good(&token.replacen('1', "2", 1), now));
    }

    #[test]
    fn without_a_secret_nobody_knows_it() {
        assert!(
            !knows(&None, "") && knows(&Some("x".to_owned().into()), "x") && !knows(&Some("x".to_owned().into()), "")
        );
    }
}
