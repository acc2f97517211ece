//! What OAuth calls send and how they are refused: forms in, `{"error", "error_description"}` out (sheet 2.2).

use serde_json::json;

use super::super::call::{self, Call};
use super::super::digest;
use super::super::reply::Reply;

/// `error` and `error_description`.
pub type Error = (&'static str, &'static str);

/// The fields of the body, then those of the address.
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn of(call: &Call) -> Form {
        let mut fields = call::pairs(&String::from_utf8_lossy(&call.body));
        fields.extend(call.query.iter().cloned());
        Form(fields)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Error> {
        let missing = match name {
            "grant_type" => "missing required parameter: grant_type",
            "username" => "missing required parameter: username",
            "password" => "missing required parameter: password",
            "code" => "missing required code parameter",
            "redirect_uri" => "missing required redirect uri",
            "refresh_token" => "missing required parameter: refresh_token",
            "assertion" => "missing required parameter: assertion",
            _ => "missing required parameter",
        };
        self.get(name).filter(|value| !value.is_empty()).ok_or(("invalid_request", missing))
    }
}

/// Name and secret of HTTP Basic.
pub fn basic(call: &Call, decode: bool) -> Option<(String, String)> {
    let (scheme, coded) = call.header("authorization")?.split_once(' ')?;
    let plain = String::from_utf8(digest::from_base64(coded.trim())?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let read = |text: &str| if decode { call::decoded(text, true) } else { text.to_owned() };
    scheme.eq_ignore_ascii_case("basic").then(|| (read(id), read(secret)))
}

/// Every refusal is status 400.
pub fn refused((error, description): Error) -> Reply {
    Reply::with(400, json!({"error": error, "error_description": description}))
}
