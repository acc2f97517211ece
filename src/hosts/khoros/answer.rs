//! Reads the community's answers: v1 and v2 envelopes, errors at HTTP 200, pages instead of data (Khoros sheet 3).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::{CallError, by_status, class_of_status, with_doubt};
use crate::hosts::khoros::why_not::is_flood;
use crate::hosts::plain_text::one_line;
use crate::ports::HttpAnswer;

const FLOOD_WAIT: Duration = Duration::from_secs(30);

/// The payload of an answer: `data` of v2, the whole envelope of v1.
pub fn read(call: &str, answer: &HttpAnswer, now: Timestamp) -> Result<Json, CallError> {
    let Some(envelope) = envelope(&answer.body) else { return Err(no_data(call, answer, now)) };
    let refused = envelope["status"].as_str().is_some_and(|status| status != "success");
    if refused || !(200..300).contains(&answer.status) {
        return Err(refusal(call, answer, &envelope, now));
    }
    if envelope["status"].is_null() && envelope["data"].is_null() {
        return Err(CallError::Failed(by_status(call, answer, now)));
    }
    Ok(envelope.get("data").cloned().unwrap_or(envelope))
}

/// The JSON of an answer, without the wrapping that v1 and some gateways put around it.
fn envelope(body: &[u8]) -> Option<Json> {
    let mut json: Json = serde_json::from_slice(body).ok().or_else(|| xml_error(body))?;
    match json.get_mut("response").map(Json::take) {
        Some(inner) if inner.is_object() => Some(inner),
        _ => json.is_object().then_some(json),
    }
}

/// v1 errors come as XML where JSON was not asked for or not heard: `<error code="301"><message>…`.
fn xml_error(body: &[u8]) -> Option<Json> {
    let text = std::str::from_utf8(body).ok()?;
    let rest = text.trim_start().starts_with("<response").then(|| text.split_once("<error code=\""))??.1;
    let (code, rest) = rest.split_once('"')?;
    let message = rest.split_once("<message>")?.1.split_once("</message>")?.0;
    let error = serde_json::json!({ "code": code.parse::<i64>().ok()?, "message": message });
    Some(serde_json::json!({ "status": "error", "error": error }))
}

fn no_data(call: &str, answer: &HttpAnswer, now: Timestamp) -> CallError {
    let error = by_status(call, answer, now);
    match answer.status {
        401 if is_gate(answer) => CallError::Failed(gate_closed(call)),
        401 => CallError::DeadSession(error),
        _ => CallError::Failed(error),
    }
}

/// A 401 with a Basic challenge comes from the web server in front of the community, not from the API (CON-4).
fn is_gate(answer: &HttpAnswer) -> bool {
    answer.headers.get("www-authenticate").is_some_and(|challenge| challenge.to_lowercase().starts_with("basic"))
}

fn gate_closed(call: &str) -> HostError {
    let said = "the web server in front of the community refused its user and password (HT-access, in `base_url`)";
    HostError::new(FailureClass::SignedOut, call, said).code("401")
}

fn refusal(call: &str, answer: &HttpAnswer, envelope: &Json, now: Timestamp) -> CallError {
    if answer.status == 401 && is_gate(answer) {
        return CallError::Failed(gate_closed(call));
    }
    let code = number(&envelope["data"]["code"]).or_else(|| number(&envelope["error"]["code"]));
    let status = number(&envelope["http_code"]).or_else(|| number(&envelope["httpCode"])).filter(|code| *code >= 400);
    let status = status.and_then(|code| u16::try_from(code).ok()).unwrap_or(answer.status);
    let said = words(envelope);
    let class = class(code, &HttpAnswer { status, ..answer.clone() }, &said, now);
    let mut error = with_doubt(HostError::new(class, call, said), status);
    if let Some(code) = code {
        error = error.code(code.to_string());
    }
    match (status, code) {
        (_, Some(301)) | (401, _) | (403, Some(403)) => CallError::DeadSession(error),
        _ => CallError::Failed(error),
    }
}

/// The code counts before the status (Khoros sheet 3.2). Texts are localised and only a hint.
fn class(code: Option<i64>, answer: &HttpAnswer, said: &str, now: Timestamp) -> FailureClass {
    match code {
        Some(301) => FailureClass::SignedOut,
        // 302 is a failed login or a missing right (inferred); which of them, the call that signs in knows.
        Some(203 | 302 | 403) => FailureClass::Refused,
        Some(101) => FailureClass::NotFound,
        _ if is_flood(said) => FailureClass::Temporary { after: Some(FLOOD_WAIT) },
        _ => class_of_status(answer, now).unwrap_or(FailureClass::Refused),
    }
}

/// The message and what stands behind it for developers; that names the mistake in a query.
fn words(envelope: &Json) -> String {
    let text = |json: &Json| one_line(json.as_str().unwrap_or_default());
    let message = match text(&envelope["message"]) {
        empty if empty.is_empty() => text(&envelope["error"]["message"]),
        message => message,
    };
    match text(&envelope["data"]["developer_message"]) {
        more if more.is_empty() || more == message => message,
        more => format!("{message}: {more}"),
    }
}

fn number(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(status: u16, body: &str) -> Result<Json, CallError> {
        let answer = HttpAnswer { status, headers: Default::default(), body: body.into() };
        read("khoros: GET search", &answer, Timestamp::UNIX_EPOCH)
    }

    fn v2(code: i64, message: &str) -> String {
        format!(r#"{{"status":"error","message":"{message}","data":{{"type":"error_data","code":{code}}}}}"#)
    }

    fn class_at(status: u16, body: &str) -> FailureClass {
        HostError::from(read_at(status, body).expect_err("an error")).class
    }

    #[test]
    fn a_dead_session_has_many_shapes() {
        let v1 = r#"{"response":{"status":"error","error":{"code":301,"message":"Ungültiger Schlüssel."}}}"#;
        let xml =
            r#"<response status="error"><error code="301"><message>Invalid session key.</message></error></response>"#;
        let page = "<html><body><h1>HTTP Status 401</h1></body></html>";
        let dead = [(200, v1.to_owned()), (200, xml.to_owned()), (401, v2(301, "x")), (200, v2(301, "x"))];
        let dead = dead.into_iter().chain([(401, page.to_owned()), (403, v2(403, "x")), (403, v2(301, "x"))]);
        for (status, body) in dead {
            assert!(matches!(read_at(status, &body), Err(CallError::DeadSession(_))), "{status} {body}");
        }
        assert!(matches!(read_at(403, &v2(203, "You are not authorized")), Err(CallError::Failed(_))));
    }

    #[test]
    fn codes_count_before_statuses() {
        assert_eq!(class_at(200, &v2(203, "no right")), FailureClass::Refused);
        assert_eq!(class_at(404, &v2(101, "none")), FailureClass::NotFound);
        assert_eq!(class_at(400, &v2(604, "Invalid query syntax")), FailureClass::Refused);
        assert_eq!(
            class_at(200, r#"{"response":{"status":"error","error":{"code":302,"message":"no"}}}"#),
            FailureClass::Refused
        );
        assert_eq!(class_at(503, &v2(0, "busy")), FailureClass::Temporary { after: None });
        assert_eq!(
            class_at(400, &v2(309, "page.post.error.flood_control_exceeded")),
            FailureClass::Temporary { after: Some(FLOOD_WAIT) }
        );
        assert_eq!(class_at(200, "{}"), FailureClass::Unreadable);
    }

    #[test]
    fn the_front_door_is_told_apart_from_the_api() {
        let headers = [("www-authenticate".to_owned(), "Basic realm=\"x\"".to_owned())].into();
        let answer = HttpAnswer { status: 401, headers, body: b"<html></html>".to_vec() };
        match read("x", &answer, Timestamp::UNIX_EPOCH) {
            Err(CallError::Failed(error)) => assert!(error.said.contains("HT-access"), "{error}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wrapped_and_plain_answers_give_their_data() {
        let data = serde_json::json!({ "size": 0 });
        assert_eq!(read_at(200, r#"{"status":"success","data":{"size":0}}"#), Ok(data.clone()));
        assert_eq!(read_at(200, r#"{"response":{"httpCode":200,"status":"success","data":{"size":0}}}"#), Ok(data));
    }
}
