//! Faults: what goes wrong with which request, and how often. `faulty.rs` makes them happen.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// One fault, as `POST /_sandbox/faults` takes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests it is about; nothing given means every request.
    #[serde(rename = "match", default)]
    pub on: Match,
    /// How many matching requests go through first.
    #[serde(default)]
    pub skip: u64,
    /// How many matching requests it hits after that.
    #[serde(default)]
    pub times: Times,
    #[serde(rename = "do")]
    pub what: Do,
    /// `status` (default 503) and `html` (default 200).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Milliseconds: of real time for `delay`, by the sandbox's clock for `late`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Where a `reset` strikes.
    #[serde(default)]
    pub at: At,
}

/// Which requests a fault is about; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of path and query, percent-decoded; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A part of the body; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Answers with a status, headers and a body; the request is not applied.
    Status,
    /// Resets the connection: at `start` the request is not applied; at `body` it is, and half the answer is sent.
    Reset,
    /// Applies the request; the answer is complete for HTTP, but its text stops half way.
    Truncate,
    /// Answers with a web page; the request is not applied.
    Html,
    /// Waits before it handles the request.
    Delay,
    /// Applies the request and closes the connection without an answer.
    LostAnswer,
    /// Closes the connection; the request is not applied.
    Drop,
    /// Applies the request twice and gives the second answer.
    Twice,
    /// Closes the connection now and applies the request later.
    Late,
}

/// Where a reset strikes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum At {
    #[default]
    Start,
    Body,
}

/// A number, or `"always"`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Times {
    Count(u64),
    Word(Always),
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Always {
    Always,
}

impl Default for Times {
    fn default() -> Self {
        Self::Count(1)
    }
}

/// A fault with its number and what it did so far.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    pub id: u64,
    /// Matching requests, those that were let through included.
    pub seen: u64,
    pub hits: u64,
    pub fault: Fault,
}

/// The faults that stand at one host.
#[derive(Debug, Default)]
pub struct Faults {
    standing: Mutex<(u64, Vec<Standing>)>,
}

impl Faults {
    /// Adds a fault and gives its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let mut faults = self.standing.lock().expect("no panic holds the faults");
        faults.0 += 1;
        let id = faults.0;
        faults.1.push(Standing { id, seen: 0, hits: 0, fault });
        id
    }

    /// Whether any stands, used up or not.
    pub fn any(&self) -> bool {
        !self.standing.lock().expect("no panic holds the faults").1.is_empty()
    }

    /// Takes one fault away, or all.
    pub fn remove(&self, id: Option<u64>) {
        let mut faults = self.standing.lock().expect("no panic holds the faults");
        faults.1.retain(|standing| id.is_some_and(|id| standing.id != id));
    }

    /// All faults in the order in which they were added, used up or not.
    pub fn list(&self) -> Vec<Standing> {
        self.standing.lock().expect("no panic holds the faults").1.clone()
    }

    /// The fault that hits this request: the first one that matches and is due. Every matching fault counts it.
    pub fn strike(&self, method: &str, target: &str, body: &str) -> Option<Fault> {
        let mut faults = self.standing.lock().expect("no panic holds the faults");
        let mut hit = None;
        for standing in faults.1.iter_mut().filter(|standing| standing.fault.on.holds(method, target, body)) {
            standing.seen += 1;
            if hit.is_none() && standing.is_due() {
                standing.hits += 1;
                hit = Some(standing.fault.clone());
            }
        }
        hit
    }
}

impl Standing {
    fn is_due(&self) -> bool {
        let left = match self.fault.times {
            Times::Count(times) => self.hits < times,
            Times::Word(Always::Always) => true,
        };
        self.seen > self.fault.skip && left
    }
}

impl Match {
    fn holds(&self, method: &str, target: &str, body: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| has(target, part))
            && self.body.as_deref().is_none_or(|part| has(body, part))
    }
}

/// Whether the pieces between `*` occur in the text, one after the other.
fn has(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).expect("a fault")
    }

    #[test]
    fn a_fault_skips_then_strikes_then_rests() {
        let faults = Faults::default();
        faults.add(fault(r#"{"match":{"method":"post","path":"/messages/*/labels"},"skip":1,"times":2,"do":"drop"}"#));
        let strikes = |_| faults.strike("POST", "/api/2.0/messages/101/labels", "").is_some();
        assert_eq!((0..5).map(strikes).collect::<Vec<_>>(), [false, true, true, false, false]);
        assert!(faults.strike("GET", "/api/2.0/messages/101/labels", "").is_none());
    }

    #[test]
    fn a_fault_matches_a_part_of_the_body() {
        let faults = Faults::default();
        faults.add(fault(r#"{"match":{"body":"escalated"},"times":"always","do":"status","status":500}"#));
        assert!(faults.strike("POST", "/", "{}").is_none());
        assert!(faults.strike("POST", "/", r#"{"text":"escalated"}"#).is_some());
    }
}
