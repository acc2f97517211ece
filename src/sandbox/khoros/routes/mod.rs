//! The community's routes: v2 under `/api/2.0` (also behind a tenant or a context), v1 under `/restapi/vc`.

mod call;
mod front;

mod body;
mod marks;
mod messages;
mod search;
mod solutions;

mod v1;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, delete, get, post};

use super::answer::page;
use super::host::Khoros;

pub use call::Call;

/// All routes of the host.
pub fn router(khoros: Arc<Khoros>) -> Router {
    let v2 = Router::new()
        .route("/api/2.0/search", get(search::search))
        .route("/api/2.0/users/{id}", get(search::get_user))
        .route("/api/2.0/messages", post(messages::create))
        .route("/api/2.0/messages/{id}", get(search::get_message).put(messages::edit).delete(messages::delete))
        .route("/api/2.0/messages/{id}/labels", post(marks::add_label))
        .route("/api/2.0/messages/{id}/labels/{text}", delete(marks::remove_label))
        .route("/api/2.0/messages/{id}/tags", post(marks::add_tag))
        .route("/api/2.0/messages/{id}/kudos", post(marks::give_kudo).delete(marks::take_kudo))
        .route("/api/2.0/solutions_data", post(solutions::accept));
    let v1 = Router::new()
        .route("/restapi/vc/authentication/sessions/login", any(v1::login))
        .route("/restapi/vc/authentication/sessions/logout", any(v1::logout))
        .route("/restapi/vc/search/users", get(v1::search_users))
        .route("/restapi/vc/{*path}", any(v1::unknown));
    let all = v2.merge(v1).fallback(async || page(StatusCode::NOT_FOUND, "Not Found")).with_state(khoros.clone());
    // The front must see a request before it is routed, so it stands before a router that routes nothing itself.
    Router::new().fallback_service(all).layer(from_fn_with_state(khoros, front::pass))
}
