//! After each step of the org: what its transactions changed becomes events.

use jiff::Timestamp;

use super::super::org::Change;
use super::super::record::Record;
use super::super::state::State;
use super::change_event::{self, Transaction};
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
        for (id, _) in changes {
            if state.org.get(&id).is_some_and(|record| record.object.is_event()) {
                state.org.remove(&id);
            }
        }
    }
}

fn transaction(state: &mut State, origin: &str, changes: &[Change], now: Timestamp) {
    state.streams.counted += 1;
    let number = state.streams.counted;
    let key = change_event::uuid(&format!("transaction {} {number}", state.seed));
    let transaction = Transaction { key, origin, at: now, number: 10_585_193_272_713 + number };
    let mut place = 0;
    for (id, before) in changes {
        let Some(after) = state.org.get(id).cloned() else { continue };
        if let Err(error) = change(state, &transaction, &mut place, before.as_ref(), &after) {
            tracing::error!(%error, "the sandbox lost an event of {}: {error}", id.as_str());
        }
    }
}

fn change(
    state: &mut State,
    transaction: &Transaction<'_>,
    place: &mut usize,
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
        *place += 1;
        let channel = channels::of_changes(after.object);
        let data = |replay| change_event::data(transaction, *place, kind, before, after, replay);
        streams.log.append(&channel, now, data)?;
    }
    Ok(())
}
