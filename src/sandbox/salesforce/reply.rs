//! What goes back: status, JSON, headers; zipped when the client asks for it.

use std::io::Write;

use axum::body::Body;
use axum::http::{HeaderMap, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::json;

use super::ordered::Json;
use super::refusal::Refusal;

const JSON_KIND: &str = "application/json;charset=UTF-8";

/// One answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// Without a body there is no content type either (sheet 14, 8).
    pub body: Option<Json>,
    /// A body that is text already, with its content type.
    pub text: Option<(&'static str, Vec<u8>)>,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn ok(body: impl Into<Json>) -> Reply {
        Reply::with(200, body)
    }

    pub fn with(status: u16, body: impl Into<Json>) -> Reply {
        Reply { body: Some(body.into()), ..Reply::bare(status) }
    }

    pub fn empty() -> Reply {
        Reply::bare(204)
    }

    /// Text of a content type, such as CSV.
    pub fn text(kind: &'static str, bytes: Vec<u8>) -> Reply {
        Reply { text: Some((kind, bytes)), ..Reply::bare(200) }
    }

    /// JSON of what writes itself, without a tree in between.
    pub fn written(body: &impl Serialize) -> Reply {
        Reply::text(JSON_KIND, serde_json::to_vec(body).unwrap_or_default())
    }

    /// With JSON that is written already as a tree again, for those who take answers apart.
    pub fn read_again(self) -> Reply {
        match self.text {
            Some((JSON_KIND, bytes)) => Reply { body: serde_json::from_slice(&bytes).ok(), text: None, ..self },
            _ => self,
        }
    }

    fn bare(status: u16) -> Reply {
        Reply { status, body: None, text: None, headers: Vec::new() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// As HTTP, for a client that sent these headers.
    pub fn into_response(self, asked: &HeaderMap) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let json = self.body.map(|body| (JSON_KIND, serde_json::to_vec(&body).unwrap_or_default()));
        let Some((kind, mut bytes)) = json.or(self.text) else { return built(response.body(Body::empty())) };
        response = response.header("Content-Type", kind).header("Vary", "Accept-Encoding");
        let zip =
            asked.get("accept-encoding").and_then(|value| value.to_str().ok()).is_some_and(|v| v.contains("gzip"));
        if let Some(zipped) = zip.then(|| zipped(&bytes)).flatten() {
            bytes = zipped;
            response = response.header("Content-Encoding", "gzip");
        }
        built(response.body(Body::from(bytes)))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        let reply = Reply::with(refusal.status, json!([refusal.as_rest()]));
        if refusal.status == 401 { reply.header("WWW-Authenticate", "Token") } else { reply }
    }
}

fn zipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn built(response: axum::http::Result<Response<Body>>) -> Response<Body> {
    response.unwrap_or_else(|_| {
        // Only a header value that is no header value leads here.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
