//! What every call brings along: key, parameters, and the address at which it reached the community.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};

use crate::sandbox::khoros::answer_v1::Format;
use crate::sandbox::line::scheme;

/// One call.
pub struct Call {
    /// `li-api-session-key`, or on v1 also the parameter `restapi.session_key`.
    pub key: Option<String>,
    /// The access token of `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// The header `client-id`, which goes with an access token.
    pub client_id: Option<String>,
    /// Parameters of the query string; the last one of a name counts.
    pub params: HashMap<String, String>,
    pub base: String,
}

impl Call {
    /// `api.always_ok` asks for HTTP 200 whatever happens.
    pub fn always_ok(&self) -> bool {
        self.params.get("api.always_ok").is_some_and(|value| value != "false")
    }

    /// The format that a v1 caller asks for.
    pub fn format(&self) -> Format {
        match self.params.get("restapi.response_format").map(String::as_str) {
            Some("json") => Format::Json,
            _ => Format::Xml,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let params = form(parts.uri.query().unwrap_or_default().as_bytes());
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let key =
            header("li-api-session-key").map(str::to_owned).or_else(|| params.get("restapi.session_key").cloned());
        let bearer = header(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned()));
        let host = header(header::HOST.as_str()).unwrap_or_default();
        let base = format!("{}://{host}", scheme(&parts.extensions));
        Ok(Self { key, bearer, client_id: header("client-id").map(str::to_owned), params, base })
    }
}

/// The parameters of a form.
pub fn form(body: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(body).into_owned().collect()
}
