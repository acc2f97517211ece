//! The admin API on the operators' listener: what the commands do, for programs (`docs/openapi.yaml`).
//!
//! Each route has the service obey a command line with `--format json`, as the control socket does, and answers what it
//! said. Who does not know the token hears 401 and nothing else, whatever was asked for.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::service::control::{Obey, Said};
use crate::service::doors::{authorization, knows};

/// What the API is known by, and who does what it is asked for.
#[derive(Clone)]
pub struct Api {
    pub token: Option<SecretString>,
    pub obey: Obey,
}

/// `/api/…`.
pub fn router(api: Api) -> Router {
    let api = Arc::new(api);
    let routes = Router::new()
        .route("/parked", get(parked))
        .route("/parked/retry", post(retry))
        .route("/parked/drop", post(let_go))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/explain", post(explain))
        .route("/preview", post(preview))
        .route("/state", get(state))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(api.clone(), known))
        .with_state(api);
    Router::new().nest("/api", routes)
}

async fn known(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let token = authorization(request.headers(), "bearer").unwrap_or_default();
    if knows(&api.token, token) { next.run(request).await } else { StatusCode::UNAUTHORIZED.into_response() }
}

/// Runs, as the list names them, or subjects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct What {
    what: Vec<String>,
}

/// A rule; without one, everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRule {
    rule: Option<String>,
}

/// A thread or a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    subject: String,
}

/// The body of a request; what is wrong with it is answered in the shape of everything else.
struct Sent<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let read = Json::<T>::from_request(request, state).await;
        read.map(|Json(body)| Sent(body))
            .map_err(|why| answer(why.status(), 2, vec![], &format!("{}\n", why.body_text())))
    }
}

async fn parked(State(api): State<Arc<Api>>) -> Response {
    obeyed(&api, &["parked", "list"], vec![]).await
}

async fn retry(State(api): State<Arc<Api>>, Sent(what): Sent<What>) -> Response {
    of_parked(&api, "retry", what.what).await
}

async fn let_go(State(api): State<Arc<Api>>, Sent(what): Sent<What>) -> Response {
    of_parked(&api, "drop", what.what).await
}

/// A program that found nothing to name must not get all of it done.
async fn of_parked(api: &Api, verb: &str, what: Vec<String>) -> Response {
    if what.is_empty() {
        return said(2, vec![], "`what` names nothing\n   next: name runs as `GET /api/parked` does, or subjects\n");
    }
    obeyed(api, &["parked", verb], what).await
}

async fn pause(State(api): State<Arc<Api>>, Sent(of): Sent<OfRule>) -> Response {
    obeyed(&api, &["pause"], of.rule.into_iter().collect()).await
}

async fn resume(State(api): State<Arc<Api>>, Sent(of): Sent<OfRule>) -> Response {
    obeyed(&api, &["resume"], of.rule.into_iter().collect()).await
}

async fn explain(State(api): State<Arc<Api>>, Sent(about): Sent<About>) -> Response {
    obeyed(&api, &["explain"], vec![about.subject]).await
}

async fn preview(State(api): State<Arc<Api>>) -> Response {
    obeyed(&api, &["run", "--dry-run"], vec![]).await
}

async fn state(State(api): State<Arc<Api>>) -> Response {
    obeyed(&api, &["state", "info"], vec![]).await
}

/// Has a command obeyed; its words are never read as options. 200 when it ended well, else 422 with the same shape.
async fn obeyed(api: &Api, command: &[&str], words: Vec<String>) -> Response {
    let args = ["casebridge", "--format", "json"].iter().chain(command).map(|word| (*word).to_owned());
    let behind = if words.is_empty() { vec![] } else { vec!["--".to_owned()] };
    let args: Vec<String> = args.chain(behind).chain(words).collect();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let doing = tokio::spawn((api.obey)(args, sender));
    let (mut out, mut notes) = (String::new(), String::new());
    while let Some(said) = heard.recv().await {
        match said {
            Said::Out(text) => out += &text,
            Said::Err(text) => notes += &(text + "\n"),
            Said::Exit(_) => {}
        }
    }
    said(doing.await.unwrap_or(1), values(&out), &notes)
}

fn said(code: u8, said: Vec<Value>, notes: &str) -> Response {
    let status = if code == 0 { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    answer(status, code, said, notes)
}

fn answer(status: StatusCode, code: u8, said: Vec<Value>, notes: &str) -> Response {
    (status, Json(json!({ "exit_code": code, "said": said, "notes": notes }))).into_response()
}

/// What a command printed, as JSON where it is.
fn values(out: &str) -> Vec<Value> {
    let whole = serde_json::Deserializer::from_str(out).into_iter::<Value>().collect::<Result<Vec<_>, _>>();
    whole.unwrap_or_else(|_| out.lines().map(Value::from).collect())
}
