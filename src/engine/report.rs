//! What happened, for those who watch, and the sums at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::Seen;
use crate::engine::Core;
use crate::engine::decide::Decided;
use crate::engine::due::Standing;
use crate::engine::found::Found;
use crate::engine::ledger::{Finished, Ledger};
use crate::facts::Facts;
use crate::failure::HostError;
use crate::names::{RuleAddress, Subject};
use crate::plan::{Action, FirstUnmet, Plan};
use crate::run::{Scan, State, Why};

/// One thing that happened, as it happens.
#[derive(Clone, Debug)]
pub enum Happened {
    /// A subject was looked at and no rule acts.
    Silent(Silent),
    /// Everything due was looked at.
    Looked(Vec<Scan>),
    /// Moments of a rule passed without anybody looking.
    Missed(Standing),
    /// Two rules of which one is in the shadow of the other differ about a subject.
    Differs(Differs),
    /// A subject for which something is planned, with what admission says of it.
    Planned(Planned),
    /// An action is settled.
    Settled(Box<Finished>),
    /// A host did not answer a read, and is asked again at a moment.
    Retries { host: String, error: HostError, until: Timestamp },
    /// An action waits, and why.
    Waits { subject: Subject, function: String, why: Why },
}

/// A subject and why nothing happens to it.
#[derive(Clone, Debug)]
pub struct Silent {
    pub subject: Subject,
    pub title: String,
    pub unmet: Vec<FirstUnmet>,
}

/// A subject on which only one of two compared rules acts.
#[derive(Clone, Debug)]
pub struct Differs {
    /// The rule in the shadow.
    pub rule: RuleAddress,
    /// The one that acts alone.
    pub only: RuleAddress,
    pub subject: Subject,
    pub title: String,
    /// The line that stops the other; none where its search does not find the subject.
    pub unmet: Option<FirstUnmet>,
}

/// A subject and its plan.
#[derive(Clone, Debug)]
pub struct Planned {
    pub subject: Subject,
    pub title: String,
    pub plan: Arc<Plan>,
    /// It goes when one of its rules does.
    pub admitted: Admitted,
    /// Rules that do not go in a plan of which others do.
    pub held_back: Vec<(RuleAddress, Admitted)>,
}

impl Planned {
    /// What admission says of the plan, and of the rules that it holds back.
    pub fn answers(&self) -> impl Iterator<Item = &Admitted> {
        std::iter::once(&self.admitted).chain(self.held_back.iter().map(|(_, admitted)| admitted))
    }

    /// The writes that go.
    pub fn going(&self) -> impl Iterator<Item = &Action> {
        let goes = |action: &&Action| {
            self.admitted == Admitted::Goes && !self.held_back.iter().any(|(rule, _)| *rule == action.rule)
        };
        self.plan.actions.iter().filter(goes)
    }
}

/// What admission says of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Admitted {
    /// It goes.
    Goes,
    /// Over a cap: it stays due.
    Waits(Why),
    /// Outside the hours of `act_during`: it stays due.
    Closed(Why),
    /// It waits for a person.
    Held(Why),
    /// Over a cap, and the rule says to let it go.
    Dropped(Why),
    /// The same is being made by a run that is not finished.
    InFlight,
    /// It has problems: shown, never applied.
    Parked,
    /// Only rules in the shadow act: nothing is written.
    Shadow,
}

impl Admitted {
    /// Nothing is kept of it: the subject is due again at the next pass.
    pub fn stays_due(&self) -> bool {
        matches!(self, Admitted::Waits(_) | Admitted::Closed(_) | Admitted::InFlight | Admitted::Shadow)
    }
}

impl Silent {
    /// What is told about an event in which no rule acted.
    pub fn of(core: &Core, decided: &Decided) -> Self {
        let subject = decided.facts.event.subject.clone();
        Silent { title: title(core, &decided.facts), subject, unmet: decided.plan.unmet.clone() }
    }
}

/// How a person calls a subject, such as the subject line of a thread, where it is known.
pub fn title(core: &Core, facts: &Facts) -> String {
    let settings = &core.parts.rules.settings;
    let catalog = &core.parts.catalog;
    match catalog.called(&facts.event.kind).map(|called| catalog.see(facts, settings, &called.title)) {
        Some(Seen::Is(value)) => value.as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// The sums of a pass.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub scans: Vec<Scan>,
    pub silent: u64,
    /// Actions that are not settled, with what they wait for.
    pub waiting: Vec<(Subject, String, String)>,
    /// Runs that wait for a person.
    pub held: u64,
    /// Parked posts that keep their place, and how many runs wait behind them.
    pub kept_back: (usize, usize),
    pub undecided: Vec<(Subject, HostError)>,
    /// How many events wait for their moment (stages, `wait`), and when the first of them comes.
    pub ahead: (usize, Option<Timestamp>),
    /// A scan that could not be made.
    pub failed: Option<HostError>,
    /// Reads asked of each host, our own notebook among them.
    pub reads: BTreeMap<String, usize>,
    /// Hosts that signed us out.
    pub halted: BTreeMap<String, HostError>,
    /// What a host refused in a search, so that it was tested here: the host and its own words.
    pub refused: BTreeSet<(String, String)>,
    /// Fields that a host does not know, so that facts that come from them have no value: the host and the field.
    pub unknown: BTreeSet<(String, String)>,
    /// In a pass over what is due by the clock: where each scheduled rule stands.
    pub standings: Vec<Standing>,
}

impl Summary {
    /// The sums at the end of a pass.
    pub fn of(found: &Found, ledger: &Ledger, halted: &BTreeMap<String, HostError>) -> Self {
        let mut summary = Summary {
            scans: found.scans(),
            silent: found.silent,
            undecided: found.undecided.clone(),
            failed: found.failed.clone(),
            halted: halted.clone(),
            standings: found.standings.clone(),
            refused: found.refused.clone(),
            unknown: found.unknown.clone(),
            ..Summary::default()
        };
        let mut held = BTreeSet::new();
        for (run, action, state) in ledger.waiting() {
            match state {
                State::Held { .. } => _ = held.insert(run.id.clone()),
                State::Intended { why: Some(why), .. } => {
                    summary.waits(&run.subject, action.function.as_str(), why.to_string())
                }
                State::Intended { why: None, .. } if !action.after.is_empty() => {}
                State::Intended { .. } => summary.waits(&run.subject, action.function.as_str(), "its turn".into()),
                State::Sent { .. } => summary.waits(&run.subject, action.function.as_str(), "answer lost".into()),
                State::Settled(_) => {}
            }
        }
        summary.kept_back = ledger.kept_back();
        summary.held = held.len() as u64;
        summary
    }

    fn waits(&mut self, subject: &Subject, function: &str, what: String) {
        self.waiting.push((subject.clone(), function.to_owned(), what));
    }

    /// Subjects over a cap: they stay due.
    pub fn over_cap(&self) -> u64 {
        self.scans.iter().map(|scan| scan.waiting).sum()
    }

    /// Subjects that wait for opening hours: they stay due.
    pub fn closed(&self) -> u64 {
        self.scans.iter().map(|scan| scan.closed).sum()
    }

    /// Subjects on which rules in the shadow would act.
    pub fn shadow(&self) -> u64 {
        self.scans.iter().map(|scan| scan.shadow).sum()
    }

    /// The scan of one rule.
    pub fn scan(&self, rule: &RuleAddress) -> Option<&Scan> {
        self.scans.iter().find(|scan| scan.rule == *rule)
    }
}
