//! Finds what is due: a page of subjects at a time, one event per subject with the rules that found it.
//!
//! What a rule asks a host for is `asked.rs`'s. What a scan's rows say is a recorded answer like any other. Which
//! subjects are passed over (they have an unfinished run, or the rule has acted on them) is decided here, before
//! anything is read.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::catalog::{ScanCall, ScanPage, Scanning};
use crate::engine::asked::Ask;
use crate::engine::found::Found;
use crate::engine::records::{self, Memory};
use crate::engine::{Core, layout, retry};
use crate::event::Event;
use crate::facts::{Answer, Args, Facts, Read, Recorded};
use crate::failure::{FailureClass, HostError};
use crate::intake::event_id;
use crate::names::{EventKind, FunctionName, Lane, RuleAddress, Subject};
use crate::ports::StoreError;
use crate::predicate::Predicate;
use crate::rules::look_at::TICK;
use crate::rules::{Rule, Trigger};
use crate::run::Scan;
use crate::value::Value;

/// One question to a host, for all rules whose subjects it finds.
struct Search {
    scan: FunctionName,
    args: Args,
    predicates: Vec<Predicate>,
    rules: Vec<RuleAddress>,
}

/// The pages of all searches of a pass.
pub struct Pages {
    /// Rules that look at nothing; they are the first page.
    ticking: Vec<Arc<Rule>>,
    asks: Vec<Ask>,
    searches: VecDeque<Search>,
    cursor: Option<String>,
}

impl Search {
    /// What it did not find may be due: its rules were not looked at whole.
    fn failed(&self, error: HostError, found: &mut Found) {
        found.failed = Some(error);
        found.unfinished.extend(self.rules.iter().cloned());
    }
}

impl Pages {
    /// The searches of the rules that a pass looks at, each question once.
    pub fn of(core: &Core, found: &Found) -> Self {
        let looks_at_nothing = |rule: &&Arc<Rule>| matches!(&rule.trigger, Trigger::Due { look_at: None, .. });
        let ticking = found.rules.iter().filter(looks_at_nothing).cloned().collect();
        Pages { ticking, ..Pages::asking(asks(core, found).collect()) }
    }

    fn asking(asks: Vec<Ask>) -> Self {
        let searches = searches(&asks);
        Pages { ticking: vec![], asks, searches, cursor: None }
    }

    /// The next page as events with what is known about them; none at the end.
    pub async fn next(&mut self, core: &Core, found: &mut Found) -> Result<Option<Vec<Facts>>, StoreError> {
        if !self.ticking.is_empty() {
            return ticks(core, std::mem::take(&mut self.ticking), found).map(Some);
        }
        loop {
            let Some(search) = self.searches.front() else { return Ok(None) };
            let before = self.cursor.take();
            let Some(page) = page(core, search, before.clone(), found).await else {
                self.searches.pop_front();
                continue;
            };
            let events = events(core, &self.asks, search, page.rows, found, |scan| scan.found += 1)?;
            if page.next.is_some() && page.next == before {
                let said = "the search gives the same page for ever";
                search.failed(HostError::new(FailureClass::Unreadable, search.scan.as_str(), said), found);
            } else {
                self.cursor = page.next;
            }
            if self.cursor.is_none() {
                self.searches.pop_front();
            }
            return Ok(Some(events));
        }
    }
}

/// Subjects that one threshold alone keeps back. A search whose answer has more than one page is not told of.
pub async fn nearly_due(core: &Core, found: &mut Found) -> Result<Vec<Facts>, StoreError> {
    let Value::Int(share) = *core.parts.rules.settings.get("near_miss") else { return Ok(vec![]) };
    let pages = Pages::asking(asks(core, found).filter_map(|ask| ask.near(share)).collect());
    // What another rule has looked at in vain may be nearly due for this one.
    found.look_again();
    let mut near = Vec::new();
    for search in &pages.searches {
        let Some(page) = page(core, search, None, found).await else { continue };
        if page.next.is_none() {
            near.extend(events(core, &pages.asks, search, page.rows, found, |scan| scan.near += 1)?);
        }
    }
    Ok(near)
}

/// What each rule of a pass asks for.
pub fn asks<'a>(core: &'a Core, found: &'a Found) -> impl Iterator<Item = Ask> + 'a {
    found.rules.iter().filter_map(|rule| Ask::of(rule, &core.parts.catalog, found.at))
}

/// The questions of some rules; one that finds all that another would is asked for both.
fn searches(asks: &[Ask]) -> VecDeque<Search> {
    let mut searches: VecDeque<Search> = VecDeque::new();
    for ask in asks {
        let like = |search: &Search| ask.is_like(&search.scan, &search.args);
        let covers = |wide: &[Predicate], narrow: &[Predicate]| wide.iter().all(|test| narrow.contains(test));
        match searches.iter_mut().find(|search| like(search) && covers(&search.predicates, &ask.predicates)) {
            Some(search) => search.rules.push(ask.rule.address.clone()),
            None => {
                let mut wider = Search {
                    scan: ask.scan.clone(),
                    args: ask.args.clone(),
                    predicates: ask.predicates.clone(),
                    rules: vec![ask.rule.address.clone()],
                };
                searches.retain(|search| {
                    let is_covered = like(search) && covers(&ask.predicates, &search.predicates);
                    if is_covered {
                        wider.rules.extend(search.rules.iter().cloned());
                    }
                    !is_covered
                });
                searches.push_back(wider);
            }
        }
    }
    searches
}

/// One page of a search; none when it did not come through, which is noted for its rules.
async fn page(core: &Core, search: &Search, cursor: Option<String>, found: &mut Found) -> Option<ScanPage> {
    let call = core.parts.catalog.scan_call(search.scan.as_str())?;
    let scanning = || Scanning {
        args: search.args.clone(),
        predicates: search.predicates.clone(),
        now: found.at,
        cursor: cursor.clone(),
    };
    match retry::until_answered(core, search.scan.host(), || (call.call)(scanning())).await {
        Ok(page) => {
            let by_host = |what: &String| (search.scan.host().to_owned(), what.clone());
            found.refused.extend(page.refused.iter().map(by_host));
            found.unknown.extend(page.unknown.iter().map(by_host));
            Some(page)
        }
        Err(error) => {
            core.note_failure(search.scan.host(), &error);
            search.failed(error, found);
            None
        }
    }
}

/// Rows become events; a subject comes once in a pass, with every rule that finds it.
fn events(
    core: &Core,
    asks: &[Ask],
    search: &Search,
    rows: Vec<Value>,
    found: &mut Found,
    count: fn(&mut Scan),
) -> Result<Vec<Facts>, StoreError> {
    let catalog = &core.parts.catalog;
    let Some(call) = catalog.scan_call(search.scan.as_str()) else { return Ok(vec![]) };
    let Some(answer) = catalog.read_call(call.rows_answer.as_str()) else { return Ok(vec![]) };
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let key = row.at(&answer.row).clone();
        let Some(id) = key.as_str() else { continue };
        let event = event(core, call, search, subject(&call.event, id), found);
        if !found.is_new(&event.id) {
            continue;
        }
        let Some(read) = catalog.read(&call.rows_answer, [(answer.key.clone(), key)]) else { continue };
        let mut facts = Facts::new(event, found.at);
        facts.learn(Arc::new(Recorded { read, answer: Answer::Found(Arc::new(row)), as_of: found.at }));
        let asks = asks.iter().filter(|ask| ask.is_like(&search.scan, &search.args));
        let rules = finders(core, asks, &facts, found, count)?;
        if !rules.is_empty() {
            Arc::make_mut(&mut facts.event).found_by = rules;
            events.push(facts);
        }
    }
    Ok(events)
}

/// What an event of a kind such as `khoros.thread_due` is about.
pub fn subject(kind: &EventKind, id: &str) -> Subject {
    let mut words = kind.as_str().split(['.', '_']);
    Subject::new(words.next().unwrap_or_default(), words.next().unwrap_or_default(), id)
}

/// A subject that two kinds of searches find has an event of each: what one says of it, the other does not.
fn event(core: &Core, call: &ScanCall, search: &Search, subject: Subject, found: &Found) -> Event {
    let (bridge, tick) = (&core.parts.bridge, &found.tick);
    let is_usual = core.parts.catalog.search_for(&call.event) == Some(&search.scan) && search.args.is_empty();
    let id = if is_usual {
        event_id::due(bridge, tick, &subject)
    } else {
        let (function, args) = (search.scan.clone(), search.args.clone());
        event_id::found(bridge, tick, Read { function, args }.key().as_str(), &subject)
    };
    Event {
        id,
        bridge: bridge.clone(),
        kind: call.event.clone(),
        lane: Lane::from(subject.as_str()),
        subject,
        found_by: vec![],
        at: found.at,
        hint: Value::Nothing,
    }
}

/// What a rule that looks at nothing is judged about.
pub fn of_tick(rule: &Rule) -> Subject {
    Subject::new("bridge", "rule", rule.address.as_str())
}

/// The events of rules that look at nothing: one for each, which is over when the next tick comes.
fn ticks(core: &Core, rules: Vec<Arc<Rule>>, found: &mut Found) -> Result<Vec<Facts>, StoreError> {
    let mut events = Vec::with_capacity(rules.len());
    for rule in rules {
        let subject = of_tick(&rule);
        let lane = Lane::from(subject.as_str());
        let in_flight = core.ledger().is_in_flight(&lane);
        let each = found.each_moment_of(&rule.address);
        if in_flight {
            found.of(&rule.address).in_flight += 1;
            if !each.is_empty() {
                found.unfinished.insert(rule.address.clone());
            }
        }
        if in_flight || has_acted(core, &rule, &subject)? {
            continue;
        }
        let moments = if each.is_empty() { vec![found.at] } else { each };
        for at in moments {
            let event = Event {
                // By its own moment, so that a kill before the schedule is noted as dealt with makes no second run of it.
                id: event_id::due(&core.parts.bridge, &event_id::tick_at(at), &subject),
                bridge: core.parts.bridge.clone(),
                kind: TICK.into(),
                lane: lane.clone(),
                subject: subject.clone(),
                found_by: vec![rule.address.clone()],
                at,
                hint: Value::Nothing,
            };
            events.push(Facts::new(event, found.at));
        }
    }
    Ok(events)
}

/// The rules that find a subject and may look at it now.
fn finders<'a>(
    core: &Core,
    asks: impl Iterator<Item = &'a Ask>,
    facts: &Facts,
    found: &mut Found,
    count: fn(&mut Scan),
) -> Result<Vec<RuleAddress>, StoreError> {
    let event = &facts.event;
    let in_flight = core.ledger().is_in_flight(&event.lane);
    let by_name = found.by_name;
    let mut rules = Vec::new();
    for ask in asks.filter(|ask| ask.finds(&core.parts.catalog, facts, &core.parts.rules.settings)) {
        let scan = found.of(&ask.rule.address);
        count(scan);
        if in_flight {
            scan.in_flight += 1;
            continue;
        }
        match memory(core, &ask.rule, &event.subject)? {
            None => rules.push(ask.rule.address.clone()),
            // Somebody asks for the rule by name, and so for what was due before it was first switched on.
            Some(memory) if memory.before && by_name => rules.push(ask.rule.address.clone()),
            Some(memory) => scan.before += u64::from(memory.before),
        }
    }
    Ok(rules)
}

/// Whether the rule has acted on the subject and may not yet do so again.
pub fn has_acted(core: &Core, rule: &Rule, subject: &Subject) -> Result<bool, StoreError> {
    Ok(memory(core, rule, subject)?.is_some())
}

/// What stops the rule from acting on the subject now.
fn memory(core: &Core, rule: &Rule, subject: &Subject) -> Result<Option<Memory>, StoreError> {
    if !rule.remembers() {
        return Ok(None);
    }
    let Some(bytes) = core.parts.store.get(&layout::memory_key(&core.parts.bridge, &rule.address, subject))? else {
        return Ok(None);
    };
    let memory: Memory = records::decode(&bytes)?;
    let stops = match (memory.parked, rule.again_after) {
        _ if memory.before => true,
        (true, _) => memory.ruleset == core.parts.rules.digest,
        (false, Some(after)) => core.now() < memory.at + after,
        (false, None) => true,
    };
    Ok(Some(memory).filter(|_| stops))
}
