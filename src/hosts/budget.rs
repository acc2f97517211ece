//! What was spent at a host: calls by kind, and what the org says about its daily limit.
//!
//! Keeping a reserve is to come.

use std::sync::Mutex;

use crate::ports::HttpAnswer;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    Read,
    Write,
    Login,
}

/// Calls since the start, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub reads: u64,
    pub writes: u64,
    pub logins: u64,
}

/// Calls of the last 24 hours as the org counts them, by anybody, and how many it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub used: u64,
    pub of: u64,
}

/// The counter of one host.
#[derive(Debug, Default)]
pub struct Budget {
    state: Mutex<(Counts, Option<Usage>)>,
}

impl Budget {
    /// Counts a call that is about to go out.
    pub fn spend(&self, what: Spent) {
        let counts = &mut self.state.lock().expect("no panic holds the budget").0;
        match what {
            Spent::Read => counts.reads += 1,
            Spent::Write => counts.writes += 1,
            Spent::Login => counts.logins += 1,
        }
    }

    /// Keeps what the org says in `Sforce-Limit-Info`.
    pub fn hear(&self, answer: &HttpAnswer) {
        if let Some(usage) = answer.headers.get("sforce-limit-info").and_then(|text| usage(text)) {
            self.state.lock().expect("no panic holds the budget").1 = Some(usage);
        }
    }

    /// Calls so far.
    pub fn counts(&self) -> Counts {
        self.state.lock().expect("no panic holds the budget").0
    }

    /// The newest usage that was heard.
    pub fn usage(&self) -> Option<Usage> {
        self.state.lock().expect("no panic holds the budget").1
    }
}

/// `api-usage=25/5000; per-app-api-usage=17/250(appName=sample)` (Salesforce sheet 3).
fn usage(text: &str) -> Option<Usage> {
    let (used, of) = text.split(';').find_map(|part| part.trim().strip_prefix("api-usage="))?.split_once('/')?;
    Some(Usage { used: used.trim().parse().ok()?, of: of.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_org_says_what_was_used() {
        let heard = usage("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)");
        assert_eq!(heard, Some(Usage { used: 25, of: 5000 }));
        assert_eq!(usage("per-app-api-usage=17/250"), None);
        assert_eq!(usage("api-usage=a/b"), None);
    }
}
