//! OAuth codes and tokens (sheet 2.5): a code once, an access token for a day, a refresh token for five years.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// So long an access token lives, in seconds.
pub const EXPIRES_IN: i64 = 86_400;
const CODE_LIVES: SignedDuration = SignedDuration::from_mins(10);
const REFRESH_LIVES: SignedDuration = SignedDuration::from_hours(24 * 365 * 5);

/// The app, its codes and its tokens.
#[derive(Debug)]
pub struct Oauth {
    pub client_id: String,
    pub client_secret: String,
    codes: HashMap<String, (Grant, String)>,
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
    seed: u64,
    given: u64,
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    member: u64,
    until: Timestamp,
}

/// A pair of tokens for a member.
pub struct Tokens {
    pub member: u64,
    pub access: String,
    pub refresh: String,
}

impl Oauth {
    pub fn new(client_id: String, client_secret: String, seed: u64) -> Self {
        let nothing = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { client_id, client_secret, codes: nothing.0, access: nothing.1, refresh: nothing.2, seed, given: 0 }
    }

    /// Like real ones, tokens look like base64 and end in `=`.
    fn text(&mut self, what: &str) -> String {
        self.given += 1;
        STANDARD.encode(Sha256::digest(format!("oauth {what} {} {}", self.seed, self.given)))
    }

    /// A code for a member, for this redirect address only.
    pub fn code(&mut self, member: u64, redirect: &str, now: Timestamp) -> String {
        // A code travels in an address, where `+`, `/` and `=` are trouble.
        let code = self.text("code").replace(['+', '/', '='], "");
        self.codes.insert(code.clone(), (Grant { member, until: now + CODE_LIVES }, redirect.to_owned()));
        code
    }

    /// Tokens for a code; it works once.
    pub fn exchange(&mut self, code: &str, redirect: &str, now: Timestamp) -> Option<Tokens> {
        let (grant, of) = self.codes.remove(code)?;
        (of == redirect && now < grant.until).then(|| self.tokens(grant.member, now))
    }

    /// Tokens for a refresh token, which goes on living unless they rotate.
    pub fn refreshed(&mut self, refresh: &str, rotates: bool, now: Timestamp) -> Option<Tokens> {
        let grant = *self.refresh.get(refresh).filter(|grant| now < grant.until)?;
        if rotates {
            self.refresh.remove(refresh);
            return Some(self.tokens(grant.member, now));
        }
        Some(Tokens { refresh: refresh.to_owned(), ..self.tokens(grant.member, now) })
    }

    fn tokens(&mut self, member: u64, now: Timestamp) -> Tokens {
        let (access, refresh) = (self.text("access"), self.text("refresh"));
        self.access.insert(access.clone(), Grant { member, until: now + SignedDuration::from_secs(EXPIRES_IN) });
        self.refresh.insert(refresh.clone(), Grant { member, until: now + REFRESH_LIVES });
        Tokens { member, access, refresh }
    }

    /// Whose access token this is.
    pub fn member(&self, access: &str, now: Timestamp) -> Option<u64> {
        self.access.get(access).filter(|grant| now < grant.until).map(|grant| grant.member)
    }

    /// Ends all access tokens of one member, or of all.
    pub fn close(&mut self, member: Option<u64>) {
        self.access.retain(|_, grant| member.is_some_and(|member| grant.member != member));
    }
}
