//! The host: its state behind one lock, and how a call gets to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Refusal, success};
use super::community::{Community, View, lag};
use super::edit::edited;
use super::flood::{Act, Flood};
use super::member::{ADMINISTRATOR, Member};
use super::routes::{self, Call};
use super::sessions::Sessions;
use super::show::Reader;
use super::switches::Switches;
use super::world::world;
use crate::sandbox::SandboxHost;
use crate::sandbox::clock::Clock;

/// The tenant id, which is also the community's id (sheet 1.2).
pub const TENANT: &str = "sandbox.prod";
const CONNECTOR: &str = "connector";

/// The emulated community.
pub struct Khoros {
    clock: Arc<Clock>,
    seed: u64,
    state: Mutex<State>,
}

/// Everything that changes.
pub struct State {
    pub community: Community,
    pub sessions: Sessions,
    pub switches: Switches,
    pub flood: Flood,
    pub applied: BTreeMap<String, u64>,
    /// Calls so far, for the throttle.
    pub calls: u64,
}

impl Khoros {
    /// A community with one account, the connector's; a scene brings the rest.
    pub fn new(clock: Arc<Clock>, seed: u64) -> Arc<Self> {
        let mut community = Community::default();
        let mut connector = Member::new(community.next_member(), CONNECTOR, clock.now());
        connector.password = Some(secret(seed, "password"));
        connector.roles.insert(ADMINISTRATOR.to_owned());
        community.members.put(connector);
        let state = State {
            community,
            sessions: Sessions::new(seed),
            switches: Switches::default(),
            flood: Flood::default(),
            applied: BTreeMap::new(),
            calls: 0,
        };
        Arc::new(Self { clock, seed, state: Mutex::new(state) })
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
    pub fn v2(&self, call: &Call, act: impl FnOnce(&mut Desk<'_>) -> Result<Value, Refusal>) -> Response {
        let now = self.now();
        let mut state = self.state();
        let done = state.caller(call.key.as_deref(), now).and_then(|caller| {
            let mut desk = Desk { state: &mut state, caller, now, base: &call.base };
            act(&mut desk)
        });
        match done {
            Ok(data) => success(&data),
            Err(refusal) => refusal.response(state.switches.error_http, call.always_ok()),
        }
    }
}

impl State {
    fn index(&mut self, now: Timestamp) {
        let lag = lag(self.switches.index_lag_ms);
        self.community.messages.promote(now, lag);
    }

    /// Whose key this is; no key is the anonymous reader.
    pub fn caller(&mut self, key: Option<&str>, now: Timestamp) -> Result<Option<u64>, Refusal> {
        let Some(key) = key else { return Ok(None) };
        let ttl = self.switches.session_ttl_min;
        self.sessions.member(key, now, ttl).map(Some).ok_or_else(Refusal::dead_key)
    }
}

/// One v2 call at work.
pub struct Desk<'a> {
    pub state: &'a mut State,
    pub caller: Option<u64>,
    pub now: Timestamp,
    base: &'a str,
}

impl Desk<'_> {
    /// The reader of this call, through the index or not.
    pub fn reader(&self, indexed: bool) -> Reader<'_> {
        let community = &self.state.community;
        let caller = self.caller.and_then(|id| community.members.get(id));
        Reader { view: View { community, indexed }, switches: &self.state.switches, caller, base: self.base }
    }

    /// The member who calls; anonymous callers may not.
    pub fn member(&self) -> Result<&Member, Refusal> {
        let member = self.caller.and_then(|id| self.state.community.members.get(id));
        member.ok_or_else(Refusal::not_authorized)
    }

    /// Refuses a member who does too much too fast; administrators are exempt.
    pub fn admit(&mut self, act: Act) -> Result<(), Refusal> {
        let member = self.member()?;
        let (id, exempt) = (member.id, member.is_admin() || !self.state.switches.flood_control);
        match exempt || self.state.flood.admit(id, act, self.now) {
            true => Ok(()),
            false => Err(Refusal::flood()),
        }
    }

    /// Counts a write that was applied.
    pub fn count(&mut self, kind: &str) {
        *self.state.applied.entry(kind.to_owned()).or_default() += 1;
    }
}

impl SandboxHost for Khoros {
    fn router(self: Arc<Self>) -> Router {
        routes::router(self)
    }

    fn logins(&self, url: &str) -> Value {
        let state = self.state();
        let password = state.community.by_login(CONNECTOR).and_then(|member| member.password.clone());
        json!({
            "url": url, "login": CONNECTOR, "password": password, "tenant_id": TENANT,
            "client_id": secret(self.seed, "client"), "client_secret": secret(self.seed, "client secret"),
        })
    }

    fn edit(&self, entries: &Value) -> Result<Value, String> {
        let now = self.now();
        let mut state = self.state();
        let (community, ids) = edited(&state.community, entries, now)?;
        state.community = community;
        state.index(now);
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
        state.switches = state.switches.with(wanted)?;
        Ok(())
    }

    fn expire(&self) {
        self.state().sessions.close_all();
    }
}

/// A made-up secret, the same for the same seed.
fn secret(seed: u64, what: &str) -> String {
    let digest = Sha256::digest(format!("khoros {what} {seed}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
