//! The org as a host of the sandbox: its router, its logins, its world, its switches.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::bulk;
use super::call::Call;
use super::edit;
use super::oauth::Secrets;
use super::outbound;
use super::refusal::Refusal;
use super::reply::Reply;
use super::rest;
use super::state::State;
use super::streaming;
use super::world;
use crate::sandbox::SandboxHost;
use crate::sandbox::clock::Clock;
use crate::sandbox::line;
use crate::sandbox::logins::Logins;

/// No body is larger (sheet 13.1).
const MAX_BODY: usize = 50 << 20;

/// But an upload of CSV may be (sheet 8.1).
const MAX_UPLOAD: usize = 150 << 20;

/// Nor address and headers together.
const MAX_HEAD: usize = 16_384;

/// The emulated org.
pub struct Salesforce {
    clock: Arc<Clock>,
    state: Mutex<State>,
    /// Rings after each step, for those who wait for news.
    bell: Notify,
    /// Where the org is reached, for what it writes by itself.
    base: Mutex<String>,
    me: Weak<Salesforce>,
}

impl Salesforce {
    /// A fresh org; the seed gives its ids and secrets.
    pub fn new(clock: Arc<Clock>, seed: u64) -> Arc<Salesforce> {
        Salesforce::with_logins(clock, seed, &Logins::default()).expect("there is no file to read")
    }

    /// A fresh org in which these may sign in.
    pub fn with_logins(clock: Arc<Clock>, seed: u64, logins: &Logins) -> Result<Arc<Salesforce>, String> {
        let secrets = Secrets::of(seed, logins)?;
        let state = Mutex::new(State::fresh(seed, secrets, clock.now()));
        Ok(Arc::new_cyclic(|me| Salesforce {
            clock,
            state,
            bell: Notify::new(),
            base: Mutex::new("http://localhost".into()),
            me: me.clone(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, request: Request) -> Response<Body> {
        let (head, body) = request.into_parts();
        if let Err(refusal) = check_head(&head) {
            return Reply::from(refusal).into_response(&head.headers);
        }
        if head.uri.path().trim_start_matches('/').starts_with("cometd/") {
            return match axum::body::to_bytes(body, MAX_BODY).await {
                Ok(body) => streaming::serve(self, head, body).await,
                Err(why) => Reply::from(Refusal::unreadable(why)).into_response(&head.headers),
            };
        }
        let limit = if head.uri.path().trim_end_matches('/').ends_with("/batches") { MAX_UPLOAD } else { MAX_BODY };
        let body = match whole(body, limit, &head.headers).await {
            Ok(body) => body,
            Err(refusal) => return Reply::from(refusal).into_response(&head.headers),
        };
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let call = Call::new(head.method.as_str(), target, head.headers, body);
        let reply = self.answer(&call, line::scheme(&head.extensions));
        self.start_work();
        reply.into_response(&call.headers)
    }

    /// Changes the state as one step of what the org does; `origin` tells where it came from.
    pub(super) fn change<T>(&self, origin: &str, step: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let (mut state, now) = (self.state(), self.clock.now());
        let State { bin, org, .. } = &mut *state;
        bin.empty(org, now);
        let heard = state.streams.newest();
        let result = step(&mut state, now);
        streaming::settle(&mut state, origin, now);
        if state.streams.newest() > heard {
            self.bell.notify_waiters();
        }
        // Without a runtime nothing can be sent; a later step tries again.
        if let Ok(runtime) = Handle::try_current()
            && state.outbox.claim()
        {
            runtime.spawn(outbound::send_all(self.me.clone()));
        }
        result
    }

    /// Looks at the state, or notes what is not the org's doing; nobody is told.
    pub(super) fn look<T>(&self, step: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        step(&mut self.state(), self.clock.now())
    }

    pub(super) fn base(&self) -> String {
        self.base.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn bell(&self) -> &Notify {
        &self.bell
    }

    /// Bulk jobs are done on a thread of their own.
    fn start_work(self: &Arc<Self>) {
        if self.state().jobs.claim() {
            let host = self.clone();
            tokio::task::spawn_blocking(move || bulk::work(&host));
        }
    }

    fn answer(&self, call: &Call, scheme: &str) -> Reply {
        let base = format!("{scheme}://{}", call.header("host").unwrap_or("localhost"));
        self.change(&streaming::origin_of(call), |state, now| rest::answer(state, call, &base, now))
    }
}

/// Address and headers fit into 16 KiB together, so a long list of ids does not fit into a query (sheet 13.1).
fn check_head(head: &Parts) -> Result<(), Refusal> {
    let address = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if address > MAX_HEAD {
        return Err(Refusal::new("URI_TOO_LONG", "The URI is too long.").status(414));
    }
    if address + headers > MAX_HEAD {
        return Err(Refusal::new("REQUEST_HEADER_FIELDS_TOO_LARGE", "URI and headers are too long.").status(431));
    }
    Ok(())
}

/// The body, unzipped if it came so.
async fn whole(body: Body, limit: usize, headers: &HeaderMap) -> Result<Bytes, Refusal> {
    let bytes = axum::body::to_bytes(body, limit).await.map_err(Refusal::unreadable)?;
    match headers.get("content-encoding").is_some_and(|coding| coding == "gzip") {
        true => unzipped(&bytes, limit).map(Bytes::from).map_err(Refusal::unreadable),
        false => Ok(bytes),
    }
}

fn unzipped(bytes: &[u8], limit: usize) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).take(limit as u64).read_to_end(&mut plain)?;
    Ok(plain)
}

impl SandboxHost for Salesforce {
    fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(move |request: Request| self.clone().serve(request))
    }

    fn logins(&self, url: &str) -> Value {
        *self.base.lock().unwrap_or_else(PoisonError::into_inner) = url.to_owned();
        let mut state = self.state();
        state.streams.open = true;
        let secrets = &state.secrets;
        json!({
            "url": url,
            "username": secrets.username,
            "password": secrets.password,
            "security_token": secrets.security_token,
            "client_id": secrets.client_id,
            "client_secret": secrets.client_secret,
        })
    }

    fn edit(&self, entries: &Value) -> Result<Value, String> {
        self.change("", |state, now| edit::apply(state, entries, now))
    }

    fn world(&self) -> Value {
        let state = self.state();
        let mut world = world::shown(&state.org);
        world["mails"] = state.mails.iter().map(|(to, id)| json!({"to": to, "about": id.as_str()})).collect();
        world
    }

    fn applied(&self) -> BTreeMap<String, u64> {
        let state = self.state();
        state.org.applied().clone().into_iter().chain(state.outbox.counts()).collect()
    }

    fn switches(&self) -> Value {
        self.state().switches.shown()
    }

    fn set_switches(&self, wanted: &Value) -> Result<(), String> {
        let mut state = self.state();
        state.switches = state.switches.with(wanted)?;
        state.follow_switches(self.clock.now());
        Ok(())
    }

    fn expire(&self) {
        self.state().sessions.end_all();
    }
}
