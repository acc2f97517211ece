//! What every host's failures have in common: lost connections, statuses, Retry-After, redaction (X-4).
//!
//! The codes of each host are in its own `answer.rs`; whether something is tried again is decided by the engine.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;

use crate::catalog::Reply;
use crate::failure::{FailureClass, HostError};
use crate::hosts::plain_text::{looks_like_html, one_line};
use crate::ports::{HttpAnswer, HttpFailure};

/// The code of an answer that is longer than was asked for.
pub const TOO_LONG: &str = "answer_too_long";
/// The code of an answer that sends us elsewhere.
pub const REDIRECTED: &str = "redirected";

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// The session is dead: sign in again, then the same call may be repeated once.
    DeadSession(HostError),
    Failed(HostError),
}

impl From<HostError> for CallError {
    fn from(error: HostError) -> Self {
        CallError::Failed(error)
    }
}

impl From<CallError> for HostError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::DeadSession(error) | CallError::Failed(error) => error,
        }
    }
}

/// The failure of a call that got no answer.
pub fn no_answer(call: &str, failure: HttpFailure) -> HostError {
    let said = failure.to_string();
    match failure {
        HttpFailure::Forbidden(_) => HostError::new(FailureClass::Refused, call, said),
        HttpFailure::TooLong(_) => HostError::new(FailureClass::Refused, call, said).code(TOO_LONG),
        HttpFailure::NotSent(_) => HostError::new(FailureClass::Temporary { after: None }, call, said),
        HttpFailure::Lost(_) => maybe_applied(HostError::new(FailureClass::Temporary { after: None }, call, said)),
        HttpFailure::Redirected(_) => {
            maybe_applied(HostError::new(FailureClass::Temporary { after: None }, call, said).code(REDIRECTED))
        }
    }
}

/// The failure that an answer without readable data is, by its status alone.
pub fn by_status(call: &str, answer: &HttpAnswer, now: Timestamp) -> HostError {
    let body = String::from_utf8_lossy(&answer.body);
    let said = spoken(answer.status, &one_line(&body));
    let broke_off = || format!("HTTP {}: the answer broke off after {} bytes", answer.status, answer.body.len());
    match class_of_status(answer, now) {
        // A refusal that nobody can read to its end may be one for which waiting helps, such as flood control's.
        Some(FailureClass::Refused | FailureClass::NotFound) if is_cut(&answer.body) => {
            HostError::new(FailureClass::Temporary { after: None }, call, broke_off())
        }
        Some(class) => with_doubt(HostError::new(class, call, said), answer.status),
        None if looks_like_html(&body) => {
            let said = format!("answered with a page instead of data: {}", one_line(&body));
            maybe_applied(HostError::new(FailureClass::Temporary { after: None }, call, said))
        }
        // It broke off on its way: the same call has a whole answer the next time.
        None if serde_json::from_slice::<IgnoredAny>(&answer.body).is_err() => {
            maybe_applied(HostError::new(FailureClass::Temporary { after: None }, call, broke_off()))
        }
        None => {
            maybe_applied(HostError::new(FailureClass::Unreadable, call, format!("the answer made no sense: {said}")))
        }
    }
}

/// Whether it is the beginning of a JSON text.
fn is_cut(body: &[u8]) -> bool {
    let begins = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    begins && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// The class that a status has by itself; none for a success.
pub fn class_of_status(answer: &HttpAnswer, now: Timestamp) -> Option<FailureClass> {
    Some(match answer.status {
        200..=299 => return None,
        401 => FailureClass::SignedOut,
        404 | 410 => FailureClass::NotFound,
        // 420 is Salesforce's edge setting things up (Salesforce sheet 6.2).
        408 | 420 | 429 | 500..=599 => FailureClass::Temporary { after: retry_after(answer, now) },
        _ => FailureClass::Refused,
    })
}

/// After these nobody knows whether a write was applied: the host broke while working, or a gateway gave up waiting.
/// A 503 or a throttle comes before the work.
pub fn with_doubt(error: HostError, status: u16) -> HostError {
    if matches!(status, 408 | 500 | 502 | 504) { maybe_applied(error) } else { error }
}

/// Marks that the request may have been applied.
pub fn maybe_applied(mut error: HostError) -> HostError {
    error.maybe_applied = true;
    error
}

/// What the host asked us to wait, as seconds or a date; "0" means at least a second (Khoros sheet 13.1).
pub fn retry_after(answer: &HttpAnswer, now: Timestamp) -> Option<Duration> {
    let text = answer.headers.get("retry-after")?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.max(Duration::from_secs(1)))
}

/// What becomes of a write that failed as a whole.
pub fn reply(error: HostError) -> Reply {
    match error.class {
        _ if error.maybe_applied => Reply::Unknown(error),
        // A halted connection comes back: the item itself did nothing wrong.
        FailureClass::Temporary { .. } | FailureClass::SignedOut => Reply::Again(error),
        FailureClass::Refused | FailureClass::NotFound | FailureClass::Unreadable => Reply::Refused(error),
    }
}

/// Takes secrets out of a host's words, should it repeat what it was sent.
pub fn redacted(mut error: HostError, secrets: &[&SecretString]) -> HostError {
    for secret in secrets.iter().map(|secret| secret.expose_secret()).filter(|secret| secret.len() >= 4) {
        error.said = error.said.replace(secret, "[secret]");
    }
    error
}

fn spoken(status: u16, line: &str) -> String {
    if line.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        HttpAnswer { status, headers, body: body.into() }
    }

    fn now() -> Timestamp {
        "2026-01-05T10:00:00Z".parse().expect("a moment")
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value| retry_after(&answer(429, &[("retry-after", value)], ""), now());
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("0"), Some(Duration::from_secs(1)));
        assert_eq!(after("Mon, 05 Jan 2026 10:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(after("Mon, 05 Jan 2026 09:00:00 GMT"), Some(Duration::from_secs(1)));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&answer(503, &[], ""), now()), None);
    }

    #[test]
    fn maintenance_pages_wait_and_say_one_line() {
        let page = include_str!("../../tests/data/F-050.html");
        for status in [500, 502, 503] {
            let error = by_status("salesforce: GET /query", &answer(status, &[], page), now());
            assert!(error.is_temporary());
            assert_eq!(
                error.said,
                format!("HTTP {status}: The service is down for planned work. Please try again later.")
            );
            assert_eq!(error.maybe_applied, status != 503);
        }
        let error = by_status("x", &answer(200, &[], page), now());
        assert!(error.is_temporary() && error.maybe_applied);
    }

    #[test]
    fn only_a_write_that_surely_did_nothing_is_sent_again() {
        let lost = no_answer("x", HttpFailure::Lost("the connection broke".into()));
        assert!(matches!(reply(lost), Reply::Unknown(_)));
        let not_sent = no_answer("x", HttpFailure::NotSent("no connection".into()));
        assert!(matches!(reply(not_sent), Reply::Again(_)));
        let throttled = by_status("x", &answer(429, &[], ""), now());
        assert!(matches!(reply(throttled), Reply::Again(_)));
        let nonsense = by_status("x", &answer(200, &[], "{"), now());
        assert!(matches!(reply(nonsense), Reply::Unknown(_)));
    }

    #[test]
    fn a_refusal_that_broke_off_is_no_answer_and_nothing_was_applied() {
        let cut = by_status("x", &answer(400, &[], r#"{"status":"error","message":"page.post.err"#), now());
        assert!(cut.is_temporary() && !cut.maybe_applied, "{cut:?}");
        let whole = by_status("x", &answer(400, &[], "no such page"), now());
        assert_eq!(whole.class, FailureClass::Refused);
    }

    #[test]
    fn secrets_that_a_host_repeats_are_taken_out() {
        let error = HostError::new(FailureClass::Refused, "x", "bad password geheim!");
        assert_eq!(redacted(error, &[&"geheim".to_owned().into()]).said, "bad password [secret]!");
    }
}
