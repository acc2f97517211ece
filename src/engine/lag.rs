//! How late each rule is: since when the oldest thing that is due for it waits (ESC-6). Nothing is hidden in a delay.
//!
//! Due is a moment of its schedule that nobody looked at, a stored event, what it began and could not do yet, and what a
//! host may have to tell since it does not answer. What waits for a person or for opening hours is not late.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::engine::{Core, due, wake};
use crate::names::RuleAddress;
use crate::ports::StoreError;
use crate::rules::Rule;
use crate::run::State;

/// Every rule that is not paused, and since when it is late.
pub fn late(core: &Core) -> Result<BTreeMap<RuleAddress, Option<Timestamp>>, StoreError> {
    let begun = begun(core);
    let stored = wake::due_since(core)?;
    let mut late = BTreeMap::new();
    for rule in core.parts.rules.rules.iter().filter(|rule| !core.is_paused(&rule.address)) {
        let since = [
            due::missed_since(core, rule)?,
            stored.get(&rule.address).copied(),
            begun.get(&rule.address).copied(),
            unheard_since(core, rule),
        ];
        late.insert(rule.address.clone(), since.into_iter().flatten().min());
    }
    Ok(late)
}

/// Of each rule, when the oldest run was decided of which something waits.
fn begun(core: &Core) -> BTreeMap<RuleAddress, Timestamp> {
    let mut begun: BTreeMap<RuleAddress, Timestamp> = BTreeMap::new();
    for (run, action, state) in core.ledger().waiting() {
        if is_late(state) {
            let oldest = begun.entry(action.rule.clone()).or_insert(run.at);
            *oldest = run.at.min(*oldest);
        }
    }
    begun
}

/// What waits for a person, for its hours or for a pause to end, waits on purpose.
fn is_late(state: &State) -> bool {
    match state {
        State::Held { .. } => false,
        State::Intended { why: Some(why), .. } => !["closed", "paused"].contains(&why.code.as_str()),
        _ => true,
    }
}

/// Since when a host does not answer that would tell of what the rule waits for.
fn unheard_since(core: &Core, rule: &Rule) -> Option<Timestamp> {
    let unheard = core.unheard.lock().expect("no panic holds it");
    let waits = |kinds: &[crate::names::EventKind]| kinds.iter().any(|kind| rule.trigger.happens().contains(kind));
    let polls = core.parts.catalog.polls().iter().filter(|poll| waits(&poll.tells));
    polls.filter_map(|poll| unheard.get(poll.name.host()).copied()).min()
}
