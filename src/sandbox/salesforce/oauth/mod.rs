//! The OAuth endpoints and the identity page (sheet 2.2, 2.3); `session.rs` keeps what they give out.

mod app;
mod authorize;
mod form;
mod inspect;
mod jwt;
mod person;
mod token;

use jiff::Timestamp;

use super::call::Call;
use super::refusal::Refusal;
use super::reply::Reply;
use super::state::State;

pub use app::Secrets;

/// Answers a call below `/services/oauth2`.
pub fn answer(state: &mut State, call: &Call, endpoint: &str, base: &str, now: Timestamp) -> Reply {
    match endpoint {
        "authorize" => authorize::authorize(state, call, now),
        "token" => token::token(state, call, base, now),
        "revoke" => inspect::revoke(state, call),
        "introspect" => inspect::introspect(state, call, base, now),
        "userinfo" => person::userinfo(state, call, base, now),
        _ => Refusal::not_found().into(),
    }
}

/// Answers `/id/{org}/{user}`.
pub fn identity(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    person::identity(state, call, base, now)
}

/// The discovery document.
pub fn discovery(base: &str) -> Reply {
    inspect::discovery(base)
}
