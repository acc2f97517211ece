//! Events whose moment comes later: the stages of rules (`stages.rs`), and what a rule with `wait` or
//! `collect` heard (`collected.rs`).
//!
//! What polls tell is stored the same way, due at once. An event is stored with the moment at which it is due, and taken out
//! in the commit of the run that it becomes. A rule that is gone finds its events again when it is back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::engine::found::Found;
use crate::engine::layout::{self, wake_key, wakes};
use crate::engine::records;
use crate::engine::{Core, Scope, collected, paused};
use crate::event::{Event, HEARD_AT};
use crate::facts::Facts;
use crate::intake::event_id;
use crate::names::RuleAddress;
use crate::plan::key::about_source;
use crate::ports::{Batch, StoreError};
use crate::rules::Rule;
use crate::value::Value;

/// The events whose moment has come and that this pass has not looked at, the oldest first.
pub fn due(core: &Core, scope: &Scope, found: &mut Found) -> Result<Vec<Facts>, StoreError> {
    let now = core.now();
    let mut events = Vec::new();
    let waits = behind_what_is_said(core);
    for event in collected::due(core, stored(core)?).into_iter().filter(|event| !waits(event)) {
        let concerns = match event.found_by.as_slice() {
            [] => scope.rule.is_none() && is_heard(core, &event),
            rules => rules.iter().any(|rule| is_there(core, rule) && is_in(scope, rule) && !core.is_paused(rule)),
        };
        if concerns && found.is_new(&event.id) {
            events.push(Facts::new(paused::narrow(core, event, hears), now));
        }
    }
    Ok(events)
}

/// What becomes of a thing while it is under way to be said (an edit, a deletion) is judged once it is said.
fn behind_what_is_said(core: &Core) -> impl Fn(&Event) -> bool {
    let saying: Vec<String> = core.ledger().saying().filter_map(about_source).collect();
    move |event| {
        let is_new = [":created", ":published"].iter().any(|end| event.id.as_str().ends_with(end));
        !is_new && saying.iter().any(|about| event.id.as_str().contains(about))
    }
}

/// Of each rule that has stored events whose moment has come, the oldest such moment.
pub fn due_since(core: &Core) -> Result<BTreeMap<RuleAddress, Timestamp>, StoreError> {
    let (now, rules) = (core.now(), &core.parts.rules.rules);
    let mut since = BTreeMap::new();
    let (open, waits) = (collected::open(core), behind_what_is_said(core));
    let is_late = |event: &Event| !waits(event) && !open.contains(&wake_key(event));
    for event in stored(core)?.into_iter().take_while(|event| event.at <= now).filter(is_late) {
        let hearing = || rules.iter().filter(|rule| is_told_at_once(rule, &event));
        let found_by = event.found_by.iter().filter(|rule| is_there(core, rule)).cloned();
        for rule in found_by.chain(hearing().map(|rule| rule.address.clone())) {
            since.entry(rule).or_insert(event.at);
        }
    }
    Ok(since)
}

/// How many events wait for their moment, and when the first of them comes.
pub fn ahead(core: &Core) -> Result<(usize, Option<Timestamp>), StoreError> {
    let now = core.now();
    let open = collected::open(core);
    let ahead = stored(core)?.into_iter().filter(|event| event.at > now && !open.contains(&wake_key(event)));
    let ahead: Vec<Timestamp> = ahead.map(|event| event.at).collect();
    Ok((ahead.len(), ahead.first().copied()))
}

/// Stores what rules with `wait` are told of, each at its moment.
pub async fn wait(core: &Core, events: &[Event]) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    events.iter().for_each(|event| put_waiting(core, event, &mut batch));
    if batch.changes.is_empty() { Ok(()) } else { core.parts.store.commit(batch).await }
}

/// Stores what happened, for the rules that hear of it at once and for those that wait.
pub fn hear(core: &Core, event: &Event, batch: &mut Batch) {
    put_waiting(core, event, batch);
    paused::keep(core, event, |rule| hears(rule, event), batch);
    if is_heard(core, event) {
        put(event, batch);
    }
}

/// Whether a rule acts on an event at once.
pub fn is_heard(core: &Core, event: &Event) -> bool {
    let rules = core.parts.rules.rules.iter();
    rules.filter(|rule| is_told_at_once(rule, event)).any(|rule| !core.is_paused(&rule.address))
}

fn put_waiting(core: &Core, event: &Event, batch: &mut Batch) {
    for (at, found_by) in waiting(core, event) {
        let id = event_id::waited(&event.id, at);
        put(&Event { id, at, found_by, ..event.clone() }, batch);
    }
    for (at, rule) in collected_by(core, event) {
        let id = event_id::kept(&event_id::waited(&event.id, at), &rule);
        let waiting = Event { id, at, found_by: vec![rule], ..event.clone() };
        put(&waiting.hinting(HEARD_AT, Value::text(layout::moment(event.at))), batch);
    }
}

/// The rules that collect such events, and when each is due there by itself.
fn collected_by<'c>(core: &'c Core, event: &'c Event) -> impl Iterator<Item = (Timestamp, RuleAddress)> + 'c {
    let rules = core.parts.rules.rules.iter().filter(|rule| hears(rule, event));
    let delayed = rules.filter_map(|rule| Some((rule, rule.delay_after(&event.kind)?)));
    delayed
        .filter(|(_, delay)| delay.collects)
        .map(|(rule, delay)| (delay.until.moment(event.at, &core.parts.rules.calendars), rule.address.clone()))
}

/// The rules that wait for an event, by the moment at which they are judged.
fn waiting(core: &Core, event: &Event) -> BTreeMap<Timestamp, Vec<RuleAddress>> {
    let rules = &core.parts.rules;
    let mut waiting: BTreeMap<Timestamp, Vec<RuleAddress>> = BTreeMap::new();
    for rule in rules.rules.iter().filter(|rule| hears(rule, event)) {
        if let Some(delay) = rule.delay_after(&event.kind).filter(|delay| !delay.collects) {
            let moment = delay.until.moment(event.at, &rules.calendars);
            waiting.entry(moment).or_default().push(rule.address.clone());
        }
    }
    waiting
}

fn is_told_at_once(rule: &Rule, event: &Event) -> bool {
    hears(rule, event) && rule.delay_after(&event.kind).is_none()
}

fn hears(rule: &Rule, event: &Event) -> bool {
    rule.trigger.happens().contains(&event.kind) && event.found_by.is_empty()
}

/// Stores an event for its moment.
pub fn put(event: &Event, batch: &mut Batch) {
    batch.put(wake_key(event), records::encode(event));
}

fn stored(core: &Core) -> Result<Vec<Event>, StoreError> {
    let events = core.parts.store.range(&wakes(&core.parts.bridge))?;
    events.iter().map(|(_, bytes)| records::decode(bytes)).collect()
}

fn is_there(core: &Core, rule: &RuleAddress) -> bool {
    core.parts.rules.rules.iter().any(|known| known.address == *rule)
}

/// A stage goes with its rule.
fn is_in(scope: &Scope, rule: &RuleAddress) -> bool {
    let only = |only: &RuleAddress| rule == only || rule.as_str().starts_with(&format!("{only}.after."));
    scope.rule.as_ref().is_none_or(only)
}
