//! The host: its state behind one lock, and how a call gets to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use axum::Router;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Data, Refusal, raw, success};
use super::answer_v1::{V1Refusal, v1_success};
use super::community::{Community, lag};
use super::desk::Desk;
use super::edit::edited;
use super::events::Events;
use super::firehose::Firehose;
use super::flood::Flood;
use super::graphql::Support;
use super::member::{ADMINISTRATOR, Member};
use super::oauth::Oauth;
use super::routes::{self, Call, Element};
use super::sessions::Sessions;
use super::switches::Switches;
use super::world::world;
use crate::sandbox::SandboxHost;
use crate::sandbox::clock::Clock;
use crate::sandbox::logins::Logins;

/// The tenant id, which is also the community's id (sheet 1.2).
pub const TENANT: &str = "sandbox.prod";
const CONNECTOR: &str = "connector";

/// The emulated community.
pub struct Khoros {
    me: Weak<Self>,
    clock: Arc<Clock>,
    state: Mutex<State>,
}

/// Everything that changes.
pub struct State {
    pub community: Community,
    /// The account that the connector signs in with.
    connector: u64,
    pub sessions: Sessions,
    pub switches: Switches,
    pub flood: Flood,
    pub oauth: Oauth,
    pub events: Events,
    pub firehose: Firehose,
    pub support: Support,
    pub applied: BTreeMap<String, u64>,
    /// Images so far, for their ids.
    pub images: u64,
    /// Calls so far, for the throttle.
    pub calls: u64,
}

impl Khoros {
    /// A community with one account, the connector's; a scene brings the rest.
    pub fn new(clock: Arc<Clock>, seed: u64) -> Arc<Self> {
        let mut community = Community::default();
        let connector_id = community.next_member();
        let mut connector = Member::new(connector_id, CONNECTOR, clock.now());
        connector.password = Some(secret(seed, "password"));
        connector.roles.insert(ADMINISTRATOR.to_owned());
        community.members.put(connector);
        let state = State {
            community,
            connector: connector_id,
            sessions: Sessions::new(seed),
            switches: Switches::default(),
            flood: Flood::default(),
            oauth: Oauth::new(secret(seed, "client"), secret(seed, "client secret"), seed),
            events: Events::new(seed),
            firehose: Firehose::default(),
            support: Support::default(),
            applied: BTreeMap::new(),
            images: 0,
            calls: 0,
        };
        Arc::new_cyclic(|me| Self { me: me.clone(), clock, state: Mutex::new(state) })
    }

    /// Lets the administrator and the app sign in as the person who started the sandbox says.
    pub fn let_in(&self, logins: &Logins) -> Result<(), String> {
        let mut state = self.state();
        let mut connector = state.community.members.get(state.connector).ok_or("there is no connector")?.clone();
        if let Some(login) = &logins.khoros_login {
            if state.community.by_login(login).is_some_and(|member| member.id != connector.id) {
                return Err(format!("the login `{login}` is another member's"));
            }
            connector.login = login.clone();
        }
        connector.password = logins.khoros_password.clone().or(connector.password);
        state.switches.oauth_user = connector.login.clone();
        state.community.members.put(connector);
        let app = &mut state.oauth;
        logins.khoros_client_id.iter().for_each(|id| app.client_id.clone_from(id));
        logins.khoros_client_secret.iter().for_each(|secret| app.client_secret.clone_from(secret));
        Ok(())
    }

    /// A grip on it that does not keep it alive.
    pub fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// The sandbox's present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The state, with the index brought up to date.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked has failed its own call; the rest of the community goes on.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.index(self.now());
        state
    }

    /// Serves one v2 call: finds the caller, lets `act` do the work and wraps what it gives.
    pub fn v2<D: Into<Data>>(&self, call: &Call, act: impl FnOnce(&mut Desk<'_>) -> Result<D, Refusal>) -> Response {
        let now = self.now();
        let mut state = self.state();
        let done = state.caller(call, now).and_then(|caller| {
            let mut desk = Desk { state: &mut state, caller, now, base: &call.base };
            act(&mut desk)
        });
        state.tell(now);
        match done {
            Ok(data) => raw(success(data.into())),
            Err(refusal) => refusal.response(state.switches.error_http, call.always_ok()),
        }
    }
}

impl Khoros {
    /// Serves one v1 call, likewise.
    pub fn v1(
        &self,
        call: &Call,
        act: impl FnOnce(&mut Desk<'_>) -> Result<(&'static str, Element), V1Refusal>,
    ) -> Response {
        let now = self.now();
        let mut state = self.state();
        let done = state.caller(call, now).map_err(|_| V1Refusal::InvalidKey).and_then(|caller| {
            let mut desk = Desk { state: &mut state, caller, now, base: &call.base };
            act(&mut desk)
        });
        state.tell(now);
        match done {
            Ok((name, element)) => {
                let json = format!("{}:{}", json!(name), element.json());
                v1_success(call.format(), &json, &element.xml(name))
            }
            Err(refusal) => refusal.response(call.format(), state.switches.v1_message_language),
        }
    }
}

impl State {
    fn index(&mut self, now: Timestamp) {
        let lag = lag(self.switches.index_lag_ms);
        self.community.messages.promote(now, lag);
    }

    /// Whose key or token this is; neither is the anonymous reader. A token needs its `client-id` (sheet 2.5).
    pub fn caller(&mut self, call: &Call, now: Timestamp) -> Result<Option<u64>, Refusal> {
        let found = match (&call.key, &call.bearer) {
            (Some(key), _) => self.sessions.member(key, now, self.switches.session_ttl_min),
            (None, Some(token)) if call.client_id.as_deref() == Some(&*self.oauth.client_id) => {
                self.oauth.member(token, now)
            }
            (None, Some(_)) => None,
            (None, None) => return Ok(None),
        };
        found.map(Some).ok_or_else(Refusal::dead_key)
    }
}

impl SandboxHost for Khoros {
    fn router(self: Arc<Self>) -> Router {
        routes::router(self)
    }

    fn logins(&self, url: &str) -> Value {
        let state = self.state();
        let connector = state.community.members.get(state.connector);
        let (login, password) = connector.map(|member| (&member.login, &member.password)).unzip();
        json!({
            "url": url, "login": login, "password": password, "tenant_id": TENANT,
            "client_id": state.oauth.client_id, "client_secret": state.oauth.client_secret,
        })
    }

    fn edit(&self, entries: &Value) -> Result<Value, String> {
        let now = self.now();
        let mut state = self.state();
        let (community, ids, happened) = edited(&state.community, entries, now)?;
        state.community = community;
        state.index(now);
        happened.into_iter().for_each(|(kind, id)| state.events.add(kind, id));
        state.tell(now);
        Ok(ids)
    }

    fn world(&self) -> Value {
        world(&self.state().community)
    }

    fn applied(&self) -> BTreeMap<String, u64> {
        self.state().applied.clone()
    }

    fn switches(&self) -> Value {
        json!(self.state().switches)
    }

    fn set_switches(&self, wanted: &Value) -> Result<(), String> {
        // What the index took up under the old lag stays: `state` has just brought it up to date.
        let mut state = self.state();
        let before = state.switches.firehose.is_some();
        state.switches = state.switches.with(wanted)?;
        let after = state.switches.firehose.is_some();
        drop(state);
        if after && !before {
            self.start_firehose();
        }
        Ok(())
    }

    fn expire(&self) {
        let mut state = self.state();
        state.sessions.close_all();
        state.oauth.close(None);
    }
}

/// A made-up secret, the same for the same seed.
fn secret(seed: u64, what: &str) -> String {
    let digest = Sha256::digest(format!("khoros {what} {seed}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
