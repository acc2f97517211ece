//! Events that wait for a rule which collects: those of one subject are judged together, beginning with the one that
//! was heard of first, as soon as one of them is due.
//!
//! They stay stored until the text that they came into is said. What is in a run that is still open is in nobody else's.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::engine::Core;
use crate::engine::layout::{self, wake_key};
use crate::event::{BEHIND, Event, HEARD_AT};
use crate::names::{RuleAddress, Subject};
use crate::value::Value;

/// No text has more; the next one begins another.
const MOST: usize = 100;

/// What is to be judged of all stored events: what is due, and of collected ones the first of each line with those behind.
pub fn due(core: &Core, stored: Vec<Event>) -> Vec<Event> {
    let now = core.now();
    let open = open(core);
    let mut lines: BTreeMap<(RuleAddress, Subject), Vec<Event>> = BTreeMap::new();
    let mut due = Vec::new();
    for event in stored {
        match collects(core, &event) {
            _ if open.contains(&wake_key(&event)) => {}
            Some(rule) => lines.entry((rule, event.subject.clone())).or_default().push(event),
            None if event.at <= now => due.push(event),
            None => {}
        }
    }
    due.extend(lines.into_values().filter_map(|line| head(line, now)));
    due.sort_by_key(|event| event.at);
    due
}

/// The records of the events that are in runs which are still open.
pub fn open(core: &Core) -> HashSet<String> {
    core.ledger().collected().map(str::to_owned).collect()
}

/// The rule that an event waits for, if it collects such.
fn collects(core: &Core, event: &Event) -> Option<RuleAddress> {
    let [address] = event.found_by.as_slice() else { return None };
    let rule = core.parts.rules.rules.iter().find(|rule| rule.address == *address)?;
    rule.delay_after(&event.kind).filter(|delay| delay.collects)?;
    Some(address.clone())
}

/// As it stands in the hint; one that began to wait for a rule which did not collect yet has none.
fn heard_at(event: &Event) -> String {
    let heard = event.hint.get(HEARD_AT).as_str().map(str::to_owned);
    heard.unwrap_or_else(|| layout::moment(event.at))
}

fn head(mut line: Vec<Event>, now: Timestamp) -> Option<Event> {
    if !line.iter().any(|event| event.at <= now) {
        return None;
    }
    line.sort_by_cached_key(heard_at);
    let behind = line.iter().skip(1).take(MOST).map(|event| {
        let record = Value::text(wake_key(event));
        Value::map([("record", record), ("hint", event.hint.clone())])
    });
    let behind = Value::List(behind.collect());
    Some(line.swap_remove(0).hinting(BEHIND, behind))
}
