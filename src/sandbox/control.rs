//! The control endpoints under `/_sandbox/`, the same at each host. `docs/sandbox.md` documents them.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::SandboxHost;
use super::clock::{Clock, span};
use super::counts::Counts;
use super::faults::{Fault, Faults};

/// What surrounds one host: its faults and counts, and the sandbox's clock.
pub struct Shell {
    pub host: Arc<dyn SandboxHost>,
    pub clock: Arc<Clock>,
    pub faults: Faults,
    pub counts: Counts,
    /// The JSON line, known once both hosts have their addresses.
    pub hosts: Arc<OnceLock<Value>>,
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;
type On = State<Arc<Shell>>;

/// The control endpoints of one host.
pub fn router(shell: Arc<Shell>) -> Router {
    Router::new()
        .route("/_sandbox/clock", get(read_clock).post(move_clock))
        .route("/_sandbox/faults", get(list_faults).post(add_faults).delete(remove_faults))
        .route("/_sandbox/switches", get(read_switches).post(set_switches))
        .route("/_sandbox/expire", post(expire))
        .route("/_sandbox/counts", get(read_counts))
        .route("/_sandbox/world", get(read_world).post(edit_world))
        .route("/_sandbox/hosts", get(read_hosts))
        .with_state(shell)
}

fn refused(why: impl ToString) -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why.to_string() })))
}

/// Control calls come from shells and test code, so the content type is not looked at.
fn parsed<T: for<'a> Deserialize<'a>>(body: &Bytes) -> Result<T, (StatusCode, Json<Value>)> {
    serde_json::from_slice(body).map_err(refused)
}

fn time(clock: &Clock) -> Json<Value> {
    Json(json!({ "now": clock.now().to_string() }))
}

async fn read_clock(State(shell): On) -> Json<Value> {
    time(&shell.clock)
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Move {
    Now(String),
    Advance(String),
}

async fn move_clock(State(shell): On, body: Bytes) -> Answer {
    match parsed(&body)? {
        Move::Now(now) => shell.clock.set(now.parse::<Timestamp>().map_err(refused)?),
        Move::Advance(by) => shell.clock.advance(span(&by).map_err(refused)?),
    }
    Ok(time(&shell.clock))
}

async fn list_faults(State(shell): On) -> Json<Value> {
    Json(json!(shell.faults.list()))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Value>),
    One(Value),
}

async fn add_faults(State(shell): On, body: Bytes) -> Answer {
    let wanted = match parsed(&body)? {
        OneOrMany::One(fault) => vec![fault],
        OneOrMany::Many(faults) => faults,
    };
    let faults: Vec<Fault> =
        wanted.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(refused)?;
    let ids: Vec<u64> = faults.into_iter().map(|fault| shell.faults.add(fault)).collect();
    Ok(Json(json!({ "ids": ids })))
}

#[derive(Deserialize)]
struct Which {
    id: Option<u64>,
}

async fn remove_faults(State(shell): On, Query(which): Query<Which>) -> Json<Value> {
    shell.faults.remove(which.id);
    Json(json!(shell.faults.list()))
}

async fn read_switches(State(shell): On) -> Json<Value> {
    Json(shell.host.switches())
}

async fn set_switches(State(shell): On, body: Bytes) -> Answer {
    shell.host.set_switches(&parsed(&body)?).map_err(refused)?;
    Ok(Json(shell.host.switches()))
}

async fn expire(State(shell): On) -> Json<Value> {
    shell.host.expire();
    Json(json!({}))
}

async fn read_counts(State(shell): On) -> Json<Value> {
    Json(json!({ "calls": shell.counts.calls(), "applied": shell.host.applied() }))
}

async fn read_world(State(shell): On) -> Json<Value> {
    Json(shell.host.world())
}

async fn edit_world(State(shell): On, body: Bytes) -> Answer {
    shell.host.edit(&parsed(&body)?).map(Json).map_err(refused)
}

async fn read_hosts(State(shell): On) -> Json<Value> {
    Json(shell.hosts.get().cloned().unwrap_or_default())
}
