//! What stands before the community: the web server's password, the throttle, and the ways to write a path.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sandbox::khoros::answer::{front_door, page, throttled};
use crate::sandbox::khoros::host::{Khoros, TENANT};

/// Contexts that v2 also answers under (sheet 1.2).
const CONTEXTS: [&str; 4] = ["t5/s", "t5", "forums/s", TENANT];

/// Lets a call in, or not.
pub async fn pass(State(khoros): State<Arc<Khoros>>, mut request: Request, next: Next) -> Response {
    if let Some(refused) = stop(&khoros, &request) {
        return refused;
    }
    if let Some(uri) = plain(request.uri()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn stop(khoros: &Khoros, request: &Request) -> Option<Response> {
    let mut state = khoros.state();
    let wanted = &state.switches.ht_access;
    if !wanted.is_empty() {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given != Some(&*format!("Basic {}", STANDARD.encode(wanted))) {
            return Some(front_door());
        }
    }
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if length > state.switches.max_url_bytes {
        return Some(page(StatusCode::URI_TOO_LONG, "URI Too Long"));
    }
    state.calls += 1;
    let every = state.switches.throttle;
    (every > 0 && state.calls.is_multiple_of(every)).then(throttled)
}

/// The address without doubled and trailing slashes and without a tenant or context; nothing if it has none of them.
fn plain(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.starts_with("/api/2.0/") && !path.contains("//") && !path.ends_with('/') {
        return None;
    }
    let parts: Vec<&str> = uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let path = parts.join("/");
    // The older address of the gateway (sheet 1.2).
    let gateway = path
        .strip_prefix("community/2.0/")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(tenant, _)| *tenant == TENANT);
    let path = gateway.map_or(path.clone(), |(_, rest)| format!("api/2.0/{rest}"));
    let inside = |context: &&str| {
        path.strip_prefix(*context).is_some_and(|rest| rest.starts_with("/api/2.0/") || rest == "/api/2.1/graphql")
    };
    let context = CONTEXTS.into_iter().find(inside);
    let path = context.map_or_else(|| format!("/{path}"), |context| path[context.len()..].to_owned());
    if path == uri.path() {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}{query}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_loses_its_context_and_stray_slashes() {
        let plain = |path: &str| plain(&path.parse().expect("an address")).map(|uri| uri.to_string());
        assert_eq!(plain("/t5/s/api/2.0/search?q=a").as_deref(), Some("/api/2.0/search?q=a"));
        assert_eq!(plain("//restapi/vc/a/").as_deref(), Some("/restapi/vc/a"));
        assert_eq!(plain("/api/2.0/search?q=a"), None);
        assert_eq!(plain("/elsewhere/api/2.0/search"), None);
    }
}
