//! Asks the hosts what has changed about subjects that are known: one poll after the other, for those events that a rule
//! waits for.
//!
//! What was seen and the events that it makes are stored in one commit; from there `wake.rs` takes them. A preview looks
//! and stores nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::{Changed, Poll, Polled, Scanning, Wanted};
use crate::engine::found::Found;
use crate::engine::{Core, records, retry, rotation, wake};
use crate::event::Event;
use crate::facts::Facts;
use crate::failure::{FailureClass, HostError};
use crate::intake::event_id;
use crate::names::EventKind;
use crate::ports::{Batch, StoreError};
use crate::rules::Trigger;
use crate::value::Value;

/// Asks, and stores what happened.
pub async fn take(core: &Core, found: &mut Found) -> Result<(), StoreError> {
    for heard in ask(core, found).await? {
        core.parts.store.commit(heard.batch(core)).await?;
    }
    Ok(())
}

/// Asks, for a preview: what would be stored is given back.
pub async fn look(core: &Core, found: &mut Found) -> Result<Vec<Facts>, StoreError> {
    let now = core.now();
    let heard = ask(core, found).await?;
    let events = heard.into_iter().flat_map(|heard| heard.events);
    Ok(events.filter(|event| wake::is_heard(core, event)).map(|event| Facts::new(event, now)).collect())
}

/// What some subjects have new: what is to be kept of them, and what happened.
#[derive(Default)]
struct Heard {
    kept: Batch,
    events: Vec<Event>,
}

impl Heard {
    fn batch(self, core: &Core) -> Batch {
        let mut batch = self.kept;
        self.events.iter().for_each(|event| wake::hear(core, event, &mut batch));
        batch
    }

    /// What we made happen ourselves is no news.
    fn add(&mut self, core: &Core, poll: &Poll, row: &Value, changed: Changed) -> Result<(), StoreError> {
        let (bridge, at) = (&core.parts.bridge, core.now());
        self.kept.put(seen_key(core, poll, row), changed.seen.to_json().to_string());
        self.kept.put(records::news_key(bridge, poll.name.as_str(), subject_id(poll, row)), records::encode(&at));
        for told in changed.told {
            if core.parts.store.get(&records::ours_key(bridge, &told.what))?.is_some() {
                continue;
            }
            self.events.push(Event {
                id: event_id::happened(bridge, &told.what),
                bridge: bridge.clone(),
                kind: told.kind,
                lane: told.lane.unwrap_or_else(|| told.subject.as_str().into()),
                subject: told.subject,
                found_by: vec![],
                // What is told together keeps its order.
                at: at + SignedDuration::from_nanos(self.events.len() as i64),
                hint: told.hint,
            });
        }
        Ok(())
    }
}

async fn ask(core: &Core, found: &mut Found) -> Result<Vec<Heard>, StoreError> {
    let mut heard = Vec::new();
    for poll in core.parts.catalog.polls() {
        let wanted = wanted(core, poll);
        if wanted.is_empty() || core.halted().contains_key(poll.name.host()) {
            continue;
        }
        // What could not be asked is asked again in the next pass: what was seen stands as it was.
        if let Err(error) = ask_one(core, poll, &wanted, &mut heard).await? {
            if error.class == FailureClass::SignedOut {
                core.halt(poll.name.host(), &error);
            }
            found.failed.get_or_insert(error);
        }
    }
    Ok(heard)
}

/// The kinds of what it tells that a rule waits for.
fn wanted(core: &Core, poll: &Poll) -> Wanted {
    let rules = core.parts.rules.rules.iter();
    let heard: BTreeSet<&EventKind> = rules
        .flat_map(|rule| match &rule.trigger {
            Trigger::Happens(kinds) => kinds.as_slice(),
            Trigger::Due { .. } | Trigger::After(_) => &[],
        })
        .collect();
    Arc::new(poll.tells.iter().filter(|kind| heard.contains(kind)).cloned().collect())
}

async fn ask_one(
    core: &Core,
    poll: &Poll,
    wanted: &Wanted,
    heard: &mut Vec<Heard>,
) -> Result<Result<(), HostError>, StoreError> {
    let rows = match subjects(core, poll).await {
        Ok(rows) => rows,
        Err(error) => return Ok(Err(error)),
    };
    let (rows, round) = rotation::turn(core, poll, rows)?;
    for rows in rows.chunks(poll.up_to) {
        let mut polled = Vec::with_capacity(rows.len());
        for row in rows {
            let seen =
                core.parts.store.get(&seen_key(core, poll, row))?.map(|bytes| records::decode(&bytes)).transpose()?;
            polled.push(Polled { row: row.clone(), seen: seen.unwrap_or_default() });
        }
        let ask = || (poll.call)(polled.clone(), wanted.clone());
        let changed = match retry::until_answered(core, poll.name.host(), ask).await {
            Ok(changed) => changed,
            Err(error) => return Ok(Err(error)),
        };
        // Where nothing is new there is nothing to store.
        if !changed.is_empty() {
            let mut together = Heard::default();
            for changed in changed {
                if let Some(row) = rows.get(changed.which) {
                    together.add(core, poll, row, changed)?;
                }
            }
            heard.push(together);
        }
    }
    if !round.changes.is_empty() {
        heard.push(Heard { kept: round, events: vec![] });
    }
    Ok(Ok(()))
}

/// All subjects of a poll.
async fn subjects(core: &Core, poll: &Poll) -> Result<Vec<Value>, HostError> {
    let Some(of) = &poll.of else { return Ok(vec![Value::map([(poll.key, Value::text(poll.name.host()))])]) };
    let Some(list) = core.parts.catalog.scan_call(of.as_str()) else { return Ok(vec![]) };
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let scanning = Scanning { args: Default::default(), predicates: vec![], now: core.now(), cursor };
        let page = (list.call)(scanning).await?;
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn subject_id<'r>(poll: &Poll, row: &'r Value) -> &'r str {
    row.get(poll.key).as_str().unwrap_or_default()
}

fn seen_key(core: &Core, poll: &Poll, row: &Value) -> String {
    records::seen_key(&core.parts.bridge, poll.name.as_str(), subject_id(poll, row))
}
