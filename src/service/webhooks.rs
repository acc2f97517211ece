//! The public listener: events of communities and orgs. They are answered when their hints are stored, not before.
//!
//! | route | what comes |
//! |---|---|
//! | `POST /events/khoros/{community}` | v1 events as a form (Khoros sheet 10.3), batches of the Firehose (10.4), signed JSON |
//! | `POST /events/khoros/{community}/token` | the Firehose fetches a token |
//! | `POST /events/salesforce/{org}?token=…` | outbound messages (Salesforce sheet 9.1), signed JSON |
//!
//! Who does not know the secret of a door hears 401 and nothing else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::hint::Hint;
use crate::intake::khoros_v1::Delivery;
use crate::intake::outbound_message::{ACK, Envelope};
use crate::intake::{Unreadable, firehose, signed};
use crate::ports::{Batch, Clock, HintSource, Hints, NotTaken};
use crate::service::doors::{self, Doors, authorization};
use crate::service::metrics::Metrics;

/// No event is larger, in bytes; a batch of the Firehose has at most 1 MB.
const LARGEST: usize = 2 << 20;
/// Bytes of bodies that are read at the same time, in all.
const ROOM: usize = 64 << 20;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the listener works with.
pub struct Webhooks {
    pub doors: Doors,
    pub hints: Arc<dyn Hints>,
    pub clock: Arc<dyn Clock>,
    metrics: Metrics,
    room: Semaphore,
    /// Of which communities it was said what their events look like.
    said: Mutex<BTreeSet<String>>,
}

impl Webhooks {
    /// A listener for some doors.
    pub fn new(doors: Doors, hints: Arc<dyn Hints>, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        Webhooks { doors, hints, clock, metrics, room: Semaphore::new(ROOM), said: Mutex::default() }
    }
}

/// Why a request comes to nothing.
enum Not {
    Known,
    There,
    TooLarge,
    InTime,
    Readable(Unreadable),
    Taken(NotTaken),
    Room,
}

impl IntoResponse for Not {
    fn into_response(self) -> Response {
        let later = |seconds: u64| [(header::RETRY_AFTER, seconds.to_string())];
        match self {
            Not::Known => StatusCode::UNAUTHORIZED.into_response(),
            Not::There => StatusCode::NOT_FOUND.into_response(),
            Not::TooLarge => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Not::InTime => StatusCode::REQUEST_TIMEOUT.into_response(),
            Not::Readable(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
            Not::Room => (StatusCode::SERVICE_UNAVAILABLE, later(5)).into_response(),
            Not::Taken(NotTaken::Full { after }) => {
                (StatusCode::SERVICE_UNAVAILABLE, later(after.as_secs())).into_response()
            }
            Not::Taken(NotTaken::Stopping) => (StatusCode::SERVICE_UNAVAILABLE, later(30)).into_response(),
            Not::Taken(NotTaken::Store(error)) => {
                tracing::error!("events cannot be stored: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl From<Unreadable> for Not {
    fn from(why: Unreadable) -> Self {
        Not::Readable(why)
    }
}

/// `/events/…`.
pub fn router(webhooks: Arc<Webhooks>) -> Router {
    Router::new()
        .route("/events/khoros/{community}", post(of_community))
        .route("/events/khoros/{community}/token", post(token))
        .route("/events/salesforce/{org}", post(of_org))
        .layer(from_fn_with_state(webhooks.clone(), counted))
        .with_state(webhooks)
}

/// Counts each answer, by host alone: the rest of the address is a stranger's word.
async fn counted(State(webhooks): State<Arc<Webhooks>>, request: Request, next: Next) -> Response {
    let host = if request.uri().path().starts_with("/events/khoros/") { "khoros" } else { "salesforce" };
    let answer = next.run(request).await;
    webhooks.metrics.answered(host, answer.status().as_u16());
    answer
}

async fn of_community(
    State(webhooks): State<Arc<Webhooks>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Not> {
    let door = webhooks.doors.communities.get(&name).ok_or(Not::There)?;
    let headers = request.headers().clone();
    let signature = headers.get(signed::SIGNATURE);
    let stream = match authorization(&headers, "bearer").filter(|_| signature.is_none()) {
        Some(token) => Some(door.stream(token, webhooks.clock.now()).ok_or(Not::Known)?),
        None => None,
    };
    let source = HintSource::Community(name.clone());
    webhooks.hints.would_take(&source).map_err(Not::Taken)?;
    let whole = webhooks.whole(&headers, request.into_body()).await?;
    let body = &whole.body;
    let hints = if let Some(signature) = signature {
        if !doors::signs(&door.hmac, body, signature.to_str().unwrap_or_default()) {
            return Err(Not::Known);
        }
        signed::read(body, "khoros")?
    } else if let Some(stream) = stream {
        let batch = firehose::read(body, &stream.message_ids)?;
        webhooks.say_once(&name, batch.without);
        batch.hints
    } else {
        let delivery = Delivery::read(body).map_err(|_| Not::Known)?;
        if !doors::knows(&door.token, &delivery.token) {
            return Err(Not::Known);
        }
        delivery.hints()?
    };
    webhooks.take(source, hints).await?;
    Ok(StatusCode::OK)
}

async fn of_org(
    State(webhooks): State<Arc<Webhooks>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Not> {
    let door = webhooks.doors.orgs.get(&name).ok_or(Not::There)?;
    let headers = request.headers().clone();
    let signature = headers.get(signed::SIGNATURE).map(|signature| signature.to_str().unwrap_or_default());
    if signature.is_none() && !doors::knows(&door.token, &token_of(&request)) {
        return Err(Not::Known);
    }
    let source = HintSource::Org(name);
    webhooks.hints.would_take(&source).map_err(Not::Taken)?;
    let whole = webhooks.whole(&headers, request.into_body()).await?;
    let body = &whole.body;
    if let Some(signature) = signature {
        if !doors::signs(&door.hmac, body, signature) {
            return Err(Not::Known);
        }
        webhooks.take(source, signed::read(body, "salesforce")?).await?;
        return Ok(StatusCode::OK.into_response());
    }
    let envelope = Envelope::read(body)?;
    if door.organization_id.as_ref().is_some_and(|id| !envelope.is_from(id)) {
        return Err(Not::Known);
    }
    webhooks.take(source, envelope.hints).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], ACK).into_response())
}

/// What stands in the address of an org's outbound messages.
fn token_of(request: &Request) -> String {
    let query = request.uri().query().unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    token.map(|(_, token)| token.into_owned()).unwrap_or_default()
}

/// What the Firehose signs in with; the sheet does not say in which form, so each is taken.
#[derive(Default, Deserialize)]
struct SignIn {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

async fn token(
    State(webhooks): State<Arc<Webhooks>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Not> {
    let door = webhooks.doors.communities.get(&name).ok_or(Not::There)?;
    let headers = request.headers().clone();
    let stream = door.firehose.as_ref().ok_or(Not::Known)?;
    let whole = webhooks.whole(&headers, request.into_body()).await?;
    let body = &whole.body;
    let said = basic(&headers).or_else(|| serde_json::from_slice(body).ok()).unwrap_or_else(|| form(body));
    if !stream.is_it(&said.client_id, &said.client_secret) {
        return Err(Not::Known);
    }
    let token = stream.token(webhooks.clock.now());
    Ok(Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": doors::TOKEN_FOR })).into_response())
}

fn form(body: &[u8]) -> SignIn {
    let mut said = SignIn::default();
    for (name, value) in url::form_urlencoded::parse(body) {
        match name.as_ref() {
            "client_id" => said.client_id = value.into_owned(),
            "client_secret" => said.client_secret = value.into_owned(),
            _ => {}
        }
    }
    said
}

fn basic(headers: &HeaderMap) -> Option<SignIn> {
    let plain = String::from_utf8(BASE64_STANDARD.decode(authorization(headers, "basic")?).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some(SignIn { client_id: id.to_owned(), client_secret: secret.to_owned() })
}

/// A body, and the room that it takes up as long as this is held: whoever takes it apart gives the room back too early.
struct Whole<'w> {
    body: Vec<u8>,
    _room: Option<SemaphorePermit<'w>>,
}

impl Webhooks {
    /// The whole body. What is announced too large is not read, and who sends slowly takes up no more than was sent.
    async fn whole(&self, headers: &HeaderMap, body: Body) -> Result<Whole<'_>, Not> {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|size: usize| size > LARGEST) {
            return Err(Not::TooLarge);
        }
        tokio::time::timeout(PATIENCE, self.read(body)).await.unwrap_or(Err(Not::InTime))
    }

    async fn read(&self, body: Body) -> Result<Whole<'_>, Not> {
        let (mut pieces, mut whole) = (body.into_data_stream(), Whole { body: vec![], _room: None });
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Not::Readable(Unreadable("the body breaks off")))?;
            if whole.body.len() + piece.len() > LARGEST {
                return Err(Not::TooLarge);
            }
            let more = u32::try_from(piece.len()).map_err(|_| Not::TooLarge)?;
            let more = self.room.try_acquire_many(more).map_err(|_| Not::Room)?;
            match &mut whole._room {
                Some(room) => room.merge(more),
                room => *room = Some(more),
            }
            whole.body.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Says once of each community what its events look like in which no id was found.
    fn say_once(&self, community: &str, fields: Option<String>) {
        let Some(fields) = fields else { return };
        if self.said.lock().expect("no panic holds it").insert(community.to_owned()) {
            tracing::warn!(%community, "events of the stream without a message's id; if they are about messages, `events.firehose.message_ids` says where ids stand: {fields}");
        }
    }

    async fn take(&self, source: HintSource, hints: Vec<Hint>) -> Result<(), Not> {
        self.hints.take(source, hints, Batch::default()).await.map_err(Not::Taken)
    }
}
