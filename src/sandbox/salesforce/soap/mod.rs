//! The SOAP partner API as far as it is still needed (sheet 2.1): `login`, `logout`, `getUserInfo`; `create`,
//! the one call that can ask for e-mails (sheet 13.2); `delete`, `undelete` and `merge`.

mod create;
mod envelope;
mod login;
mod recycle;

use jiff::Timestamp;

use super::call::Call;
use super::reply::Reply;
use super::state::State;
use envelope::{Fault, Message, respond};

/// One call, its envelope read.
pub struct Visit<'a> {
    pub state: &'a mut State,
    pub message: Message,
    pub version: u32,
    pub base: &'a str,
    pub now: Timestamp,
}

/// Answers `POST /services/Soap/u/{version}[/{org}]`; every fault is status 500.
pub fn answer(state: &mut State, call: &Call, version: &str, base: &str, now: Timestamp) -> Reply {
    let visit = Message::read(call).and_then(|message| {
        let version = read_version(version)?;
        Ok(Visit { state, message, version, base, now })
    });
    match visit.and_then(run) {
        Ok(body) => respond(&body),
        Err(fault) => fault.into_reply(),
    }
}

fn run(mut visit: Visit<'_>) -> Result<String, Fault> {
    if visit.message.operation.name == "login" {
        return login::login(&mut visit);
    }
    enter(&mut visit)?;
    match visit.message.operation.name.as_str() {
        "logout" => login::logout(&mut visit),
        "getUserInfo" => Ok(login::user_info(&visit)),
        "create" => create::create(&mut visit),
        "delete" => recycle::delete(&mut visit),
        "undelete" => recycle::undelete(&mut visit),
        "merge" => recycle::merge(&mut visit),
        name => Err(Fault::new("INVALID_OPERATION", format!("operation `{name}` is not part of the sandbox"))),
    }
}

/// The session of the header, and one call of the quota.
fn enter(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let ttl = visit.state.switches.session_ttl_min;
    if !visit.message.session.as_deref().is_some_and(|token| visit.state.sessions.touch(token, visit.now, ttl)) {
        let message = "Invalid Session ID found in SessionHeader: Illegal Session";
        return Err(Fault::new("INVALID_SESSION_ID", message));
    }
    if !visit.state.quota.spend(visit.now, visit.state.switches.daily_limit) {
        return Err(Fault::new("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
    }
    Ok(())
}

fn read_version(text: &str) -> Result<u32, Fault> {
    let number = text.strip_suffix(".0").unwrap_or(text).parse().ok();
    number
        .filter(|version| (31..=68).contains(version))
        .ok_or_else(|| Fault::new("UNSUPPORTED_API_VERSION", format!("Invalid Api version specified on URL: {text}")))
}
