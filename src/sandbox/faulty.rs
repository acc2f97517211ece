//! Makes faults happen: stands before a host, counts each call and does to it what `faults.rs` says.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;

use super::control::Shell;
use super::faults::{At, Do, Fault};
use super::line::Cut;
use super::zip;

const LARGEST_BODY: usize = 160 * 1024 * 1024;
const PAGE: &str = "<!DOCTYPE html><html><head><title>Service unavailable</title></head>\
                    <body><h1>We will be back soon</h1></body></html>";

/// The layer that every call to a host's own API goes through. Without faults nobody looks into the call.
pub async fn pass(
    State(shell): State<Arc<Shell>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    mut request: Request,
    next: Next,
) -> Response {
    DefaultBodyLimit::max(LARGEST_BODY).apply(&mut request);
    shell.counts.add(request.method(), request.uri());
    if !shell.faults.any() {
        return zip::gzip(request, next).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or was cut off").into_response();
    };
    let target = decoded(&parts.uri.to_string());
    let fault = shell.faults.strike(parts.method.as_str(), &target, &String::from_utf8_lossy(&body));
    match fault {
        None => zip::gzip(Request::from_parts(parts, Body::from(body)), next).await,
        Some(fault) => strike(&shell, &cut, fault, Call { parts, body, next }.unzipped()).await,
    }
}

/// A request that can be handed to the host more than once.
struct Call {
    parts: Parts,
    body: Bytes,
    next: Next,
}

impl Call {
    async fn run(&self) -> Response {
        let request = Request::from_parts(self.parts.clone(), Body::from(self.body.clone()));
        self.next.clone().run(request).await
    }

    /// A cut answer is cut in its text, not somewhere in compressed bytes.
    fn unzipped(mut self) -> Self {
        self.parts.headers.remove(header::ACCEPT_ENCODING);
        self
    }
}

async fn strike(shell: &Arc<Shell>, cut: &Cut, fault: Fault, call: Call) -> Response {
    match fault.what {
        Do::Status => said(&fault, 503, fault.body.clone().unwrap_or_default(), "application/json"),
        Do::Html => said(&fault, 200, fault.body.clone().unwrap_or_else(|| PAGE.into()), "text/html"),
        Do::Reset if fault.at == At::Start => {
            cut.end_with_reset();
            closed(cut)
        }
        Do::Reset => {
            let answer = call.run().await;
            cut.end_with_reset();
            half_then_cut(answer).await
        }
        Do::Truncate => truncated(call.run().await).await,
        Do::Delay => {
            tokio::time::sleep(Duration::from_millis(fault.ms.unwrap_or(1000))).await;
            call.run().await
        }
        Do::LostAnswer => {
            call.run().await;
            closed(cut)
        }
        Do::Drop => closed(cut),
        Do::Twice => {
            call.run().await;
            call.run().await
        }
        Do::Late => {
            tokio::spawn(apply_later(shell.clone(), fault.ms.unwrap_or(1000), call));
            closed(cut)
        }
    }
}

fn said(fault: &Fault, status: u16, body: String, kind: &str) -> Response {
    let status = StatusCode::from_u16(fault.status.unwrap_or(status)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut answer = (status, [(header::CONTENT_TYPE, kind.to_owned())], body).into_response();
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// What is returned here is never written: the line is cut before.
fn closed(cut: &Cut) -> Response {
    cut.close();
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

async fn whole(answer: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

async fn half_then_cut(answer: Response) -> Response {
    let (mut parts, bytes) = whole(answer).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let body = futures_util::stream::unfold(Some(half), async |half| match half {
        Some(half) => Some((Ok(half), None)),
        None => {
            // The first half should arrive before the reset that may overtake it.
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), None))
        }
    });
    Response::from_parts(parts, Body::from_stream(body))
}

async fn truncated(answer: Response) -> Response {
    let (mut parts, bytes) = whole(answer).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

async fn apply_later(shell: Arc<Shell>, ms: u64, call: Call) {
    let due = shell.clock.now() + SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    while shell.clock.now() < due {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.run().await;
}

/// Percent-decoding, with `+` as a space; what is no UTF-8 is replaced.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
