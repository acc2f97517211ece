//! The operators' listener: how the service stands. It carries no data of members and no secrets.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::service::health::Health;
use crate::service::metrics::Metrics;

/// What the pages are made of.
#[derive(Clone)]
pub struct Operators {
    pub health: Health,
    pub metrics: Metrics,
}

/// `/health`, `/ready`, `/metrics`.
pub fn router(operators: Operators) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(operators)
}

/// 200 with the whole standing when all is well, else 503 with the same.
async fn health(State(operators): State<Operators>) -> Response {
    let (well, report) = operators.health.report();
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(report)).into_response()
}

/// Whether requests should be sent here.
async fn ready(State(operators): State<Operators>) -> Response {
    if operators.health.is_ready() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
    }
}

async fn metrics(State(operators): State<Operators>) -> Response {
    operators.metrics.rules(&operators.health.rules.borrow());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], operators.metrics.text(&operators.health.workers, &operators.health.streams))
        .into_response()
}
