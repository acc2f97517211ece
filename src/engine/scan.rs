//! Finds what is due: a page of subjects at a time, one event per subject with the rules that found it.
//!
//! What a scan's rows say is a recorded answer like any other. Which subjects are passed over (they have an unfinished
//! run, or the rule has acted on them) is decided here, before anything is read.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Call, Catalog, ScanCall, ScanPage, Scanning};
use crate::engine::decide::Decided;
use crate::engine::due::Standing;
use crate::engine::records::{self, Memory};
use crate::engine::report::{Happened, Silent};
use crate::engine::{Core, retry};
use crate::event::Event;
use crate::facts::{Answer, Args, Facts, Recorded};
use crate::failure::HostError;
use crate::intake::event_id;
use crate::names::{FunctionName, Lane, RuleAddress, Subject, Tick};
use crate::ports::StoreError;
use crate::predicate::{Predicate, Test};
use crate::rules::{Rule, Trigger};
use crate::run::Scan;
use crate::value::Value;

/// What a pass found, and what came of it.
pub struct Found {
    pub tick: Tick,
    pub at: Timestamp,
    counts: BTreeMap<RuleAddress, Scan>,
    /// Subjects about which nothing was decided, because a read did not come through.
    pub undecided: Vec<(Subject, HostError)>,
    /// Events in which no rule acted.
    pub silent: u64,
    pub failed: Option<HostError>,
    /// In a pass over what is due by the clock: where each scheduled rule stands.
    pub standings: Vec<Standing>,
    /// Rules of which something was not looked at; their moment stays due.
    pub unfinished: HashSet<RuleAddress>,
    seen: HashSet<Subject>,
}

/// A scan that several rules share.
struct Shared {
    scan: FunctionName,
    args: Args,
    predicates: Vec<Predicate>,
    rules: Vec<Arc<Rule>>,
}

/// The pages of all scans of a pass.
pub struct Pages {
    scans: VecDeque<Shared>,
    cursor: Option<String>,
}

impl Found {
    /// Nothing yet.
    pub fn at(now: Timestamp) -> Self {
        Found {
            tick: event_id::tick_at(now),
            at: now,
            counts: BTreeMap::new(),
            undecided: vec![],
            silent: 0,
            failed: None,
            standings: vec![],
            unfinished: HashSet::new(),
            seen: HashSet::new(),
        }
    }

    /// What each rule found.
    pub fn scans(&self) -> Vec<Scan> {
        self.counts.values().cloned().collect()
    }

    /// The counts as admission left them.
    pub fn take_counts(&mut self, counts: BTreeMap<RuleAddress, Scan>) {
        self.counts = counts;
    }

    /// The counts of one rule.
    fn of(&mut self, rule: &RuleAddress) -> &mut Scan {
        let (found, met, waiting, closed, in_flight) = Default::default();
        let new = || Scan { rule: rule.clone(), tick: self.tick.clone(), found, met, waiting, closed, in_flight };
        self.counts.entry(rule.clone()).or_insert_with(new)
    }

    /// Takes out the events in which no rule acted; the others are given back.
    pub fn sort_out(&mut self, core: &Core, decided: Vec<Decided>) -> Vec<Decided> {
        let (fired, silent): (Vec<_>, Vec<_>) = decided.into_iter().partition(Decided::is_loud);
        for decided in &fired {
            for verdict in &decided.plan.fired {
                self.of(&verdict.rule).met += 1;
            }
        }
        self.silent += silent.len() as u64;
        for decided in silent {
            (core.parts.watch)(Happened::Silent(Silent::of(core, &decided)));
        }
        fired
    }
}

impl Pages {
    /// The scans of some rules, each question once.
    pub fn of<'r>(rules: impl Iterator<Item = &'r Arc<Rule>>, now: Timestamp) -> Self {
        let mut scans: VecDeque<Shared> = VecDeque::new();
        for rule in rules {
            let Trigger::Due { scan, args, look_back, .. } = &rule.trigger else { continue };
            let since = Predicate::new("thread.posted_at", Test::AtLeast(Value::Moment(now - *look_back)));
            let same = |s: &&mut Shared| s.scan == *scan && s.args == *args && s.predicates == [since.clone()];
            match scans.iter_mut().find(same) {
                Some(shared) => shared.rules.push(rule.clone()),
                None => scans.push_back(Shared {
                    scan: scan.clone(),
                    args: args.clone(),
                    predicates: vec![since],
                    rules: vec![rule.clone()],
                }),
            }
        }
        Pages { scans, cursor: None }
    }

    /// The next page as events with what is known about them; none at the end.
    pub async fn next(&mut self, core: &Core, found: &mut Found) -> Result<Option<Vec<Facts>>, StoreError> {
        loop {
            let Some(shared) = self.scans.front() else { return Ok(None) };
            let Some(call) = scan_call(&core.parts.catalog, &shared.scan) else {
                self.scans.pop_front();
                continue;
            };
            let page = match page(core, shared, call, self.cursor.take()).await {
                Ok(page) => page,
                Err(error) => {
                    core.note_failure(shared.scan.host(), &error);
                    found.failed = Some(error);
                    found.unfinished.extend(shared.rules.iter().map(|rule| rule.address.clone()));
                    self.scans.pop_front();
                    continue;
                }
            };
            let events = events(core, shared, call, page.rows, found)?;
            self.cursor = page.next;
            if self.cursor.is_none() {
                self.scans.pop_front();
            }
            return Ok(Some(events));
        }
    }
}

fn scan_call<'a>(catalog: &'a Catalog, scan: &FunctionName) -> Option<&'a ScanCall> {
    match &catalog.get(scan.as_str())?.call {
        Call::Scan(call) => Some(call),
        _ => None,
    }
}

async fn page(core: &Core, shared: &Shared, call: &ScanCall, cursor: Option<String>) -> Result<ScanPage, HostError> {
    let pushed = |p: &&Predicate| (call.accepts)(p) == crate::predicate::Pushed::Whole;
    let predicates: Vec<_> = shared.predicates.iter().filter(pushed).cloned().collect();
    let scanning = || Scanning { args: shared.args.clone(), predicates: predicates.clone(), cursor: cursor.clone() };
    retry::until_answered(core, shared.scan.host(), || (call.call)(scanning())).await
}

/// Rows become events; a subject comes once in a pass, whichever scans found it.
fn events(
    core: &Core,
    shared: &Shared,
    call: &ScanCall,
    rows: Vec<Value>,
    found: &mut Found,
) -> Result<Vec<Facts>, StoreError> {
    let catalog = &core.parts.catalog;
    let Some(answer) = catalog.read_call(call.rows_answer.as_str()) else { return Ok(vec![]) };
    let kind = call.event.as_str().split(['.', '_']).nth(1).unwrap_or("thread");
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let key = row.at(&answer.row).clone();
        let Some(id) = key.as_str() else { continue };
        let subject = Subject::new(call.event.as_str().split('.').next().unwrap_or_default(), kind, id);
        if !found.seen.insert(subject.clone()) {
            continue;
        }
        let rules = finders(core, shared, &subject, found)?;
        if rules.is_empty() {
            continue;
        }
        let Some(read) = catalog.read(&call.rows_answer, [(answer.key.clone(), key)]) else { continue };
        let mut facts = Facts::new(event(core, call, subject, rules, found), found.at);
        facts.learn(Arc::new(Recorded { read, answer: Answer::Found(Arc::new(row)), as_of: found.at }));
        events.push(facts);
    }
    Ok(events)
}

fn event(core: &Core, call: &ScanCall, subject: Subject, found_by: Vec<RuleAddress>, found: &Found) -> Event {
    Event {
        id: event_id::due(&core.parts.bridge, &found.tick, &subject),
        bridge: core.parts.bridge.clone(),
        kind: call.event.clone(),
        lane: Lane::from(subject.as_str()),
        subject,
        found_by,
        at: found.at,
        hint: Value::Nothing,
    }
}

/// The rules that found a subject and may look at it now.
fn finders(core: &Core, shared: &Shared, subject: &Subject, found: &mut Found) -> Result<Vec<RuleAddress>, StoreError> {
    let in_flight = core.ledger().is_in_flight(&Lane::from(subject.as_str()));
    let mut rules = Vec::new();
    for rule in &shared.rules {
        let scan = found.of(&rule.address);
        scan.found += 1;
        if in_flight {
            scan.in_flight += 1;
        } else if !has_acted(core, rule, subject)? {
            rules.push(rule.address.clone());
        }
    }
    Ok(rules)
}

/// Whether the rule has acted on the subject and may not yet do so again.
pub fn has_acted(core: &Core, rule: &Rule, subject: &Subject) -> Result<bool, StoreError> {
    let Some(bytes) = core.parts.store.get(&records::memory_key(&rule.address, subject))? else { return Ok(false) };
    let memory: Memory = records::decode(&bytes)?;
    Ok(match (memory.parked, rule.again_after) {
        (true, _) => memory.ruleset == core.parts.rules.digest,
        (false, Some(after)) => core.now() < memory.at + after,
        (false, None) => true,
    })
}
