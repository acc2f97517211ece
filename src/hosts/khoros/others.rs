//! Acting as another member: sessions that an administrator opens for them (Khoros sheet 2.3), and how much each may
//! write in which time (13.2), so that flood control never has to refuse it.
//!
//! The keys are kept in memory only and for less than the half hour after which the community forgets them.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::host_error::CallError;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::sign_in::Key;
use crate::hosts::khoros::{Client, rows};
use crate::ports::{HttpBody, HttpRequest};
use crate::speaker::silent;
use crate::value::Value;

/// A key dies after 30 minutes without use (Khoros sheet 2.2).
const KEPT: SignedDuration = SignedDuration::from_mins(25);

/// The code of a member for whom no session is opened.
pub const CANNOT_SPEAK: &str = "cannot_speak";

/// What flood control counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Post,
    Note,
}

impl Act {
    /// So many within so many seconds (Khoros sheet 13.2, the current page).
    fn limits(self) -> [(usize, i64); 3] {
        match self {
            Act::Post => [(5, 30), (15, 600), (50, 3600)],
            Act::Note => [(5, 30), (10, 600), (50, 3600)],
        }
    }
}

/// What is known of other members.
#[derive(Default)]
pub struct Others {
    keys: Mutex<HashMap<String, (SecretString, Timestamp)>>,
    done: Mutex<HashMap<(String, Act), VecDeque<Timestamp>>>,
}

impl Others {
    /// Counts one more act of a member, or says how long it has to wait.
    pub fn admit(&self, login: &str, act: Act, now: Timestamp) -> Result<(), Duration> {
        let mut all = self.done.lock().expect("no panic holds it");
        let done = all.entry((login.to_lowercase(), act)).or_default();
        while done.front().is_some_and(|at| now.duration_since(*at) >= SignedDuration::from_hours(1)) {
            done.pop_front();
        }
        let wait = |(times, seconds): (usize, i64)| {
            let oldest = done.len().checked_sub(times).and_then(|n| done.get(n))?;
            let free = *oldest + SignedDuration::from_secs(seconds);
            (free > now).then(|| Duration::try_from(free.duration_since(now)).unwrap_or_default())
        };
        if let Some(wait) = act.limits().into_iter().filter_map(wait).max() {
            return Err(wait);
        }
        done.push_back(now);
        Ok(())
    }

    fn key(&self, login: &str, now: Timestamp) -> Option<SecretString> {
        let keys = self.keys.lock().expect("no panic holds it");
        keys.get(&login.to_lowercase())
            .filter(|(_, since)| now.duration_since(*since) < KEPT)
            .map(|(key, _)| key.clone())
    }

    fn keep(&self, login: &str, key: Option<SecretString>, now: Timestamp) {
        let mut keys = self.keys.lock().expect("no panic holds it");
        match key {
            Some(key) => _ = keys.insert(login.to_lowercase(), (key, now)),
            None => _ = keys.remove(&login.to_lowercase()),
        }
    }
}

impl Client {
    /// Counts one more act of a member, or says how long it has to wait; administrators are exempt, and the connector is
    /// one (Khoros sheet 13.2).
    pub fn admit(&self, login: &str, act: Act) -> Result<(), HostError> {
        if self.is_own(login) {
            return Ok(());
        }
        self.others.admit(login, act, self.now()).map_err(|wait| {
            let said = format!("{login} wrote as much as the community takes at a time");
            HostError::new(FailureClass::Temporary { after: Some(wait) }, "khoros: flood control", said)
        })
    }

    /// Posts one thing below a v2 path as a member.
    pub async fn post_as(&self, login: &str, path: &str, data: Json) -> Result<Json, HostError> {
        let body = HttpBody::Json(json!({ "data": data }));
        let request = HttpRequest { method: "POST", url: self.v2(path), body, ..HttpRequest::default() };
        self.call_as(login, &format!("khoros: POST /{path}"), request).await
    }

    /// Changes what stands at a v2 path as a member.
    pub async fn put_as(&self, login: &str, path: &str, data: Json) -> Result<Json, HostError> {
        let body = HttpBody::Json(json!({ "data": data }));
        let request = HttpRequest { method: "PUT", url: self.v2(path), body, ..HttpRequest::default() };
        self.call_as(login, &format!("khoros: PUT /{path}"), request).await
    }

    /// Sends a form of the older API as a member.
    pub async fn form_as(&self, login: &str, path: &str, form: Vec<(String, String)>) -> Result<Json, HostError> {
        let form = form.into_iter().chain([("restapi.response_format".to_owned(), "json".to_owned())]);
        let body = HttpBody::Form(form.map(|(name, value)| (name, value.into())).collect());
        let request = HttpRequest { method: "POST", url: self.v1(path), body, ..HttpRequest::default() };
        self.call_as(login, &format!("khoros: POST /{path}"), request).await
    }

    /// A call as a member, repeated once with a new key if the old one is dead.
    async fn call_as(&self, login: &str, call: &str, request: HttpRequest) -> Result<Json, HostError> {
        let key = self.key_of(login, None).await?;
        match self.once(call, Spent::Write, &request, &key).await {
            Err(CallError::DeadSession(_)) => {
                let key = self.key_of(login, Some(&key)).await?;
                let answered = self.once(call, Spent::Write, &request, &key).await;
                if self.is_own(login) {
                    if let Err(error) = &answered {
                        self.note_death(error, &key).await;
                    }
                    return Ok(answered?);
                }
                answered.map_err(of_a_member)
            }
            answered => Ok(answered?),
        }
    }

    async fn key_of(&self, login: &str, dead: Option<&Key>) -> Result<Key, HostError> {
        if self.is_own(login) {
            return self.own_key(dead).await.map_err(HostError::before_the_write);
        }
        if dead.is_some() {
            self.others.keep(login, None, self.now());
        }
        match self.others.key(login, self.now()) {
            Some(key) => Ok(Key::Session(key)),
            None => {
                let key = self.open_for(login).await.map_err(HostError::before_the_write)?;
                self.others.keep(login, Some(key.clone()), self.now());
                Ok(Key::Session(key))
            }
        }
    }

    /// Opens a session for a member whose account is open. A refusal is told apart from our own session being dead, which
    /// is renewed once.
    async fn open_for(&self, login: &str) -> Result<SecretString, HostError> {
        self.has_account(login).await?;
        let call = "khoros: POST /authentication/sessions/login for a member";
        let body = HttpBody::Form(vec![
            ("user.login".into(), login.to_owned().into()),
            ("restapi.response_format".into(), "json".to_owned().into()),
        ]);
        let url = self.v1("authentication/sessions/login");
        let request = HttpRequest { method: "POST", url, body, ..HttpRequest::default() };
        let own = self.own_key(None).await?;
        let answered = match self.once(call, Spent::Login, &request, &own).await {
            Err(CallError::DeadSession(_)) => {
                let own = self.own_key(Some(&own)).await?;
                self.once(call, Spent::Login, &request, &own).await
            }
            answered => answered,
        };
        let envelope = match answered {
            Ok(envelope) => envelope,
            Err(CallError::Failed(error)) if matches!(error.class, FailureClass::Refused | FailureClass::NotFound) => {
                return Err(cannot_speak(call, format!("no session is opened for `{login}`: {}", error.said)));
            }
            Err(error) => return Err(error.into()),
        };
        match envelope["value"]["$"].as_str().filter(|key| !key.is_empty()) {
            Some(key) => Ok(key.to_owned().into()),
            None => Err(HostError::new(FailureClass::Unreadable, call, "the answer holds no session key")),
        }
    }

    /// Whether a community opens sessions for accounts that are closed or banned is not known, so it is not tried.
    async fn has_account(&self, login: &str) -> Result<(), HostError> {
        let call = "khoros: GET /search of a member";
        match self.find_member(login).await? {
            None => Err(cannot_speak(call, format!("nobody in the community is called `{login}`"))),
            Some(member) => match silent(&member) {
                Some(why) => Err(cannot_speak(call, why)),
                None => Ok(()),
            },
        }
    }

    /// The member with a login, in any case.
    pub async fn find_member(&self, login: &str) -> Result<Option<Value>, HostError> {
        let by_login = |query: Liql| query.test("login", "=", Literal::Text(login));
        let found = self.search_fields(&rows::PERSON, "users", by_login).await?;
        let mut people = found.iter().map(|row| rows::person(self, row));
        match people.find(|one| one.get("login").as_str().is_some_and(|own| own.eq_ignore_ascii_case(login))) {
            None => self.find_new_member(login).await,
            found => Ok(found),
        }
    }

    /// One whom the index does not show, or not in this spelling; the older API says less of them (Khoros sheet 6.5).
    async fn find_new_member(&self, login: &str) -> Result<Option<Value>, HostError> {
        let path = format!("users/login/{}", utf8_percent_encode(login, NON_ALPHANUMERIC));
        let user = match self.get_v1(&path, &[]).await {
            Ok(found) => found["user"].clone(),
            Err(error) if matches!(error.class, FailureClass::NotFound | FailureClass::Refused) => return Ok(None),
            Err(error) => return Err(error),
        };
        let part = |name: &str| rows::id(&user[name]["$"]);
        let deleted = user["deleted"]["$"].as_bool();
        let is_somebody = !part("id").is_nothing();
        let member = || Value::map([("id", part("id")), ("login", part("login")), ("deleted", deleted.into())]);
        Ok(is_somebody.then(member))
    }
}

fn cannot_speak(call: &str, why: String) -> HostError {
    HostError::new(FailureClass::Refused, call, why).code(CANNOT_SPEAK)
}

/// A new key of a member that is refused like a dead one is a missing right of theirs (Khoros sheet 2.2): our own
/// connection goes on.
fn of_a_member(error: CallError) -> HostError {
    match error {
        CallError::DeadSession(error) => HostError { class: FailureClass::Refused, ..error },
        CallError::Failed(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_post_in_half_a_minute_waits_for_the_first_to_be_old_enough() {
        let (others, start) = (Others::default(), Timestamp::UNIX_EPOCH);
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        for second in 0..5 {
            assert_eq!(others.admit("Zoe", Act::Post, at(second)), Ok(()));
        }
        assert_eq!(others.admit("zoe", Act::Post, at(10)), Err(Duration::from_secs(20)));
        assert_eq!(others.admit("kai", Act::Post, at(10)), Ok(()));
        assert_eq!(others.admit("zoe", Act::Note, at(10)), Ok(()));
        assert_eq!(others.admit("zoe", Act::Post, at(30)), Ok(()));
    }
}
