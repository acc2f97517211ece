//! All that the org remembers, behind one lock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

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
use super::replication::Erased;
use super::schema;
use super::seed::{self, Residents};
use super::session::Sessions;
use super::soql::Asker;
use super::streaming::Streams;
use super::switches::Switches;
use super::writer::{Assign, Writer};

/// The state of the org.
pub struct State {
    pub seed: u64,
    pub secrets: Secrets,
    pub org: Org,
    pub residents: Residents,
    pub switches: Switches,
    /// When the set-up changed last, which is what describe tells about.
    pub set_up: Timestamp,
    pub sessions: Sessions,
    pub quota: Quota,
    pub cursors: Cursors,
    pub jobs: Jobs,
    pub bin: Emptied,
    pub erased: Erased,
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
            set_up: now,
            sessions,
            quota: Quota::default(),
            cursors: Cursors::default(),
            jobs: Jobs::default(),
            bin: Emptied::default(),
            erased: Erased::default(),
            streams: Streams::default(),
            outbox: Outbox::default(),
            mails: Vec::new(),
        }
    }

    /// Writes as the integration user; assignment runs unless the call says no (sheet 13.2).
    pub fn writer(&mut self, call: &Call, now: Timestamp) -> Writer<'_> {
        let assign = match call.header("sforce-auto-assign").map(str::trim) {
            Some(value) if value.eq_ignore_ascii_case("false") => Assign::No,
            Some(value) if !value.eq_ignore_ascii_case("true") => Assign::Rule(value.to_owned()),
            _ => Assign::Active,
        };
        let duplicates = call.header("sforce-duplicate-rule-header").unwrap_or_default();
        let allow_save = duplicates.split([';', ',']).any(|key| key.trim().eq_ignore_ascii_case("allowSave=true"));
        Writer { allow_save, ..self.writer_with(assign, now) }
    }

    /// Writes as the integration user, with this assignment.
    pub fn writer_with(&mut self, assign: Assign, now: Timestamp) -> Writer<'_> {
        Writer {
            org: &mut self.org,
            switches: &self.switches,
            by: self.residents.integration.clone(),
            now: moment::written(now),
            assign,
            allow_save: false,
            person: false,
        }
    }

    /// What the set-up shows of the switches: the assignment rule is active or not.
    pub fn follow_switches(&mut self, now: Timestamp) {
        self.set_up = now;
        let rules: Vec<_> = self.org.records_of(schema::object("AssignmentRule")).cloned().collect();
        for mut rule in rules {
            rule.set("Active", self.switches.assignment_rule);
            self.org.put(rule);
        }
    }

    /// Who asks a query: the integration user, in the zone that its record names.
    pub fn asker(&self, now: Timestamp) -> Asker {
        let user = self.residents.integration.clone();
        let zone = self.org.get(&user).and_then(|user| TimeZone::get(user.text("TimeZoneSidKey")?).ok());
        Asker { zone: zone.unwrap_or(TimeZone::UTC), user: Some(user), ..now.into() }
    }

    /// Writes as a person at the org.
    pub fn person(&mut self, by: Id, now: Timestamp) -> Writer<'_> {
        let (org, switches, now) = (&mut self.org, &self.switches, moment::written(now));
        Writer { org, switches, by, now, assign: Assign::No, allow_save: true, person: true }
    }
}
