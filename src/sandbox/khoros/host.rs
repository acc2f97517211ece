//! The host: its state behind one lock, and how a call gets to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Refusal, V1Refusal, success, v1_success};
use super::community::{Community, View, lag};
use super::edit::edited;
use super::events::{Event, Events, Kind};
use super::firehose::{self, Firehose};
use super::flood::{Act, Flood};
use super::graphql::Support;
use super::member::{ADMINISTRATOR, Member};
use super::message::Message;
use super::oauth::Oauth;
use super::routes::{self, Call, Element, message_element, user_element};
use super::sessions::Sessions;
use super::show::Reader;
use super::switches::Switches;
use super::world::world;
use crate::sandbox::SandboxHost;
use crate::sandbox::clock::Clock;

/// The tenant id, which is also the community's id (sheet 1.2).
pub const TENANT: &str = "sandbox.prod";
const CONNECTOR: &str = "connector";
/// In real time: the clock may be far ahead with the next look.
const FIREHOSE_LOOKS_EVERY: Duration = Duration::from_millis(20);

/// The emulated community.
pub struct Khoros {
    me: Weak<Self>,
    clock: Arc<Clock>,
    state: Mutex<State>,
}

/// Everything that changes.
pub struct State {
    pub community: Community,
    pub sessions: Sessions,
    pub switches: Switches,
    pub flood: Flood,
    pub oauth: Oauth,
    pub events: Events,
    pub firehose: Firehose,
    pub support: Support,
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
            oauth: Oauth::new(secret(seed, "client"), secret(seed, "client secret"), seed),
            events: Events::new(seed),
            firehose: Firehose::default(),
            support: Support::default(),
            applied: BTreeMap::new(),
            calls: 0,
        };
        Arc::new_cyclic(|me| Self { me: me.clone(), clock, state: Mutex::new(state) })
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
        let done = state.caller(call, now).and_then(|caller| {
            let mut desk = Desk { state: &mut state, caller, now, base: &call.base };
            act(&mut desk)
        });
        state.tell(now);
        match done {
            Ok(data) => success(&data),
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

    /// Sends the stream's batches when they are due, until it is switched off or the community is gone.
    fn start_firehose(&self) {
        let me = self.me.clone();
        // Without a runtime nothing is served, and nothing will happen that could be told.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            while let Some(khoros) = me.upgrade() {
                let now = khoros.now();
                let (settings, due) = {
                    let mut state = khoros.state();
                    let Some(settings) = state.switches.firehose.clone() else { return };
                    let due = state.firehose.due(&settings, now);
                    (settings, due)
                };
                for batch in due {
                    if !firehose::send(&settings, &batch).await {
                        khoros.state().firehose.failed(batch, now);
                    }
                }
                drop(khoros);
                tokio::time::sleep(FIREHOSE_LOOKS_EVERY).await;
            }
        });
    }
}

impl State {
    /// Tells subscribers and the stream what happened in this call.
    pub fn tell(&mut self, now: Timestamp) {
        for event in self.events.take() {
            if self.switches.firehose.is_none() && !self.events.is_wanted(event.kind) {
                continue;
            }
            let (name, xml, board) = told(&self.community, event);
            self.events.deliver(event, (name, &xml));
            if let Some(settings) = &self.switches.firehose {
                let fields = [
                    ("type", event.kind.name()),
                    ("id", event.id.to_string()),
                    ("time", now.to_string()),
                    ("board", board),
                ];
                self.firehose.add(settings, &fields, now);
            }
        }
    }

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
        Reader {
            view: View { community, indexed },
            switches: &self.state.switches,
            sessions: &self.state.sessions,
            now: self.now,
            caller,
            base: self.base,
        }
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

    /// Takes in a new message, which gets its id here, so that a refused post leaves no gap. On a moderated board it is
    /// held unless an administrator wrote it (sheet 7.2).
    pub fn add_message(&mut self, mut message: Message) -> u64 {
        let held = self.state.community.boards.get(&*message.board).is_some_and(|board| board.moderated);
        if held && !self.member().is_ok_and(Member::is_admin) {
            message.moderation_status = "unmoderated".into();
        }
        let id = self.state.community.next_message();
        message.id = id;
        if message.parent.is_none() {
            message.topic = id;
            self.state.events.add(Kind::MessageRootPublished, id);
        }
        self.state.community.save(message, self.now);
        self.wrote("create message", Kind::MessageCreate, id);
        id
    }

    /// Counts a write that was applied, and notes it for those who subscribed.
    pub fn wrote(&mut self, kind: &str, event: Kind, id: u64) {
        self.count(kind);
        self.state.events.add(event, id);
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

/// The name and the v1 XML of what an event is about, and the board that it happened in.
fn told(community: &Community, event: Event) -> (&'static str, String, String) {
    if event.kind == Kind::SendPrivateMessage {
        let note = community.notes.iter().find(|note| note.id == event.id);
        let subject = note.map_or("", |note| &*note.subject);
        let fields = vec![("id", Element::int(event.id)), ("subject", Element::text(subject))];
        let note = Element::Object { kind: "note", href: format!("/notes/id/{}", event.id), fields };
        return ("message", note.xml("message"), String::new());
    }
    if event.kind == Kind::UserSignOff {
        // Always told of the anonymous user (sheet 10.2).
        let nobody =
            Element::Object { kind: "user", href: "/users/id/-1".into(), fields: vec![("id", Element::int(-1))] };
        return ("user", nobody.xml("user"), String::new());
    }
    if event.kind.name().starts_with("User") {
        let user = community.members.get(event.id).map(|member| user_element(member, true).xml("user"));
        return ("user", user.unwrap_or_default(), String::new());
    }
    let message = community.messages.any(event.id);
    let xml = message.map(|message| message_element(community, message).xml("message")).unwrap_or_default();
    ("message", xml, message.map_or_else(String::new, |message| message.board.to_string()))
}

/// A made-up secret, the same for the same seed.
fn secret(seed: u64, what: &str) -> String {
    let digest = Sha256::digest(format!("khoros {what} {seed}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
