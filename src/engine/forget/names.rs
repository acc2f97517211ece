//! By which names the records know a member: what is said, and what the records say of the same person.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::engine::records;
use crate::names::Digest;
use crate::ports::{Store, StoreError};

/// Fields of a person, each of which leads to the others; an id alone is not enough, since threads have ids, too.
const PERSON: [&str; 3] = ["login", "email", "id"];
/// Fields that hold the id or the login of whoever did something.
const DOERS: [&str; 4] = ["author_id", "author", "by", "member"];

/// All names of one member, in small letters.
pub struct Names {
    /// Logins and e-mails: they mean this member wherever they stand.
    said: BTreeSet<String>,
    ids: BTreeSet<String>,
}

impl Names {
    /// What the runs of a store say of a member.
    pub fn of(store: &dyn Store, member: &str) -> Result<Self, StoreError> {
        let member = member.trim().to_lowercase();
        let mut names = Names { said: BTreeSet::new(), ids: BTreeSet::new() };
        if !member.is_empty() && member.chars().all(|letter| letter.is_ascii_digit()) {
            names.ids.insert(member);
        } else {
            names.said.insert(member);
        }
        for (_, bytes) in store.range("run/")? {
            names.learn(&records::unpack(&bytes)?);
        }
        Ok(names)
    }

    fn learn(&mut self, json: &Json) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Json::Object(map) => {
                let field = |name: &str| map.get(name).and_then(Json::as_str).map(str::to_lowercase);
                let person = PERSON.map(field);
                let is_a_person = person[0].is_some() || person[1].is_some();
                if is_a_person && (self.knows(&person[0]) || self.knows(&person[1]) || self.has_id(&person[2])) {
                    let [login, email, id] = person;
                    self.said.extend(login.into_iter().chain(email).filter(|name| !name.is_empty()));
                    self.ids.extend(id);
                }
                map.values().for_each(|value| self.learn(value));
            }
            _ => {}
        }
    }

    fn knows(&self, name: &Option<String>) -> bool {
        name.as_ref().is_some_and(|name| self.said.contains(name))
    }

    fn has_id(&self, id: &Option<String>) -> bool {
        id.as_ref().is_some_and(|id| self.ids.contains(id))
    }

    /// All of them.
    pub fn all(&self) -> Vec<String> {
        self.said.iter().chain(&self.ids).cloned().collect()
    }

    /// Whether a login or an e-mail is the member's.
    pub fn has(&self, name: &str) -> bool {
        self.said.contains(&name.to_lowercase())
    }

    /// Whether an e-mail of the member stands in a text.
    pub fn stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.said.iter().any(|name| name.contains('@') && text.contains(name.as_str()))
    }

    /// Whether something is by the member, or names them.
    pub fn are_in(&self, json: &Json) -> bool {
        match json {
            Json::String(text) => self.has(text) || self.stand_in(text),
            Json::Array(items) => items.iter().any(|item| self.are_in(item)),
            Json::Object(map) => map.iter().any(|(key, value)| {
                let is_doer =
                    || DOERS.contains(&key.as_str()) && value.as_str().is_some_and(|id| self.ids.contains(id));
                self.stand_in(key) || is_doer() || self.are_in(value)
            }),
            _ => false,
        }
    }

    /// The same of a run with its long texts.
    pub fn are_in_run(&self, store: &dyn Store, run: &Json, texts: &BTreeSet<String>) -> Result<bool, StoreError> {
        if self.are_in(run) {
            return Ok(true);
        }
        for key in texts {
            let text = store.get(key)?.unwrap_or_default();
            if self.stand_in(&String::from_utf8_lossy(&text)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a digest in place of every text that holds an e-mail of the member; whether there was one.
    pub fn take_out(&self, json: &mut Json) -> bool {
        match json {
            Json::String(text) if self.stand_in(text) => {
                *text = Digest::of(text.as_str()).to_string();
                true
            }
            Json::Array(items) => items.iter_mut().fold(false, |any, item| self.take_out(item) | any),
            Json::Object(map) => map.values_mut().fold(false, |any, value| self.take_out(value) | any),
            _ => false,
        }
    }
}
