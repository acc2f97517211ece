//! Compresses answers for clients that ask for gzip, as both real hosts do.

use std::io::Write;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use flate2::{Compression, write::GzEncoder};

/// Below this a compressed answer is no shorter.
const WORTH_IT: usize = 512;

/// Runs what comes after and compresses its answer.
pub async fn gzip(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let wanted = accepts.is_some_and(|value| value.contains("gzip"));
    let answer = next.run(request).await;
    if !wanted || answer.headers().contains_key(header::CONTENT_ENCODING) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    match (bytes.len() >= WORTH_IT).then(|| compressed(&bytes)).flatten() {
        None => Response::from_parts(parts, Body::from(bytes)),
        Some(short) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, Body::from(short))
        }
    }
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
