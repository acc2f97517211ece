//! The community's routes: v2 under `/api/2.0` (also behind a tenant or a context), v1 under `/restapi/vc`.

mod call;
mod front;

mod body;
mod files;
mod follow;
mod images;
mod marks;
mod messages;
mod moderate;
mod oauth;
mod payload;
mod people;
mod search;
mod solutions;

mod v1;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, delete, get, post, put};

use super::answer::page;
use super::graphql::graphql;
use super::host::Khoros;

pub use call::Call;
pub use v1::{Element, message_element, user_element};

/// What the version page says (sheet 1.2).
async fn version() -> axum::response::Html<&'static str> {
    axum::response::Html(
        "<html><body>Revision: 25.9 (release-25.9.2509011200) <br>Commit Id: 5a4db0c5 <br>Timestamp: 2509011200<br></body></html>",
    )
}

/// Where nothing is: below v2 its envelope (sheet 3.2), elsewhere a web page.
async fn lost(khoros: State<Arc<Khoros>>, uri: Uri, call: Call) -> Response {
    match uri.path().split('/').filter(|part| !part.is_empty()).take(2).eq(["api", "2.0"]) {
        true => search::no_such_call(khoros, call).await,
        false => page(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// All routes of the host.
pub fn router(khoros: Arc<Khoros>) -> Router {
    let v2 = Router::new()
        .route("/api/2.0/search", get(search::search).post(search::search_structured))
        .route("/api/2.0/auth/signout", post(people::signout))
        .route("/api/2.0/auth/authorize", post(oauth::authorize_by_jwt))
        .route("/api/2.0/auth/accessToken", post(oauth::access_token))
        .route("/api/2.0/auth/refreshToken", post(oauth::refresh_token))
        .route("/auth/oauth2/authorize", get(oauth::authorize))
        .route("/api/2.0/images", post(images::upload))
        .route("/api/2.0/users", post(people::create))
        .route("/api/2.0/users/{id}", get(search::get_user).put(people::edit).delete(people::delete))
        .route("/api/2.0/boards", post(moderate::create_board))
        .route("/api/2.0/subscriptions", post(follow::follow))
        .route("/api/2.0/subscriptions/{id}", delete(follow::unfollow))
        .route("/api/2.0/messages_read", post(follow::mark_read))
        .route("/api/2.0/abuse_reports", post(follow::report))
        .route("/api/2.0/archives/archive", post(moderate::archive))
        .route("/api/2.0/archives/unarchive", post(moderate::unarchive))
        .route("/api/2.0/messages/{id}/moderation_data", put(moderate::spam))
        .route("/api/2.0/{collection}/{id}", get(search::get_other))
        .route("/api/2.1/graphql", post(graphql))
        .route("/t5/attachments/{id}/{filename}", get(files::download))
        .route("/status/version", get(version))
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
        .route("/restapi/vc/{*path}", any(v1::any));
    let all = v2.merge(v1).fallback(lost).method_not_allowed_fallback(lost).with_state(khoros.clone());
    // The front must see a request before it is routed, so it stands before a router that routes nothing itself.
    Router::new().fallback_service(all).layer(from_fn_with_state(khoros, front::pass))
}
