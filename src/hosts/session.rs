//! Signing in to a host: one token, kept over starts, renewed once for all calls that wait for it.
//!
//! How to sign in is each host's own (`sign_in/`); where tokens are kept is behind `ports::Tokens`. The new token is on
//! the disk before anybody gets it: with rotation the old refresh token is worth nothing from then on (F-047).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::connection_state::{Kept, State};
use crate::ports::{Clock, StoreError, Tokens, Turn};

/// After a refusal nothing is tried for so long: calls that all wait for one token are one try.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// So often in a row a host may refuse tokens that it just gave, before only a person can go on: it may be in trouble itself.
const LOSSES: u8 = 3;
/// In place of a count of refusals: this login leads elsewhere or has no rights, and only a person can change that.
const HELD: u8 = u8::MAX;

/// One way to sign in.
pub trait SignIn: Send + Sync {
    /// The kind as the configuration calls it.
    fn kind(&self) -> &'static str;

    /// Tells these credentials from others.
    fn fingerprint(&self) -> String;

    /// After so many refusals nothing is tried any more: hosts lock an account that goes on (Khoros sheet 2.2). What is
    /// refused for good is tried once (Salesforce sheet 2.2).
    fn tries(&self) -> u8;

    /// Whether what is kept is enough to sign in without a person.
    fn can(&self, _: &Kept) -> Result<(), String> {
        Ok(())
    }

    /// Signs in. A refusal has the class `SignedOut`.
    fn sign_in(&self, kept: Kept) -> Boxed<Result<SignedIn, HostError>>;
}

/// What signing in gave.
#[derive(Clone, Debug, Default)]
pub struct SignedIn {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub ends: Option<jiff::Timestamp>,
    pub login: Option<String>,
    /// The id of that account, where the answer has no name.
    pub account: Option<String>,
    /// The tenant or org.
    pub place: Option<String>,
    pub instance: Option<String>,
}

/// The session with one host.
#[derive(Clone)]
pub struct Session {
    /// The connection's name, such as `khoros:main`.
    name: String,
    tokens: Arc<dyn Tokens>,
    clock: Arc<dyn Clock>,
    way: Arc<dyn SignIn>,
    /// Held while signing in, so that others wait for the same token.
    turn: Arc<Mutex<()>>,
    /// How often in a row a token was refused that was just given.
    losses: Arc<AtomicU8>,
}

impl Session {
    /// A session whose record is kept under a name.
    pub fn new(name: String, tokens: Arc<dyn Tokens>, clock: Arc<dyn Clock>, way: Arc<dyn SignIn>) -> Self {
        Session { name, tokens, clock, way, turn: Arc::default(), losses: Arc::default() }
    }

    /// The kept token, or a new one. With `dead`, one that is not that token.
    pub async fn token(&self, dead: Option<&SecretString>) -> Result<SecretString, HostError> {
        if let Some(access) = self.living(&self.kept(), dead) {
            return Ok(access);
        }
        let turn = self.turn().await?;
        let kept = self.kept();
        if let Some(access) = self.living(&kept, dead) {
            return Ok(access);
        }
        self.may_try(&kept)?;
        self.renew(turn, kept).await
    }

    /// Signs in now, however often it was refused: a person asks. With `accept_place`, at another tenant or org too.
    pub async fn refresh(&self, accept_place: bool) -> Result<SecretString, HostError> {
        let turn = self.turn().await?;
        let mut kept = self.kept();
        if accept_place {
            kept.place = None;
        }
        self.way.can(&kept).map_err(|why| self.signed_out(why))?;
        self.renew(turn, kept).await
    }

    /// Keeps what a person's consent gave.
    pub async fn consented(&self, given: SignedIn) -> Result<(), HostError> {
        let _turn = self.turn().await?;
        self.adopt(self.kept(), given).map(|_| ())
    }

    /// Where the connection stands.
    pub fn kept(&self) -> Kept {
        let kept = self.tokens.get(&self.name).map(|text| Kept::parse(&text)).unwrap_or_default();
        let credentials = self.way.fingerprint();
        if kept.credentials == credentials {
            return kept;
        }
        // Client id, secret or address changed: nothing of the old login counts, except which org it led to.
        Kept { credentials, place: kept.place, ..Kept::default() }
    }

    /// Why only a person can go on here; none while calls go out, or signing in is still tried.
    pub fn needs_a_person(&self) -> Option<String> {
        let kept = self.kept();
        if self.living(&kept, None).is_some() {
            return None;
        }
        if kept.refusals >= self.way.tries() {
            return Some(self.given_up(&kept).said);
        }
        self.way.can(&kept).err()
    }

    /// The connection's name, such as `khoros:main`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of login.
    pub fn kind(&self) -> &'static str {
        self.way.kind()
    }

    /// Stops this login before it writes anything; only a person goes on from here.
    pub async fn hold(&self, why: String) -> HostError {
        let _turn = match self.turn().await {
            Ok(turn) => turn,
            Err(error) => return error,
        };
        let kept = self.kept();
        let state = State::Halted { since: self.clock.now(), why: why.clone() };
        match self.keep(&Kept { state, access: None, refusals: HELD, ..kept }) {
            Ok(()) => self.signed_out(why),
            Err(error) => error,
        }
    }

    /// The org or tenant and who we are there, as soon as a call told it.
    pub async fn learnt(&self, place: Option<String>, login: Option<String>) -> Result<(), HostError> {
        // Whoever renews the token now writes the whole record, and what is noted down beside it would be lost, or undo it.
        let _turn = self.turn().await?;
        let kept = self.kept();
        if let (Some(known), Some(place)) = (&kept.place, &place)
            && known != place
        {
            return Err(self.elsewhere(&kept, known, place, &SignedIn::default()));
        }
        let next = Kept { place: place.or(kept.place.clone()), login: login.or(kept.login.clone()), ..kept.clone() };
        if next.place == kept.place && next.login == kept.login { Ok(()) } else { self.keep(&next) }
    }

    /// A call was answered: the host knows the token.
    pub fn worked(&self) {
        self.losses.store(0, Ordering::Relaxed);
    }

    /// A token that was just given is refused as well. If that goes on, the rights are gone, and a person has to look.
    pub async fn lost(&self, dead: &SecretString, error: &HostError) {
        // The caller gets the host's refusal in any case; that it could not be noted down changes nothing for it.
        let Ok(_turn) = self.turn().await else { return };
        let (kept, now) = (self.kept(), self.clock.now());
        if kept.access.as_ref().is_some_and(|access| access.expose_secret() != dead.expose_secret()) {
            // Somebody has a newer one meanwhile, and that was not refused.
            return;
        }
        let kept = if self.losses.fetch_add(1, Ordering::Relaxed) + 1 < LOSSES {
            Kept { access: None, refused: Some(now), ..kept }
        } else {
            let state = State::Halted { since: now, why: error.to_string() };
            Kept { state, access: None, refusals: HELD, ..kept }
        };
        let _unkept = self.keep(&kept);
    }

    fn living(&self, kept: &Kept, dead: Option<&SecretString>) -> Option<SecretString> {
        let is_dead = |access: &SecretString| dead.is_some_and(|dead| dead.expose_secret() == access.expose_secret());
        let ended = kept.ends.is_some_and(|ends| ends <= self.clock.now());
        kept.access.clone().filter(|access| !is_dead(access) && !ended)
    }

    fn may_try(&self, kept: &Kept) -> Result<(), HostError> {
        if kept.refusals >= self.way.tries() {
            return Err(self.given_up(kept));
        }
        if let Some(at) = kept.refused.map(|at| at + PAUSE).filter(|at| self.clock.now() < *at) {
            let why = kept.state.why().unwrap_or("signing in was refused");
            return Err(self.signed_out(format!("{why} (tried again after {})", at.strftime("%H:%M:%S UTC"))));
        }
        self.way.can(kept).map_err(|why| self.signed_out(why))
    }

    /// Of all that renew this token only one does: here, in another bridge of ours, or in another process.
    async fn turn(&self) -> Result<(OwnedMutexGuard<()>, Turn), HostError> {
        let here = self.turn.clone().lock_owned().await;
        let everywhere = self.tokens.turn(&self.name).await.map_err(|error| self.unkept(&error))?;
        Ok((here, everywhere))
    }

    /// In a task of its own: whoever stops waiting for it must not lose a refresh token that was just given.
    async fn renew(&self, turn: (OwnedMutexGuard<()>, Turn), kept: Kept) -> Result<SecretString, HostError> {
        let session = self.clone();
        let task = tokio::spawn(async move {
            let _turn = turn;
            session.sign_in(kept).await
        });
        task.await.unwrap_or_else(|_| {
            let said = "signing in broke off";
            Err(HostError::new(FailureClass::Temporary { after: None }, self.name.as_str(), said))
        })
    }

    async fn sign_in(&self, kept: Kept) -> Result<SecretString, HostError> {
        let refused = match self.way.sign_in(kept.clone()).await {
            Ok(given) => return self.adopt(kept, given),
            Err(error) if error.class != FailureClass::SignedOut => return Err(error),
            Err(error) => error,
        };
        // A refresh that lost a race is not a death (Salesforce sheet 2.2): another process may have kept a newer token.
        let newest = self.kept();
        if same(&newest.refresh, &kept.refresh) {
            return Err(self.refused(kept, refused));
        }
        if let Some(access) = self.living(&newest, kept.access.as_ref()) {
            return Ok(access);
        }
        match self.way.sign_in(newest.clone()).await {
            Ok(given) => self.adopt(newest, given),
            Err(error) if error.class != FailureClass::SignedOut => Err(error),
            Err(error) => Err(self.refused(newest, error)),
        }
    }

    fn adopt(&self, kept: Kept, given: SignedIn) -> Result<SecretString, HostError> {
        let now = self.clock.now();
        if let (Some(known), Some(place)) = (&kept.place, &given.place)
            && known != place
        {
            return Err(self.elsewhere(&kept, known, place, &given));
        }
        let since = match kept.state {
            State::Active { since } => since,
            _ => now,
        };
        let next = Kept {
            state: State::Active { since },
            access: Some(given.access.clone()),
            refresh: given.refresh.or(kept.refresh),
            given: Some(now),
            ends: given.ends,
            login: given.login.or(kept.login),
            place: given.place.or(kept.place),
            instance: given.instance.or(kept.instance),
            refusals: 0,
            refused: None,
            credentials: kept.credentials,
        };
        self.keep(&next)?;
        Ok(given.access)
    }

    /// These tokens lead to another org than before (CON-6): not one call is made with them.
    fn elsewhere(&self, kept: &Kept, known: &str, place: &str, given: &SignedIn) -> HostError {
        let why = format!(
            "this login leads to {place}, and so far it was {known}; nothing was written there. If that is meant, \
             `casebridge connect refresh {} --accept-org`",
            self.name
        );
        let state = State::Halted { since: self.clock.now(), why: why.clone() };
        let refresh = given.refresh.clone().or(kept.refresh.clone());
        match self.keep(&Kept { state, access: None, refresh, refusals: HELD, ..kept.clone() }) {
            Ok(()) => self.signed_out(why),
            Err(error) => error,
        }
    }

    fn refused(&self, kept: Kept, error: HostError) -> HostError {
        let refusals = kept.refusals.saturating_add(1);
        let (was_active, last) = (kept.state.since().is_some(), refusals >= self.way.tries());
        let why = error.to_string();
        // An app that never came in is not halted but not active yet; a password that was tried often enough is.
        let state = match (was_active, last && self.way.tries() > 1) {
            (false, false) => State::NotActive { why: Some(why) },
            _ if last => State::Halted { since: halted_since(&kept.state).unwrap_or(self.clock.now()), why },
            _ => kept.state,
        };
        match self.keep(&Kept { state, access: None, refusals, refused: Some(self.clock.now()), ..kept }) {
            Ok(()) => error,
            Err(unkept) => unkept,
        }
    }

    fn keep(&self, kept: &Kept) -> Result<(), HostError> {
        self.tokens.put(&self.name, Some(kept.text())).map_err(|error| self.unkept(&error))
    }

    fn unkept(&self, error: &StoreError) -> HostError {
        let said = format!("the session could not be kept: {error}");
        HostError::new(FailureClass::Temporary { after: None }, self.name.as_str(), said)
    }

    fn given_up(&self, kept: &Kept) -> HostError {
        let why = kept.state.why().unwrap_or("signing in was refused");
        let times = match kept.refusals {
            HELD => return self.signed_out(why),
            1 => "once".to_owned(),
            count => format!("{count} times"),
        };
        self.signed_out(format!(
            "{why} (refused {times}, not tried again; correct the login, or `casebridge connect refresh {}`)",
            self.name
        ))
    }

    fn signed_out(&self, said: impl Into<String>) -> HostError {
        HostError::new(FailureClass::SignedOut, self.name.as_str(), said)
    }
}

fn halted_since(state: &State) -> Option<jiff::Timestamp> {
    if let State::Halted { since, .. } = state { Some(*since) } else { None }
}

fn same(one: &Option<SecretString>, other: &Option<SecretString>) -> bool {
    one.as_ref().map(SecretString::expose_secret) == other.as_ref().map(SecretString::expose_secret)
}
