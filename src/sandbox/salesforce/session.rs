//! Tokens: access tokens that live as long as they are used, refresh tokens, authorization codes.
//!
//! Who may have one is decided in `oauth` and `soap`.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::digest;
use super::id::Id;

/// An app may be approved so often by one user; the oldest approval goes (sheet 2.2).
const APPROVALS: usize = 5;

/// Minutes until an authorization code is worth nothing; the sheet is silent, this is the sandbox's choice.
const CODE_MINUTES: i64 = 15;

/// For which app, and with which grant behind it, a session was opened.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    pub client: String,
    pub scope: String,
    pub grant: Option<u64>,
}

impl Holder {
    pub fn of(client: &str, scope: &str) -> Holder {
        Holder { client: client.into(), scope: scope.into(), grant: None }
    }
}

/// An open session.
#[derive(Debug, Clone)]
pub struct Session {
    pub holder: Holder,
    pub opened: Timestamp,
    pub last_used: Timestamp,
}

/// A user's approval of an app, with its refresh token.
#[derive(Debug, Clone)]
pub struct Grant {
    number: u64,
    pub client: String,
    pub scope: String,
    refresh_token: String,
    used_up: Vec<String>,
}

/// An authorization code and what it was given for.
#[derive(Debug, Clone)]
pub struct Code {
    pub client: String,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub scope: String,
    pub given: Timestamp,
}

/// What a refresh token gives.
pub struct Renewed {
    pub holder: Holder,
    /// The new refresh token, when they rotate.
    pub refresh_token: Option<String>,
}

/// Everything that was given out.
#[derive(Default)]
pub struct Sessions {
    open: HashMap<String, Session>,
    grants: Vec<Grant>,
    /// `None` once it was used.
    codes: HashMap<String, Option<Code>>,
    given: u64,
}

impl Sessions {
    /// A new token, `<15 characters of the org>!<chars>` (sheet 2.2).
    pub fn open(&mut self, org: &Id, seed: u64, holder: Holder, now: Timestamp) -> String {
        let token = format!("{}!AQ4A.{}", org.short(), self.secret(seed, &now.to_string()));
        self.open.insert(token.clone(), Session { holder, opened: now, last_used: now });
        token
    }

    /// Whether a token still lives; using it keeps it alive (sheet 2.2: sliding on use).
    pub fn touch(&mut self, token: &str, now: Timestamp, ttl_min: u32) -> bool {
        let alive = self.peek(token, now, ttl_min).is_some();
        match self.open.get_mut(token) {
            Some(session) if alive => session.last_used = now,
            _ => drop(self.open.remove(token)),
        }
        alive
    }

    /// A session that lives, without using it.
    pub fn peek(&self, token: &str, now: Timestamp, ttl_min: u32) -> Option<&Session> {
        let ttl = SignedDuration::from_mins(i64::from(ttl_min));
        self.open.get(token).filter(|session| now.duration_since(session.last_used) < ttl)
    }

    /// Ends everything.
    pub fn end_all(&mut self) {
        self.open.clear();
        self.grants.clear();
        self.codes.clear();
    }

    /// Ends one session, or a grant with its sessions; whether there was one.
    pub fn revoke(&mut self, token: &str) -> bool {
        if let Some(number) = self.grant_of(token).map(|grant| grant.number) {
            self.end_grant(number);
            return true;
        }
        self.open.remove(token).is_some()
    }

    /// The grant behind a refresh token that can still be used.
    pub fn grant_of(&self, refresh_token: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.refresh_token == refresh_token)
    }

    /// A new approval: its number and its refresh token.
    pub fn approve(&mut self, client: &str, scope: &str, seed: u64) -> (u64, String) {
        let earlier: Vec<u64> = self.grants.iter().filter(|grant| grant.client == client).map(|g| g.number).collect();
        if earlier.len() >= APPROVALS {
            self.end_grant(earlier[0]);
        }
        let token = self.refresh_token(seed);
        let number = self.given;
        let (client, scope) = (client.to_owned(), scope.to_owned());
        self.grants.push(Grant { number, client, scope, refresh_token: token.clone(), used_up: Vec::new() });
        (number, token)
    }

    /// Uses a refresh token; one that rotation has used up before ends its grant.
    pub fn renew(&mut self, token: &str, client: &str, seed: u64, rotates: bool) -> Option<Renewed> {
        let stolen = self.grants.iter().find(|grant| grant.used_up.iter().any(|old| old == token));
        if let Some(number) = stolen.map(|grant| grant.number) {
            self.end_grant(number);
            return None;
        }
        let place = self.grants.iter().position(|grant| grant.refresh_token == token && grant.client == client)?;
        let fresh = rotates.then(|| self.refresh_token(seed));
        let grant = &mut self.grants[place];
        if let Some(fresh) = &fresh {
            grant.used_up.push(std::mem::replace(&mut grant.refresh_token, fresh.clone()));
        }
        let holder = Holder { client: grant.client.clone(), scope: grant.scope.clone(), grant: Some(grant.number) };
        Some(Renewed { holder, refresh_token: fresh })
    }

    /// A new code; it ends in `==` (sheet 2.2).
    pub fn give_code(&mut self, code: Code, seed: u64) -> String {
        let name = format!("aPrx{}==", self.secret(seed, &code.redirect_uri));
        self.codes.insert(name.clone(), Some(code));
        name
    }

    /// Uses a code, which can be done once.
    pub fn take_code(&mut self, name: &str, now: Timestamp) -> Result<Code, (&'static str, &'static str)> {
        let code = self.codes.get_mut(name).ok_or(("invalid_grant", "invalid authorization code"))?;
        let young = |code: &Code| now.duration_since(code.given) < SignedDuration::from_mins(CODE_MINUTES);
        code.take().filter(young).ok_or(("invalid_grant", "expired authorization code"))
    }

    fn end_grant(&mut self, number: u64) {
        self.grants.retain(|grant| grant.number != number);
        self.open.retain(|_, session| session.holder.grant != Some(number));
    }

    fn refresh_token(&mut self, seed: u64) -> String {
        format!("5Aep861.{}", self.secret(seed, "refresh"))
    }

    fn secret(&mut self, seed: u64, salt: &str) -> String {
        self.given += 1;
        digest::hex(format!("{seed}:{}:{salt}", self.given).as_bytes())
    }
}
