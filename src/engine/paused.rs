//! What a person has paused: a rule, or a whole bridge. It stays so over reloads and restarts.
//!
//! A paused rule is not judged, and what it planned and has not begun waits; what was begun is finished. Its schedule
//! goes on without it, so that `missed` decides when it is resumed. What it would have heard of meanwhile is kept for it.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::engine::Core;
use crate::engine::layout;
use crate::engine::records;
use crate::event::Event;
use crate::intake::event_id;
use crate::names::{BridgeId, RuleAddress};
use crate::ports::{Batch, Store, StoreError};
use crate::rules::Rule;
use crate::run::{State, Why};

/// The name under which a whole bridge is paused.
pub const WHOLE: &str = "*";
/// How long what a paused rule has not begun waits until it is looked at again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What is paused in a bridge.
pub fn list(store: &dyn Store, bridge: &BridgeId) -> Result<BTreeSet<RuleAddress>, StoreError> {
    let prefix = layout::pauses(bridge);
    Ok(store.range(&prefix)?.iter().map(|(key, _)| key.trim_start_matches(&prefix).into()).collect())
}

/// Pauses or resumes a rule, or everything; false where it is so already.
pub async fn set(core: &Core, what: &RuleAddress, paused: bool) -> Result<bool, StoreError> {
    let key = format!("{}{what}", layout::pauses(&core.parts.bridge));
    if core.parts.store.get(&key)?.is_some() == paused {
        return Ok(false);
    }
    let mut batch = Batch::default();
    if paused {
        batch.put(key, records::encode(&core.now()))
    } else {
        batch.remove(key)
    }
    core.parts.store.commit(batch).await?;
    *core.paused.lock().expect("no panic holds it") = list(&*core.parts.store, &core.parts.bridge)?;
    Ok(true)
}

/// The events that paused rules would have heard of, kept for each of them.
pub fn keep(core: &Core, event: &Event, hears: impl Fn(&Rule) -> bool, batch: &mut Batch) {
    let rules = core.parts.rules.rules.iter();
    for rule in
        rules.filter(|rule| rule.delay_after(&event.kind).is_none() && hears(rule) && core.is_paused(&rule.address))
    {
        let id = event_id::kept(&event.id, &rule.address);
        let kept = Event { id, found_by: vec![rule.address.clone()], ..event.clone() };
        batch.put(layout::wake_key(&kept), records::encode(&kept));
    }
}

/// The event as those hear it that are not paused: what was kept for the others comes to them later.
pub fn narrow(core: &Core, event: Event, hears: impl Fn(&Rule, &Event) -> bool) -> Event {
    let hearing = |rule: &&std::sync::Arc<Rule>| rule.delay_after(&event.kind).is_none() && hears(rule, &event);
    let (paused, others): (Vec<_>, Vec<_>) =
        core.parts.rules.rules.iter().filter(hearing).partition(|rule| core.is_paused(&rule.address));
    if paused.is_empty() {
        return event;
    }
    let found_by = others.into_iter().map(|rule| rule.address.clone()).collect();
    Event { found_by, ..event }
}

/// Where an action stands that was not begun when its rule was paused.
pub fn waits(core: &Core, rule: &RuleAddress, tries: u8) -> State {
    let why = Why::new("paused", format!("`{rule}` is paused; `casebridge resume {rule}` lets it go on"));
    State::Intended { tries, not_before: core.now() + AGAIN, why: Some(why) }
}

impl Core {
    /// Whether a rule, or everything, is paused.
    pub fn is_paused(&self, rule: &RuleAddress) -> bool {
        let paused = self.paused.lock().expect("no panic holds it");
        // Its stages, and the rules that stand beside it.
        let is_of = |paused: &RuleAddress| {
            let rest = rule.as_str().strip_prefix(paused.as_str()).unwrap_or_default();
            rest.starts_with(".after.") || [".deleted", ".edited"].contains(&rest)
        };
        paused.iter().any(|paused| paused.as_str() == WHOLE || paused == rule || is_of(paused))
    }
}
