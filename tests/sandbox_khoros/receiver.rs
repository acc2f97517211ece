//! A receiver of events on this machine: keeps what comes and answers as told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};

/// What came in: path, headers, body.
pub type Arrived = (String, HeaderMap, String);

/// A receiver; `/token` gives a token, all else is kept.
#[derive(Clone, Default)]
pub struct Receiver {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    broken: Arc<Mutex<bool>>,
}

impl Receiver {
    /// A listening receiver and its address.
    pub async fn listen() -> (Self, String) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    /// From now on it answers 503, or no longer.
    pub fn break_down(&self, broken: bool) {
        *self.broken.lock().expect("no panic") = broken;
    }

    /// So many arrivals, waited for.
    pub async fn wait(&self, count: usize) -> Vec<Arrived> {
        for _ in 0..500 {
            let arrived = self.arrived.lock().expect("no panic").clone();
            if arrived.len() >= count {
                return arrived;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} were awaited, these came: {:?}", self.arrived.lock().expect("no panic"));
    }
}

async fn take(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let text = String::from_utf8_lossy(&body).into_owned();
    receiver.arrived.lock().expect("no panic").push((uri.path().to_owned(), headers, text));
    match (uri.path(), *receiver.broken.lock().expect("no panic")) {
        ("/token", _) => (StatusCode::OK, r#"{"auth": {"token": "T1"}}"#),
        (_, true) => (StatusCode::SERVICE_UNAVAILABLE, ""),
        (_, false) => (StatusCode::OK, ""),
    }
}
