//! The public listener: events of communities and orgs. They are answered when their hints are stored, not before.
//!
//! | route | what comes |
//! |---|---|
//! | `POST /events/khoros/{community}` | v1 events as a form (Khoros sheet 10.3), batches of the Firehose (10.4), signed JSON |
//! | `POST /events/khoros/{community}/token` | the Firehose fetches a token |
//! | `POST /events/salesforce/{org}?token=…` | outbound messages (Salesforce sheet 9.1), signed JSON |
//!
//! Who does not know the secret of a door hears 401 and nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::hint::Hint;
use crate::intake::khoros_v1::Delivery;
use crate::intake::outbound_message::{ACK, Envelope};
use crate::intake::{Unreadable, firehose, signed};
use crate::ports::{Batch, Clock, HintSource, Hints, NotTaken};
use crate::service::doors::{self, Doors};

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
    room: Semaphore,
}

impl Webhooks {
    /// A listener for some doors.
    pub fn new(doors: Doors, hints: Arc<dyn Hints>, clock: Arc<dyn Clock>) -> Self {
        Webhooks { doors, hints, clock, room: Semaphore::new(ROOM) }
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
        .with_state(webhooks)
}

async fn of_community(
    State(webhooks): State<Arc<Webhooks>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Not> {
    let door = webhooks.doors.communities.get(&name).ok_or(Not::There)?;
    let headers = request.headers().clone();
    let body = webhooks.body(&headers, request.into_body()).await?;
    let hints = if let Some(signature) = headers.get(signed::SIGNATURE) {
        if !doors::signs(&door.hmac, &body, signature.to_str().unwrap_or_default()) {
            return Err(Not::Known);
        }
        signed::read(&body, "khoros")?
    } else if let Some(token) = bearer(&headers) {
        let stream = door.firehose.as_ref().filter(|stream| stream.is_good(token, webhooks.clock.now()));
        firehose::read(&body, &stream.ok_or(Not::Known)?.message_ids)?
    } else {
        let delivery = Delivery::read(&body).map_err(|_| Not::Known)?;
        if !doors::knows(&door.token, &delivery.token) {
            return Err(Not::Known);
        }
        delivery.hints()?
    };
    webhooks.take(HintSource::Community(name), hints).await?;
    Ok(StatusCode::OK)
}

/// What stands in the address of an org's outbound messages.
#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    token: String,
}

async fn of_org(
    State(webhooks): State<Arc<Webhooks>>,
    Path(name): Path<String>,
    Query(known): Query<Known>,
    request: Request,
) -> Result<Response, Not> {
    let door = webhooks.doors.orgs.get(&name).ok_or(Not::There)?;
    let headers = request.headers().clone();
    let signature = headers.get(signed::SIGNATURE).map(|signature| signature.to_str().unwrap_or_default());
    if signature.is_none() && !doors::knows(&door.token, &known.token) {
        return Err(Not::Known);
    }
    let body = webhooks.body(&headers, request.into_body()).await?;
    let source = HintSource::Org(name);
    if let Some(signature) = signature {
        if !doors::signs(&door.hmac, &body, signature) {
            return Err(Not::Known);
        }
        webhooks.take(source, signed::read(&body, "salesforce")?).await?;
        return Ok(StatusCode::OK.into_response());
    }
    let envelope = Envelope::read(&body)?;
    if door.organization_id.as_ref().is_some_and(|id| !envelope.is_from(id)) {
        return Err(Not::Known);
    }
    webhooks.take(source, envelope.hints).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], ACK).into_response())
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
    let body = webhooks.body(&headers, request.into_body()).await?;
    let stream = door.firehose.as_ref().ok_or(Not::Known)?;
    let said = basic(&headers).or_else(|| serde_json::from_slice(&body).ok()).unwrap_or_else(|| form(&body));
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
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let plain = String::from_utf8(BASE64_STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some(SignIn { client_id: id.to_owned(), client_secret: secret.to_owned() })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

impl Webhooks {
    /// The whole body. What is announced too large is not read, and there is room for so many bytes at a time.
    async fn body(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Not> {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let size: usize = announced.unwrap_or(LARGEST);
        if size > LARGEST {
            return Err(Not::TooLarge);
        }
        let room = u32::try_from(size.max(1)).map_err(|_| Not::TooLarge)?;
        let _room = self.room.try_acquire_many(room).map_err(|_| Not::Room)?;
        match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LARGEST)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(_)) => Err(Not::TooLarge),
            Err(_) => Err(Not::InTime),
        }
    }

    async fn take(&self, source: HintSource, hints: Vec<Hint>) -> Result<(), Not> {
        self.hints.take(source, hints, Batch::default()).await.map_err(Not::Taken)
    }
}
