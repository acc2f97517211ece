//! `If-Modified-Since` and `If-Unmodified-Since` on a record (sheet 3.2): a way not to overwrite what another changed.

use super::super::call::Call;
use super::super::moment;
use super::super::record::Record;
use super::super::refusal::Refusal;
use super::super::reply::Reply;

/// The answer when a condition of the call does not hold; dates are those of RFC 1123, others are ignored.
pub fn unmet(call: &Call, record: &Record) -> Option<Result<Reply, Refusal>> {
    let modified = record.text("LastModifiedDate")?;
    if since(call, "if-unmodified-since").is_some_and(|since| modified > since.as_str()) {
        let message = "The record was modified after the time given in If-Unmodified-Since";
        return Some(Err(Refusal::new("PRECONDITION_FAILED", message).status(412)));
    }
    unchanged(call, modified).map(Ok)
}

/// The answer to a reader who has seen what was modified then.
pub fn unchanged(call: &Call, modified: &str) -> Option<Reply> {
    let reading = matches!(call.method.as_str(), "GET" | "HEAD");
    let same = reading && since(call, "if-modified-since").is_some_and(|since| modified <= since.as_str());
    same.then(|| Reply { status: 304, ..Reply::empty() })
}

fn since(call: &Call, name: &str) -> Option<String> {
    let date = jiff::fmt::rfc2822::parse(call.header(name)?).ok()?;
    Some(moment::written(date.timestamp()))
}
