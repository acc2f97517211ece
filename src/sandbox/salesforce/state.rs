//! All that the org remembers, behind one lock.

use jiff::Timestamp;

use super::bulk::Jobs;
use super::call::Call;
use super::cursor::Cursors;
use super::id::Id;
use super::moment;
use super::oauth::Secrets;
use super::org::Org;
use super::outbound::Outbox;
use super::quota::Quota;
use super::recycle::Emptied;
use super::seed::{self, Residents};
use super::session::Sessions;
use super::streaming::Streams;
use super::switches::Switches;
use super::writer::Writer;

/// The state of the org.
pub struct State {
    pub seed: u64,
    pub secrets: Secrets,
    pub org: Org,
    pub residents: Residents,
    pub switches: Switches,
    pub sessions: Sessions,
    pub quota: Quota,
    pub cursors: Cursors,
    pub jobs: Jobs,
    pub bin: Emptied,
    pub streams: Streams,
    pub outbox: Outbox,
    /// The e-mails that a call asked for: to whom, about which record.
    pub mails: Vec<(String, Id)>,
}

impl State {
    pub fn fresh(seed: u64, secrets: Secrets, now: Timestamp) -> State {
        let mut org = Org::new(seed);
        let residents = seed::fill(&mut org, &secrets.username, &moment::written(now));
        let (switches, sessions) = (Switches::default(), Sessions::default());
        State {
            seed,
            secrets,
            org,
            residents,
            switches,
            sessions,
            quota: Quota::default(),
            cursors: Cursors::default(),
            jobs: Jobs::default(),
            bin: Emptied::default(),
            streams: Streams::default(),
            outbox: Outbox::default(),
            mails: Vec::new(),
        }
    }

    /// Writes as the integration user; assignment runs unless the call says no (sheet 13.2).
    pub fn writer(&mut self, call: &Call, now: Timestamp) -> Writer<'_> {
        let assign = !call.header("sforce-auto-assign").is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
        self.writer_with(assign, now)
    }

    /// Writes as the integration user; assignment runs if the caller says so.
    pub fn writer_with(&mut self, assign: bool, now: Timestamp) -> Writer<'_> {
        Writer {
            org: &mut self.org,
            switches: &self.switches,
            by: self.residents.integration.clone(),
            now: moment::written(now),
            assign,
            person: false,
        }
    }

    /// Writes as a person at the org.
    pub fn person(&mut self, by: Id, now: Timestamp) -> Writer<'_> {
        let (org, switches, now) = (&mut self.org, &self.switches, moment::written(now));
        Writer { org, switches, by, now, assign: false, person: true }
    }
}
