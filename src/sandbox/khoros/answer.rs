//! The envelopes of answers (sheet 3).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::switches::ErrorHttp;

/// What JSON answers say that they are.
pub const JSON: &str = "application/json;charset=UTF-8";

/// A whole answer with one message takes so many bytes.
const USUAL: usize = 8_192;

const BEFORE: &[u8] = br#"{"status":"success","message":"","http_code":200,"data":"#;
const AFTER: &[u8] = br#","metadata":{}}"#;

/// What a v2 success carries, written already, and what stands before it: an answer is written once and not copied.
pub struct Data(Vec<u8>);

impl Data {
    pub fn of(what: &impl Serialize) -> Self {
        let mut text = Vec::with_capacity(USUAL);
        text.extend_from_slice(BEFORE);
        // Only a map whose keys are no texts cannot be written, and there is none here.
        serde_json::to_writer(&mut text, what).unwrap_or_default();
        Self(text)
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self::of(&value)
    }
}

/// A v2 success.
pub fn success(data: Data) -> Vec<u8> {
    let mut text = data.0;
    text.extend_from_slice(AFTER);
    text
}

/// JSON in any envelope.
pub fn raw(body: impl IntoResponse) -> Response {
    text(StatusCode::OK, JSON, body)
}

/// What v2 refuses, and how.
#[derive(Clone, Debug)]
pub struct Refusal {
    http: StatusCode,
    code: u16,
    message: String,
    developer_message: String,
}

impl Refusal {
    fn new(http: StatusCode, code: u16, message: &str) -> Self {
        Self { http, code, message: message.into(), developer_message: String::new() }
    }

    /// Any mistake in LiQL. The number is not known; 604 is inferred.
    pub fn syntax(why: String) -> Self {
        Self { developer_message: why, ..Self::new(StatusCode::BAD_REQUEST, 604, "Invalid query syntax") }
    }

    /// A session key that is dead or never lived (HTTP status inferred).
    pub fn dead_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 301, "Invalid session key.")
    }

    pub fn not_authorized() -> Self {
        Self::new(StatusCode::FORBIDDEN, 203, "You are not authorized to make this request")
    }

    /// A failing proxy, with its web page.
    pub fn bad_gateway() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, 0, "Bad Gateway")
    }

    /// No such object (number and status inferred).
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            101,
            &format!("No {kind} with the specified id {}", id.chars().take(100).collect::<String>()),
        )
    }

    /// A wrong body (HTTP status inferred).
    pub fn invalid(why: &str) -> Self {
        let text = "A possible invalid request has been made. Check the URL, the parameters and the payload.";
        Self { developer_message: why.into(), ..Self::new(StatusCode::BAD_REQUEST, 309, text) }
    }

    /// Post validation puts a text key in the message (sheet 3.2); this key, number and status are inferred.
    pub fn flood() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 309, "page.post.error.flood_control_exceeded")
    }

    /// A label that the board does not have (inferred).
    pub fn label_not_allowed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 309, "page.post.error.label_not_predefined")
    }

    /// A file of a kind that may not be attached (sheet 3.2).
    pub fn bad_extension() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 309, "page.post.error.attachment_bad_extension")
    }

    /// A topic that is solved already (text inferred from sheet 7.4).
    pub fn solved_already() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 309, "solution already exists")
    }

    /// A feature that is off (sheet 3.2).
    pub fn not_configured(identifier: &str) -> Self {
        let text = format!("Feature is not configured for this community. identifier: {identifier}");
        Self::new(StatusCode::FORBIDDEN, 403, &text)
    }

    /// The address of a new member that another one has (number as in v1: a value that exists).
    pub fn exists(what: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 102, &format!("The {what} already exists"))
    }

    /// A code or a refresh token that is none, or a wrong client (numbers inferred).
    pub fn no_grant(why: &str) -> Self {
        Self { developer_message: why.into(), ..Self::new(StatusCode::UNAUTHORIZED, 301, "Invalid grant.") }
    }

    /// The answer, with HTTP 200 where the community or the request wants that.
    pub fn response(&self, error_http: ErrorHttp, always_ok: bool) -> Response {
        if self.http == StatusCode::BAD_GATEWAY {
            return page(self.http, &self.message);
        }
        let data = json!({
            "type": "error_data", "code": self.code, "developer_message": self.developer_message, "more_info": "",
        });
        let body = json!({ "status": "error", "message": self.message, "data": data, "metadata": {} });
        let http = if always_ok || error_http == ErrorHttp::Always200 { StatusCode::OK } else { self.http };
        text(http, JSON, body.to_string())
    }
}

/// A failure of what stands before the community: a web page (sheet 2.2).
pub fn page(status: StatusCode, description: &str) -> Response {
    let title = format!("HTTP Status {} - {description}", status.as_u16());
    let html = format!(
        "<html><head><title>{title}</title></head><body><h1>{title}</h1>\
         <p><b>description</b> <u>{description}</u></p></body></html>"
    );
    text(status, "text/html;charset=UTF-8", html)
}

/// Too many calls (sheet 13.1).
pub fn throttled() -> Response {
    with(page(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"), header::RETRY_AFTER, "0")
}

/// The web server before the community wants its own password.
pub fn front_door() -> Response {
    with(page(StatusCode::UNAUTHORIZED, "Unauthorized"), header::WWW_AUTHENTICATE, "Basic realm=\"community\"")
}

fn with(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

/// An answer of one kind.
pub fn text(status: StatusCode, kind: &'static str, body: impl IntoResponse) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
