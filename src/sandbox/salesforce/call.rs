//! One request as the org sees it, from the wire or from inside a composite.

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A request, its path cut into decoded segments.
#[derive(Default)]
pub struct Call {
    pub method: String,
    pub segments: Vec<String>,
    /// The same in lower case: resources are known in any.
    lower: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// Double slashes and a trailing one mean nothing (sheet 14, 2); `_HTTP_METHOD` turns a POST into another method.
    pub fn new(method: &str, target: &str, headers: HeaderMap, body: impl Into<Bytes>) -> Call {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path.split('/').filter(|segment| !segment.is_empty()).map(|s| decoded(s, false));
        let segments: Vec<String> = segments.collect();
        let lower = segments.iter().map(|segment| segment.to_lowercase()).collect();
        let query = pairs(query);
        let tunnelled = query.iter().find(|(name, _)| name == "_HTTP_METHOD" && method == "POST");
        let method = tunnelled.map_or(method, |(_, method)| method).to_owned();
        Call { method, segments, lower, query, headers, body: body.into() }
    }

    /// The segments in lower case.
    pub fn lower(&self) -> Vec<&str> {
        self.lower.iter().map(String::as_str).collect()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer` or `Authorization: OAuth`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
        known.then(|| token.trim())
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body).map_err(|why| Refusal::no_json(&self.body, &why))
    }

    /// The body as a JSON object.
    pub fn json_object(&self) -> Result<Map<String, Value>, Refusal> {
        match self.json()? {
            Value::Object(fields) => Ok(fields),
            _ => Err(Refusal::unreadable("The HTTP entity body is required, but this request has no entity body.")),
        }
    }
}

/// `a=1&b=2`, as in a query or a form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(k, v)| (decoded(k, true), decoded(v, true)))
        .collect()
}

/// Percent-decoding; in a query `+` is a space, which is how an unescaped `+02:00` gets lost (sheet 13.4).
pub fn decoded(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = (*first == b'%').then(|| rest.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[2..];
            }
            None => bytes.push(if plus && *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_too_many_mean_nothing() {
        let call = Call::new("GET", "//services/data/v65.0//query/?q=a+b%2B%27c", HeaderMap::new(), Vec::new());
        assert_eq!(call.segments, ["services", "data", "v65.0", "query"]);
        assert_eq!(call.parameter("q"), Some("a b+'c"));
    }
}
