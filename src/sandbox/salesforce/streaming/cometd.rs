//! `POST /cometd/{version}`: Bayeux over long polling (sheet 9.2, clients' page 2.6).
//!
//! What a message means is decided under the org's lock; only a held poll waits, without it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::host::Salesforce;
use super::super::state::State;
use super::bayeux::{self, Message};
use super::channels;
use super::clients::Client;

/// No body is larger.
const LARGEST: usize = 32_768;

/// Versions that stream.
const VERSIONS: std::ops::RangeInclusive<u32> = 37..=68;

/// While a poll is held the clock is looked at so often.
const TICK: Duration = Duration::from_millis(100);

/// Answers a call below `/cometd/`.
pub async fn serve(host: Arc<Salesforce>, head: Parts, body: Bytes) -> Response<Body> {
    let mut path = head.uri.path().split('/').filter(|segment| !segment.is_empty()).skip(1);
    let version = path.next().and_then(|text| text.strip_suffix(".0")?.parse().ok());
    if !version.is_some_and(|version| VERSIONS.contains(&version)) {
        return plain(StatusCode::NOT_FOUND, "unknown version");
    }
    if head.method != "POST" {
        // WebSockets begin with GET; long polling is all there is.
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only POST is allowed");
    }
    if body.len() > LARGEST {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "maximum request body size exceeded");
    }
    let Some(messages) = Message::read(&body) else {
        return plain(StatusCode::BAD_REQUEST, "the body is no list of Bayeux messages");
    };
    let visitor = Visitor::of(&head.headers);
    if let Some(client) = host.look(|state, now| visitor.lost_cookie(state, &messages, now)) {
        let why = format!("Client {client} has established a session, but no BAYEUX_BROWSER cookie present");
        return plain(StatusCode::BAD_REQUEST, &why);
    }
    let (mut answers, poll, cookie) = host.look(|state, now| {
        let mut talk = Talk { state, now, visitor: &visitor, alone: messages.len() == 1, poll: false, cookie: None };
        let answers: Vec<Value> = messages.iter().flat_map(|message| talk.answer(message)).collect();
        (answers, talk.poll, talk.cookie)
    });
    if let Some(message) = messages.first().filter(|_| poll) {
        answers = held(&host, &visitor, message).await;
    }
    sent(&answers, cookie)
}

/// What the headers tell about who asks.
struct Visitor {
    token: Option<String>,
    cookie: Option<String>,
    /// An address without a name: clients return no cookies there.
    nameless: bool,
}

impl Visitor {
    fn of(headers: &HeaderMap) -> Visitor {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = text("authorization").and_then(|header| header.split_once(' ')).map(|(_, token)| token.trim());
        let cookies = text("cookie").into_iter().flat_map(|cookies| cookies.split(';'));
        let cookie = cookies.filter_map(|cookie| cookie.trim().strip_prefix("BAYEUX_BROWSER=")).next();
        let host = text("host").unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        Visitor {
            token: token.map(str::to_owned),
            cookie: cookie.map(str::to_owned),
            nameless: name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok(),
        }
    }

    /// The client that does not send back the cookie it got.
    fn lost_cookie(&self, state: &mut State, messages: &[Message], now: Timestamp) -> Option<String> {
        let lost = |client: &Client| self.cookie.as_deref() != Some(client.cookie.as_str());
        let mut ids = messages.iter().map(|message| message.text("clientId")).filter(|_| !self.nameless);
        ids.find(|id| state.streams.clients.get(id, now).is_some_and(|client| lost(client))).map(str::to_owned)
    }

    /// Why the session does not count.
    fn unauthorized(&self, state: &mut State, now: Timestamp) -> Option<&'static str> {
        let Some(token) = &self.token else { return Some(bayeux::MISSING) };
        let ttl = state.switches.session_ttl_min;
        (!state.sessions.touch(token, now, ttl)).then_some(bayeux::INVALID)
    }
}

/// One body's messages, on the state of the org.
struct Talk<'t> {
    state: &'t mut State,
    now: Timestamp,
    visitor: &'t Visitor,
    /// A poll that comes with other messages is not held, so that their answers do not wait (inferred).
    alone: bool,
    poll: bool,
    cookie: Option<String>,
}

impl Talk<'_> {
    fn answer(&mut self, message: &Message) -> Vec<Value> {
        if let Some(why) = self.visitor.unauthorized(self.state, self.now) {
            return vec![message.unauthorized(why)];
        }
        let id = message.text("clientId");
        if message.channel() == "/meta/handshake" {
            let (client, cookie) = self.state.streams.clients.welcome(self.state.seed, self.now);
            self.cookie = Some(cookie);
            return vec![message.welcome(&client)];
        }
        if self.state.streams.clients.get(id, self.now).is_none() {
            return vec![message.unknown_client()];
        }
        match message.channel() {
            "/meta/connect" => self.connect(message),
            "/meta/subscribe" => vec![self.subscribe(message)],
            "/meta/unsubscribe" => vec![self.unsubscribe(message)],
            "/meta/disconnect" => {
                self.state.streams.clients.forget(id);
                vec![message.done()]
            }
            _ => vec![message.refused(bayeux::NO_PUBLISHING)],
        }
    }

    fn connect(&mut self, message: &Message) -> Vec<Value> {
        let client = self.state.streams.clients.get(message.text("clientId"), self.now);
        let first = client.is_some_and(|client| !std::mem::replace(&mut client.connected_once, true));
        if !first && self.alone && !message.in_a_hurry() && !has_news(self.state, message, self.now) {
            self.poll = true;
            return vec![];
        }
        delivered(self.state, message, first, self.now)
    }

    fn subscribe(&mut self, message: &Message) -> Value {
        for channel in message.subscriptions() {
            if !channels::exists(self.state, &channel) {
                return message.refused(&bayeux::no_channel(&channel));
            }
            let log = &self.state.streams.log;
            let wanted = message.replay(&channel);
            let heard = match wanted.map(|id| (id, id.as_i64())) {
                None | Some((_, Some(-1))) => log.newest(),
                Some((_, Some(-2))) => 0,
                Some((id, after)) => match after.and_then(|after| u64::try_from(after).ok()) {
                    Some(after) if log.can_replay(&channel, after, self.now) => after,
                    _ => return message.refused(&bayeux::invalid_replay(id)),
                },
            };
            if let Some(client) = self.state.streams.clients.get(message.text("clientId"), self.now) {
                client.channels.insert(channel, heard);
            }
        }
        message.done()
    }

    fn unsubscribe(&mut self, message: &Message) -> Value {
        if let Some(client) = self.state.streams.clients.get(message.text("clientId"), self.now) {
            message.subscriptions().iter().for_each(|channel| {
                client.channels.remove(channel);
            });
        }
        message.done()
    }
}

/// Nothing is new while the stream is silent (sheet 14, 15).
fn has_news(state: &State, message: &Message, now: Timestamp) -> bool {
    let streams = &state.streams;
    !state.switches.stream_silence && streams.clients.has_news(message.text("clientId"), &streams.log, now)
}

/// The events that wait, and the answer to the poll after them.
fn delivered(state: &mut State, message: &Message, first: bool, now: Timestamp) -> Vec<Value> {
    let id = message.text("clientId");
    if !has_news(state, message, now) {
        return vec![message.connected(first)];
    }
    let limit = state.switches.daily_events;
    let streams = &mut state.streams;
    if streams.delivered.used(now) >= limit {
        return vec![message.refused(bayeux::LIMIT)];
    }
    match streams.clients.deliver(id, &mut streams.log, now) {
        Ok(mut answers) => {
            answers.iter().for_each(|_| {
                streams.delivered.spend(now, u64::MAX);
            });
            answers.push(message.connected(first));
            answers
        }
        Err(error) => vec![message.refused(&format!("503::{error}"))],
    }
}

/// Waits for news, for the end of the poll or of the session.
async fn held(host: &Arc<Salesforce>, visitor: &Visitor, message: &Message) -> Vec<Value> {
    let id = message.text("clientId");
    let begun = host.look(|state, now| {
        state.streams.clients.hold(id, true, now);
        now
    });
    // A client that goes away while it waits is let go too.
    let _held = Held { host, id };
    let patience = SignedDuration::from_millis(i64::try_from(bayeux::TIMEOUT).unwrap_or(i64::MAX));
    loop {
        let rung = host.bell().notified();
        let ready = host.look(|state, now| {
            let ttl = state.switches.session_ttl_min;
            if visitor.token.as_ref().is_none_or(|token| state.sessions.peek(token, now, ttl).is_none()) {
                return Some(vec![message.unauthorized(bayeux::INVALID)]);
            }
            if state.streams.clients.get(id, now).is_none() {
                return Some(vec![message.unknown_client()]);
            }
            let over = now.duration_since(begun) >= patience;
            (over || has_news(state, message, now)).then(|| delivered(state, message, false, now))
        });
        if let Some(answers) = ready {
            return answers;
        }
        // A missed bell costs a tick.
        let _ = tokio::time::timeout(TICK, rung).await;
    }
}

struct Held<'h> {
    host: &'h Salesforce,
    id: &'h str,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.host.look(|state, now| state.streams.clients.hold(self.id, false, now));
    }
}

fn plain(status: StatusCode, why: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(why.to_owned()));
    *response.status_mut() = status;
    response
}

fn sent(answers: &[Value], cookie: Option<String>) -> Response<Body> {
    let body = Value::from(answers).to_string();
    let response = Response::builder().header("Content-Type", "application/json;charset=UTF-8");
    let response = match cookie {
        Some(cookie) => response.header("Set-Cookie", format!("BAYEUX_BROWSER={cookie};Path=/cometd/;HttpOnly")),
        None => response,
    };
    response.body(Body::from(body)).unwrap_or_default()
}
