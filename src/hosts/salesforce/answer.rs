//! Reads the org's answers. The error code counts before the status: a 403 is a missing right or an exhausted
//! limit (X-4; Salesforce sheet 6).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::{CallError, by_status, class_of_status, with_doubt};
use crate::hosts::plain_text::one_line;
use crate::ports::HttpAnswer;

/// Until a window of the daily limit has moved on, and until a concurrent call is done (Salesforce sheet 13.3).
const DAILY_WAIT: Duration = Duration::from_secs(15 * 60);
const CONCURRENT_WAIT: Duration = Duration::from_secs(5);

/// The data of an answer; `Null` where it has no body.
pub fn read(call: &str, answer: &HttpAnswer, now: Timestamp) -> Result<Json, CallError> {
    let is_good = (200..300).contains(&answer.status);
    if is_good && answer.body.is_empty() {
        return Ok(Json::Null);
    }
    match serde_json::from_slice::<Json>(&answer.body) {
        Ok(json) if is_good => Ok(json),
        Ok(json) => Err(refusal(call, answer, &json, now)),
        Err(_) if answer.status == 401 => Err(CallError::DeadSession(by_status(call, answer, now))),
        Err(_) => Err(CallError::Failed(by_status(call, answer, now))),
    }
}

/// The error of one record of a collection (Salesforce sheet 6.1: its key is `statusCode`).
pub fn item_error(call: &str, result: &Json) -> HostError {
    let error = &result["errors"][0];
    let code = error["statusCode"].as_str().unwrap_or("no code");
    let said = one_line(error["message"].as_str().unwrap_or("refused without a reason"));
    let class = class_of_code(code, &said).unwrap_or(FailureClass::Refused);
    HostError::new(class, call, said).code(code)
}

fn refusal(call: &str, answer: &HttpAnswer, json: &Json, now: Timestamp) -> CallError {
    let error = json.get(0).unwrap_or(json);
    let text = |name: &str| error[name].as_str().map(one_line);
    let code = text("errorCode").or_else(|| text("error"));
    let said = text("message").or_else(|| text("error_description")).unwrap_or_default();
    let by_code = code.as_deref().and_then(|code| class_of_code(code, &said));
    let class = by_code.or_else(|| class_of_status(answer, now)).unwrap_or(FailureClass::Refused);
    let mut error = with_doubt(HostError::new(class, call, said), answer.status);
    if error.said.is_empty() {
        error.said = format!("HTTP {}", answer.status);
    }
    if let Some(code) = code {
        error = error.code(code);
    }
    if answer.status == 401 { CallError::DeadSession(error) } else { CallError::Failed(error) }
}

/// The class of the codes that mean the same whatever the status (Salesforce sheet 6.3).
pub(super) fn class_of_code(code: &str, said: &str) -> Option<FailureClass> {
    let waits = |after| Some(FailureClass::Temporary { after });
    match code {
        "REQUEST_LIMIT_EXCEEDED" if said.contains("Concurrent") => waits(Some(CONCURRENT_WAIT)),
        "REQUEST_LIMIT_EXCEEDED" => waits(Some(DAILY_WAIT)),
        "UNABLE_TO_LOCK_ROW" | "SERVER_UNAVAILABLE" | "TXN_SECURITY_METERING_ERROR" | "QUERY_TIMEOUT" => waits(None),
        // The org's own Apex failed on a locked row.
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" if said.contains("UNABLE_TO_LOCK_ROW") => waits(None),
        "INVALID_SESSION_ID" | "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => Some(FailureClass::SignedOut),
        "NOT_FOUND" | "ENTITY_IS_DELETED" => Some(FailureClass::NotFound),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(status: u16, body: &str) -> Result<Json, CallError> {
        let answer = HttpAnswer { status, headers: Default::default(), body: body.into() };
        read("salesforce: GET /query", &answer, Timestamp::UNIX_EPOCH)
    }

    fn rest(code: &str, message: &str) -> String {
        format!(r#"[{{"errorCode":"{code}","message":"{message}"}}]"#)
    }

    fn error_at(status: u16, body: &str) -> HostError {
        read_at(status, body).expect_err("an error").into()
    }

    #[test]
    fn a_403_is_a_limit_or_a_missing_right() {
        let limit = error_at(403, &rest("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
        assert_eq!(limit.class, FailureClass::Temporary { after: Some(DAILY_WAIT) });
        let busy = error_at(
            403,
            &rest("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        );
        assert_eq!(busy.class, FailureClass::Temporary { after: Some(CONCURRENT_WAIT) });
        assert_eq!(error_at(403, &rest("INSUFFICIENT_ACCESS", "no")).class, FailureClass::Refused);
        assert_eq!(error_at(403, &rest("API_DISABLED_FOR_ORG", "no")).class, FailureClass::SignedOut);
    }

    #[test]
    fn codes_say_whether_waiting_helps() {
        assert!(error_at(400, &rest("UNABLE_TO_LOCK_ROW", "locked")).is_temporary());
        assert!(error_at(503, &rest("SERVER_UNAVAILABLE", "busy")).is_temporary());
        let unknown = error_at(500, &rest("UNKNOWN_EXCEPTION", "ErrorId 1"));
        assert!(unknown.is_temporary() && unknown.maybe_applied);
        assert_eq!(error_at(400, &rest("MALFORMED_QUERY", "unexpected token")).class, FailureClass::Refused);
        assert_eq!(error_at(404, &rest("NOT_FOUND", "none")).class, FailureClass::NotFound);
        let session = read_at(401, &rest("INVALID_SESSION_ID", "Session expired or invalid"));
        assert!(matches!(session, Err(CallError::DeadSession(_))));
    }

    #[test]
    fn one_record_is_refused_in_the_orgs_words() {
        let result = serde_json::json!({ "success": false, "errors": [
            { "statusCode": "STRING_TOO_LONG", "message": "Subject: data value too large", "fields": ["Subject"] } ] });
        let error = item_error("salesforce: POST /composite/sobjects", &result);
        assert_eq!(
            (error.class.clone(), error.to_string()),
            (FailureClass::Refused, "Subject: data value too large (STRING_TOO_LONG)".into())
        );
        let locked = serde_json::json!({ "errors": [{ "statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "message": "MyTrigger: UNABLE_TO_LOCK_ROW" }] });
        assert!(item_error("x", &locked).is_temporary());
    }
}
