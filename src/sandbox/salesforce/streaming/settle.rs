//! After each step of the org: what its transactions changed becomes events.

use std::collections::HashSet;

use jiff::Timestamp;

use super::super::org::Change;
use super::super::record::Record;
use super::super::state::State;
use super::super::switches::Gaps;
use super::change_event::{self, Happened, Transaction};
use super::{channels, platform_event, push_topic};

/// Turns all changes since the last call into events; `origin` is where they came from.
pub fn settle(state: &mut State, origin: &str, now: Timestamp) {
    for changes in state.org.take_committed() {
        if changes.iter().any(|(id, _)| id.prefix() == "0IF") {
            state.streams.topics.reload(&state.org, now);
        }
        if state.streams.open {
            transaction(state, origin, &changes, now);
        }
        for (id, before) in changes {
            match (state.org.get(&id), before) {
                (Some(record), _) if record.object.is_event() => state.org.remove(&id),
                (None, Some(before)) => state.erased.note(&before, now),
                _ => {}
            }
        }
    }
}

fn transaction(state: &mut State, origin: &str, changes: &[Change], now: Timestamp) {
    state.streams.counted += 1;
    let number = state.streams.counted;
    let key = change_event::uuid(&format!("transaction {} {number}", state.seed));
    let transaction = Transaction { key, origin, at: now, number: 10_585_193_272_713 + number };
    let mut told = Told::default();
    for (id, before) in changes {
        let Some(after) = state.org.get(id).cloned() else { continue };
        if let Err(error) = change(state, &transaction, &mut told, before.as_ref(), &after) {
            tracing::error!(%error, "the sandbox lost an event of {}: {error}", id.as_str());
        }
    }
}

/// What change events of one transaction were told so far.
#[derive(Default)]
struct Told {
    events: usize,
    overflowed: HashSet<&'static str>,
}

fn change(
    state: &mut State,
    transaction: &Transaction<'_>,
    told: &mut Told,
    before: Option<&Record>,
    after: &Record,
) -> std::io::Result<()> {
    let now = transaction.at;
    let streams = &mut state.streams;
    if after.object.is_event() {
        let channel = channels::of_event(after.object);
        return streams.log.append(&channel, now, |replay| platform_event::data(after, replay));
    }
    let Some(kind) = change_event::kind(before, after) else { return Ok(()) };
    if matches!(kind, "CREATE" | "UPDATE") {
        let actions = &state.switches.outbound_messages;
        state.outbox.note(actions, after.object, &after.id, kind == "CREATE", now);
    }
    for (name, shown) in streams.topics.noticing(&state.org, kind, before, after) {
        let channel = channels::of_topic(&name);
        streams.log.append(&channel, now, |replay| push_topic::data(kind, &shown, now, replay))?;
    }
    if state.switches.change_events.iter().any(|name| name.eq_ignore_ascii_case(after.object.name)) {
        let gaps = state.switches.change_event_gaps;
        // One overflow event tells of all that happened to an object in a transaction.
        if gaps == Gaps::Overflow && !told.overflowed.insert(after.object.name) {
            return Ok(());
        }
        told.events += 1;
        let happened = Happened { kind, place: told.events, before, after };
        let channel = channels::of_changes(after.object);
        streams.log.append(&channel, now, |replay| match gaps {
            Gaps::Off => change_event::data(transaction, &happened, replay),
            _ => change_event::gap(transaction, &happened, gaps == Gaps::Overflow, replay),
        })?;
    }
    Ok(())
}
